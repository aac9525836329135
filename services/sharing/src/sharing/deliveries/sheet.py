"""The sheet of rejected rows as a file that comes back: it says itself which delivery it mends."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from intake.layout import Column, Layout
from sharing.catalogue.service import Dataset
from sharing.deliveries.texts import CORRECTS, ERRORS, LINE, PART, WHERE

# Columns of the sheet beside the rows' own: which delivery is mended, and where a row stood and why it was refused.
CORRECTS_COLUMN = "corrects_delivery"
_OWN = (
    Column(CORRECTS_COLUMN, CORRECTS),
    Column("reject_part", PART),
    Column("reject_line", LINE),
    Column("reject_sheet", WHERE),
    Column("reject_errors", ERRORS),
)
OWN_HEADINGS = frozenset(heading for column in _OWN for heading in (column.name, column.label))
_ESCAPED = r"^'([=+\-@\t\r])"


def layout_of(dataset: Dataset) -> Layout:
    """Give the columns of a dataset's files, with those of the sheet of rejected rows."""
    return replace(dataset.layout, columns=(*dataset.layout.columns, *_OWN))


def mended(cells: pl.DataFrame) -> tuple[pl.DataFrame, frozenset[str]]:
    """Give the cells as they were before the sheet made them safe for a spreadsheet, and the deliveries it mends."""
    if CORRECTS_COLUMN not in cells.columns:
        return cells, frozenset()
    named = frozenset(
        str(value).strip() for value in cells[CORRECTS_COLUMN].drop_nulls().unique().to_list() if str(value).strip()
    )
    if named:
        cells = cells.with_columns(pl.col(pl.String).str.replace(_ESCAPED, "$1"))
    return cells, named
