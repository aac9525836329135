"""Which parts count for a period: the comparison's way into the lake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from sharing.datasets.catalogue import dataset_of
from sharing.deliveries import rules, store
from sharing.lake.store import Lake

Kind = Literal["full", "increment", "record"]


@dataclass(frozen=True)
class EffectiveSource:
    """A committed delivery whose rows count for a period.

    Attributes:
        kind: `full` (the whole list), `increment` (rows to add) or `record` (one pushed row, newer than
            the full list it belongs to).
        area_code: Subtree whose data it holds; elsewhere it says nothing about who is missing.
        commit_seq: Grows with every commit; a later source wins over an earlier one of the same period.
        paths: Parquet parts that DuckDB can read; empty for a nil return.
        exclusion: Parquet file of `(part_no, line_no)` of duplicate rows to leave out, or `None`.
        is_nil: The department declared that there is nothing to deliver.
    """

    dataset: str
    delivery_id: str
    kind: Kind
    period: str
    area_code: str
    commit_seq: int
    paths: tuple[str, ...]
    exclusion: str | None
    is_nil: bool


class RowsDeleted(Exception):  # noqa: N818 - a state, as people read it
    """Rows that counted for the period were deleted when their retention ended; the rest would mislead."""


async def effective_parts(
    session: AsyncSession, dataset_codes: Sequence[str], period: str, lake: Lake
) -> list[EffectiveSource]:
    """Return the sources whose rows count for `period`, oldest first within a dataset.

    A full dataset gives, for each delivering area, its newest delivery of the validity window and the records
    pushed after it; an incremental one gives every delivery of the window that nothing superseded. A dataset
    without any delivery in its window is absent from the result.

    Raises:
        UnknownDataset: if a code is not declared.
        RowsDeleted: if rows of a delivery that counts were deleted (`sharing.row_retention_days`). Half of the
            sources would let a comparison take findings back that still hold.
    """
    wanted = [
        (dataset.code, dataset.mode, rules.window(period, dataset.valid_months)[0])
        for dataset in map(dataset_of, dataset_codes)
    ]
    rows = await store.effective_rows(session, wanted, period)
    deleted = sorted({row.dataset for row in rows if row.is_deleted})
    if deleted:
        raise RowsDeleted(f"rows of {', '.join(deleted)} that count for {period} were deleted after their retention")
    return [
        EffectiveSource(
            dataset=row.dataset,
            delivery_id=row.id,
            kind=row.kind,
            period=row.period,
            area_code=row.area_code,
            commit_seq=row.commit_seq,
            paths=tuple(lake.url_of(path) for path in row.paths),
            exclusion=lake.url_of(row.exclusion_path) if row.exclusion_path else None,
            is_nil=row.is_nil,
        )
        for row in rows
    ]
