"""Who is dead by registration counts for no rule but those about dying, and whoever lists them is asked (F-B14)."""

from __future__ import annotations

import csv
from datetime import date
from typing import Any

import pytest

from sharing.comparison.evaluation.inputs import UNUSED, Only

from .conftest import County, token

DIED, HUKOU, LOW = date(2026, 9, 12), "DS-PSB-HUKOU", "DS-CIV-LOW"
RELIEF = {"type": "dibao", "from_on": date(2025, 3, 1), "monthly_amount": "380.00", "change": "none"}


def dies(county: County, number: int = 2, **values: Any) -> None:
    county.deliver(HUKOU, {"number": number, "change": "death", "changed_on": DIED} | values)


def waiting(county: County) -> set[tuple[str, str, str]]:
    """(dataset, kind, person) of the rows that wait."""
    with (county.folder / UNUSED).open(newline="") as file:
        return {(row[0], row[1], row[8]) for row in csv.reader(file) if row[1] != "unchecked"}


@pytest.fixture
def couple(county: County) -> County:
    county.household()
    county.person(1, labour="5")
    county.person(2, labour="1")
    return county


def rules(county: County) -> set[tuple[str, str]]:
    return {(rule, who) for rule, _, who in county.found()}


def test_relief_of_a_dead_person_is_no_relief_and_waits_for_its_department(couple: County) -> None:
    couple.deliver(LOW, {"number": 2, **RELIEF})
    assert ("R-CIV-02", "h1") not in rules(couple)
    dies(couple)
    assert ("R-CIV-02", "h1") in rules(couple)  # the one who is left cannot work, and receives nothing
    assert waiting(couple) == {(LOW, "deceased", "p2")}
    outcome = couple.compare()
    assert {each.dataset: each.deceased for each in outcome.matching if each.deceased} == {LOW: 1}


@pytest.mark.parametrize(
    ("row", "waits"),
    [
        ({"change": "stopped", "to_on": date(2026, 9, 30)}, False),
        ({"to_on": DIED}, False),
        ({"to_on": date(2026, 9, 13)}, True),
        ({"name": "李四"}, False),
    ],
)
def test_an_allowance_that_ended_with_its_person_waits_for_nobody(
    couple: County, row: dict[str, Any], waits: bool
) -> None:
    dies(couple)
    couple.deliver(LOW, {"number": 2, **RELIEF} | row)
    couple.compare()
    assert ((LOW, "deceased", "p2") in waiting(couple)) is waits


def test_no_rule_but_those_about_dying_holds_of_the_dead(couple: County) -> None:
    couple.rows["household"][0]["hh_type"] = "1"
    couple.deliver("DS-MED-ENROL", {"number": 1, "year": 2026, "scheme": "resident", "personal_paid": "0.00",
                                    "subsidy": "400.00"})  # fmt: skip
    assert ("R-MED-01", "p2") in rules(couple)
    dies(couple)
    found = rules(couple)
    assert ("R-MED-01", "p2") not in found
    assert ("R-PSB-01", "p2") in found


@pytest.mark.parametrize("day", [date(2026, 11, 1), date(2026, 10, 31)])
def test_who_dies_after_the_period_lives_in_it(couple: County, day: date) -> None:
    couple.deliver(LOW, {"number": 2, **RELIEF})
    dies(couple, changed_on=day)
    couple.compare()
    assert waiting(couple) == ({(LOW, "deceased", "p2")} if day.month == 10 else set())


def test_who_left_the_register_by_death_is_found_in_the_lists(couple: County) -> None:
    dies(couple, 9)
    couple.deliver(LOW, {"number": 9, **RELIEF})
    couple.compare()
    assert waiting(couple) == {(LOW, "deceased", ""), (HUKOU, "unmatched", "")}


def test_a_death_under_another_name_kills_nobody(couple: County) -> None:
    couple.deliver(LOW, {"number": 2, **RELIEF})
    dies(couple, name="李四")
    couple.compare()
    assert (LOW, "deceased", "p2") not in waiting(couple)
    assert ("R-CIV-02", "h1") not in rules(couple)


def test_who_turned_out_to_live_is_asked_about_like_everybody(couple: County) -> None:
    couple.rows["decision"].append(
        {"dataset": LOW, "id_token": token(2), "person_token": token(2, "张三"), "verdict": "alive"}
    )
    couple.deliver(LOW, {"number": 2, **RELIEF})
    dies(couple)
    assert ("R-CIV-02", "h1") not in rules(couple)
    assert waiting(couple) == set()


def test_one_household_by_itself_is_judged_alike(couple: County) -> None:
    couple.deliver(LOW, {"number": 2, **RELIEF})
    dies(couple)
    whole = couple.found()
    couple.only = Only((token(1), token(2)), {})
    assert couple.found() == whole
