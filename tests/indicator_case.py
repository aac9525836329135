"""Indicators computed for a month without a bus, for the tests of every service that owns some."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import text

from contracts.events import BY_TYPE
from contracts.indicators import Computed, of_service
from servicekit.db import Database
from servicekit.ids import new_id
from servicekit.indicators.service import Indicators

PERIOD = "2026-11"
FIRST_MOMENT, LAST_MOMENT = ("2026-11-01", "00:00:00"), ("2026-11-30", "23:59:59")

Cells = dict[tuple[str, str], tuple[int, int | None]]


def china(day: str, clock: str = "12:00:00") -> datetime:
    """Give an instant of a day in China: china("2026-11-30", "23:59:59")."""
    return datetime.fromisoformat(f"{day}T{clock}+08:00").astimezone(UTC)


def on(day: str) -> date:
    """Give a day."""
    return date.fromisoformat(day)


@dataclass(frozen=True)
class Json:
    """A value of a JSON column."""

    value: Any


@dataclass
class Month:
    """A month whose figures are computed."""

    database: Database
    own: Indicators
    period: str = PERIOD

    async def plant(self, table: str, **values: Any) -> str:
        """Put a row into a table as it would be found there; give its id, which it gets if none is given."""
        row = values if "id" in values else {"id": new_id()} | values
        return str((await self.add(table, row))["id"])

    async def add(self, table: str, row: dict[str, Any]) -> dict[str, Any]:
        """Put a row into a table that need not have an id."""
        columns = ", ".join(f'"{name}"' for name in row)
        places = ", ".join(
            f"CAST(:{name} AS jsonb)" if isinstance(value, Json) else f":{name}" for name, value in row.items()
        )
        values = {
            name: orjson.dumps(value.value).decode() if isinstance(value, Json) else value
            for name, value in row.items()
        }
        await self.run(f"INSERT INTO {table} ({columns}) VALUES ({places})", **values)
        return row

    async def run(self, sql: str, **values: Any) -> list[Any]:
        """Run a statement."""
        async with self.database.transaction() as session:
            result = await session.execute(text(sql), values)
            return list(result) if result.returns_rows else []

    async def compute(self, *names: str, why: str = "test", request_id: str | None = None) -> list[Computed]:
        """Have indicators computed, all of the service's monthly ones if none is named; give what is announced.

        Raises:
            AssertionError: one could not be computed.
        """
        wanted = names or tuple(each.id for each in of_service(self.own.service) if each.period == "month")
        [[before]] = await self.run("SELECT coalesce(max(id), 0) FROM outbox")
        async with self.database.transaction() as session:
            pairs = [(name, self.period) for name in wanted]
            await self.own.ask(session, pairs, why=why, request_id=request_id or new_id())
        while await self.own.compute_once(self.database):
            pass
        found = await self.run(
            "SELECT type, data FROM outbox WHERE id > :before AND topic = :topic ORDER BY id",
            before=before,
            topic=f"{self.own.service}.indicator.v1",
        )
        events = [BY_TYPE[row.type].model_validate(row.data) for row in found]
        computed = [event for event in events if isinstance(event, Computed)]
        assert {event.indicator_id for event in computed} == set(wanted), "one could not be computed"
        return computed

    async def cells(self, name: str, dimension: str = "") -> Cells:
        """Give the newest run of an indicator as its owner froze it, by area and part."""
        found = await self.run(
            "SELECT v.* FROM indicator_value v WHERE v.dimension = :dimension AND v.run_id ="
            " (SELECT id FROM indicator_run WHERE indicator_id = :name AND period = :period"
            " AND version IS NOT NULL ORDER BY version DESC LIMIT 1)",
            name=name,
            period=self.period,
            dimension=dimension,
        )
        return {(row.area_code, row.part): (_int(row.numerator), _int(row.denominator)) for row in found}

    async def members(self, name: str) -> set[str]:
        """Give the subjects that the newest run counted in the numerator."""
        found = await self.run(
            "SELECT m.subject_id FROM indicator_member m WHERE m.numerator <> 0 AND m.run_id ="
            " (SELECT id FROM indicator_run WHERE indicator_id = :name AND period = :period"
            " AND version IS NOT NULL ORDER BY version DESC LIMIT 1)",
            name=name,
            period=self.period,
        )
        return {row.subject_id for row in found}


def _int(number: Decimal | None) -> Any:
    return None if number is None else int(number)
