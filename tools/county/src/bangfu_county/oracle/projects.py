"""What projects, entities and hazard points mean for the households that depend on them."""

from __future__ import annotations

from decimal import Decimal

from bangfu_county.oracle.evidence import Row
from bangfu_county.oracle.register import Home
from bangfu_county.oracle.rules import Rules


def _rows(rules: Rules, home: Home, dataset: str) -> list[Row]:
    return [row for member in home.members for row in rules.evidence.rows(dataset, member.number)]


def r_agr_06(rules: Rules, home: Home) -> str | None:
    """A project failed, or its price fell, that gives much of the year's income; of an income that is known."""
    if "DS-AGR-PROJ" not in rules.evidence.delivered:
        return None
    year = rules.income_year(home)
    if year is None:
        return None
    projects = {row["project_no"]: row for row in rules.evidence.alone["DS-AGR-PROJ"]}
    failed = fallen = Decimal(0)
    for row in _rows(rules, home, "DS-AGR-LINK"):
        project = projects.get(row["project_no"])
        if project is None:
            continue
        if project["state"] == "failed":
            failed += row["yearly_amount"]
        if project["price_fall_pct"] is not None and project["price_fall_pct"] >= 100 * rules.p["agr.price_fall_share"]:
            fallen += row["yearly_amount"]
    needed = rules.p["agr.dependence_share"] * home.net[year]
    return "ORANGE" if any(amount > 0 and amount >= needed for amount in (failed, fallen)) else None


def _closed(rules: Rules) -> dict[str, Row]:
    return {row["entity"]: row for row in rules.evidence.alone["DS-MKT-ENT"] if row["closed_on"] <= rules.as_of}


def works_for_closed(rules: Rules, home: Home) -> bool:
    """Somebody works for an entity that closed, or did until then."""
    closed = _closed(rules)
    return any(
        row["employer"] in closed and (row["to_on"] is None or row["to_on"] >= closed[row["employer"]]["closed_on"])
        for row in _rows(rules, home, "DS-HRS-WORK")
    )


def r_mkt_01(rules: Rules, home: Home) -> str | None:
    """The entity that employs or pays a formerly poor or monitored household has closed."""
    draws = any(row["entity"] in _closed(rules) for row in _rows(rules, home, "DS-AGR-LINK"))
    is_meant = home.hh_type == "1" or home.is_monitored
    return "ORANGE" if is_meant and (draws or works_for_closed(rules, home)) else None


def r_nat_01(rules: Rules, home: Home) -> str | None:
    """A hazard point threatens the household in the flood season."""
    if not rules.p["nat.flood_from_month"] <= rules.as_of.month <= rules.p["nat.flood_to_month"]:
        return None
    threats = [
        row
        for row in _rows(rules, home, "DS-NAT-HAZ")
        if row["checked_on"] <= rules.as_of and (row["ended_on"] is None or row["ended_on"] > rules.as_of)
    ]
    return "INFO" if threats else None
