"""The steps of an episode, one row each: everything about a step is said here and nowhere else. Pure.

A new step is its code and titles in `contracts.vocabulary.EpisodeState` and a row here. Who may take it, what it must
put on file, its deadline, what lists, events, the neighbours and docs/episodes.md say of it follow from the row.

Source: identification 识别认定 and risk elimination 风险消除 as in 秦安县, 枞阳县, 平江县, 维西县 (rules 4.3-4.7).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from contracts.vocabulary import Capped
from contracts.vocabulary import EpisodeState as S
from registry.episodes import facts
from registry.episodes import preconditions as needs
from registry.episodes.deadlines import FIRST_MEASURE, IDENTIFICATION, PLAN, Deadline
from registry.episodes.records import Entry

# Whoever collects may not audit, whoever audits may not approve.
WRITE, AUDIT, APPROVE = "episodes:write", "episodes:audit", "episodes:approve"


class Part(Protocol):
    """What a step and a return have in common: who decides, on what, with what on file."""

    @property
    def scope(self) -> str: ...
    @property
    def record(self) -> tuple[Entry, ...]: ...
    @property
    def check(self) -> needs.Check | None: ...
    @property
    def not_by(self) -> tuple[S, ...]: ...


@dataclass(frozen=True)
class Back:
    """How a case comes back to an earlier step: from where, decided by whom, with what on file."""

    after: tuple[S, ...]
    scope: str
    record: tuple[Entry, ...] = ()
    check: needs.Check | None = None
    not_by: tuple[S, ...] = ()


@dataclass(frozen=True)
class Step:
    """A step.

    Attributes:
        to: The state that it leads to, with its titles.
        after: The states that it may follow.
        scope: Scope of whoever takes it.
        record: What it puts on file.
        check: What must have happened before.
        back: The same state as a return, with a scope, record and check of its own.
        deadline: What must follow by a day while the episode is in this state.
        is_visit: Whether two persons must have taken it (policy parameter alerts.verifiers_min).
        not_by: Steps whose actors and clients may not take this one.
        ends: Whether the episode is over. It stays as it is; a new risk or an appeal opens another one.
        monitors: Whether the household counts as monitored: from the entry in the register until elimination. A step
            from monitored to not monitored ends its protection, which is capped a day.
        dates: The day of the episode that it sets.
        decides: Whether it is the county's decision about category and risks.
        refuses: Whether it is a written negative decision.
        may_wait: Whether help may begin before it where the green channel is open (绿色通道): it stays due.
    """

    to: S
    after: tuple[S, ...] = ()
    scope: str = WRITE
    record: tuple[Entry, ...] = ()
    check: needs.Check | None = None
    back: Back | None = None
    deadline: Deadline | None = None
    is_visit: bool = False
    not_by: tuple[S, ...] = ()
    ends: bool = False
    monitors: bool = False
    dates: Literal["identified_on", "eliminated_on"] | None = None
    decides: bool = False
    refuses: bool = False
    may_wait: bool = False


_CONSENT = Entry("consent", "申请承诺授权书", "the signed consent", facts.Consent, facts.Consent.example(), False)
_RESULTS = Entry(
    "results",
    "各部门比对结果",
    "the result of each department's comparison",
    facts.Comparisons,
    [facts.Comparison.example()],
)
_MINUTES = Entry("minutes", "民主评议记录", "the minutes of the review", facts.Minutes, facts.Minutes.example())
_PUBLICITY = Entry(
    "publicity",
    "公示地点、起止日期和照片",
    "where and how long the notice is posted, with photos",
    facts.Publicity,
    facts.Publicity.example(),
)
_OBJECTION = Entry("objection", "异议内容", "the objection", facts.Objection, facts.Objection.example())
_FINDING = Entry(
    "finding",
    "异议核查结论和答复",
    "the finding about the objection, and its answer",
    facts.ObjectionAnswer,
    facts.ObjectionAnswer.example(),
)
_OPINION = Entry("opinion", "审核意见", "the opinion", example="同意,公示无异议")
_CATEGORY = Entry("category", "监测对象类别 0、1 或 2", "the category: 0, 1 or 2", facts.Category, "0")
_RISKS = Entry("risk_types", "风险类型", "the risks", facts.Risks, ["01"], False)
_REFUSAL = Entry("reason", "不予纳入理由", "the written reason", example="家庭收入稳定高于监测线")
_WITHDRAWAL = Entry("reason", "撤回原因", "the reason", example="农户书面放弃")
_MODE = Entry("mode", "消除方式 assistance 或 natural", "the mode, assistance or natural", facts.Mode, "assistance")
_FORM = Entry("form", "双方签字的表格", "the form that both sides signed", facts.Document, facts.Document.example())
_SIGNED = Entry("document", "签字文书", "the signed document", facts.Document, facts.Document.example())
_EXIT = Entry(
    "exit", "退出方式、原因和证据", "the kind of exit, its cause and evidence", facts.Exit, facts.Exit.example()
)
_RETURN = Entry("reason", "退回的原因", "the reason for going back", example="核查发现收入不稳定")
_CONTACT = Entry("contact", "监测联系人", "the contact person afterwards", facts.Contact, "staff-0101")
_LOOKBACK = Entry("lookback", "回头看结果", "what the look-back found", facts.LookBack, facts.LookBack.example())

# Who proposed, verified, compared, reviewed, publicised and took objections; who audited.
_COLLECTORS = (
    S.VISITED, S.COMPARED, S.REVIEWED, S.PUBLICISED, S.OBJECTED, S.ELIM_PROPOSED, S.ELIM_VISITED, S.ELIM_REVIEWED,
    S.ELIM_PUBLICISED,
)  # fmt: skip
_AUDITORS = (*_COLLECTORS, S.TOWN_AUDITED, S.ELIM_TOWN)
_HELPED = (S.MONITORED, S.PLANNED, S.ASSISTING)
_ELIMINATING = (S.ELIM_PROPOSED, S.ELIM_VISITED, S.ELIM_REVIEWED, S.ELIM_PUBLICISED, S.ELIM_TOWN, S.ELIM_COUNTY)
_PROPOSERS = (S.EXIT_PROPOSED,)
_NO_EXIT = Back((S.EXIT_PROPOSED,), WRITE, (_RETURN,), needs.where_it_was)

# fmt: off
STEPS: dict[S, Step] = {step.to: step for step in (
    Step(S.APPLIED, deadline=IDENTIFICATION),
    Step(S.VISITED, (S.APPLIED, S.COMPARED), record=(_CONSENT,), check=needs.members_of_consent,
         is_visit=True, deadline=IDENTIFICATION,
         back=Back((S.TOWN_AUDITED,), APPROVE, (_RETURN,))),
    Step(S.COMPARED, (S.APPLIED, S.VISITED), record=(_RESULTS, _CONSENT), check=needs.lawful_comparison,
         deadline=IDENTIFICATION, may_wait=True),
    Step(S.REVIEWED, (S.COMPARED,), record=(_MINUTES,), check=needs.both(needs.visit_and_comparison, needs.votes),
         deadline=IDENTIFICATION, may_wait=True,
         back=Back((S.OBJECTED,), WRITE, (_MINUTES, _FINDING), needs.both(needs.votes, needs.answered))),
    Step(S.PUBLICISED, (S.REVIEWED,), record=(_PUBLICITY,), check=needs.notice, deadline=IDENTIFICATION, may_wait=True),
    Step(S.OBJECTED, (S.PUBLICISED,), record=(_OBJECTION,), deadline=IDENTIFICATION),
    Step(S.TOWN_AUDITED, (S.PUBLICISED,), AUDIT, record=(_OPINION,), check=needs.publicity_over(S.PUBLICISED),
         not_by=_COLLECTORS, deadline=IDENTIFICATION, may_wait=True,
         back=Back((S.COUNTY_APPROVED,), APPROVE, (_RETURN,))),
    Step(S.COUNTY_APPROVED, (S.TOWN_AUDITED,), APPROVE, record=(_CATEGORY, _RISKS), check=needs.approval,
         not_by=_AUDITORS, decides=True, deadline=IDENTIFICATION, may_wait=True),
    Step(S.ANNOUNCED, (S.COUNTY_APPROVED,), AUDIT, deadline=IDENTIFICATION, may_wait=True),
    Step(S.MONITORED, (S.ANNOUNCED,), monitors=True, dates="identified_on", deadline=PLAN, may_wait=True,
         back=_NO_EXIT),
    Step(S.PLANNED, (S.MONITORED,), check=needs.plan, monitors=True, deadline=FIRST_MEASURE, back=_NO_EXIT),
    Step(S.ASSISTING, (S.PLANNED,), check=needs.measure, monitors=True,
         back=Back((S.EXIT_PROPOSED, *_ELIMINATING, S.ELIMINATED, S.LOOKED_BACK), WRITE, (_RETURN,),
                   needs.where_it_was)),
    Step(S.ELIM_PROPOSED, (S.ASSISTING,), record=(_MODE,), check=needs.elimination, monitors=True),
    Step(S.ELIM_VISITED, (S.ELIM_PROPOSED,), record=(_FORM,), is_visit=True, monitors=True),
    Step(S.ELIM_REVIEWED, (S.ELIM_VISITED,), record=(_MINUTES,), check=needs.votes, monitors=True),
    Step(S.ELIM_PUBLICISED, (S.ELIM_REVIEWED,), record=(_PUBLICITY,), check=needs.notice, monitors=True),
    Step(S.ELIM_TOWN, (S.ELIM_PUBLICISED,), AUDIT, record=(_OPINION,), check=needs.publicity_over(S.ELIM_PUBLICISED),
         not_by=_COLLECTORS, monitors=True),
    Step(S.ELIM_COUNTY, (S.ELIM_TOWN,), APPROVE, record=(_SIGNED,), not_by=_AUDITORS, monitors=True),
    Step(S.ELIMINATED, (S.ELIM_COUNTY,), AUDIT, record=(_CONTACT,), not_by=(S.ELIM_PROPOSED,), ends=True,
         dates="eliminated_on"),
    Step(S.LOOKED_BACK, (S.ELIMINATED, S.LOOKED_BACK), record=(_LOOKBACK,),
         check=needs.both(needs.lookback_due, needs.both_levels), is_visit=True, ends=True),
    Step(S.STABLE, (S.LOOKED_BACK,), AUDIT, check=needs.lookbacks, not_by=(S.LOOKED_BACK,), ends=True),
    Step(S.WITHDRAWN, (S.APPLIED,), AUDIT, record=(_WITHDRAWAL, _SIGNED), ends=True),
    Step(S.REJECTED, (S.VISITED, S.COMPARED, S.REVIEWED, S.OBJECTED), AUDIT, record=(_REFUSAL,), not_by=_COLLECTORS,
         ends=True, refuses=True,
         back=Back((S.TOWN_AUDITED, S.COUNTY_APPROVED), APPROVE, (_REFUSAL,), not_by=_AUDITORS)),
    Step(S.EXIT_PROPOSED, _HELPED, record=(_EXIT,), monitors=True),
    Step(S.ENDED_NATURAL, (S.EXIT_PROPOSED,), AUDIT, (_OPINION,), needs.as_proposed, not_by=_PROPOSERS, ends=True),
    Step(S.CORRECTED, (S.EXIT_PROPOSED,), APPROVE, (_OPINION,), needs.as_proposed, not_by=_PROPOSERS, ends=True),
)}
# fmt: on


def part_of(state: S, to: S) -> Part:
    """Give what holds for a step from a state: the row, or its return."""
    step = STEPS[to]
    return step.back if step.back is not None and state in step.back.after else step


def is_return(state: S, to: S) -> bool:
    """Tell whether a step goes back: the decision of the level that has the case on its desk."""
    return isinstance(part_of(state, to), Back)


def legal_next(state: S) -> Sequence[S]:
    """Give the states that may follow, in the order of the table."""
    return [step.to for step in STEPS.values() if state in step.after or is_return(state, step.to)]


def capped_as(state: S, to: S) -> Capped | None:
    """Give what a step counts as in its township's number of a day: out of monitoring, or away before it began."""
    if STEPS[state].monitors and not STEPS[to].monitors:
        return Capped.ENDINGS
    return Capped.REFUSALS if STEPS[to].ends and not STEPS[state].ends else None
