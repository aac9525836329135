"""Columnar checks: text columns in, typed columns and errors out. No Python loop over rows.

Each column takes a fast path on the cells as they came; only a column with a cell that does not
pass is trimmed, read in the rarer forms, and told what is wrong with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from sharing.catalogue.service import MONEY, Dataset, FieldDeclaration

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
        values: Typed columns by field code, all rows; a rejected row's cells may be null.
        errors: `row` (position in the chunk), `field`, `code`; a row may have several.
    """

    values: pl.DataFrame
    errors: pl.DataFrame


def check_values(dataset: Dataset, cells: pl.DataFrame, default_as_of: date) -> Checked:
    """Type and check the declared columns (not `id_no` and `name`).

    Args:
        cells: Text columns by field code; columns that the file lacks are absent.
        default_as_of: Date of the data for rows that do not name one.
    """
    columns = [column for column in dataset.columns if column.code not in ("id_no", "name")]
    fast = cells.select(
        _fast(column) if column.code in cells.columns else pl.lit(None, column.dtype).alias(column.code)
        for column in columns
    )
    if fast.height != cells.height:  # no declared column came at all
        fast = pl.DataFrame({c.code: pl.Series(c.code, [None] * cells.height, c.dtype) for c in columns})
    values: list[pl.Series] = []
    errors: list[pl.DataFrame] = []
    for column in columns:
        typed = fast[column.code]
        if typed.null_count() and (column.required or typed.null_count() > _nulls(cells, column.code)):
            typed, found = _careful(column, _text(cells, column.code))
            errors.extend(found)
        if column.type == "int" and (column.minimum is not None or column.maximum is not None):
            outside = ~typed.is_between(
                column.minimum if column.minimum is not None else -(2**31),
                column.maximum if column.maximum is not None else 2**31 - 1,
            )
            if outside.any():
                errors.append(_at(outside, column.code, "range"))
        values.append(typed.fill_null(default_as_of) if column.code == "as_of" else typed)
    frame = pl.DataFrame(values)
    found_errors = pl.concat(errors) if errors else pl.DataFrame(schema=ERROR_SCHEMA)
    return Checked(frame, pl.concat([found_errors, _row_checks(dataset, frame, found_errors)]))


def _fast(column: FieldDeclaration) -> pl.Expr:
    """Read a cell in its usual form; null where that fails."""
    cell = pl.col(column.code)
    match column.type:
        case "str":
            text = cell.str.strip_chars()
            plain = ~text.str.contains(_CONTROL) & text.str.len_chars().is_between(1, MAX_TEXT_CHARS)
            return pl.when(plain).then(text).alias(column.code)
        case "int":
            return cell.cast(pl.Int32, strict=False)
        case "money":
            return pl.when(cell.str.contains(_MONEY)).then(cell).cast(MONEY, strict=False).alias(column.code)
        case "date":
            day = cell.str.to_date("%Y-%m-%d", strict=False)
            return pl.when(day.is_between(_EARLIEST, _LATEST)).then(day).alias(column.code)
        case "bool":
            return cell.replace_strict(BOOLEANS, default=None, return_dtype=pl.Boolean)
        case "enum":
            return cell.replace_strict(column.code_of, default=None, return_dtype=pl.String)


def _careful(column: FieldDeclaration, cell: pl.Series) -> tuple[pl.Series, list[pl.DataFrame]]:
    """Read a trimmed cell in every accepted form and say what is wrong with the others."""
    text = cell.str.strip_chars()
    frame = text.set(text.str.len_bytes() == 0, None).alias("cell").to_frame()
    is_present = frame["cell"].is_not_null()
    errors: list[pl.DataFrame] = []
    if column.required and not is_present.all():
        errors.append(_at(~is_present, column.code, "missing"))
    reading, wrong = _READERS[column.type](column)
    read = frame.select(reading.alias("value"), pl.col("cell"))
    failed = is_present & read["value"].is_null()
    if failed.any():
        codes = frame.filter(failed).with_columns(code=wrong)["code"]
        rows = failed.arg_true().cast(pl.UInt32)
        errors.append(_errors(rows, column.code, pl.Series(codes)))
    return read["value"].alias(column.code), errors


