"""Figures of work, posts, school leavers and cohorts, against a naive oracle over a planted county."""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest

from indicator_case import Json, Month, china
from servicekit.ids import new_id

TOWN = "990101101"
VILLAGES = [f"{TOWN}{number}" for number in (201, 202, 203)]
NOW, BEFORE, LAST_YEAR = "2026-11", "2026-10", "2025-11"
WORK, LINE = "R-HRS-02", "R-AGR-04b"


@dataclass
class County:
    """What is planted, as plain Python."""

    month: Month
    villages: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    people: list[dict[str, Any]] = field(default_factory=list)
    homes: dict[str, dict[str, Any]] = field(default_factory=dict)
    findings: list[dict[str, Any]] = field(default_factory=list)

    async def clear(self) -> None:
        for table in ("occupation", "occupation_village", "finding", "directory_person", "directory_household"):
            await self.month.run(f"DELETE FROM {table}")

    async def village(self, code: str, period: str, **knows: bool) -> None:
        row: dict[str, Any] = {
            "area_code": code, "period": period, "run_id": new_id(), "told_at": china("2026-11-20"),
            **{f"knows_{what}": knows.get(what, True) for what in ("work", "posts", "leavers", "income")},
            "post_stay_months": 12, "leaver_months": 12, "stable_work_months": 6,
        }  # fmt: skip
        self.villages[code, period] = await self.month.add("occupation_village", row)

    async def person(self, number: int, code: str, period: str, **told: Any) -> None:
        row: dict[str, Any] = {
            "period": period, "household_id": f"h{number}", "person_id": f"p{number}", "area_code": code,
            "is_working": False, "posts": 0, "rangers": 0, "left_school_on": None, "is_enrolled": False,
            "trained_until": None, "at_work_since": None,
        }  # fmt: skip
        self.people.append(await self.month.add("occupation", row | told))

    async def home(self, name: str, code: str, *, status: str = "active", person: str | None = None) -> None:
        row: dict[str, Any] = {
            "household_id": name, "version": 1, "area_code": code, "hh_type": "1", "status": status,
            "housing_tenure": "owned", "is_resettled": False, "is_monitored": False, "open_risks": [],
        }  # fmt: skip
        self.homes[name] = await self.month.add("directory_household", row)
        if person:
            born: dict[str, Any] = {
                "household_id": name, "person_id": person, "birth_date": date(1980, 1, 1), "sex": "1",
                "relation": "head", "labour": "1", "has_finished_compulsory": True, "health": ["healthy"],
                "relief": "none",
            }  # fmt: skip
            await self.month.add("directory_person", born)

    async def finding(
        self, rule: str, home: str, code: str, period: str, found: datetime, withdrawn: datetime | None = None
    ) -> None:
        row: dict[str, Any] = {
            "finding_id": new_id(), "run_id": "r", "rule_id": rule, "rule_version": 1, "scope": "household",
            "household_id": home, "area_code": code, "period": period, "risk_type": "07", "severity": "ORANGE",
            "evidence": Json({}), "parameters": Json({}), "profile_version": 1, "deliveries": [], "found_at": found,
            "withdrawn_at": withdrawn, "withdrawn_by": "r" if withdrawn else None,
        }  # fmt: skip
        self.findings.append(await self.month.add("finding", row))

    def told(self, code: str, what: str) -> str | None:
        """The newest of this month and the one before that knows something of a village."""
        for period in (NOW, BEFORE):
            if self.villages.get((code, period), {}).get(f"knows_{what}"):
                return period
        return None

    def rows(self, what: str) -> list[dict[str, Any]]:
        """Whoever the newest list tells of, once."""
        newest: dict[str, dict[str, Any]] = {}
        for row in sorted(self.people, key=lambda each: each["period"]):
            if self.told(row["area_code"], what) == row["period"]:
                newest[row["person_id"]] = row
        return list(newest.values())


@pytest.fixture
async def county(month: Month) -> County:
    planted = County(month)
    await planted.clear()
    return planted


def last_day(period: str) -> date:
    year, number = (int(part) for part in period.split("-"))
    return date(year, number, calendar.monthrange(year, number)[1])


