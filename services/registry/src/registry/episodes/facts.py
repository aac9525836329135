"""What a step puts on file, as types: each fact knows what it must hold and when it contradicts itself. Pure.

Rows of `steps.py` name them. Documents (signed forms, minutes, photos) are attachments of the household; the record
holds their SHA-256, so that nobody can exchange one unseen.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from contracts.hard_flaws import HARD_FLAWS, Queried
from contracts.money import Money
from contracts.vocabulary import Department, MonitorCategory, RiskType
from registry.text import Sha256, line_text, note_text, words
from servicekit.body import Body, examples
from servicekit.persons import NAMED_FORM, one_form

Reason = Annotated[str, note_text(2000, 4), words(4)]
Line = Annotated[str, line_text(200, 2)]
Contact = Annotated[str, StringConstraints(pattern=NAMED_FORM)]
Risks = Annotated[list[RiskType], Field(max_length=20)]
Category = MonitorCategory
Mode = Literal["assistance", "natural"]

_A_DOCUMENT = "cc2907b559b623e7cb6cf69599f2fc59630a37862182e4a836d24ce3dd1614fc"


def _contradiction(code: str) -> PydanticCustomError:
    """Say that a fact contradicts itself; `code` is one of `texts.REFUSALS`."""
    return PydanticCustomError("fact", "{key}", {"key": code})


class Fact(Body):
    """A fact; `days` are those of its dates that may not lie after the step."""

    @classmethod
    def example(cls) -> Any:
        """Give what a caller may send, as the API's description shows it."""
        shown: Any = cls.model_config["json_schema_extra"]
        return shown["examples"][0]

    @property
    def days(self) -> Sequence[tuple[str, date]]:
        """Each date on which something happened, with where it stands."""
        return [(name, value) for name, value in self if isinstance(value, date)]

    @property
    def hashes(self) -> Sequence[tuple[str, str]]:
        """Each photo or scan that it names, with where it stands."""
        found: list[tuple[str, str]] = []
        for name, value in self:
            if name.endswith("_sha256"):
                several = isinstance(value, list)
                found += [(f"{name}/{place}", each) for place, each in enumerate(value)] if several else [(name, value)]
        return found


QUERIES = {
    Department.BNK: Queried.DEPOSITS,
    Department.PSB: Queried.VEHICLES,
    Department.NAT: Queried.HOUSING,
    Department.HOU: Queried.HOUSING,
    Department.MKT: Queried.COMPANIES,
    Department.FIN: Queried.PAYROLL,
    Department.HRS: Queried.PAYROLL,
}
"""What a comparison by the department looks up, where the household must have agreed."""


class Consent(Fact):
    """The signed application with its commitment and authorisation (申请及承诺授权书): what it covers, for how long."""

    model_config = examples(
        {"signed_on": "2026-11-10", "scope": ["deposits", "vehicles", "housing"], "document_sha256": _A_DOCUMENT}
    )

    signed_on: date
    scope: Annotated[list[Queried], Field(min_length=1, max_length=len(Queried))]
    members: Annotated[list[UUID], Field(max_length=50)] = Field(
        default=[], description="ids of the members that it covers; empty: all of them"
    )
    valid_until: date | None = Field(default=None, description="default: episodes.consent_days after it was signed")
    document_sha256: Sha256

    @property
    def days(self) -> Sequence[tuple[str, date]]:
        """Its end may still come."""
        return [("signed_on", self.signed_on)]

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.valid_until is not None and self.valid_until < self.signed_on:
            raise _contradiction("consent.order")
        return self


class Document(Fact):
    """A signed document."""

    model_config = examples({"signed_on": "2026-11-10", "document_sha256": _A_DOCUMENT})

    signed_on: date
    document_sha256: Sha256


