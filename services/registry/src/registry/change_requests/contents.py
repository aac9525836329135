"""What a change request holds, by what it asks for. Pure.

Each says what it touches and what it rests on, as paths into a household: what another change has altered meanwhile is
found by them, and so are requests that contradict each other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from contracts.fields import HOUSEHOLD, INCOME, IncomeItem, editable
from contracts.fields.models import patch_model
from contracts.money import Money
from contracts.texts import HOLDS_ID_NUMBER
from contracts.vocabulary import Guarantee, Relation
from registry.change_requests import texts
from registry.continued import Id, Identifying, Merging, MoverIn, Renumbering, Splitting
from registry.household import MemberIn
from registry.text import line_text, note_text
from servicekit.body import Body

STATUS, HEAD = "household.status", "household.head"

_MOVES = ("village_code", "group_name", "grid", "address")
_CONTACT = ("phone", "address")

if TYPE_CHECKING:  # what code reads by name; the records in contracts.fields say everything

    class _Moved(Body):
        village_code: str | None

    class _Reached(Body):
        pass

    class _Amounts(Body):
        pass

else:
    _Moved = patch_model("_Moved", [field for field in HOUSEHOLD if field.name in _MOVES], Body)
    _Reached = patch_model("_Reached", [field for field in HOUSEHOLD if field.name in _CONTACT], Body)
    _Amounts = patch_model("_Amounts", editable(INCOME), Body)


def home_of(person_id: str) -> str:
    """Give the path of the household that a person belongs to."""
    return f"member.{person_id}.home"


def relation_of(person_id: str) -> str:
    """Give the path of what a person is to the head."""
    return f"member.{person_id}.relation"


def identity_of(person_id: str) -> str:
    """Give the path of who a person is: name, number, birth date, sex."""
    return f"member.{person_id}.identity"


def income_of(year: int) -> str:
    """Give the path of the income and expenditure of a year."""
    return f"income.{year}"


def status_of(kind: str) -> str:
    """Give the path of a guarantee's status."""
    return f"guarantee.{kind}"


def _of_relations(relations: Sequence[MoverIn]) -> set[str]:
    touched = {relation_of(mover.id) for mover in relations}
    return touched | {HEAD} if any(mover.relation is Relation.HEAD for mover in relations) else touched


class Content(Body):
    """What is asked for.

    Attributes:
        needs_head: What is said of a member is said of him or her and the head there is.
    """

    needs_head: ClassVar[bool] = True

    def touches(self) -> frozenset[str]:
        """Give the paths that it changes."""
        return frozenset()

    def rests_on(self) -> frozenset[str]:
        """Give the paths that it takes to be as they are, besides those that it changes."""
        return frozenset({STATUS, HEAD} if self.needs_head else {STATUS}) - self.touches()


class Newcomer(Content):
    """Somebody who is new to the register."""

    member: MemberIn


class Incomer(Content):
    """Somebody who joins: new to the register, or a member of another household, whose number needs not be said."""

    member: MemberIn | None = None
    person: MoverIn | None = Field(default=None, description="a registered person, and what he or she is to the head")
    relations: Annotated[list[MoverIn], Field(max_length=50)] = Field(
        default=[], description="of those who stay in the household that the person leaves"
    )

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.member is None) == (self.person is None):
            raise _refusal("content.one_of")
        return self

    def touches(self) -> frozenset[str]:
        """Give where the person belongs, and the relations of those who stay there."""
        if self.person is None:
            return frozenset()
        return frozenset(
            {home_of(self.person.id), relation_of(self.person.id), *_of_relations(self.relations)} - {HEAD}
        )


class Dead(Content):
    """A member who is there no more."""

    person_id: Id
    relations: Annotated[list[MoverIn], Field(max_length=50)] = Field(
        default=[], description="of members who stay and whose relation changes: the new head at least"
    )

    def touches(self) -> frozenset[str]:
        """Give where the person belongs, and the relations of those who stay."""
        return frozenset({home_of(self.person_id), relation_of(self.person_id), *_of_relations(self.relations)})


