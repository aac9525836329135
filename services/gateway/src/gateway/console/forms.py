"""Forms of a plain telephone: what was typed, and what the API is told. Pure.

What is right and wrong is the API's to say; here only shapes are read that a page cannot give as JSON.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

from contracts.vocabulary import ContactOutcome, ContactWay, RiskType

MOST_FIELDS = 60
_DATES = (
    re.compile(r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?"),
    re.compile(r"(\d{4})(\d{2})(\d{2})"),
)
_KEY = re.compile(r"^[A-Za-z0-9_-]{16,64}$")
Typed = Mapping[str, Sequence[str]]
WAYS = [(way.value, way.label) for way in ContactWay]
OUTCOMES = [(outcome.value, outcome.label) for outcome in ContactOutcome]
RISKS = [(risk.value, risk.label) for risk in RiskType]
APPLICATION_WAYS = [("paper", "农户书面申请"), ("hotline", "农户来电"), ("oral", "农户当面口述(代填)")]


class UnreadableForm(Exception):  # noqa: N818 - the page tells it
    """The body is no form, or one with more fields than any page has."""


def typed(body: bytes) -> dict[str, list[str]]:
    """Read a form's body; what was left empty is left out.

    Raises:
        UnreadableForm
    """
    try:
        return parse_qs(body.decode("ascii"), strict_parsing=bool(body), max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError as error:
        raise UnreadableForm(str(error)) from error


def one(form: Typed, name: str) -> str:
    """Give what was typed into a field; empty if nothing."""
    return (form.get(name) or [""])[0].strip()


def key_of(form: Typed) -> str | None:
    """Give the form's idempotency key; None where it was tampered with."""
    key = one(form, "key")
    return key if _KEY.fullmatch(key) else None


def contact(form: Typed) -> dict[str, Any]:
    """Give the body of `POST /v1/contacts`."""
    note = one(form, "note")
    return {
        "household_id": one(form, "household_id"),
        "happened_on": day(one(form, "happened_on")),
        "way": one(form, "way"),
        "outcome": one(form, "outcome"),
        "risk_types": [risk.strip() for risk in form.get("risk_types", ())],
        **({"note": note} if note else {}),
    }


def application(form: Typed) -> dict[str, Any]:
    """Give the body of `POST /v1/applications`: a registered household's, or by its village alone."""
    household_id = one(form, "household_id")
    place = {"household_id": household_id} if household_id else {"area_code": one(form, "area_code")}
    return {
        **place,
        "risk_type": one(form, "risk_type"),
        "via": one(form, "via"),
        "note": one(form, "note"),
        "applied_on": day(one(form, "applied_on")),
    }


def day(text: str) -> str:
    """Write a date as the API takes it: telephones type 2026.11.5, 2026/11/05, 20261105. Others stay as they are."""
    found = next((match for form in _DATES if (match := form.fullmatch(text))), None)
    if found is None:
        return text
    year, month, number = found.groups()
    return f"{year}-{int(month):02d}-{int(number):02d}"