class Answered(Fact):
    """What a department answered to one of the hard-flaw questions (docs/episodes.md lists them)."""

    model_config = examples({"question": "HF-01", "answer": "CLEAR"})

    question: Annotated[str, StringConstraints(pattern=r"^HF-\d\d$")]
    answer: Literal["CLEAR", "HIT_EXPLAINED", "HIT_CONFIRMED", "NOT_AVAILABLE"]
    reason: Annotated[str, note_text(1000, 4), words(4)] | None = Field(
        default=None, description="what a hit turned out to be, or why there is no answer"
    )

    @property
    def is_hit(self) -> bool:
        """Whether something was found."""
        return self.answer.startswith("HIT")

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.question not in HARD_FLAWS:
            raise _contradiction("answers.unknown")
        if self.answer != "CLEAR" and self.reason is None:
            raise _contradiction("answers.unexplained")
        return self


class Comparison(Fact):
    """What one department's comparison gave: when, by whose client or from which delivery, question by question."""

    model_config = examples(
        {
            "department": "NAT",
            "result": "clear",
            "hits": 0,
            "compared_on": "2026-11-11",
            "client_id": "nat",
            "answers": [{"question": "HF-01", "answer": "CLEAR"}],
        }
    )

    department: Department
    result: Literal["clear", "hit"]
    hits: Annotated[int, Field(ge=0, le=10_000)] = 0
    compared_on: date
    client_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_\-.]{1,64}$")] | None = None
    delivery_id: UUID | None = None
    explanation: Annotated[str, note_text(1000, 4)] | None = Field(
        default=None, description="what a hit turned out to be"
    )
    answers: Annotated[list[Answered], Field(max_length=len(HARD_FLAWS))] = []

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if (self.result == "hit") != (self.hits > 0):
            raise _contradiction("results.contradiction")
        if (self.client_id is None) == (self.delivery_id is None):
            raise _contradiction("results.source")
        is_answered = any(answered.is_hit for answered in self.answers)
        if self.result == "hit" and self.explanation is None and not is_answered:
            raise _contradiction("results.unexplained")
        return self

    @model_validator(mode="after")
    def _answers(self) -> Self:
        questions = [answered.question for answered in self.answers]
        if len(set(questions)) != len(questions):
            raise _contradiction("answers.duplicate")
        if any(self.department not in HARD_FLAWS[question].departments for question in questions):
            raise _contradiction("answers.department")
        if any(answered.is_hit for answered in self.answers) and self.result != "hit":
            raise _contradiction("results.contradiction")
        return self


Comparisons = Annotated[list[Comparison], Field(min_length=1, max_length=len(Department))]


class Minutes(Fact):
    """The minutes of the village's review: who was there and how they voted."""

    model_config = examples(
        {
            "held_on": "2026-11-12",
            "members": 21,
            "present": 16,
            "votes_for": 15,
            "votes_against": 1,
            "document_sha256": _A_DOCUMENT,
        }
    )

    held_on: date
    members: Annotated[int, Field(ge=1, le=10_000, description="of the assembly (应到人数)")]
    present: Annotated[int, Field(ge=1, le=10_000)]
    votes_for: Annotated[int, Field(ge=0, le=10_000)]
    votes_against: Annotated[int, Field(ge=0, le=10_000)]
    votes_abstained: Annotated[int, Field(ge=0, le=10_000)] = 0
    document_sha256: Sha256

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.present > self.members:
            raise _contradiction("minutes.present")
        if self.votes_for + self.votes_against + self.votes_abstained != self.present:
            raise _contradiction("minutes.votes")
        return self


class Objection(Fact):
    """An objection against a notice: when it was raised, by whom, what it says."""

    model_config = examples({"raised_on": "2026-11-13", "by": "villager", "says": "邻居反映该户有商品房"})

    raised_on: date
    by: Literal["villager", "organisation", "anonymous"]
    says: Reason


class ObjectionAnswer(Fact):
    """What the check of an objection found, and when whoever raised it was told."""

    model_config = examples(
        {"outcome": "unfounded", "checked_on": "2026-11-14", "says": "经核查不属实", "told_on": "2026-11-14"}
    )

    outcome: Literal["founded", "unfounded"]
    checked_on: date
    says: Reason
    told_on: date | None = Field(default=None, description="null: nobody can be told, it was anonymous")


