"""What a decision about a step depends on: the episode as it stands, and the step that somebody wants to take."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from contracts.errors import FieldError
from contracts.parameters import Profile
from contracts.vocabulary import EpisodeState, HouseholdType, LabourLevel, RiskType
from registry.episodes.texts import REFUSALS
from servicekit.persons import Known


@dataclass(frozen=True)
class Taken:
    """A step that was taken.

    Attributes:
        previous: The state before it; None for the first one.
        client_id: Who recorded it: `staff:<id>` of a person, whatever application it was, else the machine.
        recorded_on: The day on which it was recorded, in China; `occurred_on` is what its client says.
    """

    state: EpisodeState
    occurred_on: date
    actors: tuple[str, ...]
    record: Mapping[str, Any] = field(default_factory=dict)
    previous: EpisodeState | None = None
    client_id: str = ""
    recorded_on: date = date.min


@dataclass(frozen=True)
class Situation:
    """All that a decision about the next step depends on.

    Attributes:
        per_capita_net: Of the newest income year, in yuan; None when no income is registered.
        net, self_paid: The household's of that year: income, and what it paid itself for medicine and school.
        statuses: The four statuses that are known: True is safe.
        is_willing: Whether the household wants to develop.
        development_on: Day of the first development measure that was done.
        has_measure: Whether a measure counts, implemented or not.
        answered: Risks that an implemented measure answers.
        area_code: Where the household lives, and its `grid` there.
        people: Those whom a signed-in person names, and that person, by id on the roster.
        members: Ids of the household's members.
        kept: Those of the photos and scans that the step names that the household has.
    """

    state: EpisodeState
    found_on: date
    identified_on: date | None
    risk_types: tuple[RiskType, ...]
    hh_type: HouseholdType
    labour: tuple[LabourLevel, ...]
    steps: tuple[Taken, ...]
    policy: Profile
    per_capita_net: Decimal | None = None
    net: Decimal | None = None
    self_paid: Decimal = Decimal(0)
    statuses: Mapping[str, bool] = field(default_factory=dict)
    has_plan: bool = False
    is_willing: bool = True
    development_on: date | None = None
    has_measure: bool = False
    answered: frozenset[RiskType] = frozenset()
    area_code: str = ""
    grid: str | None = None
    people: Mapping[str, Known] = field(default_factory=dict)
    kept: Collection[str] = ()
    members: Collection[str] = ()

    @property
    def is_below_line(self) -> bool:
        """Tell whether the household is known to live on less than this year's monitoring line."""
        return self.per_capita_net is not None and self.per_capita_net < self.policy.number("income.monitoring_line")

    def newest(self, state: EpisodeState) -> Taken | None:
        """Give the last step of a kind, or None."""
        return next((step for step in reversed(self.steps) if step.state is state), None)

    def since(self, state: EpisodeState) -> tuple[Taken, ...]:
        """Give the steps after the last one of a kind; all where there was none."""
        places = [place for place, step in enumerate(self.steps) if step.state is state]
        return self.steps[places[-1] + 1 :] if places else self.steps


@dataclass(frozen=True)
class Move:
    """A step that somebody wants to take.

    Attributes:
        actors: Who took it, a signed-in person among them (`persons.party`).
        client_id: Who records it: `staff:<id>` of a person, else the machine.
        recorded_on: Today in China, whatever day the caller names.
        facts: What the record holds, as `records.read` gives it.
    """

    to: EpisodeState
    occurred_on: date
    actors: tuple[str, ...]
    record: Mapping[str, Any]
    client_id: str
    recorded_on: date
    note: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)  # Any: each entry has its own type


def refusal(key: str, pointer: str = "", **values: object) -> FieldError:
    """Say why a step is not possible; `pointer` is set where the request's own content is at fault."""
    return FieldError.told(REFUSALS, key, pointer, **values)
