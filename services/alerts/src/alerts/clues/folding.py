"""Folding: which clue a source belongs to, and what that makes of the clue. Pure and independent of order.

A source is a finding (CH3), a self-application (CH1) or a cadre's visit (CH2). The plan that comes out is written by
`alerts.clues.store` with a handful of statements, whatever the number of sources.

What clues lose again, `alerts.clues.standing` follows.

Source: domain reference, clue merging and suppression; severity folding of the project's rule catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from alerts.clues.rules import began_on, is_worse
from contracts.vocabulary import AlertKind, Channel, Closed, ClueState, Severity
from servicekit.calendar import Limit

# Numbers as JSON text: money travels as "12345.60". A leading zero is a code ("01"), not a number.
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,10})?")


@dataclass(slots=True)  # not frozen, nobody changes it: a frozen one takes three times as long to make
class Source:
    """Something that speaks for a clue.

    Attributes:
        id: Our id of the source row.
        numbers: Numeric evidence by fact name, decimals as text; growth ends the quiet after an exclusion.
        finding_id: None for applications and visits, which only a later visit keeps quiet.
        occurred_on: When the application was made or the visit happened.
        is_policy_gap: An open risk of the same type does not answer it: it opens a clue beside the case.
    """

    id: str
    household_id: str
    area_code: str
    risk_type: str
    severity: Severity
    channel: Channel
    finding_id: str | None = None
    rule_id: str | None = None
    person_id: str | None = None
    period: str | None = None
    numbers: Mapping[str, str] = field(default_factory=dict)
    occurred_on: date | None = None
    is_policy_gap: bool = False


@dataclass(slots=True)
class KnownClue:
    """A clue of the household that folding may meet; it stays as it is."""

    id: str
    household_id: str
    area_code: str
    risk_type: str
    severity: Severity
    state: ClueState
    version: int
    raised_at: datetime
    due_at: datetime | None
    verified_at: datetime | None
    channels: list[str]
    rule_ids: list[str]
    source_count: int
    latest_period: str | None
    is_episode_running: bool | None = None  # None: the registry has not told of an episode
    due_from_at: datetime | None = None
    due_severity: Severity | None = None
    visited_on: date | None = None  # when the visit of its result happened
    ground_gone_at: datetime | None = None
    closed_because: str | None = None
    is_policy_gap: bool = False  # nothing else speaks for it than what the policy owes


@dataclass(frozen=True, slots=True)
class KnownSource:
    """A source that is stored already, neither withdrawn nor suppressed."""

    clue_id: str
    rule_id: str | None
    person_id: str | None
    period: str | None
    severity: Severity
    numbers: Mapping[str, str]
    found_at: datetime


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for a household: the registry's facts and the policy of its area."""

    is_monitored: bool
    open_risks: frozenset[str]
    orange_to_red: int
    quiet: timedelta
    growth_share: Decimal
    identify_limit: Limit
    verify_within: Mapping[Severity, timedelta]


# A month's data that are corrected twice are about one risk, not two. [A]
_COMES_BACK = timedelta(days=31)

_CLUE_FIELDS = [field.name for field in fields(KnownClue)]


@dataclass(slots=True)
class FoldedClue(KnownClue):
    """A clue after folding; `before` is None when it is new."""

    before: KnownClue | None = None
    added: list[Source] = field(default_factory=list)

    @property
    def alert(self) -> AlertKind | None:
        """What subscribers are told: raised, escalated or nothing."""
        if not self.state.is_open:
            return None
        if self.before is None:
            return AlertKind.RAISED
        return AlertKind.ESCALATED if is_worse(self.severity, self.before.severity) else None


@dataclass(frozen=True, slots=True)
class Plan:
    """What folding decided. `placed` gives each source's clue; `suppressed` those that stay quiet.

    Attributes:
        revived: Households of clues that had lost their ground and got some again: `standing.settle` opens them.
    """

    clues: list[FoldedClue]
    placed: dict[str, str]
    suppressed: frozenset[str]
    revived: frozenset[str] = frozenset()


def numeric_facts(evidence: Mapping[str, Any]) -> dict[str, str]:
    """Give the numbers among the facts, decimals as text; a fact is a value, or an object with a `value`."""
    numbers: dict[str, str] = {}
    for name, fact in evidence.items():
        value = fact.get("value") if isinstance(fact, dict) else fact
        if isinstance(value, str):
            if _NUMBER.fullmatch(value):
                numbers[name] = value
        elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            numbers[name] = str(value)
    return numbers


def has_grown(before: Mapping[str, str], now: Mapping[str, str], share: Decimal) -> bool:
    """Tell whether a number that both name grew by `share` (0.20 = 20 %) or more; boundary inclusive.

    From zero every growth counts: no share of nothing is too small for a household.

    Args:
        before, now: Decimals as text, by fact name.
    """
    pairs = ((Decimal(value), Decimal(now[name])) for name, value in before.items() if name in now)
    return any(new > old and new - old >= share * abs(old) for old, new in pairs)


