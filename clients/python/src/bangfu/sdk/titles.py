"""What households, areas and the rows of lists are recognised by."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Answer(BaseModel):
    """Base of everything the API answers."""

    model_config = ConfigDict(extra="allow", frozen=True)


class HouseholdHead(Answer):
    """The head of a household, masked."""

    id: str
    name: str


class HouseholdTitle(Answer):
    """What a household is recognised by."""

    id: str
    hh_no: str
    area_code: str = Field(description="village code")
    status: str
    head: HouseholdHead | None = None


class AreaTitle(Answer):
    """An area with the names of its county, township and village."""

    code: str
    path: list[str]


class Titles(Answer):
    """What households and areas are recognised by; those outside the caller's areas are absent."""

    households: list[HouseholdTitle] = []
    areas: list[AreaTitle] = []


class Title(Answer):
    """What a row of a list is recognised by; None where `titles` of the list is not shown."""

    area_path: list[str]
    household: HouseholdTitle | None = None
