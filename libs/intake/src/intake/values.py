"""Columnar checks: text columns in, typed columns and errors out. No Python loop over rows in their usual form.

Each column takes a fast path on the cells as they came; only cells that do not pass are read one by one, in every form
that people write (`intake.written`), and told what is wrong with them.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from contracts.id_numbers import carries_id_number
from contracts.texts import is_numbering
from intake.layout import MONEY, Column, Layout
from intake.written import (
    BOOLEANS,
    EARLIEST,
    LATEST,
    MERGED,
    Wrong,
    explained,
    folded,
    read_bool,
    read_code,
    read_date,
    read_int,
    read_money,
    read_text,
)

MAX_TEXT_CHARS = 200
_FEWEST_DIGITS = 15

_MONEY = r"^[0-9]{1,12}(?:\.[0-9]{1,2}0*)?$"
_UNUSUAL = (
    r"[\x00-\x1f\x7f]|^#|^=|^'|^(?:Err|错误):|^[-—–_/\\*.…]+$|(?i)^(?:null|none|nan|nat|nil|n/?a|\\n|true|false)$"
)

ERROR_SCHEMA = pl.Schema({"row": pl.UInt32, "field": pl.String, "code": pl.String})


@dataclass(frozen=True)
class Checked:
    """A chunk after the checks.

    Attributes:
        values: Typed columns by name, all rows; a rejected row's cells may be null.
        errors: `row` (position in the chunk), `field`, `code`; a row may have several.
    """

    values: pl.DataFrame
    errors: pl.DataFrame


def check_values(layout: Layout, cells: pl.DataFrame, *, without: frozenset[str] = frozenset()) -> Checked:
    """Type and check the declared columns.

    Args:
        cells: Text columns by name; columns that the file lacks are absent.
        without: Names of columns that the caller reads itself.
    """
    columns = [column for column in layout.columns if column.name not in without]
    fast = cells.select(
        _fast(column) if column.name in cells.columns else pl.lit(None, column.dtype).alias(column.name)
        for column in columns
    )
    if fast.height != cells.height:  # no declared column came at all
        fast = pl.DataFrame({c.name: pl.Series(c.name, [None] * cells.height, c.dtype) for c in columns})
    values: list[pl.Series] = []
    errors: list[pl.DataFrame] = []
    for column in columns:
        typed = fast[column.name]
        if typed.null_count() and (column.is_required or typed.null_count() > _nulls(cells, column.name)):
            typed, found = _careful(column, typed, _text(cells, column.name))
            errors.extend(found)
        if column.kind == "str" and not column.is_digits:
            errors.extend(_id_numbers(typed))
        if column.kind == "int" and (column.minimum is not None or column.maximum is not None):
            outside = ~typed.is_between(
                column.minimum if column.minimum is not None else -(2**31),
                column.maximum if column.maximum is not None else 2**31 - 1,
            )
            if outside.any():
                errors.append(_at(outside, column.name, "range"))
        values.append(typed)
    return Checked(pl.DataFrame(values), pl.concat(errors) if errors else pl.DataFrame(schema=ERROR_SCHEMA))


def _id_numbers(texts: pl.Series) -> list[pl.DataFrame]:
    """Refuse a citizen number in plain text: the columns that are made for one are read by the caller."""
    is_long = (texts.str.len_chars() >= _FEWEST_DIGITS).fill_null(False)
    if not is_long.any():
        return []
    old_form = not is_numbering(texts.name)
    found = [text for text in texts.filter(is_long).unique() if carries_id_number(text, old_form=old_form)]
    return [_at(texts.is_in(found), texts.name, "id_number")] if found else []


def _fast(column: Column) -> pl.Expr:
    """Read a cell in its usual form; null where that fails."""
    cell = pl.col(column.name)
    match column.kind:
        case "str":
            text = cell.str.strip_chars()
            plain = ~text.str.contains(_UNUSUAL) & text.str.len_chars().is_between(1, MAX_TEXT_CHARS)
            return pl.when(plain).then(text).alias(column.name)
        case "int":
            return cell.cast(pl.Int32, strict=False)
        case "money":
            return pl.when(cell.str.contains(_MONEY)).then(cell).cast(MONEY, strict=False).alias(column.name)
        case "date":
            is_plain = cell.str.len_bytes() == 10
            day = pl.when(is_plain).then(cell).str.to_date("%Y-%m-%d", strict=False)
            return pl.when(day.is_between(EARLIEST, LATEST)).then(day).alias(column.name)
        case "bool":
            return cell.replace_strict(BOOLEANS, default=None, return_dtype=pl.Boolean)
        case "enum":
            return cell.replace_strict(column.codes, default=None, return_dtype=pl.String)


def _careful(column: Column, typed: pl.Series, cell: pl.Series) -> tuple[pl.Series, list[pl.DataFrame]]:
    """Read the cells that are not in the usual form as people write them, and say what is wrong with the others."""
    is_unread = typed.is_null() if column.is_required else typed.is_null() & cell.is_not_null()
    rows = is_unread.arg_true()
    unusual = cell.gather(rows)
    read: dict[str | None, object] = {text: _read(column, text) for text in unusual.unique().to_list()}
    wrong = {text: found.kind for text, found in read.items() if isinstance(found, Wrong)}
    good = {text: value for text, value in read.items() if text not in wrong and value is not None}
    if good:
        values = pl.Series([good.get(text) for text in unusual], dtype=column.dtype)
        typed = typed.scatter(rows, values)
    errors: list[pl.DataFrame] = []
    if wrong:
        codes = pl.Series([wrong.get(text) for text in unusual], dtype=pl.String)
        errors.append(errors_at(rows.filter(codes.is_not_null()).cast(pl.UInt32), column.name, codes.drop_nulls()))
    if column.is_required:
        blank = pl.Series([read[text] is None for text in unusual], dtype=pl.Boolean)
        if blank.any():
            codes = pl.Series(["missing"] * int(blank.sum()), dtype=pl.String)
            errors.append(errors_at(rows.filter(blank).cast(pl.UInt32), column.name, codes))
    return typed.alias(column.name), errors


def _read(column: Column, cell: str | None) -> object:
    """Read one cell: None for an empty one."""
    if cell is None:
        return None
    if column.kind == "money" and cell.startswith(MERGED):
        return Wrong("merged")
    text = folded(cell)
    if not text:
        return None
    match column.kind:
        case "str":
            return read_text(cell, MAX_TEXT_CHARS)
        case "int":
            return explained(read_int(text), text)
        case "money":
            return explained(read_money(text), text.removesuffix("元").rstrip("万千百亿"))
        case "date":
            return explained(read_date(text, column.months), text)
        case "bool":
            return explained(read_bool(text), text)
        case "enum":
            return explained(read_code(text, column.codes), text)


def _nulls(cells: pl.DataFrame, code: str) -> int:
    return cells[code].null_count() if code in cells.columns else cells.height


def _text(cells: pl.DataFrame, code: str) -> pl.Series:
    return cells[code] if code in cells.columns else pl.Series(code, [None] * cells.height, pl.String)


def _at(mask: pl.Series, field: str, fault: str) -> pl.DataFrame:
    rows = mask.fill_null(False).arg_true().cast(pl.UInt32)
    return errors_at(rows, field, pl.Series([fault] * len(rows), dtype=pl.String))


def errors_at(rows: pl.Series, field: str, faults: pl.Series) -> pl.DataFrame:
    """Build error rows; a fault without a dot is one of the field."""
    codes = faults if faults.str.contains(".", literal=True).any() else field + "." + faults
    return pl.DataFrame(
        {"row": rows, "field": pl.Series([field] * len(rows), dtype=pl.String), "code": codes}, schema=ERROR_SCHEMA
    )
