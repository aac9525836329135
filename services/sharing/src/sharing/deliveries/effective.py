"""Which parts count for a period: the comparison's way into the lake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from sharing.catalogue.service import dataset_of
from sharing.deliveries import effective_store as store
from sharing.deliveries import rules
from sharing.deliveries.effective_store import RecordsOf
from sharing.lake.service import Lake
from sharing.sources import Source

# A pushed row as `export_records` writes it: column -> its type in DuckDB, in order.
RECORD_COLUMNS: Final[Mapping[str, str]] = {
    "dataset": "VARCHAR", "delivery_id": "VARCHAR", "period": "VARCHAR", "known_on": "DATE",
    "commit_seq": "BIGINT", "area_code": "VARCHAR", "id_token": "VARCHAR", "person_token": "VARCHAR", "fields": "JSON",
}  # fmt: skip


class RowsDeleted(Exception):  # noqa: N818 - a state, as people read it
    """Rows that counted for the period were deleted when their retention ended; the rest would mislead."""


async def effective_parts(session: AsyncSession, dataset_codes: Sequence[str], period: str, lake: Lake) -> list[Source]:
    """Return the sources whose rows count for `period`, oldest first within a dataset.

    A full dataset gives, for each delivering area, its newest list of the validity window, unless a list of a wider
    area is newer, and the corrections and records that came after it; an incremental one gives every delivery of the
    window that nothing superseded. Newer is what is known of a later day, not what arrived later. A dataset without
    any delivery in its window is absent from the result, and so is a list that is held.

    Raises:
        UnknownDataset: if a code is not declared.
        RowsDeleted: if rows of a delivery that counts were deleted (`sharing.row_retention_days`). Half of the
            sources would let a comparison take findings back that still hold.
    """
    return _sources(await store.effective_rows(session, _wanted(dataset_codes, period), period), period, lake)


async def lists_and_areas(session: AsyncSession, dataset_codes: Sequence[str], period: str, lake: Lake) -> list[Source]:
    """Return the sources of `effective_parts` without the single records.

    Instead, a source without an id stands for each area where any were pushed: that is enough to know where a
    dataset says something. What the records say is written by `export_records`. The cost does not grow
    with the records of the month.

    Raises:
        UnknownDataset, RowsDeleted: as `effective_parts`.
    """
    return _sources(await store.lists_and_areas(session, _wanted(dataset_codes, period), period), period, lake)


async def export_records(
    session: AsyncSession, dataset_codes: Sequence[str], period: str, only: RecordsOf | None, file: Path
) -> None:
    """Write the pushed rows that count for `period`, `RECORD_COLUMNS` each, to a CSV file."""
    await store.export_records(session, _wanted(dataset_codes, period), period, only, file)


async def held_lists(session: AsyncSession, dataset_codes: Sequence[str], period: str) -> list[tuple[str, str]]:
    """Give `(dataset, area)` of the whole lists that would count for `period` but are held.

    The list before stays effective; who is *not* in it cannot be told in that area until somebody has decided.

    Raises:
        UnknownDataset: if a code is not declared.
    """
    held = await store.held_lists(session, _wanted(dataset_codes, period), period)
    return [(row.dataset, row.area_code) for row in held]


def _wanted(dataset_codes: Sequence[str], period: str) -> list[tuple[str, str, str]]:
    return [
        (dataset.code, dataset.mode, rules.window(period, dataset.valid_months)[0])
        for dataset in map(dataset_of, dataset_codes)
    ]


def _sources(rows: Sequence[Any], period: str, lake: Lake) -> list[Source]:
    deleted = sorted({row.dataset for row in rows if row.is_deleted})
    if deleted:
        raise RowsDeleted(f"rows of {', '.join(deleted)} that count for {period} were deleted after their retention")
    return [
        Source(
            dataset=row.dataset,
            delivery_id=row.id,
            kind="full" if row.is_whole else row.kind,
            period=row.period,
            area_code=row.area_code,
            known_on=row.known_on,
            commit_seq=row.commit_seq,
            paths=tuple(lake.url_of(path) for path in row.paths),
            exclusion=lake.url_of(row.exclusion_path) if row.exclusion_path else None,
            is_nil=row.is_nil,
            token_key_id=row.token_key_id,
        )
        for row in rows
    ]
