"""Households with something wrong, as documents, and the registry with what no door lets in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import httpx
from quality_oracle import Found
from registry_world import household, member, ndjson, send
from sqlalchemy import text

from registry.quality import service
from servicekit import clock
from servicekit.db import Database
from servicekit.ids import new_id

Headers = dict[str, str]
Home = dict[str, Any]
TODAY = clock.today()
KINDS = ("education", "medical", "housing", "water")


def born(age: int, *, misses: bool = False) -> str:
    """Give the birthday of somebody who turned `age` days ago, or will in some days: whatever midnight passes."""
    day = TODAY + timedelta(days=3 if misses else -3)
    if (day.month, day.day) == (2, 29):  # not every year has one
        day += timedelta(days=1 if misses else -1)
    return f"{day.year - age}{day:%m%d}"


def home(number: int, *members: dict[str, Any], **changes: Any) -> Home:
    """A household without any error, but for the changes."""
    said = household(f"99Q{number:07d}", *members, monitor=None, incomes=[income()])
    return said | {"statuses": KINDS, "identified_with": None, "claimed": (), "helped": []} | changes


def person(number: int, age: int = 40, **changes: Any) -> dict[str, Any]:
    at = changes.pop("born", None) or f"{TODAY.year - age - 1}1231"
    said = member(number % 400, at, labour="1" if 16 <= age < 60 else "5") | {"id_no": None, "name": f"王{number}"}
    return said | {"person_no": f"99QP{number}"} | changes


def income(year: int | None = None, **changes: str) -> dict[str, Any]:
    amounts = {"wage": "60000.00", "business": "1000.00", "property": "0.00", "transfer": "500.00"}
    more = {"business_cost": "200.00", "insurance_payout": "0.00", "self_paid": "1000.00"}
    return {"year": year or TODAY.year} | amounts | more | changes


def monitor(*risks: str, year: int = 2022, category: str = "1") -> dict[str, Any]:
    return {"category": category, "identified_on": f"{year}-03-01", "risk_types": list(risks)}


_TYPE = "UPDATE household SET hh_type = :type WHERE hh_no = :hh"
_MEMBER = """
UPDATE person SET health = CAST(:health AS text[]), relation = :relation, education = :education
WHERE person_no = :no"""
_STATUS = """
INSERT INTO guarantee_status (household_id, kind, version, is_safe, checked_on, recorded_at, recorded_by)
SELECT id, :kind, 1, true, '2026-01-01', now(), 'test' FROM household WHERE hh_no = :hh"""
_CLAIM = """
INSERT INTO guarantee_claim (household_id, source, version, kind, department, is_safe, checked_on, detail, recorded_at)
SELECT id, :source, 1, :kind, 'MED', true, '2026-01-01', '{}', now() FROM household WHERE hh_no = :hh"""
_CASE = """
UPDATE episode SET risk_types = CAST(:risks AS text[]), identified_on = CAST(:day AS date)
WHERE household_id = (SELECT id FROM household WHERE hh_no = :hh)"""
_SNAPSHOT = """
INSERT INTO income_snapshot (household_id, kind, period_from, period_to, version, wage, business, property, transfer,
    business_cost, insurance_payout, self_paid, population, items, as_of, recorded_at, recorded_by)
SELECT id, 'identification', '2022-03-01', '2023-02-28', 1, :wage, 0, 0, 0, 0, 0, 0, population, '{}', '2023-03-01',
    now(), 'test' FROM household WHERE hh_no = :hh"""
_MEASURE = """
INSERT INTO measure (id, episode_id, household_id, category, item, risk_types, responsible_department,
    responsible_person, planned_on, state, implemented_on, version, created_at, updated_at)
SELECT CAST(:id AS uuid), e.id, e.household_id, :category, :item, '{}', 'HRS', 'x', '2022-01-01', 'implemented', :day,
    1, now(), now()