class Publicity(Fact):
    """A notice in the village: where, from which day to which (whole days), and the photos of it."""

    model_config = examples(
        {
            "place": "村务公开栏",
            "starts_on": "2026-11-12",
            "ends_on": "2026-11-17",
            "photos_sha256": [_A_DOCUMENT],
        }
    )

    place: Line
    starts_on: date
    ends_on: date
    photos_sha256: Annotated[list[Sha256], Field(min_length=1, max_length=20)]

    @property
    def days(self) -> Sequence[tuple[str, date]]:
        """The end is still to come."""
        return [("starts_on", self.starts_on)]

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.ends_on < self.starts_on:
            raise _contradiction("publicity.order")
        return self


class Exit(Fact):
    """A proposal to end monitoring before the risk is eliminated, with its evidence."""

    model_config = examples(
        {"to": "ENDED_NATURAL", "cause": "全户人员死亡,户口已注销", "evidence_sha256": [_A_DOCUMENT]}
    )

    to: Literal["ENDED_NATURAL", "CORRECTED"]
    cause: Reason
    evidence_sha256: Annotated[list[Sha256], Field(min_length=1, max_length=20)]


class Safe(Body):
    """The four statuses as the visitors found them: true is safe."""

    education: bool
    medical: bool
    housing: bool
    water: bool


class LookBackVisit(Fact):
    """Who of the township or the village went to the household at a look-back, on which day, with photos of it."""

    model_config = examples(
        {"level": "village", "visited_on": "2026-11-10", "persons": ["v-1"], "photos_sha256": [_A_DOCUMENT]}
    )

    level: Literal["town", "village"]
    visited_on: date
    persons: Annotated[list[Contact], Field(min_length=1, max_length=10)]
    photos_sha256: Annotated[list[Sha256], Field(min_length=1, max_length=20)]


class LookBack(Fact):
    """What a look-back found: by the township and by the village, each on a day of its own."""

    model_config = examples(
        {
            "visits": [
                {"level": "village", "visited_on": "2026-11-09", "persons": ["v-1"], "photos_sha256": [_A_DOCUMENT]},
                {"level": "town", "visited_on": "2026-11-10", "persons": ["v-2"], "photos_sha256": [_A_DOCUMENT]},
            ],
            "finding": "stable",
            "income_trend": "rising",
            "per_capita_net": "12600.00",
            "safe": {"education": True, "medical": True, "housing": True, "water": True},
            "measures_running": True,
            "document_sha256": _A_DOCUMENT,
        }
    )

    visits: Annotated[list[LookBackVisit], Field(min_length=2, max_length=4)]
    finding: Literal["stable", "relapse", "new_risk"]
    new_risks: Risks = Field(default=[], description="with new_risk: what the new episode is about")
    income_trend: Literal["rising", "steady", "falling"]
    per_capita_net: Money | None = Field(default=None, description="of the twelve months before, as they were told it")
    safe: Safe
    measures_running: bool
    document_sha256: Sha256

    def of(self, level: str) -> list[LookBackVisit]:
        """Give the visits of the township or of the village."""
        return [visit for visit in self.visits if visit.level == level]

    @property
    def persons(self) -> set[str]:
        """Everybody who was there."""
        return {one_form(person) for visit in self.visits for person in visit.persons}

    @model_validator(mode="after")
    def _is_of_both(self) -> Self:
        town, village = self.of("town"), self.of("village")
        if not town or not village:
            raise _contradiction("lookback.levels")
        if {visit.visited_on for visit in town} & {visit.visited_on for visit in village}:
            raise _contradiction("lookback.days")
        both = [{one_form(person) for visit in visits for person in visit.persons} for visits in (town, village)]
        if both[0] & both[1]:
            raise _contradiction("lookback.persons")
        return self

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if (self.finding == "new_risk") != bool(self.new_risks) or not all(risk.is_named for risk in self.new_risks):
            raise _contradiction("lookback.new_risks")
        if self.finding == "stable" and (self.income_trend == "falling" or not all(dict(self.safe).values())):
            raise _contradiction("lookback.contradiction")
        return self
