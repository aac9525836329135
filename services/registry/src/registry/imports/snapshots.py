"""The first snapshot of a household, written from what was just checked, without asking the database for it.

The same facts in the same form as `households.changes` writes them from the tables (docs/decisions/0018); a test
announces the same households both ways and compares every byte of meaning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter, itemgetter
from types import MappingProxyType
from typing import Any

import orjson

from contracts.fields import HOUSEHOLD, INCOME, PERSON, Field, announced
from registry.household import HouseholdIn, IncomeIn, MemberIn
from registry.identity import Hashes
from registry.income_formula import Amounts, calculate


class _Part:
    """A part of the snapshot: its fields in order, from a model and from what the model does not say."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self._names = tuple(field.public_name for field in fields)
        given = [field for field in fields if field.is_given]
        self._given = tuple(field.public_name for field in given)
        self._values = attrgetter(*[field.name for field in given])
        self._ordered = itemgetter(*self._names)

    def of(self, model: Any, more: Mapping[str, Any] = MappingProxyType({})) -> dict[str, Any]:
        """Give the part as it travels."""
        given = dict(zip(self._given, self._values(model), strict=True))
        return dict(zip(self._names, self._ordered({**given, **more}), strict=True)) if more else given


_HOUSEHOLD, _MEMBER, _INCOME = _Part(announced(HOUSEHOLD)), _Part(announced(PERSON)), _Part(announced(INCOME))


def first_snapshot(
    household_id: str,
    household: HouseholdIn,
    person_ids: Sequence[str],
    hashes: Sequence[Hashes],
    token_key_id: str,
) -> str:
    """Give the data of `contracts.registry.HouseholdSnapshotTaken` for version 1 of a household, as JSON.

    Args:
        person_ids: One a member, in their order, as `hashes`.
    """
    monitor = household.monitor
    snapshot = {
        "household_id": household_id,
        "version": 1,
        "token_revision": 0,
        **_HOUSEHOLD.of(
            household,
            {
                "status": "active",
                "monitor_category": monitor.category if monitor else None,
                "is_monitored": monitor is not None,
                "open_risks": monitor.risk_types if monitor else [],
            },
        ),
        "incomes": [
            _of_year(income, len(household.members))
            for income in sorted(household.incomes, key=lambda income: income.year)
        ],
        "members": [
            _of_member(person_id, member, each, token_key_id)
            for person_id, member, each in zip(person_ids, household.members, hashes, strict=True)
        ],
    }
    return orjson.dumps(snapshot, default=_amount).decode()


def _of_year(income: IncomeIn, population: int) -> dict[str, Any]:
    return _INCOME.of(income, vars(calculate(Amounts.of(income), population)))


def _of_member(person_id: str, member: MemberIn, hashes: Hashes, token_key_id: str) -> dict[str, Any]:
    return {
        "person_id": person_id,
        "id_token": hashes.id_token,
        "person_token": hashes.person_token,
        "token_key_id": token_key_id,
        "other_tokens": [
            {"key_id": key_id, "id_token": id_token, "person_token": person_token}
            for key_id, (id_token, person_token) in sorted((hashes.other_tokens or {}).items())
        ],
        **_MEMBER.of(member),
    }


def _amount(value: Any) -> str:
    """Give an amount as the database writes it, for what orjson does not know."""
    return f"{value:.2f}"