class Leaver(Dead):
    """A member who leaves: for good, or for another household that there is."""

    into: Id | None = Field(default=None, description="the household that the person joins; absent if none of here")
    relation: Relation | None = Field(default=None, description="what the person is to the head there")
    left_reason: Annotated[str, line_text(64, 1)] | None = Field(default=None, description="the kind's title if absent")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.into is None) != (self.relation is None):
            raise _refusal("content.into")
        return self


class Relations(Content):
    """What members are to the head from now on."""

    relations: Annotated[list[MoverIn], Field(min_length=1, max_length=50)]

    def touches(self) -> frozenset[str]:
        """Give the relations."""
        return frozenset(_of_relations(self.relations))


class Move(_Moved, Content):
    """Where the household lives from now on: another village, group, grid or address."""

    needs_head = False

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        _require_something(self.model_fields_set)
        return self

    def touches(self) -> frozenset[str]:
        """Give the fields that are said."""
        return frozenset(f"household.{name}" for name in self.model_fields_set)


class Contact(_Reached, Content):
    """How the household is reached from now on."""

    needs_head = False

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        _require_something(self.model_fields_set)
        return self

    def touches(self) -> frozenset[str]:
        """Give the fields that are said."""
        return frozenset(f"household.{name}" for name in self.model_fields_set)


class Split(Splitting, Content):
    """Who founds a new household, under which number, where."""

    def touches(self) -> frozenset[str]:
        """Give where those who go belong, and everybody's relations."""
        homes = {home_of(mover.id) for mover in self.members}
        going = {relation_of(mover.id) for mover in self.members}
        return frozenset(homes | going | _of_relations(self.relations))


class Merge(Merging, Content):
    """The household that remains."""

    def touches(self) -> frozenset[str]:
        """Give that the household goes on, which everything else rests on."""
        return frozenset({STATUS})


class NewNumber(Renumbering, Content):
    """A household's new number."""

    needs_head = False

    def touches(self) -> frozenset[str]:
        """Give the number."""
        return frozenset({"household.hh_no"})


class _OfPerson(Identifying, Content):
    needs_head = False

    person_id: Id

    def touches(self) -> frozenset[str]:
        """Give who the person is."""
        return frozenset({identity_of(self.person_id)})


class Number(_OfPerson):
    """The number that somebody has got who had none; the name with it, if it was not known."""

    id_no: Annotated[str, line_text(32, 1)] = Field(json_schema_extra=HOLDS_ID_NUMBER)


class Correction(_OfPerson):
    """What was wrong about a person; what is absent stays."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        _require_something(self.model_fields_set - {"person_id"})
        return self


class Earned(_Amounts, Content):
    """Amounts of a year's income and expenditure, in yuan, as they were found on the day; what is absent stays."""

    needs_head = False

    year: int = Field(ge=2000, le=2100)
    items: dict[IncomeItem, Money] | None = Field(
        default=None, description="what the amounts consist of; an amount that is given is the sum of its items"
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        _require_something(self.model_fields_set - {"year"})
        return self

    def touches(self) -> frozenset[str]:
        """Give the year."""
        return frozenset({income_of(self.year)})


class Statuses(Content):
    """Guarantees as they were found on the day; those that are absent stay."""

    needs_head = False

    safe: Annotated[dict[Guarantee, bool], Field(min_length=1)]
    note: Annotated[str, note_text(500)] | None = None

    def touches(self) -> frozenset[str]:
        """Give the guarantees."""
        return frozenset(status_of(kind) for kind in self.safe)


CONTENTS: Mapping[str, type[Content]] = {
    "newcomer": Newcomer, "incomer": Incomer, "dead": Dead, "leaver": Leaver, "relations": Relations, "move": Move,
    "contact": Contact, "split": Split, "merge": Merge, "renumbering": NewNumber, "number": Number,
    "correction": Correction, "earned": Earned, "statuses": Statuses,
}  # fmt: skip


def _refusal(code: str) -> PydanticCustomError:
    return PydanticCustomError(code, texts.REFUSALS[code])


def _require_something(named: Collection[str]) -> None:
    if not named:
        raise _refusal("content.empty")
