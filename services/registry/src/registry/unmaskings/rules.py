"""When a request for unmasking in bulk is sound, what state it is in, and who may decide it. Pure.

Source: four eyes on unmasking in bulk [assumption]; PIPL Art. 51 (permissions).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from contracts.errors import FieldError
from registry.unmaskings.schemas import UnmaskingIn

Said = Literal["confirmed", "refused", "withdrawn"]
ENDED = frozenset({"refused", "withdrawn", "expired"})
Refusal = Literal["second_person", "scope", "decided"]


def faults_of(asked: UnmaskingIn) -> list[FieldError]:
    """Give what is wrong with a request by itself: whom it is about is said in one way, and why by a case or a law."""
    ways = (bool(asked.household_ids), bool(asked.person_ids), asked.area_code is not None)
    faults = []
    if sum(ways) != 1:
        faults.append(
            FieldError(
                "", "chosen.one_way", "household_ids、person_ids、area_code 须且只能填一项 / exactly one of them"
            )
        )
    if asked.monitored is not None and asked.area_code is None:
        faults.append(FieldError("/monitored", "monitored.of_area", "仅与 area_code 同用 / goes with area_code only"))
    if asked.case_id is None and asked.legal_basis is None:
        faults.append(
            FieldError("/legal_basis", "legal_basis.missing", "须填 case_id 或 legal_basis / a case or a legal basis")
        )
    return faults


def fault_of_number(number: int, most: int) -> FieldError | None:
    """Give what is wrong with how many a request is about: nobody, or more than one request may have."""
    if number == 0:
        return FieldError("", "chosen.nobody", "没有符合条件的人员 / nobody")
    if number > most:
        return FieldError("", "chosen.too_many", f"多于 {most} 人,请缩小范围 / too many")
    return None


def state_at(kept: str, expires_at: datetime, now: datetime) -> str:
    """Give the state of a request: what nobody ended is over with its time."""
    return "expired" if kept in ("open", "confirmed") and now >= expires_at else kept


@dataclass(frozen=True)
class Decider:
    """Who decides about a request.

    Attributes:
        is_requester: Whether the request is the decider's own.
        may_confirm: Whether the decider has the scope of who confirms.
    """

    is_requester: bool
    may_confirm: bool


def decide(state: str, decider: Decider, *, agrees: bool) -> Said | Refusal:
    """Give what a request becomes, or why it does not: its requester takes it back, somebody else says yes or no.

    What was confirmed may still be taken back or refused until its time is over.
    """
    if agrees and decider.is_requester:
        return "second_person"
    if not decider.is_requester and not decider.may_confirm:
        return "scope"
    if state in ENDED or (agrees and state != "open"):
        return "decided"
    if agrees:
        return "confirmed"
    return "withdrawn" if decider.is_requester else "refused"
