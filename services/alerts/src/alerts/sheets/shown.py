"""What a reader is shown of a table, on the wire. Pure."""

from __future__ import annotations

from alerts.sheets.content import Column, Row
from alerts.sheets.document import text_of
from alerts.sheets.schemas import CellOut, ColumnOut, RowOut, Said, SourceOut, TableOut
from alerts.sheets.viewing import Shown, ShownRow, ShownTable
from contracts.indicators import INDICATORS

_MEMBERS = "/v1/indicator-members/{service}/{indicator}?period={period}&version={version}&area_code={area}"


def out_of(shown: ShownTable) -> TableOut:
    """Give a table with its rows, and with each number the lists behind it."""
    table = shown.table
    is_ranked = table.form == "ranking"
    return TableOut(
        form=table.form,
        title=Said(zh=table.zh, en=table.en),
        dimension=table.dimension,
        columns=[
            ColumnOut(
                indicator_id=column.indicator,
                label=Said(zh=column.zh, en=column.en),
                unit=Said(zh=column.unit_zh, en=column.unit_en),
                dimension=column.dimension or None,
                part=column.part or None,
                sources=[SourceOut(period=each.period, version=each.version) for each in column.sources],
                ranked_of=number if is_ranked else None,
            )
            for column, number in zip(table.columns, shown.ranked_of, strict=True)
        ],
        rows=[_row(row, table.columns, table.dimension) for row in shown.rows],
    )


def _row(shown: ShownRow, columns: tuple[Column, ...], dimension: str | None) -> RowOut:
    row = shown.row
    return RowOut(
        kind=row.kind,
        code=row.code,
        label=Said(zh=row.zh, en=row.en),
        cells=[
            _cell(cell, column, row, dimension, is_own=shown.is_own)
            for cell, column in zip(shown.cells, columns, strict=True)
        ],
    )


def _cell(shown: Shown, column: Column, row: Row, dimension: str | None, *, is_own: bool) -> CellOut:
    cell = shown.cell
    if cell is None:
        state = "missing" if shown.hidden is None else "hidden"
        return CellOut(
            shown=text_of(shown), state=state, value=None, numerator=None, denominator=None, rank=None, members=[]
        )
    return CellOut(
        shown=text_of(shown),
        state="known" if cell.value is not None else "no_value",
        value=cell.value,
        numerator=cell.numerator or None,
        denominator=cell.denominator,
        rank=cell.rank,
        members=_members(column, row, dimension) if is_own else [],
    )


def _members(column: Column, row: Row, dimension: str | None) -> list[str]:
    part = f"&dimension={column.dimension}&part={column.part}" if column.part else ""
    if row.kind == "part":
        part = f"&dimension={dimension}&part={row.code}"
    service = INDICATORS[column.indicator].service
    return [
        _MEMBERS.format(
            service=service, indicator=column.indicator, period=each.period, version=each.version, area=area
        ) + part
        for each in column.sources
        for area in row.places
    ]  # fmt: skip