def fold(
    sources: Sequence[Source],
    clues: Iterable[KnownClue],
    known: Iterable[KnownSource],
    terms: Mapping[str, Terms],
    now: datetime,
    new_id: Callable[[], str],
) -> Plan:
    """Decide where each source belongs and what becomes of the clues.

    The outcome (clues by household and risk, their sources, severities and due dates) does not depend on the order
    of `sources`, nor on how they are cut into batches.

    Args:
        clues: The households' clues that are open, of an existing case, confirmed or recently excluded.
        known: Their stored sources that count (not withdrawn, not suppressed, clue not excluded) in the periods of
            `sources`, and all counting sources of recently excluded clues.
        terms: By household id.
    """
    folding = _Folding(clues, known, terms, now, new_id)
    # First what belongs to a case, so that it does not join a clue that a policy gap opens.
    for source in sorted(sources, key=lambda source: source.is_policy_gap):
        folding.place(source)
    folding.escalate()
    return Plan(
        clues=[clue for clue in folding.touched.values() if clue.before is None or _differs(clue)],
        placed=folding.placed,
        suppressed=frozenset(folding.suppressed),
        revived=frozenset(folding.revived),
    )


def _differs(clue: FoldedClue) -> bool:
    return bool(clue.added) or (clue.before is not None and clue.severity is not clue.before.severity)


def _visit_of(clue: KnownClue) -> date:
    return clue.visited_on or date.min


