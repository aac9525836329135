"""How a household is shown as it was, and what changed between two snapshots of it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.fields import HOUSEHOLD, PERSON, shown
from registry.continuity.schemas import ChangeKind
from registry.households.differences import of_record, of_whole
from registry.households.rules import as_kept, was_there
from registry.households.timeline import TIMELINE

NOW = {field.public_name: f"{field.public_name} now" for field in shown(HOUSEHOLD)}
PERSON_NOW = {field.public_name: f"{field.public_name} now" for field in shown(PERSON)} | {"joined_on": "2020-01-01"}


def snapshot(**changes: Any) -> dict[str, Any]:
    income = {"year": 2026, "net": "100.00", "per_capita_net": "50.00", "ref_per_capita": "50.00", "self_paid": "0.00"}
    member = {"person_id": "p-1", "relation": "head", "labour": "1", "name": "张*", "birth_date": "1980-01-01"}
    return {"area_code": "990101101201", "hh_type": "0", "members": [member], "incomes": [income]} | changes


def told(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    return [(each.field, each.before, each.after) for each in of_whole(before, after)]


def test_what_was_not_kept_is_shown_as_it_is_now_and_named_once() -> None:
    two = [*snapshot()["members"], snapshot()["members"][0] | {"person_id": "p-2"}]
    document, as_now = as_kept(snapshot(members=two), NOW, dict.fromkeys(("p-1", "p-2"), PERSON_NOW))
    assert (document["hh_type"], document["hh_no"], document["population"]) == ("0", "hh_no now", 2)
    assert [member["birth_date"] for member in document["members"]] == ["1980", "1980"], "as answers show it"
    assert "hh_no" in as_now
    assert as_now.count("members/sex") == 1
    assert not {"hh_type", "population", "members/relation"} & set(as_now)


@pytest.mark.parametrize(
    ("days", "is_there"),
    [
        ({}, True),
        ({"birth_date": date(2026, 6, 2)}, False),
        ({"left_on": date(2026, 6, 1)}, False),
        ({"left_on": date(2026, 6, 2)}, True),
        ({"joined_on": date(2026, 6, 2), "came_on": date(2026, 6, 2)}, False),
        ({"joined_on": date(2026, 6, 2)}, True),  # with the first registration: from the start
        ({"birth_date": date(2026, 5, 1), "came_on": date(2026, 5, 1), "joined_on": date(2026, 6, 2)}, True),
    ],
)
def test_who_was_there_on_a_day(days: dict[str, date], is_there: bool) -> None:
    member = {"birth_date": date(1980, 1, 1), "joined_on": date(2020, 1, 1), "came_on": None, "left_on": None}
    assert was_there(member | days, date(2026, 6, 1)) is is_there


def test_changes_are_told_by_field_person_and_year() -> None:
    before = snapshot()
    other = before["members"][0] | {"labour": "3", "name": "李*", "birth_date": "1980-05-05"}
    after = snapshot(hh_type="1", members=[other, {"person_id": "p-2", "relation": "spouse"}], incomes=[])
    assert told(before, after) == [
        ("hh_type", "0", "1"),
        ("name", None, None),
        ("birth_date", "1980", "1980"),
        ("labour", "1", "3"),
        ("member", False, True),
        ("net", "100.00", None),
        ("per_capita_net", "50.00", None),
        ("ref_per_capita", "50.00", None),
        ("self_paid", "0.00", None),
    ]
    assert [each.person_id for each in of_record(before, after)][1:] == ["p-1", "p-1", "p-1", "p-2"]


def test_of_what_one_of_two_snapshots_did_not_keep_nothing_is_said() -> None:
    assert told(snapshot(), snapshot(group_name="3组")) == []


@given(st.sampled_from(["hh_type", "area_code"]), st.text(min_size=1), st.text(min_size=1))
def test_the_way_back_is_the_way_there_turned_round(field: str, one: str, other: str) -> None:
    before, after = snapshot(**{field: one}), snapshot(**{field: other})
    assert told(after, before) == [(name, is_now, was) for name, was, is_now in told(before, after)]


def test_every_change_of_an_identity_is_a_kind_of_the_file() -> None:
    told = next(source.kinds for source in TIMELINE if source.kind == "c.kind")
    assert sorted(told) == sorted(ChangeKind)