def months_before(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 - months
    year, number = index // 12, index % 12 + 1
    return date(year, number, min(day.day, calendar.monthrange(year, number)[1]))


def by_village(rows: list[tuple[str, int, int | None]]) -> dict[tuple[str, str], tuple[int, int | None]]:
    found: dict[tuple[str, str], tuple[int, int | None]] = {}
    for code, above, below in rows:
        before = found.get((code, ""), (0, None if below is None else 0))
        found[code, ""] = (before[0] + above, None if below is None else (before[1] or 0) + below)
    return found


async def test_figures_of_persons_are_those_of_a_naive_count(county: County) -> None:
    """F-C10 F-C11 F-C15 F-C17: whatever the lists say and do not say."""
    rng = Random(20261201)
    for code in VILLAGES:
        await county.village(code, NOW, work=rng.random() < 0.6, posts=code != VILLAGES[1])
        await county.village(code, BEFORE, work=code != VILLAGES[2], leavers=rng.random() < 0.5)
        await county.village(code, LAST_YEAR)
        await county.village(code, "2025-10")
    for number in range(240):
        code = rng.choice(VILLAGES)
        here = rng.random()
        await county.home(f"h{number}", code, status="ended" if here < 0.1 else "active", person=f"p{number}")
        for period in (NOW, BEFORE, LAST_YEAR, "2025-10"):
            if rng.random() < 0.3:
                continue
            left, trained = (date(2024, 7, 1) + timedelta(days=rng.randrange(900)) for _ in range(2))
            await county.person(
                number, code if rng.random() < 0.95 else rng.choice(VILLAGES), period,
                is_working=rng.random() < 0.4, posts=int(rng.random() < 0.3), rangers=int(rng.random() < 0.1),
                left_school_on=left if rng.random() < 0.5 else None, is_enrolled=rng.random() < 0.6,
                trained_until=trained if rng.random() < 0.5 else None,
                at_work_since=date(2026, 9, 1) if rng.random() < 0.4 else None,
            )  # fmt: skip
    names = ("workers", "work_known", "post_holders", "posts_kept", "leavers_enrolled", "leavers_at_work")
    await county.month.compute(*names)

    workers = [(row["area_code"], 1, None) for row in county.rows("work") if row["is_working"]]
    assert await county.month.cells("workers") == by_village(workers)
    assert workers
    known = [
        (home["area_code"], int(county.told(home["area_code"], "work") is not None), 1)
        for home in county.homes.values()
        if home["status"] == "active"
    ]
    assert await county.month.cells("work_known") == by_village(known)
    holders = [row for row in county.rows("posts") if row["posts"] + row["rangers"]]
    assert await county.month.cells("post_holders") == by_village([(row["area_code"], 1, None) for row in holders])
    parts = await county.month.cells("post_holders", "post")
    assert sum(up for (_, part), (up, _) in parts.items() if part == "ranger") == sum(
        row["rangers"] > 0 for row in holders
    )

    leavers, trained_rows = [], []
    for row in county.rows("leavers"):
        told = str(county.told(row["area_code"], "leavers"))
        end = last_day(told)
        if row["left_school_on"] and row["left_school_on"] > months_before(end, 12):
            leavers.append((row["area_code"], int(row["is_enrolled"]), 1))
        if row["trained_until"] and months_before(end, 18) < row["trained_until"] <= months_before(end, 6):
            is_listed = county.villages[row["area_code"], told]["knows_work"]
            at_work = row["is_working"] if is_listed else row["at_work_since"] is not None
            trained_rows.append((row["area_code"], int(at_work), 1))
    assert leavers
    assert trained_rows
    assert await county.month.cells("leavers_enrolled") == by_village(leavers)
    assert await county.month.cells("leavers_at_work") == by_village(trained_rows)


async def test_who_keeps_a_post_is_asked_a_year_later_and_who_left_is_in_no_denominator(county: County) -> None:
    """F-C11: died or moved away is not the same as lost."""
    await county.village(VILLAGES[0], NOW)
    await county.village(VILLAGES[0], LAST_YEAR)
    await county.village(VILLAGES[1], NOW)  # nobody knows who held a post there a year ago
    for number, (status, holds, held) in enumerate(
        [("active", True, True), ("active", False, True), ("ended", False, True), ("active", True, False)]
    ):
        await county.home(f"h{number}", VILLAGES[0], status=status, person=f"p{number}")
        if held:
            await county.person(number, VILLAGES[0], LAST_YEAR, posts=1)
        if holds:
            await county.person(number, VILLAGES[0], NOW, rangers=1)
    await county.person(9, VILLAGES[1], LAST_YEAR, posts=1)
    await county.month.compute("posts_kept")
    assert await county.month.cells("posts_kept") == {(VILLAGES[0], ""): (1, 2)}
    outcomes = await county.month.cells("posts_kept", "outcome")
    assert outcomes == {
        (VILLAGES[0], "holds"): (1, 1), (VILLAGES[0], "ended"): (0, 1), (VILLAGES[0], "left"): (0, 0),
    }  # fmt: skip


async def test_zero_employment_is_found_and_cleared_by_lists_and_not_by_their_absence(county: County) -> None:
    """F-D03: cleared is whom the next list tells of no more; without that list nobody is."""
    village, silent, other = VILLAGES
    for code in (village, other):
        await county.village(code, NOW)
        await county.village(code, BEFORE)
    await county.village(silent, BEFORE)
    found, later = china("2026-11-16"), china("2026-12-16")
    for name, code, status in (
        ("stands", village, "active"), ("cleared", village, "active"), ("died", village, "ended"),
        ("silent", silent, "active"), ("mended", village, "active"),
    ):  # fmt: skip
        await county.home(name, code, status=status)
        withdrawn = china("2026-11-17") if name == "mended" else None
        await county.finding(WORK, name, code, BEFORE, found, withdrawn)
    await county.finding(WORK, "stands", village, NOW, later)
    await county.home("new", other)
    await county.finding(WORK, "new", other, NOW, later)
    await county.home("back", village)
    await county.finding(WORK, "back", village, NOW, later, china("2026-12-17"))
    names = ("zero_employment", "zero_employment_found", "zero_employment_cleared")
    await county.month.compute(*names)
    assert await county.month.members("zero_employment") == {"stands", "new", "silent"}
    assert await county.month.members("zero_employment_found") == {"new", "silent"}
    assert await county.month.cells("zero_employment_cleared") == {(village, ""): (1, 2)}
    assert await county.month.members("zero_employment_cleared") == {"cleared"}
    outcomes = await county.month.cells("zero_employment_cleared", "outcome")
    assert outcomes[village, "left"] == (0, 0)


async def test_a_cohort_is_cleared_by_incomes_and_who_left_is_told_apart(county: County) -> None:
    """F-C04: the cohort of a month, how many are above the line now, who stands, who left, who was a mistake."""
    village = VILLAGES[0]
    await county.village(village, NOW)
    spring = china("2026-06-16")
    for name, status in (("above", "active"), ("below", "active"), ("dead", "ended"), ("error", "active")):
        await county.home(name, village, status=status)
        await county.finding(
            LINE, name, village, "2026-06", spring, spring + timedelta(hours=2) if name == "error" else None
        )
    await county.finding(LINE, "below", village, NOW, china("2026-12-16"))
    await county.home("young", village)
    await county.finding(LINE, "young", village, NOW, china("2026-11-20"), china("2026-11-28"))
    await county.home("old", village)
    await county.finding(LINE, "old", village, "2025-11", china("2025-12-16"))
    await county.home("unknown", VILLAGES[1])
    await county.finding(LINE, "unknown", VILLAGES[1], "2026-06", spring)
    await county.month.compute("labour_below_line", "labour_below_line_cleared")
    assert await county.month.members("labour_below_line") == {"below"}
    cohorts = await county.month.cells("labour_below_line_cleared", "cohort")
    assert cohorts == {(village, "2026-06"): (1, 2), (village, NOW): (1, 1)}
    outcomes = await county.month.cells("labour_below_line_cleared", "outcome")
    assert {part: cell for (_, part), cell in outcomes.items()} == {
        "cleared": (2, 2), "stands": (0, 1), "left": (0, 0),
    }  # fmt: skip
