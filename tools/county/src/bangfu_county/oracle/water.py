"""What the water office says: the rule about the water that a household drinks."""

from __future__ import annotations

from datetime import date

from bangfu_county.oracle.evidence import Row
from bangfu_county.oracle.register import Home
from bangfu_county.oracle.rules import Rules

INDICATORS = ("quantity_ok", "quality_ok", "convenience_ok", "guarantee_ok")


def r_wat_01(rules: Rules, home: Home) -> str | None:
    """The newest check of the household's water, under anybody's name, failed an indicator."""
    checks = [
        row
        for member in home.members
        for row in rules.evidence.rows("DS-WAT-STATUS", member.number)
        if row["checked_on"] <= rules.as_of
    ]
    newest = max((row["checked_on"] for row in checks), default=None)
    failed = [row for row in checks if row["checked_on"] == newest and not all(row[name] for name in INDICATORS)]
    return "RED" if failed else None


def _schemes(rules: Rules, home: Home) -> set[str]:
    """The schemes that the newest check of a household's water names."""
    checks = [
        row
        for member in home.members
        for row in rules.evidence.rows("DS-WAT-STATUS", member.number)
        if row["checked_on"] <= rules.as_of
    ]
    newest = max((row["checked_on"] for row in checks), default=None)
    return {row["scheme"] for row in checks if row["checked_on"] == newest}


def _hours(rules: Rules, event: Row) -> int:
    until: date = min(event["to_on"] or rules.as_of, rules.as_of)
    begun: date = event["from_on"]
    return max(int(event["hours"] or 0), 24 * (until - begun).days)


def r_wat_02(rules: Rules, home: Home) -> str | None:
    """No water for two days, or bad water; for everybody after a week. An event of this county has its own scheme."""
    first = rules.as_of.replace(day=1)
    hit = [
        event
        for event in rules.evidence.alone["DS-WAT-EVENT"]
        if event["scheme"] in _schemes(rules, home)
        and not event["cancelled"]
        and event["from_on"] <= rules.as_of
        and (event["to_on"] is None or event["to_on"] >= first)
    ]
    longest = max((_hours(rules, event) for event in hit), default=0)
    out = max((_hours(rules, event) for event in hit if event["event_kind"] == "outage"), default=0)
    is_bad = any(event["event_kind"] == "quality" for event in hit)
    if out < rules.p["wat.outage_hours"] and not is_bad:
        return None
    is_vulnerable = home.hh_type == "1" or home.is_monitored or rules.has_basic_relief(home)
    if not is_vulnerable and longest < rules.p["wat.everybody_hours"]:
        return None
    begins, ends = int(rules.p["wat.watch_from_month"]), int(rules.p["wat.watch_to_month"])
    month = rules.as_of.month
    is_watched = begins <= month <= ends if begins <= ends else month >= begins or month <= ends
    return "RED" if is_watched else "ORANGE"
