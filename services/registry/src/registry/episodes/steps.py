"""The steps of an episode, one row each: everything about a step is said here and nowhere else. Pure.

A new step is its code and titles in `contracts.vocabulary.EpisodeState` and a row here. Who may take it, what it must
put on file, its deadline, what lists, events, the neighbours and docs/episodes.md say of it follow from the row.

Source: identification 识别认定 and risk elimination 风险消除 as in 秦安县, 枞阳县, 平江县, 维西县 (rules 4.3-4.7).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from contracts.errors import FieldError
from contracts.vocabulary import EpisodeState as S
from registry.episodes import preconditions as needs
from registry.episodes.deadlines import FIRST_MEASURE, IDENTIFICATION, PLAN, Deadline
from registry.episodes.situation import Move, Situation

# Whoever collects may not audit, whoever audits may not approve.
WRITE, AUDIT, APPROVE = "episodes:write", "episodes:audit", "episodes:approve"


@dataclass(frozen=True)
class Entry:
    """Something that the step's record must hold."""

    name: str
    zh: str
    en: str


@dataclass(frozen=True)
class Back:
    """How a case comes back to an earlier step: from where, decided by whom, with what on file."""

    after: tuple[S, ...]
    scope: str
    record: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class Step:
    """A step.

    Attributes:
        to: The state that it leads to, with its titles.
        after: The states that it may follow.
        scope: Scope of whoever takes it.
        record: What it must put on file.
        check: What must have happened before.
        back: The same state as a return; the check and `not_by` do not apply then.
        deadline: What must follow by a day while the episode is in this state.
        is_visit: Whether two persons must have taken it (policy parameter alerts.verifiers_min).
        not_by: Steps whose actors may not take this one.
        ends: Whether the episode is over. It stays as it is; a new risk or an appeal opens another one.
        monitors: Whether the household counts as monitored: from the entry in the register until elimination.
        dates: The day of the episode that it sets.
        decides: Whether it is the county's decision about category and risks.
        refuses: Whether it is a written negative decision.
    """

    to: S
    after: tuple[S, ...] = ()
    scope: str = WRITE
    record: tuple[Entry, ...] = ()
    check: Callable[[Situation, Move], list[FieldError]] | None = None
    back: Back | None = None
    deadline: Deadline | None = None
    is_visit: bool = False
    not_by: tuple[S, ...] = ()
    ends: bool = False
    monitors: bool = False
    dates: Literal["identified_on", "eliminated_on"] | None = None
    decides: bool = False
    refuses: bool = False


_RESULTS = Entry("results", "各部门比对结果", "the result of each department's comparison")
_MINUTES = Entry("minutes", "民主评议记录", "the minutes of the review")
_PLACE = Entry("place", "公示地点", "where the notice was posted")
_OBJECTION = Entry("objection", "异议内容", "the objection")
_FINDING = Entry("finding", "异议核查结论", "the finding about the objection")
_REFUSAL = Entry("reason", "不予纳入理由", "the written reason")
_WITHDRAWAL = Entry("reason", "撤回原因", "the reason")
_CORRECTION = Entry("reason", "清退理由", "the reason")
_LOSS = Entry("reason", "减少原因", "the reason")
_MODE = Entry("mode", "消除方式 assistance 或 natural", "the mode, assistance or natural")
_RETURN = Entry("reason", "退回帮扶的原因", "the reason for going back to assistance")
_CONTACT = Entry("contact", "监测联系人", "the contact person afterwards")

_VERIFIERS = (S.VISITED, S.REVIEWED, S.ELIM_VISITED, S.ELIM_REVIEWED)
_AUDITORS = (*_VERIFIERS, S.TOWN_AUDITED, S.ELIM_TOWN)
_HELPED = (S.MONITORED, S.PLANNED, S.ASSISTING)
_ELIMINATING = (S.ELIM_PROPOSED, S.ELIM_VISITED, S.ELIM_REVIEWED, S.ELIM_PUBLICISED, S.ELIM_TOWN, S.ELIM_COUNTY)

