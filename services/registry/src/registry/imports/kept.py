"""What a household of a file does not say, and is kept as it is registered: absent is not empty. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import orjson
from pydantic import BaseModel

from contracts.fields import HOUSEHOLD, INCOME, PERSON, Field, given
from registry.household import HouseholdIn


def optional(fields: Iterable[Field]) -> tuple[str, ...]:
    """Give the fields that a file may leave out."""
    return tuple(field.name for field in given(fields) if not field.is_required)


_OF_HOUSEHOLD: Final = frozenset(optional(HOUSEHOLD))
_OF_PERSON: Final = frozenset(optional(PERSON))
_OF_INCOME: Final = frozenset(optional(INCOME))


def kept_of(household: HouseholdIn) -> str | None:
    """Give, as JSON, the fields that a household leaves out: `{"h": [...], "p": {ordinal: [...]}, "i": {year: [...]}}`.

    None where it says everything.
    """
    own = _left_out(_OF_HOUSEHOLD, household)
    persons = {
        str(ordinal): names
        for ordinal, member in enumerate(household.members)
        if (names := _left_out(_OF_PERSON, member))
    }
    incomes = {str(income.year): names for income in household.incomes if (names := _left_out(_OF_INCOME, income))}
    if not (own or persons or incomes):
        return None
    return orjson.dumps({"h": own, "p": persons, "i": incomes}).decode()


def _left_out(fields: frozenset[str], model: BaseModel) -> list[str]:
    return sorted(fields - model.model_fields_set)
