"""What several counties issued, side by side: a row each, and none for what none of them is. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alerts.sheets.content import Content, Place, Row, Table
from alerts.sheets.viewing import Reader, Shown, ShownRow, ShownTable, shown


def of_counties(counties: Sequence[Place], issued: Mapping[str, Content]) -> tuple[Content, list[ShownTable]]:
    """Give the counties' own rows as each of them shows it to the city; a county that issued nothing is missing.

    There is no total of them: nothing is told beyond what each county's sheet tells by itself.
    """
    by_county = {
        code: shown(content, Reader(area_code=code, has_county=True, is_outside=True))
        for code, content in issued.items()
    }
    forms = {table.table.zh: table.table for tables in by_county.values() for table in tables}
    found = []
    for title, table in forms.items():
        rows = []
        for county in counties:
            own = next((each for each in by_county.get(county.area_code, []) if each.table.zh == title), None)
            rows.append(_row_of(county, table, own))
        found.append(ShownTable(table, rows, [0] * len(table.columns)))
    contents = tuple(table for content in issued.values() for table in content.tables)
    return Content(tables=contents), found


def _row_of(county: Place, table: Table, own: ShownTable | None) -> ShownRow:
    cells = [Shown(None)] * len(table.columns)
    if own is not None:
        known = next((row for row in own.rows if row.row.code == county.area_code), None)
        if known is not None:
            places = {(column.indicator, column.part): place for place, column in enumerate(own.table.columns)}
            cells = [
                known.cells[places[key]] if (key := (column.indicator, column.part)) in places else Shown(None)
                for column in table.columns
            ]
    row = Row(
        kind="area", code=county.area_code, zh=county.name, en=county.name, places=(county.area_code,),
        cells=tuple(each.cell for each in cells),
    )  # fmt: skip
    return ShownRow(row, cells, is_own=False)
