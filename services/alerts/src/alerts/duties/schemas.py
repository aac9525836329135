"""Duties on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from contracts.duties import Assignee, Level, Pause, Unit
from contracts.vocabulary import Department
from servicekit.body import Body
from servicekit.changed import Changes
from servicekit.page_query import PageQuery
from servicekit.persons import PERSON_FORM
from servicekit.refused import RefusedOut
from servicekit.titles import SaysTitles, Titled

State = Literal["open", "done", "cancelled"]
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]
PersonName = Annotated[str, StringConstraints(pattern=PERSON_FORM, to_lower=True)]
ClientName = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[a-z0-9][a-z0-9._-]*$")]


class DutyFilter(Body):
    """Which duties a caller wants; all that it may see where nothing is said."""

    kind: str | None = Field(default=None, pattern=r"^[A-Z]\d{2}$", description="see docs/duties.md")
    state: State | None = None
    assignee: Assignee | Literal["me"] | PersonName | None = Field(
        default=None, description="who must act: a level, a person (staff:<id>), or `me`: whoever asks has it in hand"
    )
    department: Department | None = None
    area: str | None = Field(default=None, pattern=r"^\d{12}$", description="this area and what lies in it")
    household_id: str | None = Field(default=None, max_length=64)
    subject_id: str | None = Field(
        default=None, max_length=200, description="the clue, measure ... that they are about"
    )
    holder: str | None = Field(default=None, max_length=64, description="who has it in hand")
    has_holder: bool | None = Field(default=None, description="whether anybody has it in hand")
    escalated_to: Level | None = None
    due_before: date | None = Field(default=None, description="due before this day")
    overdue: bool | None = Field(default=None, description="open and past its day")
    has_refused: bool | None = Field(default=None, description="with something open that was refused as stale")


class DutyQuery(PageQuery, DutyFilter):
    """The same, and which page."""


class Said(BaseModel):
    """A text in both languages."""

    zh: str
    en: str


class DutyOut(BaseModel):
    """A duty in a list."""

    id: str
    kind: str
    kind_label: Said
    subject: str = Field(description="clue, episode ...: what it is about")
    subject_id: str
    link: str | None = Field(description="where its result is given; that closes it")
    household_id: str | None
    person_id: str | None = Field(description="the member of the household that it is about, if one")
    area_code: str
    area_names: list[str] = Field(description="county, township, village, as far as known")
    assignee: Assignee
    department: Department | None
    counts_from: date
    due_on: date
    is_estimate: bool = Field(description="a year's holidays are not known yet: the day may change")
    state: State
    is_paused: bool = Field(description="its days do not count now; it is not late meanwhile")
    is_overdue: bool
    days_left: int | None = Field(description="until its day, negative past it; null when it is closed")
    escalated_to: Level | None
    escalated_to_title: Said | None
    holder: str | None = Field(description="who has it in hand: staff:<id> of a person, else the client")
    accepted_at: datetime | None
    version: int = Field(description='of its ETag, `"v<version>"`: grows with what owner and assignees do')
    opened_at: datetime
    closed_on: date | None


class DutyRow(DutyOut, Titled):
    """A duty in a list, with what people recognise it by."""


class DutyRows(BaseModel):
    """A page of duties, as this service knows them."""

    items: Sequence[DutyOut]
    total: int = Field(description="duties that the filters leave; no more than 10,000 are counted")
    is_more: bool = Field(description="there are more than `total`")
    next_cursor: str | None = None


class DutyPage(DutyRows, SaysTitles):
    """A page of duties, those that are due first."""

    items: list[DutyRow]


class DutyChanges(Changes, SaysTitles):
    """Duties that changed, as the list shows them now, in no order."""

    items: list[DutyRow]


class NoteOut(BaseModel):
    """Something that was said on a duty."""

    kind: Literal["accepted", "handed_over", "note"]
    by: str
    to: str | None
    text: str | None
    at: datetime


class HolderOut(BaseModel):
    """Who had a duty in hand, and how long."""

    holder: str = Field(description="staff:<id> of a person, else the client")
    given_by: str | None = Field(description="who handed it over; null: taken by the holder")
    since: datetime
    until: datetime | None = Field(description="handed over; null: until the duty ends")


class StepOut(BaseModel):
    """What the clock does on a day."""

    on: date
    to: Level | None = Field(description="the level that it goes to; null for a reminder")
    is_done: bool


class DutyDetail(DutyOut):
    """A duty with what was said on it and what its clock does."""

    unit: Unit
    pauses: list[Pause]
    steps: list[StepOut]
    notes: list[NoteOut]
    holders: list[HolderOut] = Field(description="责任人沿革 / who had it in hand, one after the other")
    refused: list[RefusedOut] = Field(
        description="未生效的办理 / what was refused because somebody else had acted first"
    )


class DutyShown(DutyDetail, Titled, SaysTitles):
    """A duty by itself, with what people recognise it by."""


class DutyCount(BaseModel):
    """How many duties of a kind and state an area has."""

    kind: str
    kind_label: Said
    state: State
    area_code: str
    area_name: str | None
    duties: int
    overdue: int


class DutyCounts(BaseModel):
    """Duties by kind, state and area of the next level."""

    items: list[DutyCount]


class DayOut(BaseModel):
    """One day of a duty's time."""

    on: date
    number: int = Field(description="days that have counted up to and with it")
    counts: Literal["counted", "paused", "off", "late"]
    reason: str | None = Field(description="why it is paused")
    is_due: bool
    steps: list[Level | None] = Field(description="a level that it goes to, or null for a reminder")


class ClockOut(BaseModel):
    """Why a duty is due, or late: day by day."""

    counts_from: date = Field(description="the day before the first that counts")
    due_on: date
    unit: Unit
    is_estimate: bool
    days: list[DayOut]


class HandOverIn(Body):
    """Who is to have it, and why."""

    to: ClientName | PersonName = Field(description="staff:<id> of a person, else a client")
    text: Text | None = None


class NoteIn(Body):
    """A note for whoever has or sees the duty."""

    text: Text
