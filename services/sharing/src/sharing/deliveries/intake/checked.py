"""A chunk of rows after every check: the accepted ones by column, the rejected ones with their faults."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from intake.lines import Lines
from intake.values import ERROR_SCHEMA, check_values, errors_at
from servicekit.areas import NATION
from sharing.catalogue.service import Dataset
from sharing.deliveries.intake.identity import Identities, check_identities, nobody
from sharing.deliveries.intake.subjects import check_areas
from sharing.deliveries.sheet import mended

_IDENTITY = frozenset({"id_no", "name"})


@dataclass(frozen=True)
class CheckedRows:
    """Accepted rows, in order of lines, and what is wrong with the others.

    Attributes:
        number18, name: Normalised ID numbers and names; they go no further than the tokeniser.
        values: Typed columns by field code.
        stated_as_of: The newest date that an accepted row names as its own; `None` where none does.
        corrects: The deliveries that the rows say they mend.
        errors: `row` (position in `lines.cells`), `field`, `code`; a row may have several.
    """

    lines: Lines
    number18: pl.Series
    name: pl.Series
    values: pl.DataFrame
    line_no: pl.Series
    errors: pl.DataFrame
    stated_as_of: date | None
    corrects: frozenset[str]

    def rejected(self) -> list[tuple[int, list[tuple[str, str]], str]]:
        """Give the rejected rows in order of lines, each with its `(field, code)` faults and its raw text."""
        rejected = [(line, [("", code)], raw) for line, raw, code in self.lines.broken]
        if self.errors.height:
            faults: dict[int, list[tuple[str, str]]] = {}
            for row, field, code in self.errors.iter_rows():
                faults.setdefault(row, []).append((field, code))
            rows = sorted(faults)
            numbers = self.lines.line_no.gather(rows).to_list()
            raws = self.lines.raw_of(numbers)
            rejected += [(line, faults[row], raw) for row, line, raw in zip(rows, numbers, raws, strict=True)]
            rejected.sort(key=lambda entry: entry[0])
        return rejected


def check_rows(dataset: Dataset, lines: Lines, default_as_of: date, area_code: str = NATION) -> CheckedRows:
    """Check a chunk: declared columns, and ID numbers and names, or areas.

    Args:
        default_as_of: Date of the data for rows that do not name one.
        area_code: What the delivery speaks for: a row that says itself that it is about another area is refused.
    """
    cells, corrects = mended(lines.cells)
    checked = check_values(dataset.layout, cells, without=_IDENTITY)
    typed = checked.values.with_columns(pl.col("as_of").fill_null(default_as_of))
    people = check_identities(cells["id_no"], cells["name"]) if dataset.is_of_persons else nobody(cells.height)
    wrong = [people.errors, _cut_off(people), checked.errors, _row_checks(dataset, typed, checked.errors)]
    if dataset.area is not None:
        wrong.append(check_areas(dataset.area, typed[dataset.area], area_code))
    errors = pl.concat(wrong)
    number18, name, values, line_no = people.number18, people.name, typed, lines.line_no
    stated = checked.values["as_of"]
    if errors.height:
        is_good = pl.select(
            ~pl.int_range(cells.height, dtype=pl.UInt32, eager=False).is_in(errors["row"].unique().implode())
        ).to_series()
        number18, name = number18.filter(is_good), name.filter(is_good)
        values, line_no, stated = values.filter(is_good), line_no.filter(is_good), stated.filter(is_good)
    as_of = stated.max()
    return CheckedRows(
        lines, number18, name, values, line_no, errors, as_of if isinstance(as_of, date) else None, corrects
    )


def _cut_off(people: Identities) -> pl.DataFrame:
    """Refuse every number that ends in 000 among numbers that were cut off: one in eleven passes by chance."""
    if not (people.errors["code"] == "id_no.truncated").any():
        return pl.DataFrame(schema=ERROR_SCHEMA)
    rows = people.number18.str.ends_with("000").fill_null(False).arg_true().cast(pl.UInt32)
    return errors_at(rows, "id_no", pl.Series(["id_no.truncated"] * len(rows), dtype=pl.String))


def _row_checks(dataset: Dataset, values: pl.DataFrame, errors: pl.DataFrame) -> pl.DataFrame:
    """Evaluate the conditions between fields on rows that have no other error."""
    found = [pl.DataFrame(schema=ERROR_SCHEMA)]
    for check in dataset.row_checks:
        is_broken = values.select(ok=pl.sql_expr(check.expression).fill_null(True).not_())["ok"]
        if is_broken.any():
            broken = is_broken.arg_true().cast(pl.UInt32)
            broken = broken.filter(~broken.is_in(errors["row"].implode()))
            found.append(errors_at(broken, check.field, pl.Series(["row.check"] * len(broken), dtype=pl.String)))
    return pl.concat(found)