FROM episode e JOIN household h ON h.id = e.household_id WHERE h.hh_no = :hh"""
_ITEMS = """
UPDATE income SET items = CAST(:items AS jsonb)
WHERE year = :year AND household_id = (SELECT id FROM household WHERE hh_no = :hh)"""
_PLANTED = ("identified_with", "statuses", "claimed", "helped")


def _admissible(each: Home) -> dict[str, Any]:
    """Give a document as every door lets it in."""
    said = {name: value for name, value in each.items() if name not in _PLANTED}
    said["incomes"] = [
        {name: value for name, value in of_year.items() if name != "items"} for of_year in each["incomes"]
    ]
    if watched := each["monitor"]:
        said["hh_type"] = "1" if watched["category"] == "0" else "0"
        said["monitor"] = watched | {"identified_on": watched["identified_on"] or "2022-01-01"}
    said["members"] = [
        one | {"health": ["healthy"], "relation": "other" if place else "head", "education": None}
        for place, one in enumerate(each["members"])
    ]
    return said


class World:
    """The registry with what documents say, also what no door lets in."""

    def __init__(self, client: httpx.AsyncClient, headers: Headers, database: Database) -> None:
        self.client, self.headers, self.database = client, headers, database

    async def register(self, homes: Sequence[Home]) -> None:
        """Import what may be imported of each, then write the rest behind the back of every check."""
        lines = [_admissible(each) for each in homes]
        receipt = (await send(self.client, ndjson(*lines), self.headers)).json()
        assert receipt["households"] == len(homes), receipt
        async with self.database.transaction() as session:
            for each in homes:
                await self._plant(session, each)

    async def _plant(self, session: Any, each: Home) -> None:
        key = {"hh": each["hh_no"]}
        await session.execute(text(_TYPE), key | {"type": each["hh_type"]})
        for said in each["members"]:
            about = {name: said.get(name) for name in ("health", "relation", "education")} | {"no": said["person_no"]}
            await session.execute(text(_MEMBER), about)
        for kind in each["statuses"]:
            await session.execute(text(_STATUS), key | {"kind": kind})
        for kind in each["claimed"]:
            await session.execute(text(_CLAIM), key | {"kind": kind, "source": f"DS-TEST-{kind.upper()}"})
        for of_year in each["incomes"]:
            items = json.dumps(of_year.get("items", {}))
            await session.execute(text(_ITEMS), key | {"items": items, "year": of_year["year"]})
        if not each["monitor"]:
            return
        day = each["monitor"]["identified_on"]
        case = {"risks": each["monitor"]["risk_types"], "day": day and date.fromisoformat(day)}
        await session.execute(text(_CASE), key | case)
        if each["identified_with"] is not None:
            await session.execute(text(_SNAPSHOT), key | {"wage": each["identified_with"] * len(each["members"])})
        for category, item, year in each["helped"]:
            help_ = {"id": new_id(), "category": category, "item": item, "day": date(year, 6, 1)}
            await session.execute(text(_MEASURE), key | help_)

    async def found(self, homes: Sequence[Home]) -> dict[str, set[Found]]:
        """Look at the households, and give what is open, by household number."""
        numbers = [each["hh_no"] for each in homes]
        async with self.database.transaction() as session:
            chosen = await session.execute(
                text("SELECT id::text FROM household WHERE hh_no = ANY(:numbers)"), {"numbers": numbers}
            )
            await service.look(session, list(chosen.scalars()))
        async with self.database.transaction() as session:
            rows = await session.execute(
                text(
                    "SELECT h.hh_no, coalesce(p.person_no, '') AS person_no, e.rule FROM quality_error e"
                    " JOIN household h ON h.id = e.household_id LEFT JOIN person p ON p.id = e.subject_id"
                    " WHERE e.closed_at IS NULL AND h.hh_no = ANY(:numbers)"
                ),
                {"numbers": numbers},
            )
            found: dict[str, set[Found]] = {number: set() for number in numbers}
            for row in rows:
                found[row.hh_no].add((row.person_no, row.rule))
            return found
