"""What a clue stands on now, and what follows for it: its area, state, severity and due date. Pure.

Folding only adds. Here a clue loses: findings that are withdrawn, a household that moved, ended or was merged, a limit
that the policy changed. The outcome depends on what holds now alone, not on the order in which it came about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from alerts.clues.rules import is_worse
from contracts.vocabulary import AlertKind, Closed, ClueState, Severity
from servicekit.areas import county_of, town_of


@dataclass(frozen=True, slots=True)
class Stood:
    """A clue, as far as it follows other facts; its columns by name."""

    id: str
    household_id: str
    area_code: str
    risk_type: str
    severity: Severity
    state: ClueState
    version: int
    raised_at: datetime
    due_at: datetime | None
    due_from_at: datetime | None
    due_severity: Severity | None
    channels: list[str]
    rule_ids: list[str]
    source_count: int
    latest_period: str | None
    dispatched_to: str | None
    dispatched_at: datetime | None
    is_overdue: bool
    escalated_to: str | None
    verified_at: datetime | None
    visited_on: date | None
    result_reason: str | None
    ground_gone_at: datetime | None
    closed_because: str | None


@dataclass(frozen=True, slots=True)
class Ground:
    """A source of a clue that still speaks for it, or whose finding was withdrawn; suppressed ones are none."""

    clue_id: str
    channel: str
    rule_id: str | None
    period: str | None
    severity: Severity
    stands: bool


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for a household.

    Attributes:
        area_code: Where it lives; None while the registry has not told.
        limit: Time to verify by severity, as the policy has it on the day from which the time counts.
    """

    area_code: str | None
    has_ended: bool
    orange_to_red: int
    limit: Callable[[Severity, datetime], timedelta]


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of a clue."""

    before: Stood
    after: Stood

    @property
    def is_told(self) -> bool:
        """Tell whether others must know: a closed clue that only went along with its household is nobody's news."""
        moved_only = replace(self.after, area_code=self.before.area_code, version=self.before.version) == self.before
        return not moved_only or self.after.state.is_open or self.after.state is ClueState.EXISTING_CASE

    @property
    def alert(self) -> AlertKind | None:
        """What subscribers are told; a move is told to both areas."""
        before, after = self.before, self.after
        if not before.state.is_open and not after.state.is_open:
            return None
        if before.state.is_open != after.state.is_open:
            return AlertKind.RAISED if after.state.is_open else AlertKind.RESOLVED
        if before.area_code != after.area_code:
            return AlertKind.MOVED
        if is_worse(after.severity, before.severity):
            return AlertKind.ESCALATED
        told = ("severity", "due_at", "household_id")
        is_grounded = before.ground_gone_at is None, after.ground_gone_at is None
        is_changed = any(getattr(before, name) != getattr(after, name) for name in told)
        return AlertKind.CHANGED if is_changed or is_grounded[0] != is_grounded[1] else None


_A_MOMENT = timedelta(days=1)
_NEEDS_NONE = (ClueState.EXCLUDED, ClueState.WITHDRAWN)  # a clue in these states needs no ground any more


def settle(terms: Terms, clues: Sequence[Stood], grounds: Iterable[Ground], now: datetime) -> list[Change]:
    """Give what becomes of a household's clues, for those that change.

    A clue without ground is closed while nobody began to look; where a visit has begun it stays, with a note. One
    that was closed so is opened again when its ground is back.

    Args:
        clues: All of the household.
        grounds: The sources of all of them that are not suppressed.
    """
    by_clue: dict[str, list[Ground]] = defaultdict(list)
    for ground in grounds:
        if ground.stands:
            by_clue[ground.clue_id].append(ground)
    taken = {clue.risk_type for clue in clues if clue.state.is_open}
    red = _red(clues, by_clue, terms.orange_to_red)
    changes = []
    for clue in sorted(clues, key=lambda item: item.id, reverse=True):  # of several the newest is opened again
        after = _moved(terms, clue, now)
        standing = by_clue[clue.id]
        if after.state.is_open and terms.has_ended:
            after = _closed(after, Closed.HOUSEHOLD_ENDED)
        elif not standing:
            after = _without_ground(after, now)
        elif _is_back(terms, after) and after.risk_type not in taken:
            taken.add(after.risk_type)
            after = _reopened(after, now)
        if standing and (after.state.is_open or after.state is ClueState.EXISTING_CASE):
            after = _weighed(after, standing, clue.id in red)
        if after.state.is_open:
            after = _due(terms, clue, after, now)
        if after != clue:
            changes.append(Change(clue, replace(after, version=clue.version + 1)))
    return changes


