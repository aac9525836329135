"""What the API gives about areas."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, Field, computed_field

from contracts.area_vocabulary import AreaTag
from registry.text import line_text
from servicekit.body import Body, examples
from servicekit.page_query import PageQuery

Code = Annotated[str, Field(pattern=r"^[0-9]{12}$")]
_ID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


class AreaLink(BaseModel):
    """An area that another one came from, or went into: all of it, or some of its households."""

    code: str
    on: date = Field(description="the first day of what came after")


class AreaOut(BaseModel):
    """An area."""

    code: str = Field(examples=["990101101201"])
    name: str
    level: str = Field(description="province | city | county | town | village")
    parent_code: str | None
    valid_from: date
    valid_to: date | None
    tags: list[AreaTag] = Field(
        description="区划标签 / what it is designated as on the day that is asked about, or today"
    )
    predecessors: list[AreaLink] = Field(description="原区划 / areas whose households came here")
    successors: list[AreaLink] = Field(description="继任区划 / areas that its households went to")


class AreaQuery(PageQuery):
    """Which areas a list shows; null means any."""

    parent: Code | None = Field(default=None, description="those directly below this one")
    area: Code | None = Field(default=None, description="this area and what lies in it")
    as_of: date | None = Field(
        default=None,
        description="那一天有效的 / those that were there on this day; with `area` also what came into it since",
    )
    tag: AreaTag | None = Field(default=None, description="区划标签 / with this tag on that day, or today")
    limit: int = Field(default=200, ge=1, le=200, description="items a page")


class TagIn(Body):
    """What an area was designated as (区划标签)."""

    model_config = examples(
        {"tag": "priority", "first_on": "2026-01-01", "source_document": "某市乡村振兴局〔2026〕3号"}
    )

    tag: AreaTag
    first_on: date
    last_on: date | None = None
    source_document: Annotated[str, line_text(200, 2)]


class TagEnd(Body):
    """The last day of a tag."""

    last_on: date


class TagOut(BaseModel):
    """A tag of an area."""

    tag: AreaTag
    first_on: date
    last_on: date | None
    source_document: str
    recorded_at: datetime
    recorded_by: str

    @computed_field(description="标签名称 / the tag in Chinese")  # type: ignore[prop-decorator]
    @property
    def tag_label(self) -> str:
        """Give the tag's label."""
        return self.tag.label


class TagsOut(BaseModel):
    """Tags of an area, over or not."""

    items: list[TagOut]


class MoveIn(Body):
    """Where the households of a village go: all of them, or some. A township goes village by village."""

    from_code: Code
    to_code: Code
    household_ids: Annotated[list[Annotated[str, Field(pattern=_ID)]], Field(min_length=1, max_length=5000)] | None = (
        Field(default=None, description="分村时移出的户 / of a split: those who go; all of them if absent")
    )
    place_ids: Annotated[list[Annotated[str, Field(pattern=_ID)]], Field(min_length=1, max_length=1000)] | None = Field(
        default=None,
        description="分村时划出的组、网格、安置点 / of a split: those that go, with their households",
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
