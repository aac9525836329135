"""What the API takes and gives about episodes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from contracts.vocabulary import EpisodeState, MonitorCategory, RiskType
from registry.episodes import facts
from registry.episodes.debts import ChannelDecision, Phase
from registry.text import note_text
from servicekit.body import Body, examples
from servicekit.persons import NAMED_FORM
from servicekit.problems import ProblemDocument
from servicekit.refused import RefusedOut
from servicekit.titles import SaysTitles, Titled

Actor = Annotated[str, StringConstraints(strip_whitespace=True, pattern=NAMED_FORM)]


@dataclass(frozen=True)
class EpisodeFilter:
    """Which episodes a list shows: of an area's subtree, in a state, of a household, past their deadline or not,
    with an open decision that was refused as stale or without, helped through the green channel or not."""

    area: Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")] | None = None
    state: EpisodeState | None = None
    household_id: UUID | None = None
    overdue: bool | None = None
    has_refused: bool | None = None
    green_channel: bool | None = None


class EpisodeOut(BaseModel):
    """An episode in a list."""

    id: str
    household_id: str
    hh_no: str
    area_code: str
    origin: str
    clue_id: str | None
    follows_id: str | None = Field(description="the household's episode before this one")
    state: EpisodeState
    state_label: str
    risk_types: list[RiskType]
    category: MonitorCategory | None
    has_green_channel: bool = Field(
        description="绿色通道 / the green channel was approved: help first, procedure after"
    )
    found_on: date
    identified_on: date | None
    due_on: date | None
    is_overdue: bool
    is_active: bool
    version: int
    updated_at: datetime


class EpisodeRow(EpisodeOut, Titled):
    """An episode in a list, with what people recognise it by."""


class EpisodePage(SaysTitles):
    """A page of episodes; `next_cursor` is null on the last one."""

    items: list[EpisodeRow]
    next_cursor: str | None = None


class StepOut(BaseModel):
    """A step that was taken."""

    sequence: int
    state: EpisodeState
    previous_state: EpisodeState | None
    occurred_on: date
    actors: list[str]
    note: str | None
    record: dict[str, Any]
    client_id: str
    recorded_at: datetime


class DeadlineOut(BaseModel):
    """A duty of the episode."""

    code: str
    title: str
    due_on: date
    done_on: date | None
    is_overdue: bool
    is_estimate: bool = Field(description="nobody knows the holidays of a year that it reaches into: the plain week")


class FactOut(BaseModel):
    """An entry of a step's record, with what may be sent."""

    name: str
    title: str
    is_required: bool
    example: Any = Field(description="JSON; docs/episodes.md has every field")


class NextOut(BaseModel):
    """A step that may follow, the scope it needs, and what it puts on file."""

    to: EpisodeState
    label: str
    required_scope: str
    record: list[str] = Field(description="entries that the step's `record` must hold")
    facts: list[FactOut] = Field(description="all entries that it may hold")


class DebtOut(BaseModel):
    """A step that is owed after help has begun."""

    state: EpisodeState
    label: str
    due_on: date | None = Field(description="the last day on which the identification can still be in time")
    is_overdue: bool


class GreenChannelOut(BaseModel):
    """The green channel: who asked and why, who decided, and what of the procedure is owed."""

    phase: Phase
    reason: str
    asked_by: str
    asked_at: datetime
    decision: ChannelDecision | None
    opinion: str | None
    decided_by: str | None
    decided_at: datetime | None
    debts: list[DebtOut] = Field(description="in order; empty before it is open and once nothing is owed")


class EpisodeDetail(EpisodeOut):
    """An episode with its history, its deadlines and what may follow."""

    clue_ids: list[str]
    history: list[StepOut]
    deadlines: list[DeadlineOut]
    green_channel: GreenChannelOut | None = Field(description="绿色通道; null where nobody asked for it")
    legal_next: list[NextOut]
    refused: list[RefusedOut] = Field(
        description="未生效的决定 / steps and measures that were refused because another one came first"
    )


class EpisodeShown(EpisodeDetail, Titled, SaysTitles):
    """An episode with all of that, and what people recognise it by."""


class ReasonOut(BaseModel):
    """Why a condition is not met."""

    code: str
    detail: str


class ConditionOut(BaseModel):
    """A condition of elimination as it stands today."""

    code: str
    title: str
    is_met: bool
    reasons: list[ReasonOut]


class ConditionsOut(BaseModel):
    """Every condition of elimination: it is proposed when all are met."""

    mode: facts.Mode
    is_met: bool
    items: list[ConditionOut]


class StepTaken(BaseModel):
    """What is remembered of a step for its repeat: never what was recorded."""

    version: int


class AppealIn(Body):
    """An appeal of a household against the refusal of its application."""

    model_config = examples({"appealed_on": "2026-11-20", "reason": "家中老人住院费用未计入支出"})

    appealed_on: date
    reason: facts.Reason


class GreenChannelIn(Body):
    """Why a household is to be helped before the procedure is through."""

    model_config = examples({"reason": "山洪冲毁住房,全家五口无处居住,急需转移安置"})

    reason: facts.Reason


class GreenChannelDecision(Body):
    """What a second person decides about the green channel."""

    model_config = examples({"decision": "approved", "opinion": "情况属实,同意先行救助,手续十五日内补齐"})

    decision: ChannelDecision
    opinion: facts.Reason


class TransitionIn(Body):
    """A step to take.

    `record` holds what the step puts on file, as `facts` under the episode's `legal_next` lists it; nothing else.
    """

    model_config = examples(
        {
            "to": "VISITED",
            "occurred_on": "2026-11-11",
            "actors": ["village-001", "town-007"],
            "note": "两人入户,情况属实",
            "record": {"consent": facts.Consent.example()},
        }
    )

    to: EpisodeState
    occurred_on: date
    actors: Annotated[
        list[Actor],
        Field(min_length=1, max_length=20, description="staff ids, never names; the signed-in person is one of them"),
    ]
    note: Annotated[str, note_text(2000)] | None = None
    record: Annotated[dict[str, Any], Field(max_length=40)] = {}


class Counted(Body):
    """One episode that a village takes through a step, and its ETag as it was read."""

    episode_id: UUID
    if_match: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class VillageStepIn(TransitionIn):
    """A step that several episodes of one village take together: a meeting, a notice, an announcement."""

    model_config = examples(
        {
            "village_code": "990101101201",
            "to": "REVIEWED",
            "occurred_on": "2026-11-12",
            "actors": ["village-001"],
            "record": {"minutes": facts.Minutes.example()},
            "items": [{"episode_id": "0199a5c0-0000-7000-8000-000000000001", "if_match": '"v3"'}],
        }
    )

    village_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
    to: Literal[
        EpisodeState.REVIEWED, EpisodeState.PUBLICISED, EpisodeState.ANNOUNCED, EpisodeState.ELIM_REVIEWED,
        EpisodeState.ELIM_PUBLICISED,
    ]  # fmt: skip
    items: Annotated[list[Counted], Field(min_length=1, max_length=100)]


class TakenOut(BaseModel):
    """What became of one of the episodes."""

    place: int = Field(description="in `items`, from 0")
    status: int = Field(description="as if it had been sent alone")
    episode_id: str | None = Field(default=None, description="null where the step was refused")
    state: EpisodeState | None = None
    version: int | None = None
    problem: ProblemDocument | None = None


class VillageStepOut(BaseModel):
    """What became of each episode, in the order of the request."""

    taken: int
    refused: int
    items: list[TakenOut]
