"""What a comparison found of the four guarantees into PostgreSQL, its differences announced."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.sharing import StatusClaimed, StatusWithdrawn
from servicekit import clock, outbox
from servicekit.areas import range_of
from servicekit.db import copy_in, execute
from sharing.catalogue.service import Catalogue
from sharing.statuses import store

COLUMNS = ("household_id", "dataset", "guarantee", "is_safe", "as_of", "facts")


async def take(
    session: AsyncSession,
    catalogue: Catalogue,
    file: Path,
    *,
    heard: Sequence[tuple[str, str]],
    run_id: str,
    period: str,
    area_code: str | None,
) -> None:
    """Make the claims of an area, or of a limited run's households, those in the file; each difference is told once.

    Args:
        file: CSV of `COLUMNS`.
        heard: Datasets that told of a village's households, with the village; the others say nothing, neither way.
        area_code: What the run was about; `None` for the households of a limited one.
    """
    values: dict[str, Any] = {"run": run_id, "period": period, "at": clock.now()}
    datasets = sorted({dataset for dataset, _ in heard})
    await execute(session, store.TOLD)
    await copy_in(session, "status_told", COLUMNS, file)
    await execute(session, "DELETE FROM status_told WHERE NOT dataset = ANY(:datasets)", {"datasets": datasets})
    await execute(session, store.CLAIM, values)
    await execute(session, store.SAID_AGAIN, {"period": period})
    await _announce_claimed(session, catalogue, values)
    places: dict[str, Any] = {"datasets": [dataset for dataset, _ in heard], "areas": [area for _, area in heard]}
    told = store.OF_HOUSEHOLDS
    if area_code is not None:
        low, high = range_of(area_code)
        told, places = store.OF_AREA, places | {"low": low, "high": high}
    await execute(session, store.WITHDRAW.format(told=told), values | places)
    await outbox.add_select(
        session,
        StatusWithdrawn,
        {name: f"c.{name}" for name in ("household_id", "dataset", "guarantee", "period", "withdrawn_at")},
        store.WITHDRAWN,
        {"run": run_id},
    )


async def _announce_claimed(session: AsyncSession, catalogue: Catalogue, values: dict[str, Any]) -> None:
    words = {
        status.dataset.code: {
            "department": status.dataset.department.value,
            **{str(each.is_safe).lower(): each.claim.detail.model_dump() for each in status.claims},
        }
        for status in catalogue.statuses
    }
    plain = ("household_id", "dataset", "guarantee", "is_safe", "as_of", "facts", "period", "claimed_at")
    await outbox.add_select(
        session,
        StatusClaimed,
        {name: f"c.{name}" for name in plain}
        | {"department": "n.words->>'department'", "text": "n.words->CAST(c.is_safe AS text)"},
        store.CLAIMED,
        {"run": values["run"], "words": json.dumps(words, ensure_ascii=False)},
    )
