"""What people recognise a row by: where it is, and whose household it is about. Pure.

Only the registry knows names. It gives them to whoever may see them (`POST /v1/households/titles`); a list of another
service puts them on its page and keeps none (`servicekit.titling`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Final, Protocol, TypeVar

from pydantic import BaseModel, Field

from contracts.fields import HOUSEHOLD, PERSON, titled
from contracts.fields.models import shown_model
from contracts.vocabulary import Labelled
from servicekit.body import Body, examples

MOST: Final = 200
"""Households, and areas, of one request: those of a page."""

UUID_FORM: Final = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"

_Uuid = Annotated[str, Field(pattern=UUID_FORM)]
_Code = Annotated[str, Field(pattern=r"^[0-9]{12}$")]


class _Identified(BaseModel):
    id: str


if TYPE_CHECKING:  # what code reads by name; the records in contracts.fields say everything

    class _HeadTitle(_Identified):
        pass

    class _HouseholdTitle(_Identified):
        area_code: str

else:
    _HeadTitle = shown_model("_HeadTitle", titled(PERSON), _Identified)
    _HouseholdTitle = shown_model("_HouseholdTitle", titled(HOUSEHOLD), _Identified)


class HeadTitle(_HeadTitle):
    """The head of a household, masked."""


class HouseholdTitle(_HouseholdTitle):
    """What a household is recognised by."""

    head: HeadTitle | None = Field(description="户主(脱敏),没有户主时为空 / the head, masked; null where nobody is")


class AreaTitle(BaseModel):
    """An area with the names that lead to it."""

    code: str
    path: list[str] = Field(description="县、乡镇、村名称 / names of county, township and village", examples=[["某县"]])


class TitlesIn(Body):
    """Whose titles are wanted."""

    model_config = examples({"household_ids": ["0198c0de-0000-7000-8000-000000000001"], "area_codes": ["990101101201"]})

    household_ids: Annotated[list[_Uuid], Field(max_length=MOST)] = []
    area_codes: Annotated[list[_Code], Field(max_length=MOST)] = []


class TitlesOut(BaseModel):
    """The titles of those that the caller may see; the others are absent."""

    households: list[HouseholdTitle]
    areas: list[AreaTitle] = Field(description="areas that were asked for, and those of the households")


class TitlesState(Labelled):
    """Whether the rows of an answer have titles."""

    SHOWN = "shown", "已显示", "as far as the caller may see the households"
    REFUSED = "refused", "无权查看户信息", "the caller may not see households"
    UNAVAILABLE = "unavailable", "暂时无法取得", "the registry did not answer; the rows are complete without them"


class Title(BaseModel):
    """What a row is recognised by."""

    area_path: list[str] = Field(description="县、乡镇、村名称 / names of county, township and village of the row")
    household: HouseholdTitle | None = Field(description="null where the caller may not see it, or there is none yet")


class Titled(BaseModel):
    """A row with its title."""

    title: Title | None = Field(description="名称 / what the row is recognised by; null where `titles` is not shown")


class SaysTitles(BaseModel):
    """An answer that says whether its rows have titles."""

    titles: TitlesState = Field(description="名称是否已显示 / whether titles could be had: shown, refused, unavailable")


class About(Protocol):
    """A row about a place and, mostly, a household."""

    @property
    def household_id(self) -> str | None:
        """The household, if it is known."""

    @property
    def area_code(self) -> str:
        """The area that the row counts in."""


TitledT = TypeVar("TitledT", bound=Titled)


class Titles:
    """The titles of a page, as its reader may see them."""

    def __init__(self, state: TitlesState, found: TitlesOut | None = None) -> None:
        """Take what the registry gave."""
        self.state = state
        self._households = {each.id: each for each in found.households} if found else {}
        self._paths = {each.code: each.path for each in found.areas} if found else {}

    def of(self, row: About) -> Title | None:
        """Give the title of a row; None where none could be had."""
        if self.state is not TitlesState.SHOWN:
            return None
        household = self._households.get(row.household_id) if row.household_id else None
        return Title(area_path=self._paths.get(row.area_code, []), household=household)

    def on(self, rows: Iterable[About], model: type[TitledT]) -> list[TitledT]:
        """Give rows of a model as rows of the same model with a title."""
        return [self.one(row, model) for row in rows]

    def one(self, row: About, model: type[TitledT], **more: object) -> TitledT:
        """Give one row with its title; `more` are further fields of `model`."""
        return model(**(_fields_of(row) | more), title=self.of(row))


def _fields_of(row: object) -> dict[str, object]:
    return dict(row) if isinstance(row, BaseModel) else vars(row)
