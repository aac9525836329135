"""Which months' data a county is owed, and by when."""

from __future__ import annotations

from datetime import date

import pytest

from contracts.parameters import Profile, resolve
from sharing.catalogue.service import load_datasets
from sharing.duties.rules import Expected, Spell, owed

COUNTY, TOWN, CITY = "990101000000", "990101101000", "990100000000"
POLICY: Profile = resolve([], COUNTY, date(2028, 1, 10))
ROLL = load_datasets()["DS-EDU-ROLL"]


def said(today: date, *spells: Spell, since: str = "2027-12") -> dict[str, Expected]:
    by_month = {(spell.dataset, spell.period): [each for each in spells if each.period == spell.period]
                for spell in spells}  # fmt: skip
    found = owed(COUNTY, since, [ROLL], POLICY, by_month, today=today)
    return {each.period: each for each in found}


def spell(since: date, until: date | None, area: str = COUNTY, period: str = "2028-01") -> Spell:
    return Spell("DS-EDU-ROLL", period, area, since, until)


@pytest.mark.parametrize(
    ("today", "months"),
    [
        (date(2027, 12, 31), []),  # the month is not over
        (date(2028, 1, 1), ["2027-12"]),
        (date(2028, 3, 1), ["2027-12", "2028-01", "2028-02"]),
        (date(2028, 8, 31), ["2028-02", "2028-03", "2028-04", "2028-05", "2028-06", "2028-07"]),  # six take data
    ],
)
def test_a_month_is_owed_when_it_is_over_as_long_as_it_takes_data(today: date, months: list[str]) -> None:
    assert list(said(today)) == months


def test_of_a_quarterly_list_the_last_month_of_the_quarter_is_owed() -> None:
    """F-A06: the departments do not all deliver every month."""
    contract = load_datasets()["DS-HEA-CONTRACT"]
    found = owed(COUNTY, "2027-10", [contract], POLICY, {}, today=date(2028, 4, 1))
    assert [(each.period, each.due_on) for each in found] == [
        ("2027-12", date(2028, 1, 15)), ("2028-03", date(2028, 4, 15)),
    ]  # fmt: skip


def test_a_county_is_owed_nothing_of_the_time_before_it_was_known() -> None:
    assert list(said(date(2028, 3, 1), since="2028-02")) == ["2028-02"]
    assert said(date(2028, 2, 29), since="2028-02") == {}


def test_it_counts_from_the_last_day_of_the_month_and_is_due_on_the_policys_day() -> None:
    of_february = said(date(2028, 3, 2))["2028-02"]
    assert (of_february.counts_from, of_february.due_on) == (date(2028, 2, 29), date(2028, 3, 15))
    assert of_february.duty_id == "D01-DS-EDU-ROLL-2028-02-990101"
    assert of_february.row()["said"].keys().isdisjoint({"pauses"}), (
        "what was said before the pauses is said no other way"
    )


@pytest.mark.parametrize(
    ("spells", "due_on", "pauses"),
    [
        ([spell(date(2028, 2, 11), date(2028, 2, 14))], date(2028, 2, 19), 1),
        ([spell(date(2028, 2, 11), None)], date(2028, 2, 15), 1),  # as far as is known
        ([spell(date(2028, 2, 14), date(2028, 2, 29))], date(2028, 3, 2), 1),  # over the day itself, and a leap day
        ([spell(date(2028, 2, 16), date(2028, 2, 20))], date(2028, 2, 15), 1),  # it was late already
        ([spell(date(2028, 2, 11), date(2028, 2, 10))], date(2028, 2, 15), 0),  # decided on the same day
        ([spell(date(2028, 2, 3), date(2028, 2, 4)), spell(date(2028, 2, 4), date(2028, 2, 6))], date(2028, 2, 19), 2),
        ([spell(date(2028, 2, 3), date(2028, 2, 4), CITY)], date(2028, 2, 17), 1),  # it covers the county
        ([spell(date(2028, 2, 3), date(2028, 2, 4), TOWN)], date(2028, 2, 15), 0),
        ([spell(date(2028, 2, 3), date(2028, 2, 4), period="2027-12")], date(2028, 2, 15), 0),
    ],
)
def test_days_on_which_the_list_was_held_do_not_count(spells: list[Spell], due_on: date, pauses: int) -> None:
    of_january = said(date(2028, 3, 1), *spells)["2028-01"]
    assert (of_january.due_on, len(of_january.pauses)) == (due_on, pauses)
