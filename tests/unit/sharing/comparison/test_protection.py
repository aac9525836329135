"""R-DPF-02, R-CIV-04 and R-CIV-05 through the real engine (F-B17, F-B28)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from .conftest import County
from .test_civil_and_housing import low
from .test_health_and_disability import certificate, diagnosis

EARLIER = date(2021, 5, 10)


def subsidy(item: str, number: int = 1, **values: Any) -> dict[str, Any]:
    return {"number": number, "item": item, "from_on": EARLIER, "to_on": None, "amount": "90"} | values


def care(category: str, grade: int | None = None, **values: Any) -> dict[str, Any]:
    return {"number": 1, "category": category, "disability_grade": grade, "from_on": EARLIER, "to_on": None} | values


def is_found(county: County, rule: str) -> bool:
    return (rule, "YELLOW", "p1") in county.found()


@pytest.mark.parametrize(
    ("level", "dibao", "subsidies", "expected"),
    [
        (2, False, [], True),
        (2, False, [subsidy("nursing")], False),
        (2, False, [subsidy("living")], True),
        (2, False, [subsidy("nursing", to_on=date(2026, 10, 30))], True),
        (2, False, [subsidy("nursing", from_on=date(2026, 11, 1))], True),
        (2, False, [subsidy("nursing", name="李四")], False),  # another name: no claim
        (3, False, [], False),
        (3, True, [], True),
        (3, True, [subsidy("living")], False),
        (1, True, [subsidy("living")], True),
        (None, True, [], False),
    ],
)
def test_a_subsidy_that_is_owed_and_not_paid_is_found(
    county: County, level: int | None, dibao: bool, subsidies: list[dict[str, Any]], expected: bool
) -> None:
    county.household()
    county.person()
    county.deliver("DS-DPF-CERT", *([] if level is None else [certificate(level=level, issued_on=EARLIER)]))
    county.deliver("DS-CIV-LOW", *([low()] if dibao else []))
    county.deliver("DS-CIV-DIS2", subsidy("living", 9), *subsidies)
    assert is_found(county, "R-DPF-02") is expected


def test_without_the_list_of_subsidies_nobody_lacks_one(county: County) -> None:
    county.household()
    county.person()
    county.deliver("DS-DPF-CERT", certificate(level=1, issued_on=EARLIER))
    assert not is_found(county, "R-DPF-02")


@pytest.mark.parametrize(
    ("dataset", "row", "expected"),
    [
        ("DS-HEA-DISEASE", diagnosis(diagnosed_on=EARLIER), True),
        ("DS-HEA-DISEASE", diagnosis(diagnosed_on=EARLIER, status="recovered"), False),
        ("DS-DPF-CERT", certificate(level=2, issued_on=EARLIER), True),
        ("DS-DPF-CERT", certificate(level=3, issued_on=EARLIER), False),
        ("DS-VET-CARE", care("soldier", 6), True),
        ("DS-VET-CARE", care("soldier", 7), False),
        ("DS-VET-CARE", care("pension"), True),
        ("DS-VET-CARE", care("pension", to_on=date(2026, 9, 30)), False),
        ("DS-VET-CARE", care("pension", name="李四"), False),
    ],
)
def test_who_may_have_the_allowance_alone_in_a_marginal_family_is_found(
    county: County, dataset: str, row: dict[str, Any], expected: bool
) -> None:
    county.household()
    county.person(1)
    county.person(2)
    county.deliver("DS-CIV-LOW", low(2, type="marginal"))
    county.deliver(dataset, row)
    assert is_found(county, "R-CIV-04") is expected


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([low(2, type="marginal")], True),
        ([low(1, type="marginal")], True),
        ([low(2, type="marginal"), low(1)], False),  # has the allowance
        ([low(2, type="marginal"), low(1, type="tekun")], False),
        ([low(2, type="marginal"), low(1, name="李四")], False),  # another name: no claim
        ([low(2, type="marginal", to_on=date(2026, 9, 30))], False),
        ([low(2, type="rigid")], True),
        ([low(2, type="dibao")], False),
    ],
)
def test_the_family_must_be_marginal_or_of_rigid_spending_and_the_member_without_the_allowance(
    county: County, entries: list[dict[str, Any]], expected: bool
) -> None:
    county.household()
    county.person(1)
    county.person(2)
    county.deliver("DS-CIV-LOW", *entries)
    county.deliver("DS-DPF-CERT", certificate(level=1, issued_on=EARLIER))
    assert is_found(county, "R-CIV-04") is expected


@pytest.mark.parametrize(
    ("household", "row", "expected"),
    [
        ({}, {}, True),
        ({}, {"type": "orphan"}, True),
        ({}, {"from_on": date(2026, 11, 1)}, False),
        ({}, {"name": "李四"}, False),
        ({"is_monitored": True}, {}, False),
        ({"last_negative_decision_on": "2025-11-01"}, {}, False),
        ({"last_negative_decision_on": "2025-10-31"}, {}, True),
    ],
)
def test_an_orphan_or_unattended_child_in_a_household_that_nobody_decided_is_found(
    county: County, household: dict[str, Any], row: dict[str, Any], expected: bool
) -> None:
    county.household(**household)
    county.person()
    county.deliver("DS-CIV-CHILD", {"number": 1, "type": "unattended", "from_on": date(2026, 10, 1)} | row)
    assert is_found(county, "R-CIV-05") is expected
