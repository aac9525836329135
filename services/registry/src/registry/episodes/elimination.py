"""The conditions of elimination, each with its name: what is asked before a household may be proposed. Pure.

Source: 风险消除条件 of 枞阳县, 平江县, 海南省, 中山镇; check rule 5_12_007 for the development measure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from contracts.errors import FieldError
from registry.episodes import deadlines
from registry.episodes.situation import Move, Situation, refusal
from registry.household import labour_class


@dataclass(frozen=True)
class Condition:
    """A condition, with its titles; `check` gives why it is not met, nothing where it is."""

    code: str
    zh: str
    en: str
    check: Callable[[Situation, Move], list[FieldError]]


def _income(situation: Situation, _: Move) -> list[FieldError]:
    if situation.per_capita_net is None or situation.is_below_line:
        return [refusal("income.below_line")]
    return []


def _statuses(situation: Situation, _: Move) -> list[FieldError]:
    kinds = ("education", "medical", "housing", "water")
    return [refusal(f"status.{kind}") for kind in kinds if situation.statuses.get(kind) is not True]


def _expenditure(situation: Situation, _: Move) -> list[FieldError]:
    if situation.net is None:
        return []
    share = situation.policy.number("agr.rigid_share")
    if situation.self_paid > 0 and situation.self_paid >= share * situation.net:
        return [refusal("expenditure.large", share=share)]
    return []


def _labour(situation: Situation, _: Move) -> list[FieldError]:
    return [refusal("labour.none")] if labour_class(situation.labour) == "none" else []


def _half_year(situation: Situation, move: Move) -> list[FieldError]:
    if not _is_assisted(move) or situation.identified_on is None:
        return []
    earliest = deadlines.earliest_elimination(situation.identified_on, situation.policy)
    return [refusal("elimination.too_early", "/occurred_on", earliest=earliest)] if move.occurred_on < earliest else []


def _measures(situation: Situation, move: Move) -> list[FieldError]:
    if not _is_assisted(move):
        return []
    missing = (risk for risk in situation.risk_types if risk not in situation.answered)
    return [refusal("measure.missing:risk", zh=risk.label, en=risk.english) for risk in missing]


def _development(situation: Situation, move: Move) -> list[FieldError]:
    """However the risk goes: a development measure that is due and was not done is owed still."""
    if labour_class(situation.labour) != "capable" or not situation.is_willing or situation.development_on is not None:
        return []
    due_on = deadlines.DEVELOPMENT_MEASURE.due(situation.policy, situation.found_on, situation.identified_on)
    if due_on is None or move.occurred_on < due_on:
        return []
    return [refusal("measure.development", due=due_on)]


def _is_assisted(move: Move) -> bool:
    return move.facts.get("mode") == "assistance"


CONDITIONS = (
    Condition("income", "收入稳定高于当年监测线", "income above this year's line", _income),
    Condition("statuses", "三保障和饮水安全", "three guarantees and water are safe", _statuses),
    Condition("expenditure", "大额刚性支出已解决", "large rigid expenditure is solved", _expenditure),
    Condition("labour", "有劳动能力(整户无劳动能力的持续跟踪)", "somebody can work: others are kept", _labour),
    Condition("half_year", "帮扶消除须识别满六个月", "half a year since identification", _half_year),
    Condition("measures", "各项风险均有已落实的对应措施", "each risk has an implemented measure", _measures),
    Condition("development", "到期的开发式帮扶措施已落实", "the development measure that is due is done", _development),
)
