"""What may be contested, and what a department answers. Pure.

Source: 政务数据共享条例 第二十六条: who uses shared data and doubts them tells their department, which verifies and
corrects them; the states and reasons are [assumption].
"""

from __future__ import annotations

from typing import Final, Literal

from contracts.errors import FieldError
from sharing.catalogue.service import CompiledRule, Dataset
from sharing.corrections.texts import FLAWS

State = Literal["open", "corrected", "stands", "withdrawn", "moot"]
Answer = Literal["corrected", "stands"]
Reason = Literal["records_agree", "another_period", "another_person", "no_proof", "not_ours"]

BASELESS: Final[tuple[State, ...]] = ("withdrawn", "moot")
"""States in which the department has nothing more to answer and nobody has answered."""


def duty_of(correction_id: str) -> str:
    """Give the id of the department's duty to answer."""
    return f"K01-{correction_id}"


def flaws_of_question(rule: CompiledRule | None, dataset: Dataset | None, field: str | None) -> list[FieldError]:
    """Say why a dataset, or a field of it, cannot be contested: no fact of the finding's rule comes from it."""
    if rule is None or dataset is None or dataset.code not in rule.datasets:
        return [FieldError.told(FLAWS, "dataset.not_read", "/dataset")]
    if field is not None and field not in dataset.by_code:
        return [FieldError.told(FLAWS, "field.unknown", "/field")]
    return []


def flaws_of_answer(answer: Answer, reason: Reason | None, note: str) -> list[FieldError]:
    """Say what an answer lacks: data that stand have a reason and a note, data that are corrected have no reason."""
    if answer == "corrected":
        return [FieldError.told(FLAWS, "reason.unfit", "/reason")] if reason is not None else []
    flaws = []
    if reason is None:
        flaws.append(FieldError.told(FLAWS, "reason.missing", "/reason"))
    if not note:
        flaws.append(FieldError.told(FLAWS, "note.missing", "/note"))
    return flaws
