"""Indicators computed, published and heard of, without a bus."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from alerts.figures.consumers import on_computed
from alerts.indicators.service import OWN
from contracts.alerts import AlertsIndicatorComputed
from contracts.indicators import INDICATORS
from servicekit.db import Database
from servicekit.ids import new_id

PERIOD = "2026-11"


def china(day: str, clock: str = "12:00:00") -> datetime:
    """Give an instant of a day in China: china("2026-11-30", "23:59:59")."""
    return datetime.fromisoformat(f"{day}T{clock}+08:00").astimezone(UTC)


@dataclass
class Month:
    """A month whose figures are computed."""

    database: Database
    period: str = PERIOD

    async def plant(self, table: str, **values: Any) -> str:
        """Put a row into a table as it would be found there; give its id."""
        row = {"id": new_id()} | values
        columns = ", ".join(f'"{name}"' for name in row)
        places = ", ".join(f":{name}" for name in row)
        async with self.database.transaction() as session:
            await session.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({places})"), row)
        return str(row["id"])

    async def compute(self, *names: str, why: str = "test") -> list[AlertsIndicatorComputed]:
        """Have indicators computed; give what is announced."""
        async with self.database.transaction() as session:
            await OWN.ask(session, [(name, self.period) for name in names], why=why, request_id=new_id())
            before = (await session.execute(text("SELECT coalesce(max(id), 0) FROM outbox"))).scalar_one()
        while await OWN.compute_once(self.database):
            pass
        async with self.database.transaction() as session:
            found = await session.execute(
                text("SELECT data FROM outbox WHERE id > :id AND topic = 'alerts.indicator.v1' ORDER BY id"),
                {"id": before},
            )
            events = [AlertsIndicatorComputed.model_validate(data) for data in found.scalars()]
        assert {event.indicator_id for event in events} == set(names), "one failed"
        return events

    async def publish(self, *names: str, why: str = "test") -> None:
        """Have indicators computed, and heard of."""
        await self.hear(*await self.compute(*names, why=why))

    async def hear(self, *events: Any) -> None:
        """Hear of what was computed."""
        from alerts_world import event_of

        async with self.database.transaction() as session:
            await on_computed(session, [event_of(event) for event in events])

    async def cells(self, name: str, dimension: str = "") -> dict[tuple[str, str], tuple[int, int | None]]:
        """Give the newest run of an indicator as its owner froze it, by area and part."""
        async with self.database.transaction() as session:
            found = await session.execute(
                text(
                    "SELECT v.* FROM indicator_value v WHERE v.dimension = :dimension AND v.run_id ="
                    " (SELECT id FROM indicator_run WHERE indicator_id = :name AND period = :period"
                    " AND version IS NOT NULL ORDER BY version DESC LIMIT 1)"
                ),
                {"name": name, "period": self.period, "dimension": dimension},
            )
            return {(row.area_code, row.part): (_int(row.numerator), _int(row.denominator)) for row in found}


def _int(number: Decimal | None) -> Any:
    return None if number is None else int(number)


def clue(area_code: str, raised_at: datetime, **changes: Any) -> dict[str, Any]:
    """Give a row of a clue; whatever is not said is plausible."""
    return {
        "household_id": f"hh-{new_id()[-12:]}",
        "area_code": area_code,
        "risk_type": "01",
        "severity": "ORANGE",
        "state": "dispatched",
        "channels": ["CH3"],
        "rule_ids": ["R-MED-02"],
        "source_count": 1,
        "raised_at": raised_at,
        "updated_at": raised_at,
    } | changes


def day(text_: str) -> date:
    """Give a day."""
    return date.fromisoformat(text_)


__all__ = ["INDICATORS", "PERIOD", "Month", "china", "clue", "day"]
