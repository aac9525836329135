"""What an agreement may say, and how it stands. Pure.

Source: 政务数据共享条例: what is shared, for which purpose, on what basis, in which manner and until when is agreed,
and nothing wider is used; GB/T 39477: a grant is given and taken back at once. The states are [assumption].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from contracts.errors import FieldError
from contracts.vocabulary import Department
from sharing.agreements.texts import FLAWS
from sharing.products.service import Mode, Product

TermsState = Literal["draft", "offered", "approved", "refused"]
State = Literal["draft", "offered", "refused", "approved", "active", "ended", "revoked"]
Side = Literal["provider", "receiver"]

LONGEST: Final = timedelta(days=3 * 366)
"""Nobody agrees for longer: what is granted is looked at again [assumption]."""


@dataclass(frozen=True)
class Terms:
    """A version of what is agreed.

    Attributes:
        number: 1-indexed; of those approved and begun the greatest holds.
    """

    number: int
    state: TermsState
    valid_from: date
    ends_on: date


def in_force(versions: Sequence[Terms], today: date) -> Terms | None:
    """Give the version that holds: the newest that both sides approved and that has begun, ended or not.

    A newer one that is only offered changes nothing, and one that has ended does not bring an older one back.
    """
    begun = [each for each in versions if each.state == "approved" and each.valid_from <= today]
    return max(begun, key=lambda each: each.number, default=None)


def state_of(versions: Sequence[Terms], today: date, *, is_revoked: bool) -> State:
    """Give how an agreement stands."""
    if is_revoked:
        return "revoked"
    holding = in_force(versions, today)
    if holding is not None:
        return "active" if holding.ends_on >= today else "ended"
    if any(each.state == "approved" for each in versions):
        return "approved"
    return max(versions, key=lambda each: each.number).state


def side_of(provider: Department | str, receiver: Department | str, department: Department | None) -> Side | None:
    """Give the side that somebody of a department acts for; somebody of none, the bureau, answers for the provider."""
    if department is None or department == provider:
        return "provider"
    return "receiver" if department == receiver else None


def flaws_of_parties(product: Product, receiver: Department, mode: Mode) -> list[FieldError]:
    """Say why a product is not provided to somebody in a manner."""
    flaws = []
    if receiver not in product.receivers:
        flaws.append(FieldError.told(FLAWS, "receiver.unfit", "/receiver"))
    if mode not in product.modes:
        flaws.append(FieldError.told(FLAWS, "mode.unfit", "/mode"))
    return flaws


def flaws_of_terms(
    product: Product, mode: Mode, fields: Sequence[str], valid_from: date, ends_on: date, today: date
) -> list[FieldError]:
    """Say what is wrong with terms: fields that are not declared, or none; days that make no sense."""
    flaws = []
    if mode is Mode.CHECK and fields:
        flaws.append(FieldError.told(FLAWS, "fields.none", "/terms/fields"))
    if mode is not Mode.CHECK and not fields:
        flaws.append(FieldError.told(FLAWS, "fields.missing", "/terms/fields"))
    for place, name in enumerate(fields):
        if mode is not Mode.CHECK and product.field(name) is None:
            flaws.append(FieldError.told(FLAWS, "field.unknown", f"/terms/fields/{place}"))
    if ends_on < max(valid_from, today):
        flaws.append(FieldError.told(FLAWS, "ends_on.early", "/terms/ends_on"))
    elif ends_on - valid_from > LONGEST:
        flaws.append(FieldError.told(FLAWS, "ends_on.late", "/terms/ends_on"))
    return flaws
