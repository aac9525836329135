"""What roles may do, as the roster declares it."""

from __future__ import annotations

import pytest

from contracts.scopes import OF_PERSONS, SCOPES, STRICT
from contracts.staff import ADMINISTRATORS, ROLES
from contracts.vocabulary import StaffRole

_DECISIONS = {"episodes:approve", "clues:confirm", "households:approve"}
_DATA = {"households:write", "households:import", "deliveries:write"}


@pytest.mark.parametrize("role", StaffRole)
def test_a_role_has_scopes_that_exist(role: StaffRole) -> None:
    assert ROLES[role].scopes
    assert set(SCOPES) >= ROLES[role].scopes


def test_who_approves_does_not_edit_data() -> None:
    for role, rule in ROLES.items():
        assert not (rule.scopes & _DECISIONS and rule.scopes & _DATA), role


def test_auditors_read_only() -> None:
    assert all(scope.endswith(":read") for scope in ROLES[StaffRole.AUDITOR].scopes)


def test_administrators_share_no_power() -> None:
    writing = [{s for s in ROLES[role].scopes if not s.endswith(":read")} for role in sorted(ADMINISTRATORS)]
    assert sum(map(len, writing)) == len(set().union(*writing))
    assert not any(ROLES[role].scopes & (_DECISIONS | _DATA) for role in ADMINISTRATORS)


def test_steps_are_taken_by_persons_and_strict_scopes_exist() -> None:
    assert {"clues:verify", "episodes:write", "episodes:audit", "episodes:approve"} <= OF_PERSONS
    assert set(SCOPES) >= STRICT
    held = frozenset().union(*(rule.scopes for rule in ROLES.values()))
    assert held >= OF_PERSONS, "a step that no role may take"
