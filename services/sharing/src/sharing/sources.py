"""A delivery whose rows count for a period: what deliveries tell and a comparison reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from servicekit.areas import NATION

# The rows of a file of rows left out. Files of the first release say no reason: of a key, all but the first row.
LEFT_OUT: Final = "(SELECT NULL::VARCHAR AS reason WHERE FALSE UNION ALL BY NAME FROM read_parquet($exclusion))"


@dataclass(frozen=True)
class Source:
    """A committed delivery whose rows count.

    Attributes:
        kind: `full` (the whole list), `increment` (rows to add), `correction` (mended rows that join a list) or
            `record` (one pushed row). Additions to a whole list are newer than it.
        commit_seq: Grows with every commit; a later source wins over an earlier one of the same period.
        paths: Parquet parts that DuckDB can read; empty for a nil return and for a record.
        exclusion: Parquet file of `(part_no, line_no, reason)` of rows to leave out, or `None`. Rows with the reason
            `contradicts` are no evidence, but forbid the claim that their person is in no list.
        area_code: Subtree whose data it holds; elsewhere it says nothing about who is missing.
        is_nil: The department declared that there is nothing to deliver.
        token_key_id: The key that its rows were tokenised with.
        known_on: The day that it tells of; of one period, later knowledge wins before later arrival does.
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
    known_on: date | None = None


@dataclass(frozen=True)
class ListOf:
    """That a list of a dataset speaks for an area in a period."""

    dataset: str
    area_code: str
    period: str
