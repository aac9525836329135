"""What a comparison read of rows that are of no person, into PostgreSQL; other features list and sum it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from servicekit import clock
from servicekit.db import copy_in, execute

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
