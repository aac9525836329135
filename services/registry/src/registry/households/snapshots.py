"""The first snapshot of a household, written from what was just checked, without asking the database for it.

The same facts in the same form as `households.changes` writes them from the tables (docs/decisions/0018); a test
announces the same households both ways and compares every byte of meaning.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from registry.households.identity import Hashes
from registry.households.schemas import HouseholdIn, IncomeIn, MemberIn
from registry.incomes.rules import Amounts, calculate


def first_snapshot(
    household_id: str,
    household: HouseholdIn,
    person_ids: Sequence[str],
    hashes: Sequence[Hashes],
    token_key_id: str,
) -> bytes:
    """Give the data of `contracts.registry.HouseholdSnapshotTaken` for version 1 of a household, as JSON.

    Args:
        person_ids: One a member, in their order, as `hashes`.
    """
    monitor = household.monitor
    return orjson.dumps(
        {
            "household_id": household_id,
            "version": 1,
            "token_revision": 0,
            "area_code": household.village_code,
            "hh_type": household.hh_type,
            "status": "active",
            "housing_tenure": household.housing_tenure,
            "is_resettled": household.is_resettled,
            "monitor_category": monitor.category if monitor else None,
            "is_monitored": monitor is not None,
            "open_risks": monitor.risk_types if monitor else [],
            "last_negative_decision_on": household.last_negative_decision_on,
            "incomes": [
                _income(income, len(household.members))
                for income in sorted(household.incomes, key=lambda income: income.year)
            ],
            "members": [
                _member(person_id, member, each, token_key_id)
                for person_id, member, each in zip(person_ids, household.members, hashes, strict=True)
            ],
        }
    )


def _income(income: IncomeIn, population: int) -> dict[str, Any]:
    result = calculate(
        Amounts(
            income.wage,
            income.business,
            income.property,
            income.transfer,
            income.business_cost,
            income.insurance_payout,
            income.self_paid,
        ),
        population,
    )
    return {
        "year": income.year,
        "net": str(result.net),
        "per_capita_net": str(result.per_capita_net),
        "ref_per_capita": str(result.ref_per_capita),
        "self_paid": f"{income.self_paid:.2f}",
    }


def _member(person_id: str, member: MemberIn, hashes: Hashes, token_key_id: str) -> dict[str, Any]:
    return {
        "person_id": person_id,
        "id_token": hashes.id_token,
        "person_token": hashes.person_token,
        "token_key_id": token_key_id,
        "other_tokens": [
            {"key_id": key_id, "id_token": id_token, "person_token": person_token}
            for key_id, (id_token, person_token) in sorted((hashes.other_tokens or {}).items())
        ],
        "birth_date": member.birth_date,
        "sex": member.sex,
        "relation": member.relation,
        "labour": member.labour,
        "school_stage": member.school_stage,
        "has_finished_compulsory": member.has_finished_compulsory,
        "health": member.health,
        "relief": member.relief,
    }
