"""What a comparison found that departments gave households, into PostgreSQL, its differences announced."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.sharing import AidEnded, AidListed
from servicekit import clock, outbox
from servicekit.areas import range_of
from servicekit.db import copy_in, execute
from sharing import periods
from sharing.aid import store
from sharing.catalogue.service import Catalogue, Dataset

__all__ = ["COLUMNS", "take"]

COLUMNS = store.COLUMNS


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
    """Make what an area's households were given, or a limited run's, what the file says; each difference is told once.

    Args:
        file: CSV of `COLUMNS`.
        heard: Datasets that told of a village's households, with the village; the others say nothing, neither way.
        area_code: What the run was about; `None` for the households of a limited one.
    """
    told = {code: each for code, each in catalogue.datasets.items() if each.measure is not None}
    speaking = [(told[code], area) for code, area in heard if code in told]
    values: dict[str, Any] = {"run": run_id, "period": period, "at": clock.now()}
    places: dict[str, Any] = {
        "datasets": [dataset.code for dataset, _ in speaking],
        "areas": [area for _, area in speaking],
    }
    await execute(session, store.FOUND)
    await copy_in(session, "aid_found", COLUMNS, file)
    await execute(session, store.UNHEARD, places)
    await execute(session, store.TAKE, values)
    await execute(session, store.FOUND_AGAIN, {"period": period})
    words = {code: _said(dataset) for code, dataset in told.items()}
    await outbox.add_select(
        session,
        AidListed,
        {name: f"a.{name}" for name in ("household_id", "aid_id", "person_id", "dataset", "given_on", "until")}
        | {"period": "a.period", "listed_at": "a.told_at", "amount": "CAST(a.amount AS text)"}
        | {name: f"n.words->>'{name}'" for name in ("department", "category", "income")}
        | {"title": "n.words->'title'", "called": "n.words->'names'->>a.named_by"},
        store.TOLD,
        {"run": run_id, "at": values["at"], "words": json.dumps(words, ensure_ascii=False)},
    )
    about = store.OF_HOUSEHOLDS
    if area_code is not None:
        about = store.OF_AREA
        places |= dict(zip(("low", "high"), range_of(area_code), strict=True))
    places |= {
        "whole": [dataset.mode == "full" for dataset, _ in speaking],
        "since": [periods.shifted(period, 1 - dataset.valid_months) for dataset, _ in speaking],
    }
    await execute(session, store.END.format(about=about), values | places)
    await outbox.add_select(
        session,
        AidEnded,
        {name: f"a.{name}" for name in ("household_id", "aid_id", "dataset", "was_wrong", "ended_at")}
        | {"period": "a.period"},
        store.ENDED,
        {"run": run_id},
    )


def _said(dataset: Dataset) -> dict[str, Any]:
    measure = dataset.measure
    if measure is None:
        raise ValueError(f"{dataset.code} declares no measure")
    named = dataset.by_code[measure.named_by].values if measure.named_by else ()
    return {
        "department": dataset.department.value,
        "category": measure.category.value,
        "income": measure.income,
        "title": measure.title.model_dump(),
        "names": {value.code: value.label for value in named},
    }
