"""HTTP edge of the lists behind numbers: each service serves those of its own indicators at `PATH`.

Numbers are of areas: who has a grid alone sees none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from fastapi import Path, Query

from contracts.indicators import NAME_FORM
from contracts.vocabulary import FieldClass
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.indicators.problems import FigurePending, IndicatorUnknown, MembersKeptInCounty
from servicekit.indicators.schemas import MemberOut, MemberPage, MemberQuery, MemberRow
from servicekit.problems import InvalidInput, responses
from servicekit.titles import Titles

PATH: Final = "/v1/indicator-members"

MemberReader = Annotated[
    Principal,
    requires("figures:read", purpose="核对指标名单 / see what is behind a number", classes=(FieldClass.S3,)),
]
IndicatorId = Annotated[str, Path(pattern=NAME_FORM)]
Members = Annotated[MemberQuery, Query()]
RESPONSES: Final = responses(IndicatorUnknown, FigurePending, MembersKeptInCounty, OutsideArea, InvalidInput)


def page_of(items: Sequence[MemberOut], more: Mapping[str, Any], titles: Titles) -> MemberPage:
    """Give the answer of `members.page` with the titles of its rows."""
    return MemberPage(items=titles.on(items, MemberRow), titles=titles.state, **more)
