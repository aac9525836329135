"""What is said of households and persons that go on under another number or in another household. Pure."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from contracts.texts import HOLDS_ID_NUMBER
from contracts.vocabulary import Relation, Sex
from registry.text import line_text
from servicekit.body import Body

HouseholdNo = Annotated[str, Field(pattern=r"^[A-Za-z0-9\-]{1,32}$")]
_ID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
Id = Annotated[str, Field(pattern=_ID)]


class MoverIn(Body):
    """A member, and what he or she is to the head of the household."""

    id: Id
    relation: Relation


class Renumbering(Body):
    """A household's new number."""

    hh_no: HouseholdNo


class Identifying(Body):
    """What was wrong about a person; what is absent stays."""

    id_no: Annotated[str, line_text(32, 1)] | None = Field(default=None, json_schema_extra=HOLDS_ID_NUMBER)
    name: Annotated[str, line_text(64, 1)] | None = None
    birth_date: date | None = None
    sex: Sex | None = None


class Merging(Body):
    """The household that remains, and what those who join are to its head."""

    into: Id
    relations: Annotated[list[MoverIn], Field(max_length=50)] = Field(
        default=[], description="of members whose relation changes: the former head at least"
    )


class Splitting(Body):
    """Who founds a new household, under which number, where."""

    hh_no: HouseholdNo
    village_code: str | None = Field(default=None, pattern=r"^[0-9]{12}$", description="the same village if absent")
    members: Annotated[list[MoverIn], Field(min_length=1, max_length=50)]
    relations: Annotated[list[MoverIn], Field(max_length=50)] = Field(
        default=[], description="of members who stay and whose relation changes"
    )
