"""Requests to see many in full: what is sound, and who may decide what in which state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from registry.unmaskings.rules import Decider, decide, faults_of, state_at
from registry.unmaskings.schemas import UnmaskedPage, UnmaskedRow, UnmaskingIn
from registry.unmaskings.written import as_csv

SOMEBODY = UUID("0198c0de-0000-7000-8000-000000000001")
WHY = {"fields": ["name"], "purpose_code": "assistance", "reason": "汛期通知", "legal_basis": "防汛方案"}
NOW = datetime(2026, 11, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"area_code": "990101101000"}, []),
        ({"area_code": "990101101000", "monitored": False}, []),
        ({"person_ids": [SOMEBODY], "case_id": SOMEBODY, "legal_basis": None}, []),
        ({}, ["chosen.one_way"]),
        ({"person_ids": [SOMEBODY], "household_ids": [SOMEBODY]}, ["chosen.one_way"]),
        ({"person_ids": [SOMEBODY], "monitored": True}, ["monitored.of_area"]),
        ({"person_ids": [SOMEBODY], "legal_basis": None}, ["legal_basis.missing"]),
    ],
)
def test_whom_it_is_about_is_said_in_one_way_and_why_by_a_case_or_a_law(
    changes: dict[str, Any], codes: list[str]
) -> None:
    assert [fault.code for fault in faults_of(UnmaskingIn.model_validate(WHY | changes))] == codes


def test_who_asked_never_confirms_and_nothing_that_ended_comes_back() -> None:
    """The whole table: state, whose it is, the scope, yes or no."""
    for state, own, scope, agrees in product(
        ("open", "confirmed", "refused", "withdrawn", "expired"), (True, False), (True, False), (True, False)
    ):
        said = decide(state, Decider(own, scope), agrees=agrees)
        if own and agrees:
            assert said == "second_person"
        elif not own and not scope:
            assert said == "scope"
        elif state == "open":
            assert said == ("confirmed" if agrees else "withdrawn" if own else "refused")
        elif state == "confirmed" and not agrees:
            assert said == ("withdrawn" if own else "refused")
        else:
            assert said == "decided"


def test_what_nobody_ended_is_over_with_its_time() -> None:
    later = NOW + timedelta(seconds=1)
    assert [state_at(state, later, NOW) for state in ("open", "confirmed", "refused")] == [
        "open", "confirmed", "refused",
    ]  # fmt: skip
    assert [state_at(state, NOW, NOW) for state in ("open", "confirmed", "refused", "withdrawn")] == [
        "expired", "expired", "refused", "withdrawn",
    ]  # fmt: skip


def test_a_table_of_persons_computes_nothing() -> None:
    row = UnmaskedRow(person_id="p", household_id="h", hh_no="99H1", area_code="990101101201", name="=1+1")
    head, line = as_csv(UnmaskedPage(items=[row], left_out=0)).removeprefix("\ufeff").splitlines()
    assert head == ",".join(f'"{name}"' for name in UnmaskedRow.model_fields)
    assert line == '"p","h","99H1","990101101201","\'=1+1","","",""', "quoted: so the audit finds the ids"