def join(clues: Sequence[Stood], into: str, others: Sequence[Stood]) -> tuple[list[Change], dict[str, str]]:
    """Give what becomes of the clues of a household that was merged into another, and where their sources go.

    Args:
        others: The clues of the household that remains.
    """
    open_there = {clue.risk_type: clue.id for clue in others if clue.state.is_open}
    changes, sources = [], {}
    for clue in clues:
        after = replace(clue, household_id=into, version=clue.version + 1)
        if clue.state.is_open and clue.risk_type in open_there:
            sources[clue.id] = open_there[clue.risk_type]
            after = _closed(after, Closed.JOINED)
        changes.append(Change(clue, after))
    return changes, sources


def _red(clues: Sequence[Stood], by_clue: Mapping[str, list[Ground]], orange_to_red: int) -> set[str]:
    """Give the clues that have an ORANGE rule in a period in which the household has enough of them."""
    rules: dict[str, set[str]] = defaultdict(set)
    of_clue: dict[str, set[str]] = defaultdict(set)
    for clue in clues:
        if clue.state is ClueState.EXCLUDED:
            continue
        for ground in by_clue[clue.id]:
            if ground.severity is Severity.ORANGE and ground.rule_id is not None and ground.period is not None:
                rules[ground.period].add(ground.rule_id)
                of_clue[clue.id].add(ground.period)
    return {clue for clue, periods in of_clue.items() if any(len(rules[period]) >= orange_to_red for period in periods)}


def _moved(terms: Terms, clue: Stood, now: datetime) -> Stood:
    if terms.area_code is None or terms.area_code == clue.area_code:
        return clue
    after = replace(clue, area_code=terms.area_code)
    if not clue.state.is_open:
        return after
    if clue.escalated_to is not None:
        after = replace(after, escalated_to=county_of(terms.area_code))
    town = town_of(terms.area_code)
    return after if clue.dispatched_to == town else replace(after, dispatched_to=town, dispatched_at=now)


def _closed(clue: Stood, why: Closed) -> Stood:
    return replace(clue, state=ClueState.WITHDRAWN, closed_because=why.value)


def _without_ground(clue: Stood, now: datetime) -> Stood:
    if clue.state in (ClueState.NEW, ClueState.DISPATCHED):
        return _closed(replace(clue, ground_gone_at=now), Closed.FINDINGS_WITHDRAWN)
    if clue.state in _NEEDS_NONE or clue.ground_gone_at is not None:
        return clue
    return replace(clue, ground_gone_at=now)


def _is_back(terms: Terms, clue: Stood) -> bool:
    return clue.state is ClueState.WITHDRAWN and clue.closed_because != Closed.JOINED and not terms.has_ended


def _reopened(clue: Stood, now: datetime) -> Stood:
    """Open a clue again: as it was when its ground was gone for a moment only, else as if it were raised now."""
    if clue.ground_gone_at is not None and now - clue.ground_gone_at < _A_MOMENT:
        return replace(clue, state=ClueState.DISPATCHED, closed_because=None)
    return replace(
        clue,
        state=ClueState.DISPATCHED,
        closed_because=None,
        raised_at=now,
        due_from_at=None,
        due_severity=None,
        dispatched_to=town_of(clue.area_code),
        dispatched_at=now,
        is_overdue=False,
        escalated_to=None,
    )


def _weighed(clue: Stood, standing: Sequence[Ground], is_red: bool) -> Stood:
    severity = next(level for level in Severity if any(ground.severity is level for ground in standing))
    return replace(
        clue,
        severity=Severity.RED if severity is Severity.ORANGE and is_red else severity,
        channels=sorted({ground.channel for ground in standing}),
        rule_ids=sorted({ground.rule_id for ground in standing if ground.rule_id is not None}),
        source_count=len(standing),
        latest_period=max((ground.period for ground in standing if ground.period is not None), default=None),
        ground_gone_at=None,
    )


def _due(terms: Terms, before: Stood, after: Stood, now: datetime) -> Stood:
    """Give the clue its due date: worse brings it forward, less severe gives the time there was from the start."""
    since, level = after.due_from_at, after.due_severity
    if since is None or level is None:
        if before.state.is_open and after.severity is before.severity:
            return after  # raised by an earlier release: its date stands
        since, level = after.raised_at, after.severity
    elif is_worse(level, after.severity):
        since, level = after.raised_at, after.severity
    due_at = since + terms.limit(level, since)
    sooner = now + terms.limit(after.severity, now)
    if is_worse(after.severity, before.severity) and sooner < due_at:
        due_at, since, level = sooner, now, after.severity
    after = replace(after, due_at=due_at, due_from_at=since, due_severity=level)
    return replace(after, is_overdue=False, escalated_to=None) if after.is_overdue and due_at > now else after
