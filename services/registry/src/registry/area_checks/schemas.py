"""Counter-checks of areas on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from contracts.parameters import Words
from contracts.vocabulary import RiskType
from servicekit.body import Body, examples
from servicekit.page_query import PageQuery
from servicekit.titles import SaysTitles, Titled

State = Literal["open", "answered", "closed"]
_Code = Annotated[str, Field(pattern=r"^[0-9]{12}$")]


class AreaCheckQuery(PageQuery):
    """Which findings a list shows; those that are open unless `state` says otherwise."""

    code: str | None = Field(default=None, pattern=r"^CK-\d{2}[A-Z]$")
    area: _Code | None = Field(default=None, description="this area and what lies in it")
    state: State = "open"


class AreaCheckOut(BaseModel):
    """What a counter-check found in a village, township or resettlement site."""

    id: str
    code: str
    title: Words | None = Field(description="null of a check that there is no more")
    advice: Words | None
    area_code: str
    area_path: list[str] = Field(description="县、乡镇、村名称 / names of county, township and village")
    cause: RiskType | None = Field(description="风险类型 / the risk that it is about, if one")
    site: str | None = Field(description="安置区名称 / the resettlement site that it is about, if one")
    evidence: dict[str, Any] = Field(description="依据 / what the check looked at: counts, shares as text")
    state: State = Field(description="closed: its facts are over; answered: the county has judged it")
    opened_at: datetime
    closed_at: datetime | None
    answered_at: datetime | None
    answered_by: str | None = Field(description="staff:<id> of a person, else the client")
    answer: str | None


class AreaCheckPage(BaseModel):
    """A page of findings, the oldest first."""

    items: list[AreaCheckOut]
    total: int = Field(description="findings that the filters leave; no more than 10,000 are counted")
    is_more: bool = Field(description="there are more than `total`")
    next_cursor: str | None = None


class BehindOut(BaseModel):
    """A household behind a finding."""

    household_id: str
    area_code: str = Field(description="its village")


class BehindRow(BehindOut, Titled):
    """The same, with what people recognise it by."""


class AreaCheckFound(AreaCheckOut):
    """A finding with the ids of the households behind it."""

    households: Sequence[BehindOut]
    households_total: int


class AreaCheckShown(AreaCheckOut, SaysTitles):
    """A finding by itself, with the households behind it as they are today."""

    households: list[BehindRow] = Field(description="相关农户 / at most 200 of those that the caller sees")
    households_total: int


class AnswerIn(Body):
    """What the county judged."""

    model_config = examples({"answer": "经研判为9月洪涝所致,已启动专项帮扶,非规模性返贫"})

    answer: Annotated[str, StringConstraints(min_length=5, max_length=2000, strip_whitespace=True)]


class LookIn(Body):
    """Where to look now."""

    model_config = examples({"area_code": "990101000000"})

    area_code: _Code | None = Field(default=None, description="区划,默认为您的区划 / by default all of your area")


class LookOut(BaseModel):
    """What was looked at."""

    counties: list[str]
    open: int = Field(description="findings that are open in the area now; no more than 10,001 are counted")