def _read_str(_: FieldDeclaration) -> tuple[pl.Expr, pl.Expr]:
    cell = pl.col("cell")
    fits = cell.str.len_chars() <= MAX_TEXT_CHARS
    return (
        pl.when(fits & ~cell.str.contains(_CONTROL)).then(cell),
        pl.when(fits).then(pl.lit("type")).otherwise(pl.lit("range")),
    )


def _read_int(_: FieldDeclaration) -> tuple[pl.Expr, pl.Expr]:
    whole = pl.col("cell").str.replace(r"\.0+$", "")
    is_whole = pl.col("cell").str.contains(r"^[+-]?[0-9]+(?:\.0+)?$")
    return (
        pl.when(is_whole).then(whole).cast(pl.Int32, strict=False),
        pl.when(is_whole).then(pl.lit("range")).otherwise(pl.lit("type")),
    )


def _read_money(_: FieldDeclaration) -> tuple[pl.Expr, pl.Expr]:
    cell = pl.col("cell")
    is_outside = cell.str.contains(_NEGATIVE) | cell.str.contains(_HUGE)
    return (
        pl.when(cell.str.contains(_MONEY)).then(cell).cast(MONEY, strict=False),
        pl.when(is_outside).then(pl.lit("range")).otherwise(pl.lit("type")),
    )


def _read_date(_: FieldDeclaration) -> tuple[pl.Expr, pl.Expr]:
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


def _read_bool(_: FieldDeclaration) -> tuple[pl.Expr, pl.Expr]:
    lower = pl.col("cell").str.to_lowercase()
    return lower.replace_strict(BOOLEANS, default=None, return_dtype=pl.Boolean), pl.lit("type")


def _read_enum(column: FieldDeclaration) -> tuple[pl.Expr, pl.Expr]:
    return pl.col("cell").replace_strict(column.code_of, default=None, return_dtype=pl.String), pl.lit("code")


_READERS = {
    "str": _read_str,
    "int": _read_int,
    "money": _read_money,
    "date": _read_date,
    "bool": _read_bool,
    "enum": _read_enum,
}


def _row_checks(dataset: Dataset, values: pl.DataFrame, errors: pl.DataFrame) -> pl.DataFrame:
    """Evaluate the conditions between fields on rows that have no other error."""
    found = [pl.DataFrame(schema=ERROR_SCHEMA)]
    for check in dataset.row_checks:
        is_broken = values.select(ok=pl.sql_expr(check.expression).fill_null(True).not_())["ok"]
        if is_broken.any():
            broken = is_broken.arg_true().cast(pl.UInt32)
            broken = broken.filter(~broken.is_in(errors["row"].implode()))
            found.append(_errors(broken, check.field, pl.Series(["row.check"] * len(broken), dtype=pl.String)))
    return pl.concat(found)


def _nulls(cells: pl.DataFrame, code: str) -> int:
    return cells[code].null_count() if code in cells.columns else cells.height


def _text(cells: pl.DataFrame, code: str) -> pl.Series:
    return cells[code] if code in cells.columns else pl.Series(code, [None] * cells.height, pl.String)


def _at(mask: pl.Series, field: str, fault: str) -> pl.DataFrame:
    rows = mask.fill_null(False).arg_true().cast(pl.UInt32)
    return _errors(rows, field, pl.Series([fault] * len(rows), dtype=pl.String))


def _errors(rows: pl.Series, field: str, faults: pl.Series) -> pl.DataFrame:
    """Build error rows; a fault without a dot is one of the field."""
    codes = faults if faults.str.contains(".", literal=True).any() else field + "." + faults
    return pl.DataFrame(
        {"row": rows, "field": pl.Series([field] * len(rows), dtype=pl.String), "code": codes}, schema=ERROR_SCHEMA
    )