# fmt: off
STEPS: dict[S, Step] = {step.to: step for step in (
    Step(S.APPLIED, deadline=IDENTIFICATION),
    Step(S.VISITED, (S.APPLIED, S.COMPARED), is_visit=True, deadline=IDENTIFICATION,
         back=Back((S.TOWN_AUDITED,), APPROVE)),
    Step(S.COMPARED, (S.APPLIED, S.VISITED), record=(_RESULTS,), deadline=IDENTIFICATION),
    Step(S.REVIEWED, (S.COMPARED,), record=(_MINUTES,), check=needs.visit_and_comparison, deadline=IDENTIFICATION,
         back=Back((S.OBJECTED,), WRITE, (_MINUTES, _FINDING))),
    Step(S.PUBLICISED, (S.REVIEWED,), record=(_PLACE,), deadline=IDENTIFICATION),
    Step(S.OBJECTED, (S.PUBLICISED,), record=(_OBJECTION,), deadline=IDENTIFICATION),
    Step(S.TOWN_AUDITED, (S.PUBLICISED,), AUDIT, check=needs.publicity_over(S.PUBLICISED), not_by=_VERIFIERS,
         deadline=IDENTIFICATION, back=Back((S.COUNTY_APPROVED,), APPROVE)),
    Step(S.COUNTY_APPROVED, (S.TOWN_AUDITED,), APPROVE, check=needs.approval, not_by=_AUDITORS, decides=True,
         deadline=IDENTIFICATION),
    Step(S.ANNOUNCED, (S.COUNTY_APPROVED,), AUDIT, deadline=IDENTIFICATION),
    Step(S.MONITORED, (S.ANNOUNCED,), monitors=True, dates="identified_on", deadline=PLAN),
    Step(S.PLANNED, (S.MONITORED,), check=needs.plan, monitors=True, deadline=FIRST_MEASURE),
    Step(S.ASSISTING, (S.PLANNED,), check=needs.measure, monitors=True,
         back=Back((*_ELIMINATING, S.ELIMINATED), WRITE, (_RETURN,))),
    Step(S.ELIM_PROPOSED, (S.ASSISTING,), record=(_MODE,), check=needs.elimination, monitors=True),
    Step(S.ELIM_VISITED, (S.ELIM_PROPOSED,), is_visit=True, monitors=True),
    Step(S.ELIM_REVIEWED, (S.ELIM_VISITED,), record=(_MINUTES,), monitors=True),
    Step(S.ELIM_PUBLICISED, (S.ELIM_REVIEWED,), record=(_PLACE,), monitors=True),
    Step(S.ELIM_TOWN, (S.ELIM_PUBLICISED,), AUDIT, check=needs.publicity_over(S.ELIM_PUBLICISED), not_by=_VERIFIERS,
         monitors=True),
    Step(S.ELIM_COUNTY, (S.ELIM_TOWN,), APPROVE, not_by=_AUDITORS, monitors=True),
    Step(S.ELIMINATED, (S.ELIM_COUNTY,), record=(_CONTACT,), ends=True, dates="eliminated_on"),
    Step(S.STABLE, (S.ELIMINATED,), check=needs.four_lookbacks, ends=True),
    Step(S.WITHDRAWN, (S.APPLIED,), record=(_WITHDRAWAL,), ends=True),
    Step(S.REJECTED, (S.VISITED, S.COMPARED, S.REVIEWED, S.OBJECTED), AUDIT, record=(_REFUSAL,), ends=True,
         refuses=True, back=Back((S.TOWN_AUDITED, S.COUNTY_APPROVED), APPROVE, (_REFUSAL,))),
    Step(S.ENDED_NATURAL, _HELPED, record=(_LOSS,), ends=True),
    Step(S.CORRECTED, _HELPED, APPROVE, record=(_CORRECTION,), ends=True),
)}
# fmt: on


def is_return(state: S, to: S) -> bool:
    """Tell whether a step goes back: the decision of the level that has the case on its desk."""
    back = STEPS[to].back
    return back is not None and state in back.after


def legal_next(state: S) -> Sequence[S]:
    """Give the states that may follow, in the order of the table."""
    return [step.to for step in STEPS.values() if state in step.after or is_return(state, step.to)]


def scope_for(state: S, to: S) -> str:
    """Give the scope that a step needs."""
    step = STEPS[to]
    return step.back.scope if step.back is not None and state in step.back.after else step.scope


def record_of(state: S, to: S) -> tuple[Entry, ...]:
    """Give what a step must put on file."""
    step = STEPS[to]
    return step.back.record if step.back is not None and state in step.back.after else step.record
