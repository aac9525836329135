"""Events of rows: the SQL is held against the model before it runs."""

from __future__ import annotations

import pytest

from contracts.registry import AreaChanged, HouseholdSnapshotTaken, Member, YearIncome
from servicekit.event_sql import Each, Fields, FieldsError, check, insert_events

AREA: Fields = {
    "area_code": "a.code", "name": "a.name", "level": "a.level", "parent_code": "a.parent_code",
    "valid_from": "a.valid_from", "valid_to": "a.valid_to",
}  # fmt: skip
INCOME: Fields = {name: f"i.{name}::text" for name in YearIncome.model_fields}


def household(**changes: str | Fields | Each) -> Fields:
    """Give a field set of a snapshot in which every required field stands."""
    required = {name: f"h.{name}" for name, field in HouseholdSnapshotTaken.model_fields.items() if field.is_required()}
    return {**required, **changes}


def test_the_statement_reads_as_one_would_write_it() -> None:
    assert insert_events(AreaChanged, AREA, "area a ORDER BY a.code") == (
        "INSERT INTO outbox (topic, key, type, time, traceparent, data)\n"
        "SELECT :event_topic, (a.code)::text, :event_type, :event_at, :event_traceparent,\n"
        "    json_build_object(\n"
        "        'area_code', a.code,\n"
        "        'name', a.name,\n"
        "        'level', a.level,\n"
        "        'parent_code', a.parent_code,\n"
        "        'valid_from', a.valid_from,\n"
        "        'valid_to', a.valid_to)\n"
        "FROM area a ORDER BY a.code"
    )


def test_a_forgotten_field_and_an_unknown_one_are_refused() -> None:
    with pytest.raises(FieldsError, match=r"missing \['level'\], unknown \[\]"):
        insert_events(AreaChanged, {name: sql for name, sql in AREA.items() if name != "level"}, "area a")
    with pytest.raises(FieldsError, match=r"missing \[\], unknown \['lvl'\]"):
        insert_events(AreaChanged, {**AREA, "lvl": "a.level"}, "area a")


def test_a_field_with_a_default_may_be_left_out() -> None:
    assert "valid_to" not in insert_events(
        AreaChanged, {name: sql for name, sql in AREA.items() if name != "valid_to"}, "area a"
    )


def test_parts_of_a_list_are_held_against_their_own_model() -> None:
    good = Each(INCOME, "income i WHERE i.household_id = h.id", "i.year")
    statement = insert_events(HouseholdSnapshotTaken, household(incomes=good), "household h")
    assert "json_agg(json_build_object(" in statement
    assert "ORDER BY i.year), '[]'::json)" in statement
    with pytest.raises(FieldsError, match=r"YearIncome: missing \[\], unknown \['gross'\]"):
        insert_events(
            HouseholdSnapshotTaken,
            household(incomes=Each({**INCOME, "gross": "0"}, "income i", "i.year")),
            "household h",
        )
    with pytest.raises(FieldsError, match=r"MemberTokens: missing \['person_token'\]"):
        check(Member, {**dict.fromkeys(Member.model_fields, "NULL"),
                       "other_tokens": Each({"key_id": "o.k", "id_token": "o.t"}, "o", "o.k")})  # fmt: skip
    with pytest.raises(FieldsError, match="version has no parts"):
        insert_events(HouseholdSnapshotTaken, household(version={"n": "1"}), "household h")


def test_a_key_is_an_expression() -> None:
    with pytest.raises(FieldsError, match="household_id has no parts"):
        insert_events(HouseholdSnapshotTaken, household(household_id=Each({}, "x", "y")), "household h")
