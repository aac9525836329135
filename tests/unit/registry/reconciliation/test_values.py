"""What is compared, under which title, and what of it can be taken as a change by hand."""

from __future__ import annotations

import pytest

from contracts.fields import HOUSEHOLD, INCOME, MONITOR, PERSON, given
from registry.reconciliation import sql
from registry.reconciliation.values import FIELDS, can_accept, shown_value, title_of


def test_every_field_that_files_carry_is_compared() -> None:
    assert FIELDS["household"].keys() >= {field.name for field in given(HOUSEHOLD)}
    assert FIELDS["person"].keys() == {field.name for field in given(PERSON)}
    assert FIELDS["income"].keys() == {field.name for field in given(INCOME)} - {"year"}
    assert len(FIELDS["household"]) == len(given(HOUSEHOLD)) + len(MONITOR)


def test_the_statements_name_every_plain_field_and_no_sealed_one() -> None:
    for subject, statement in (
        ("household", sql.OF_HOUSEHOLDS), ("person", sql.OF_PERSONS), ("income", sql.OF_INCOMES)
    ):  # fmt: skip
        for name, field in FIELDS[subject].items():
            assert (f"('{name}'" in statement) == (field.kept == "plain"), name


@pytest.mark.parametrize(
    ("kind", "subject", "field", "can"),
    [
        ("field", "household", "hh_type", True),
        ("field", "household", "phone", True),
        ("field", "household", "hh_no", False),
        ("field", "household", "monitor_category", False),
        ("field", "household", "open_risks", False),
        ("field", "person", "id_no", True),
        ("field", "income", "wage", True),
        ("only_in_export", "household", "", False),
        ("elsewhere", "person", "", False),
    ],
)
def test_what_has_steps_of_its_own_is_not_taken_by_hand(kind: str, subject: str, field: str, can: bool) -> None:
    assert can_accept(kind, subject, field) == can


@pytest.mark.parametrize(
    ("subject", "field", "value", "shown"),
    [
        ("person", "birth_date", "1980-01-02", "1980"),
        ("person", "birth_date", None, None),
        ("household", "identified_on", "2025-06-01", "2025-06-01"),
        ("household", "open_risks", ["01"], ["01"]),
    ],
)
def test_a_day_of_birth_is_shown_as_its_year(subject: str, field: str, value: object, shown: object) -> None:
    assert shown_value(subject, field, value) == shown


def test_titles_are_those_of_the_declarations() -> None:
    assert title_of("field", "person", "labour") == "劳动技能"
    assert title_of("only_in_register", "household", "") == "登记中有、国家系统无的户"
