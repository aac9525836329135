"""Wire models of provision."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints, field_validator

from contracts.texts import HOLDS_ID_NUMBER
from servicekit.body import Body
from servicekit.page_query import PageQuery

_Name = Annotated[str, StringConstraints(min_length=1, max_length=60)]
FileFormat = Literal["csv", "xlsx", "ndjson"]


class CheckIn(Body):
    """About whom."""

    id_no: str = Field(max_length=32, description="证件号码 / citizen number", json_schema_extra=HOLDS_ID_NUMBER)
    name: str = Field(min_length=1, max_length=64, description="姓名 / name; both must agree with the register")


class CheckOut(BaseModel):
    """Yes or no; nothing else, and the same of who is not on the register. The receipt stands in `Bangfu-Receipt`."""

    answer: bool = Field(description="true: 是;false: 否,或未登记 / no, or not on the register, or not of the area")


class RowsQuery(PageQuery):
    """Which rows and fields."""

    fields: str | None = Field(
        default=None,
        max_length=2000,
        description="逗号分隔;缺省为协议全部字段 / by comma; all that is agreed if absent",
    )
    area: str | None = Field(default=None, pattern=r"^\d{12}$", description="区划子树 / area subtree")

    @property
    def names(self) -> list[str] | None:
        """Give the fields that are asked for; None for all that is agreed."""
        return None if self.fields is None else [name.strip() for name in self.fields.split(",") if name.strip()]


class FeedQuery(PageQuery):
    """Where the receiver is."""

    limit: int = Field(default=100, ge=1, le=1000, description="items a page")


class FileIn(Body):
    """Which fields, and in which form."""

    format: FileFormat = "xlsx"
    fields: list[_Name] | None = Field(default=None, max_length=100, description="null: all that is agreed")

    @field_validator("fields")
    @classmethod
    def _some(cls, value: list[str] | None) -> list[str] | None:
        if value is not None and not value:
            raise ValueError("name a field, or none at all")
        return value


class ProvidedRow(BaseModel):
    """A row: opaque ids of the register, and the fields that were asked for and are agreed."""

    household_id: str
    person_id: str | None = Field(description="null where a row is about a household")
    values: dict[str, Any]


class _Answer(BaseModel):
    receipt_id: str = Field(description="提供回执 / entered in the purpose ledger")
    as_of: date
    fields: list[str] = Field(description="given: asked for and agreed")
    withheld: list[str] = Field(description="未提供 / asked for and not given: not agreed, or declared no more")
    lapsed_areas: list[str] = Field(description="不再适用的区划 / took over from agreed areas and are not covered")
    watermark: str = Field(description="水印 / for whom and what for; goes with every copy")


class RowsOut(_Answer):
    """A page of rows, by village."""

    items: list[ProvidedRow]
    next_cursor: str | None = None


class Change(ProvidedRow):
    """A row as it is now, or that it is in the product no more."""

    is_gone: bool = Field(description="true: 不再属于名单,请删除 / not in the product, or not covered, any more")


class ChangesOut(_Answer):
    """What changed since the cursor; the same cursor again gives it again."""

    items: list[Change]
    next_cursor: str = Field(description="for the next question, also when nothing has changed")
    is_more: bool
