"""Findings, households and a way to fold them, for the tests of the alerts service."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import text

from alerts.clues.consumers import finding_handler, on_households
from alerts.people.consumers import on_staff
from contracts.envelope import CloudEvent, EventData, envelope_of
from contracts.registry import Appointment, HouseholdSnapshotTaken, StaffChanged
from contracts.sharing import FindingRaised, FindingWithdrawn
from contracts.vocabulary import (
    Department,
    HouseholdStatus,
    HouseholdType,
    HousingTenure,
    RiskType,
    Severity,
    StaffRole,
    UnitKind,
)
from servicekit import clock
from servicekit.db import Database
from servicekit.ids import new_id

COUNTY = "990101000000"
TOWN = "990101101000"
VILLAGE = "990101101201"
OTHER_VILLAGE = "990101102201"
SECRET_KEY = "aW50ZWdyYXRpb24tdGVzdC1rZXktMzItYnl0ZXMhISE="

_numbers = itertools.count(1)


def new_household() -> str:
    """Give a household id that no other test uses."""
    return f"hh-{next(_numbers):06d}-{new_id()[-6:]}"


def event_of(data: EventData) -> CloudEvent[Any]:
    """Wrap a fact as the bus delivers it."""
    return envelope_of(data, event_id=new_id(), source="/bangfu/test", at=datetime.now(UTC))


def finding(household_id: str, rule_id: str = "R-MED-02", **changes: Any) -> FindingRaised:
    """Give a finding with plausible values."""
    values: dict[str, Any] = {
        "finding_id": new_id(),
        "run_id": "run-1",
        "rule_id": rule_id,
        "rule_version": 1,
        "scope": "person",
        "household_id": household_id,
        "person_id": "p-1",
        "area_code": VILLAGE,
        "period": "2026-10",
        "risk_type": RiskType.ILLNESS,
        "severity": Severity.ORANGE,
        "evidence": {"cost_self_paid_ytd": "12000.00", "is_low_income": True},
        "parameters": {"med.self_paid_low_income": "10000"},
        "profile_version": 1,
        "deliveries": ["d-1"],
        "found_at": clock.now(),
    }
    return FindingRaised(**(values | changes))


def withdrawal(found: FindingRaised) -> FindingWithdrawn:
    """Give the fact that a finding no longer holds."""
    return FindingWithdrawn(
        finding_id=found.finding_id,
        run_id="run-2",
        rule_id=found.rule_id,
        household_id=found.household_id,
        period=found.period,
        withdrawn_at=clock.now(),
    )


def staff(staff_id: str, role: str, area_code: str, *, version: int = 1, **changes: Any) -> StaffChanged:
    """Give somebody with one term; `last_on`, `department`, `grid`, `is_active` may be changed."""
    department = Department(changes["department"]) if changes.get("department") else None
    term = Appointment(
        appointment_id=new_id(),
        role=StaffRole(role),
        unit_id="u-1",
        department=department,
        area_code=area_code,
        grid=changes.get("grid"),
        first_on=date(2020, 1, 1),
        last_on=changes.get("last_on"),
    )
    return StaffChanged(
        staff_id=staff_id,
        version=version,
        is_active=changes.get("is_active", True),
        unit_id="u-1",
        unit_kind=UnitKind.DEPARTMENT if department else UnitKind.TOWN,
        unit_area_code=area_code,
        department=department,
        appointments=[term],
    )


def snapshot(
    household_id: str, *, version: int = 1, area_code: str = VILLAGE, **changes: Any
) -> HouseholdSnapshotTaken:
    """Give a household snapshot."""
    values: dict[str, Any] = {
        "household_id": household_id,
        "version": version,
        "area_code": area_code,
        "hh_type": HouseholdType.FORMER_POOR,
        "status": HouseholdStatus.ACTIVE,
        "housing_tenure": HousingTenure.OWNED,
    }
    return HouseholdSnapshotTaken(**(values | changes))


@dataclass
class World:
    """The service's database with short ways to act on it and to look into it."""

    database: Database

    async def fold(self, *facts: FindingRaised | FindingWithdrawn) -> None:
        """Take facts in as one batch of events."""
        async with self.database.transaction() as session:
            await finding_handler(0)(session, [event_of(fact) for fact in facts])

    async def register(self, *snapshots: HouseholdSnapshotTaken) -> None:
        """Tell the directory of households."""
        async with self.database.transaction() as session:
            await on_households(session, [event_of(item) for item in snapshots])

    async def appoint(self, *people: StaffChanged) -> None:
        """Hear of people as the roster tells."""
        async with self.database.transaction() as session:
            await on_staff(session, [event_of(person) for person in people])

    async def rows(self, sql: str, **parameters: Any) -> list[dict[str, Any]]:
        """Give the rows of a query."""
        async with self.database.transaction() as session:
            return [dict(row) for row in (await session.execute(text(sql), parameters)).mappings()]

    async def seen(self, session: str) -> None:
        """Wait until a session of this database is as the condition on pg_stat_activity says."""
        query = f"SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND {session}"
        async with asyncio.timeout(10):
            while True:
                if await self.rows(query):
                    return
                await asyncio.sleep(0.01)

    async def clues(self, household_id: str) -> list[dict[str, Any]]:
        """Give a household's clues, oldest first."""
        return await self.rows(
            "SELECT c.*, c.id::text AS id FROM clue c WHERE household_id = :id ORDER BY raised_at, c.id",
            id=household_id,
        )

    async def alerts(self, household_id: str) -> list[dict[str, Any]]:
        """Give a household's alerts in order."""
        return await self.rows(
            "SELECT a.*, event_id::text AS event_id, clue_id::text AS clue_id FROM alert a"
            " WHERE household_id = :id ORDER BY position",
            id=household_id,
        )

    async def moved(self, household_id: str) -> list[dict[str, Any]]:
        """Give the ClueMoved facts in the outbox, in order."""
        rows = await self.rows(
            "SELECT data FROM outbox WHERE topic = 'alerts.clue.v1' AND key = :id ORDER BY id", id=household_id
        )
        return [row["data"] for row in rows]