class _Folding:
    """The state of one fold."""

    def __init__(
        self,
        clues: Iterable[KnownClue],
        known: Iterable[KnownSource],
        terms: Mapping[str, Terms],
        now: datetime,
        new_id: Callable[[], str],
    ) -> None:
        self.placed: dict[str, str] = {}
        self.suppressed: set[str] = set()
        self.revived: set[str] = set()
        self.touched: dict[str, FoldedClue] = {}
        self._terms = terms
        self._now = now
        self._new_id = new_id
        self._open: dict[tuple[str, str], KnownClue] = {}
        self._case: dict[tuple[str, str], KnownClue] = {}
        self._excluded: dict[tuple[str, str], KnownClue] = {}
        self._visited: dict[tuple[str, str], KnownClue] = {}
        self._withdrawn: dict[tuple[str, str], KnownClue] = {}
        self._identifying: set[tuple[str, str]] = set()
        self._siblings: dict[str, list[KnownClue]] = {}
        states: dict[str, KnownClue] = {}
        for clue in sorted(clues, key=lambda item: (item.raised_at, item.id)):  # the newest of a kind wins
            states[clue.id] = clue
            place = (clue.household_id, clue.risk_type)
            if clue.visited_on is not None and not clue.state.is_open:
                self._visited[place] = max(self._visited.get(place, clue), clue, key=_visit_of)
            if clue.state.is_open:
                self._open[place] = clue
                self._siblings.setdefault(clue.household_id, []).append(clue)
            elif clue.state is ClueState.EXISTING_CASE:
                self._case[place] = clue
                self._siblings.setdefault(clue.household_id, []).append(clue)
            elif clue.state is ClueState.CONFIRMED_IDENTIFY and self._is_identifying(clue):
                self._identifying.add(place)
            elif clue.state is ClueState.EXCLUDED and self._is_quiet(clue):
                self._excluded[place] = clue
            elif clue.state is ClueState.WITHDRAWN and self._may_come_back(clue):
                self._withdrawn[place] = clue
        self._facts: dict[str, list[KnownSource]] = {}
        # (household, period) -> clue id -> ORANGE rules that hold there
        self._orange: dict[tuple[str, str], dict[str, set[str]]] = {}
        for source in known:
            self._facts.setdefault(source.clue_id, []).append(source)
            owner = states.get(source.clue_id)
            if owner is not None and owner.state is not ClueState.EXCLUDED:
                self._count_orange(owner.household_id, source.period, source.clue_id, source.rule_id, source.severity)

    def place(self, source: Source) -> None:
        """Put a source where it belongs."""
        place = (source.household_id, source.risk_type)
        quiet = self._excluded.get(place)
        if quiet is None or not self._repeats(source, quiet):
            quiet = self._visited_since(source, place)
        if quiet is not None:
            self.placed[source.id] = quiet.id
            self.suppressed.add(source.id)
            return
        clue = self._open.get(place)
        if clue is not None and clue.is_policy_gap and self._belongs_to_case(source):
            clue = None  # as if the two had come together, when the case comes first
        if clue is None and self._belongs_to_case(source):
            clue = self._case.get(place)
            if clue is None:
                clue = self._case[place] = self._draft(source, ClueState.EXISTING_CASE)
        elif clue is None and place in self._withdrawn:
            self.placed[source.id] = self._withdrawn[place].id
            self.revived.add(source.household_id)
            return
        elif clue is None:
            clue = self._open[place] = self._draft(source, ClueState.DISPATCHED)
        self._attach(clue, source)

    def escalate(self) -> None:
        """Give every clue its severity and due date once all sources are in place."""
        for (household_id, _), by_clue in self._orange.items():
            if len(set().union(*by_clue.values())) < self._terms[household_id].orange_to_red:
                continue
            for clue_id in by_clue:
                clue = self.touched.get(clue_id) or self._sibling(household_id, clue_id)
                if clue is not None and clue.severity is Severity.ORANGE:
                    clue.severity = Severity.RED
        for clue in self.touched.values():
            if clue.state.is_open and (clue.before is None or is_worse(clue.severity, clue.before.severity)):
                due_at = self._now + self._terms[clue.household_id].verify_within[clue.severity]
                if clue.due_at is None or due_at < clue.due_at:  # an earlier date stands
                    clue.due_at, clue.due_from_at, clue.due_severity = due_at, self._now, clue.severity

    def _sibling(self, household_id: str, clue_id: str) -> FoldedClue | None:
        for clue in self._siblings.get(household_id, []):
            if clue.id == clue_id:
                return self._touch(clue)
        return None  # confirmed already: its rules count, its severity stands

    def _draft(self, source: Source, state: ClueState) -> FoldedClue:
        clue = FoldedClue(
            id=self._new_id(),
            household_id=source.household_id,
            area_code=source.area_code,
            risk_type=source.risk_type,
            severity=source.severity,
            state=state,
            raised_at=self._now,
            due_at=None,
            verified_at=None,
            version=1,
            channels=[],
            rule_ids=[],
            source_count=0,
            latest_period=None,
        )
        self.touched[clue.id] = clue
        return clue

    def _touch(self, known: KnownClue) -> FoldedClue:
        clue = self.touched.get(known.id)
        if clue is None:
            # The lists are shared: `_attach` replaces them and never changes them.
            clue = FoldedClue(**{name: getattr(known, name) for name in _CLUE_FIELDS}, before=known)
            clue.version += 1
            self.touched[known.id] = clue
        return clue

    def _attach(self, target: KnownClue, source: Source) -> None:
        clue = target if isinstance(target, FoldedClue) else self._touch(target)
        self.placed[source.id] = clue.id
        clue.added.append(source)
        clue.source_count += 1
        if is_worse(source.severity, clue.severity):
            clue.severity = source.severity
        if source.channel not in clue.channels:
            clue.channels = sorted([*clue.channels, str(source.channel)])
        if source.rule_id is not None and source.rule_id not in clue.rule_ids:
            clue.rule_ids = sorted([*clue.rule_ids, source.rule_id])
        if source.period is not None:
            clue.latest_period = max(clue.latest_period or "", source.period)
        self._count_orange(source.household_id, source.period, clue.id, source.rule_id, source.severity)

    def _count_orange(
        self, household_id: str, period: str | None, clue_id: str, rule_id: str | None, severity: Severity
    ) -> None:
        if severity is Severity.ORANGE and rule_id is not None and period is not None:
            self._orange.setdefault((household_id, period), {}).setdefault(clue_id, set()).add(rule_id)

    def _is_identifying(self, clue: KnownClue) -> bool:
        """Tell whether the identification that the clue began still runs, or has had no time to show yet."""
        if clue.is_episode_running is not None:
            return clue.is_episode_running
        limit = self._terms[clue.household_id].identify_limit
        return clue.verified_at is not None and self._now < limit.ends_at(clue.verified_at)

    def _is_quiet(self, clue: KnownClue) -> bool:
        """Tell whether the quiet that begins with the visit, not with its recording, still lasts."""
        since = began_on(clue.visited_on) if clue.visited_on is not None else clue.verified_at
        return since is not None and self._now < since + self._terms[clue.household_id].quiet

    def _may_come_back(self, clue: KnownClue) -> bool:
        """Tell whether something new of the risk opens a clue again that lost its ground, instead of a new one."""
        if clue.closed_because == Closed.HOUSEHOLD_ENDED:
            return True
        return clue.ground_gone_at is not None and self._now - clue.ground_gone_at < _COMES_BACK

    def _visited_since(self, source: Source, place: tuple[str, str]) -> KnownClue | None:
        """Give the clue whose verifiers were there after what somebody reports only now; None when nobody was."""
        visited = self._visited.get(place)
        if source.occurred_on is None or visited is None or source.occurred_on >= _visit_of(visited):
            return None
        return visited if place not in self._open else None

    def _belongs_to_case(self, source: Source) -> bool:
        if source.is_policy_gap:
            return False
        terms = self._terms[source.household_id]
        if terms.is_monitored and source.risk_type in terms.open_risks:
            return True
        return (source.household_id, source.risk_type) in self._identifying

    def _repeats(self, source: Source, excluded: KnownClue) -> bool:
        """Tell whether a finding brings only what was excluded: same rule, same person, not worse, not grown."""
        if source.finding_id is None:
            return False
        same = [
            fact
            for fact in self._facts.get(excluded.id, [])
            if fact.rule_id == source.rule_id and fact.person_id == source.person_id
        ]
        if not same:
            return False
        last = max(same, key=lambda fact: (fact.period or "", fact.found_at))
        if is_worse(source.severity, last.severity):
            return False
        return not has_grown(last.numbers, source.numbers, self._terms[source.household_id].growth_share)
