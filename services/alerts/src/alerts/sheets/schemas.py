"""Sheets on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from servicekit.body import Body, examples
from servicekit.page_query import PageQuery

AreaCode = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
State = Literal["draft", "frozen", "issued"]
PERIOD_FORM = r"^20[0-9]{2}-(0[1-9]|1[0-2]|Q[1-4])$"


class Said(BaseModel):
    """A text in both languages."""

    zh: str
    en: str


class SheetKindOut(BaseModel):
    """A kind of sheet."""

    id: str
    title: Said
    period: Literal["month", "quarter"]
    goes_up: bool = Field(description="whether city and province read it, with small counts hidden")
    indicator_ids: list[str] = Field(description="what stands in it")


class SheetKindsOut(BaseModel):
    """Every kind."""

    items: list[SheetKindOut]


class SheetsQuery(PageQuery):
    """Which sheets a list shows; null means any."""

    area_code: AreaCode | None = Field(default=None, description="sheets of the county that it is, or lies in")
    kind: str | None = Field(default=None, max_length=32)
    period: str | None = Field(default=None, pattern=PERIOD_FORM)
    state: Literal["frozen", "issued"] | None = None


class SheetQuery(Body):
    """Which version of a sheet is wanted, of which area, in which form."""

    area_code: AreaCode | None = Field(
        default=None, description="it and the areas of the next level; the caller's own where none is named"
    )
    version: int | None = Field(default=None, ge=1, description="the newest that the caller may see, if none is named")
    draft: bool = Field(default=False, description="by the newest figures, kept by nobody; for the county alone")
    format: Literal["json", "html", "pdf", "xlsx"] = "json"


class FreezeIn(Body):
    """That a sheet is to be kept as it is now."""

    model_config = examples({"area_code": "990101000000", "note": "按9月末数据", "accepts_missing": True})

    area_code: AreaCode = Field(description="the county")
    note: Note = ""
    accepts_missing: bool = Field(default=False, description="freeze it though figures are missing; they stay missing")


class IssueIn(Body):
    """Which version is issued."""

    model_config = examples({"area_code": "990101000000", "version": 1})

    area_code: AreaCode = Field(description="the county")
    version: int = Field(ge=1)


class SheetOut(BaseModel):
    """A version of a sheet, without what stands in it."""

    id: str
    kind: str
    period: str
    area_code: str
    version: int
    title: str
    state: Literal["frozen", "issued"]
    digest: str = Field(description="SHA-256 of what stands in it: the same for as long as it is kept")
    note: str
    through: date = Field(description="the last day that its figures tell of")
    frozen_by: str
    frozen_at: datetime
    issued_by: str | None
    issued_at: datetime | None


class SheetPage(BaseModel):
    """A page of sheets, the newest first."""

    items: list[SheetOut]
    total: int
    next_cursor: str | None = None


class SourceOut(BaseModel):
    """A version of an indicator; null: not computed."""

    period: str
    version: int | None


class ColumnOut(BaseModel):
    """A column."""

    indicator_id: str
    label: Said
    unit: Said
    dimension: str | None
    part: str | None
    sources: list[SourceOut]
    ranked_of: int | None = Field(description="how many rows have a rank; null where nothing is ranked")


class CellOut(BaseModel):
    """A figure, or why there is none."""

    shown: str = Field(description="as it is printed: the value, 尚缺, <5 ...")
    state: Literal["known", "missing", "no_value", "hidden"]
    value: str | None
    numerator: str | None
    denominator: str | None
    rank: int | None
    members: list[str] = Field(description="the lists behind the number, for whoever may see them")


class RowOut(BaseModel):
    """A row."""

    kind: Literal["area", "part", "tag"]
    code: str
    label: Said
    cells: list[CellOut]


class TableOut(BaseModel):
    """A table."""

    form: str
    title: Said
    dimension: str | None
    columns: list[ColumnOut]
    rows: list[RowOut]


class MissingOut(BaseModel):
    """An indicator that was not computed for a period: that is not zero."""

    indicator_id: str
    label: Said
    period: str


class SheetShown(BaseModel):
    """A sheet as its reader may see it."""

    kind: str
    period: str
    area_code: str = Field(description="the area that is looked at")
    county_code: str | None = Field(description="whose sheet it is; null where several counties stand in it")
    title: str
    state: State
    is_over: bool = Field(description="the period has ended; before that there is only a draft")
    is_protected: bool = Field(description="small counts are hidden: it is read from outside the county")
    sheet: SheetOut | None = Field(description="the version; null for a draft")
    missing: list[MissingOut]
    tables: list[TableOut]
    schedulings: str | None = Field(description="the records of the meeting or inspection of the period")
