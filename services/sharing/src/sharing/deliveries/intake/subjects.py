"""Rows that are about no person: their area checked, and a token of what they are about.

Schemes, projects, funds and sites have no ID number. What stands in its place in the lake is a plain digest of the
key: it hides nothing, and lets duplicates, replaced lists and missing rows be told as everywhere else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import polars as pl
import pyarrow as pa

from intake.values import ERROR_SCHEMA, errors_at
from servicekit.areas import prefix_of
from sharing.catalogue.service import Dataset

_APART = "\x1f"
_DIGITS = 32  # of a matching token (`servicekit.tokens`), in whose column it stands


def check_areas(column: str, codes: pl.Series, area_code: str) -> pl.DataFrame:
    """Refuse rows whose area is no code of twelve digits, or lies outside the area of the delivery."""
    is_code = codes.str.contains(r"^[0-9]{12}$")
    is_outside = is_code & codes.str.starts_with(prefix_of(area_code)).not_()
    found = [pl.DataFrame(schema=ERROR_SCHEMA)]
    for mask, code in ((is_code.not_(), f"{column}.area"), (is_outside, f"{column}.outside")):
        rows = mask.fill_null(False).arg_true().cast(pl.UInt32)
        found.append(errors_at(rows, column, pl.Series([code] * len(rows), dtype=pl.String)))
    return pl.concat(found)


def token_of(dataset: Dataset, row: Mapping[str, Any]) -> str:
    """Give what stands for the subject of a row: the digest of its key, as long as a matching token."""
    told = _APART.join([dataset.code, *(str(row[code]) for code in dataset.key)])
    return hashlib.sha256(told.encode()).hexdigest()[:_DIGITS]


def subject_tokens(dataset: Dataset, values: pl.DataFrame) -> tuple[pa.Array, pa.Array]:
    """Give the tokens of rows, in both columns: a subject has no name beside its key."""
    tokens = pa.array([token_of(dataset, row) for row in values.select(dataset.key).iter_rows(named=True)], pa.string())
    return tokens, tokens
