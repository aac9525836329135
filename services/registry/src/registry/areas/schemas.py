"""What the API gives about areas."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, Field

from registry.text import line_text
from servicekit.body import Body, examples

Code = Annotated[str, Field(pattern=r"^[0-9]{12}$")]
_ID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


class AreaOut(BaseModel):
    """An area."""

    code: str = Field(examples=["990101101201"])
    name: str
    level: str = Field(description="province | city | county | town | village")
    parent_code: str | None
    valid_from: date
    valid_to: date | None


class MoveIn(Body):
    """Where the households of a village go: all of them, or some. A township goes village by village."""

    from_code: Code
    to_code: Code
    household_ids: Annotated[list[Annotated[str, Field(pattern=_ID)]], Field(min_length=1, max_length=5000)] | None = (
        Field(default=None, description="分村时移出的户 / of a split: those who go; all of them if absent")
    )


class AreaChangeIn(Body):
    """What becomes of areas on a day (撤并、拆分、变更代码). The new areas are registered first."""

    model_config = examples(
        {
            "effective_on": "2026-11-01",
            "source_document": "某县民政〔2026〕12号",
            "moves": [{"from_code": "990101101201", "to_code": "990101101202"}],
            "closes": ["990101101201"],
        }
    )

    effective_on: date = Field(description="a day to come is waited for")
    source_document: Annotated[str, line_text(200, 2)]
    moves: Annotated[list[MoveIn], Field(max_length=1000)] = []
    closes: Annotated[list[Code], Field(max_length=1000)] = Field(
        default=[], description="areas that end the day before; nobody may be registered there any more"
    )


class AreaChangeOut(BaseModel):
    """What became of an area, or will."""

    id: str
    from_code: str
    to_code: str | None = Field(description="null: it was closed")
    effective_on: date
    source_document: str
    households: int | None = Field(description="how many moved; null before its day")
    recorded_at: datetime
    recorded_by: str
    applied_at: datetime | None


class AreaChangesOut(BaseModel):
    """Changes of areas."""

    items: list[AreaChangeOut]
