"""What a confirmed clue has departments owe, what may be said to it, and what it follows. Pure.

Source: 应享尽享、缺什么补什么; several departments may owe something for one clue, none of them leads (不设牵头单位).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from contracts.errors import FieldError
from contracts.vocabulary import ClueState, Department, GapRefusal, GapResult, GapState, RiskType

# Whose policy answers a risk that no department's rule has found: an application or a visit told of it. [A]
OF_RISK: Final[Mapping[RiskType, Department]] = {
    RiskType.ILLNESS: Department.MED,
    RiskType.DISASTER: Department.EMG,
    RiskType.DISABILITY: Department.DPF,
    RiskType.NO_LABOUR: Department.CIV,
    RiskType.ACCIDENT: Department.CIV,
    RiskType.PROJECT_FAILED: Department.AGR,
    RiskType.UNSTABLE_WORK: Department.HRS,
    RiskType.SCHOOLING_COST: Department.EDU,
    RiskType.HOUSING: Department.HOU,
    RiskType.WATER: Department.WAT,
    RiskType.DROPOUT: Department.EDU,
    RiskType.INCOME: Department.AGR,
    RiskType.EXPENDITURE: Department.CIV,
    RiskType.RELIEF: Department.CIV,
    RiskType.POLICY_GAP: Department.AGR,
    RiskType.DATA: Department.AGR,
    RiskType.OTHER: Department.AGR,
}

_CONFIRMED: Final = (ClueState.CONFIRMED_POLICY, ClueState.CONFIRMED_IDENTIFY, ClueState.EXISTING_CASE)


@dataclass(frozen=True, slots=True)
class Ground:
    """A finding that speaks for a clue.

    Attributes:
        department: Whose rule it is; None where an older release found it.
        is_policy_gap: It shows that the policy is owed, and no other need.
    """

    rule_id: str
    person_id: str | None
    department: str | None
    is_policy_gap: bool


@dataclass(frozen=True, slots=True)
class Owed:
    """What a department owes: to a person, or to the household."""

    department: str
    rule_id: str | None = None
    person_id: str | None = None


def owed(state: ClueState, risk: RiskType, grounds: Iterable[Ground]) -> list[Owed]:
    """Give what a verified clue has departments owe; each thing once.

    Where policy alone is to be delivered, every rule behind the clue asks for it, those of a policy gap before the
    others, and the risk itself where no rule is behind it. Where the household gets a case besides, only what is a
    policy gap whatever the case does.
    """
    if state not in _CONFIRMED:
        return []
    known = list(grounds)
    chosen = [ground for ground in known if ground.is_policy_gap]
    if state is ClueState.CONFIRMED_POLICY:
        chosen = chosen or known
        if not chosen:
            return [Owed(OF_RISK[risk].value)]
    return list(
        dict.fromkeys(
            Owed(ground.department or OF_RISK[risk].value, ground.rule_id, ground.person_id) for ground in chosen
        )
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """What a department says to a gap, as sent."""

    result: GapResult
    reason: GapRefusal | None
    granted_on: date | None
    note: str


def flaws_of(answer: Answer, today: date) -> Sequence[FieldError]:
    """Give everything that is wrong with an answer; empty when it may be recorded."""
    flaws: list[FieldError] = []
    is_granted, is_refused = answer.result is GapResult.GRANTED, answer.result is GapResult.REFUSED
    if is_granted and answer.granted_on is None:
        flaws.append(FieldError("/granted_on", "granted_on.missing", "须写明落实日期 / say since when it is granted"))
    elif answer.granted_on is not None and not is_granted:
        flaws.append(FieldError("/granted_on", "granted_on.unexpected", "只有“已落实”才填写 / for `granted` only"))
    elif answer.granted_on is not None and answer.granted_on > today:
        flaws.append(FieldError("/granted_on", "granted_on.future", "落实日期在将来 / a date in the future"))
    if is_refused and answer.reason is None:
        flaws.append(FieldError("/reason", "reason.missing", "不予落实须有原因代码 / a refusal needs a reason code"))
    elif answer.reason is not None and not is_refused:
        flaws.append(FieldError("/reason", "reason.unexpected", "只有“不予落实”才填写 / for `refused` only"))
    if not is_granted and not answer.note:
        flaws.append(FieldError("/note", "note.missing", "须说明情况 / say why"))
    return flaws


def after_answer(result: GapResult) -> GapState:
    """Give the state that an answer leads to: what is not granted goes back to the township."""
    return GapState.CLOSED if result is GapResult.GRANTED else GapState.RETURNED


def after_review(agrees: bool) -> GapState:
    """Give the state that the township's word leads to."""
    return GapState.CLOSED if agrees else GapState.OPEN


def after_taking_back(state: GapState, result: GapResult | None) -> GapState | None:
    """Give the state of a gap whose grant does not hold: who granted it says so, or the department's data do.

    None where nothing was granted: what the township agreed to is not taken back.
    """
    return GapState.OPEN if (state, result) == (GapState.CLOSED, GapResult.GRANTED) else None


def followed(state: GapState, *, stands: bool) -> GapState:
    """Give the state of a gap whose finding stands, or not: what was answered for good stays.

    Args:
        stands: The finding holds and the household is registered.
    """
    if state is GapState.CLOSED:
        return state
    if not stands:
        return GapState.WITHDRAWN
    return GapState.OPEN if state is GapState.WITHDRAWN else state
