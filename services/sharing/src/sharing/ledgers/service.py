"""What a comparison read of rows that are of no person, into PostgreSQL; other features list and sum it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from servicekit import clock
from servicekit.auth import Principal, WrongDepartment
from servicekit.db import copy_in, execute
from sharing.catalogue.service import dataset_of
from sharing.periods import shifted

COLUMNS = ("dataset", "token", "area_code", "fields", "delivery_id")

_READ = """
CREATE TEMP TABLE IF NOT EXISTS ledger_read (dataset text, token text, area_code text, fields jsonb, delivery_id text)
ON COMMIT DELETE ROWS
"""
# Two runs of a month may end in another order than they began: what was read of fewer deliveries comes too late.
_TAKE = """
WITH seen AS (
    INSERT INTO ledger_month AS m (dataset, period, commit_seq, run_id, read_at)
    SELECT key, :period, CAST(value AS bigint), :run, :at FROM jsonb_each_text(CAST(:newest AS jsonb)) ORDER BY key
    ON CONFLICT (dataset, period) DO UPDATE
    SET commit_seq = EXCLUDED.commit_seq, run_id = EXCLUDED.run_id, read_at = EXCLUDED.read_at
    WHERE m.commit_seq <= EXCLUDED.commit_seq
    RETURNING dataset
), gone AS (
    DELETE FROM ledger_row r USING seen s
    WHERE r.dataset = s.dataset AND r.period = :period
      AND NOT EXISTS (SELECT FROM ledger_read n WHERE n.dataset = r.dataset AND n.token = r.token)
)
INSERT INTO ledger_row AS r (dataset, period, token, area_code, fields, delivery_id)
SELECT n.dataset, :period, n.token, n.area_code, n.fields, n.delivery_id FROM ledger_read n JOIN seen USING (dataset)
ORDER BY n.dataset, n.token
ON CONFLICT (dataset, period, token) DO UPDATE
SET area_code = EXCLUDED.area_code, fields = EXCLUDED.fields, delivery_id = EXCLUDED.delivery_id
WHERE (r.area_code, r.fields, r.delivery_id)
    IS DISTINCT FROM (EXCLUDED.area_code, EXCLUDED.fields, EXCLUDED.delivery_id)
"""


async def take(session: AsyncSession, file: Path, newest: Mapping[str, int], *, run_id: str, period: str) -> None:
    """Make the rows of a month those in the file; a month is read as a whole, whatever area the run was about.

    Args:
        file: CSV of `COLUMNS`.
        newest: By dataset of which anything was delivered, the newest delivery that was read.
    """
    await execute(session, _READ)
    await copy_in(session, "ledger_read", COLUMNS, file)
    values = {"newest": json.dumps(newest), "run": run_id, "period": period, "at": clock.now()}
    await execute(session, _TAKE, values)


@dataclass(frozen=True)
class Ledger:
    """The rows of a dataset in a month that somebody may see.

    Attributes:
        period: The month; `None`: nothing of the dataset was ever read.
        read_at: When its rows were read last; `None`: nothing was delivered for the month that was asked for.
    """

    period: str | None
    read_at: datetime | None
    rows: Sequence[Row[Any]]


_MONTH = """
SELECT period, read_at FROM ledger_month
WHERE dataset = :dataset AND commit_seq > 0 AND (CAST(:period AS text) IS NULL OR period = :period)
ORDER BY period DESC LIMIT 1
"""
_ROWS = """
SELECT r.token, r.area_code, r.delivery_id, r.fields, b.fields AS before
FROM ledger_row r LEFT JOIN ledger_row b ON b.dataset = r.dataset AND b.token = r.token AND b.period = :before
WHERE r.dataset = :dataset AND r.period = :period AND {mine}
ORDER BY r.area_code, r.token
"""


async def ledger_of(
    session: AsyncSession, principal: Principal, dataset_code: str, period: str | None, area: str | None
) -> Ledger:
    """Give the rows in the caller's areas, by area and token, each beside what it said the month before.

    Args:
        period: `None`: the newest month of which anything was delivered.

    Raises:
        WrongDepartment: the data are another department's.
        OutsideArea: `area` is not the caller's.
    """
    principal = principal.within(area)
    department = dataset_of(dataset_code).department
    if principal.department not in (None, department):
        raise WrongDepartment(f"the data are of {department}")
    values = {"dataset": dataset_code, "period": period}
    month = (await session.execute(text(_MONTH), values)).one_or_none()
    if month is None:
        return Ledger(period, None, [])
    mine, places = principal.area_clause("r.area_code")
    values |= {"period": month.period, "before": shifted(month.period, -1), **places}
    found = await session.execute(text(_ROWS.format(mine=mine)), values)
    return Ledger(month.period, month.read_at, found.all())
