"""A delivery whose rows count for a period: what deliveries tell and a comparison reads."""

from __future__ import annotations

from dataclasses import dataclass

from servicekit.areas import NATION


@dataclass(frozen=True)
class Source:
    """A committed delivery whose rows count.

    Attributes:
        kind: `full` (the whole list), `increment` (rows to add) or `record` (one pushed row, newer than
            the full list it belongs to).
        commit_seq: Grows with every commit; a later source wins over an earlier one of the same period.
        paths: Parquet parts that DuckDB can read; empty for a nil return and for a record.
        exclusion: Parquet file of `(part_no, line_no)` of duplicate rows to leave out, or `None`.
        area_code: Subtree whose data it holds; elsewhere it says nothing about who is missing.
        is_nil: The department declared that there is nothing to deliver.
        token_key_id: The key that its rows were tokenised with.
    """

    dataset: str
    delivery_id: str
    kind: str
    period: str
    commit_seq: int
    paths: tuple[str, ...]
    exclusion: str | None = None
    area_code: str = NATION
    is_nil: bool = False
    token_key_id: str = "k1"  # noqa: S105 - an id, not a key
