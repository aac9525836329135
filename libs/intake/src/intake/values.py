"""Columnar checks: text columns in, typed columns and errors out. No Python loop over rows.

Each column takes a fast path on the cells as they came; only a column with a cell that does not
pass is trimmed, read in the rarer forms, and told what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import polars as pl

from intake.layout import MONEY, Column, Kind, Layout

MAX_TEXT_CHARS = 200

_MONEY = r"^[0-9]{1,12}(?:\.[0-9]{1,2}0*)?$"
_NEGATIVE = r"^-[0-9]+(?:\.[0-9]+)?$"
_HUGE = r"^[0-9]{13,}(?:\.[0-9]+)?$"
_CONTROL = r"[\x00-\x1f\x7f]"
_SERIAL = r"^[1-9][0-9]{4}(?:\.[0-9]+)?$"
_EARLIEST, _LATEST = date(1900, 1, 1), date(2100, 12, 31)
# Excel's day 0 is 1899-12-30 for every date after its fictitious 1900-02-29.
_EXCEL_EPOCH = date(1899, 12, 30)

BOOLEANS = {
    "是": True, "true": True, "1": True, "1.0": True, "yes": True, "y": True,
    "否": False, "false": False, "0": False, "0.0": False, "no": False, "n": False,
}  # fmt: skip

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
            typed, found = _careful(column, _text(cells, column.name))
            errors.extend(found)
        if column.kind == "int" and (column.minimum is not None or column.maximum is not None):
            outside = ~typed.is_between(
                column.minimum if column.minimum is not None else -(2**31),
                column.maximum if column.maximum is not None else 2**31 - 1,
            )
            if outside.any():
                errors.append(_at(outside, column.name, "range"))
        values.append(typed)
    return Checked(pl.DataFrame(values), pl.concat(errors) if errors else pl.DataFrame(schema=ERROR_SCHEMA))


def _fast(column: Column) -> pl.Expr:
    """Read a cell in its usual form; null where that fails."""
    cell = pl.col(column.name)
    match column.kind:
        case "str":
            text = cell.str.strip_chars()
            plain = ~text.str.contains(_CONTROL) & text.str.len_chars().is_between(1, MAX_TEXT_CHARS)
            return pl.when(plain).then(text).alias(column.name)
        case "int":
            return cell.cast(pl.Int32, strict=False)
        case "money":
            return pl.when(cell.str.contains(_MONEY)).then(cell).cast(MONEY, strict=False).alias(column.name)
        case "date":
            day = cell.str.to_date("%Y-%m-%d", strict=False)
            return pl.when(day.is_between(_EARLIEST, _LATEST)).then(day).alias(column.name)
        case "bool":
            return cell.replace_strict(BOOLEANS, default=None, return_dtype=pl.Boolean)
        case "enum":
            return cell.replace_strict(column.codes, default=None, return_dtype=pl.String)


def _careful(column: Column, cell: pl.Series) -> tuple[pl.Series, list[pl.DataFrame]]:
    """Read a trimmed cell in every accepted form and say what is wrong with the others."""
    text = cell.str.strip_chars()
    frame = text.set(text.str.len_bytes() == 0, None).alias("cell").to_frame()
    is_present = frame["cell"].is_not_null()
    errors: list[pl.DataFrame] = []
    if column.is_required and not is_present.all():
        errors.append(_at(~is_present, column.name, "missing"))
    reading, wrong = _READERS[column.kind](column)
    read = frame.select(reading.alias("value"), pl.col("cell"))
    failed = is_present & read["value"].is_null()
    if failed.any():
        codes = frame.filter(failed).with_columns(code=wrong)["code"]
        rows = failed.arg_true().cast(pl.UInt32)
        errors.append(errors_at(rows, column.name, pl.Series(codes)))
    return read["value"].alias(column.name), errors


def _read_str(_: Column) -> tuple[pl.Expr, pl.Expr]:
    cell = pl.col("cell")
    fits = cell.str.len_chars() <= MAX_TEXT_CHARS
    return (
        pl.when(fits & ~cell.str.contains(_CONTROL)).then(cell),
        pl.when(fits).then(pl.lit("type")).otherwise(pl.lit("range")),
    )


def _read_int(_: Column) -> tuple[pl.Expr, pl.Expr]:
    whole = pl.col("cell").str.replace(r"\.0+$", "")
    is_whole = pl.col("cell").str.contains(r"^[+-]?[0-9]+(?:\.0+)?$")
    return (
        pl.when(is_whole).then(whole).cast(pl.Int32, strict=False),
        pl.when(is_whole).then(pl.lit("range")).otherwise(pl.lit("type")),
    )


def _read_money(_: Column) -> tuple[pl.Expr, pl.Expr]:
    cell = pl.col("cell")
    is_outside = cell.str.contains(_NEGATIVE) | cell.str.contains(_HUGE)
    return (
        pl.when(cell.str.contains(_MONEY)).then(cell).cast(MONEY, strict=False),
        pl.when(is_outside).then(pl.lit("range")).otherwise(pl.lit("type")),
    )


def _read_date(_: Column) -> tuple[pl.Expr, pl.Expr]:
    cell = pl.col("cell")
    is_serial = cell.str.contains(_SERIAL)
    serial = pl.when(is_serial).then(cell).cast(pl.Float64, strict=False).floor().cast(pl.Int32)
    day = pl.coalesce(
        cell.str.to_date("%Y-%m-%d", strict=False),
        cell.str.to_date("%Y/%m/%d", strict=False),
        pl.when(cell.str.contains(r"^[0-9]{8}$")).then(cell).str.to_date("%Y%m%d", strict=False),
        pl.lit(_EXCEL_EPOCH) + pl.duration(days=serial),
        # A date cell that a tool wrote with its midnight.
        cell.str.strip_suffix("T00:00:00").str.strip_suffix(" 00:00:00").str.to_date("%Y-%m-%d", strict=False),
    )
    fits = day.is_between(_EARLIEST, _LATEST)
    return pl.when(fits).then(day), pl.when(day.is_not_null()).then(pl.lit("range")).otherwise(pl.lit("type"))


def _read_bool(_: Column) -> tuple[pl.Expr, pl.Expr]:
    lower = pl.col("cell").str.to_lowercase()
    return lower.replace_strict(BOOLEANS, default=None, return_dtype=pl.Boolean), pl.lit("type")


def _read_enum(column: Column) -> tuple[pl.Expr, pl.Expr]:
    return pl.col("cell").replace_strict(column.codes, default=None, return_dtype=pl.String), pl.lit("code")


_READERS: dict[Kind, Callable[[Column], tuple[pl.Expr, pl.Expr]]] = {
    "str": _read_str,
    "int": _read_int,
    "money": _read_money,
    "date": _read_date,
    "bool": _read_bool,
    "enum": _read_enum,
}


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
