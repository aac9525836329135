"""Look-backs as tables, with no database: the year after elimination (F-A10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from contracts.vocabulary import EpisodeState as S
from contracts.vocabulary import StaffRole
from registry.episodes.situation import Taken
from registry.episodes.steps import legal_next
from servicekit.persons import Known, Term
from situation_case import TODAY, codes, move, situation
from step_records import record_for


def looked_back(on: date, finding: str = "stable", *, recorded_on: date | None = None) -> Taken:
    record = record_for(S.ELIMINATED, S.LOOKED_BACK, on)
    record["lookback"]["finding"] = finding
    return Taken(S.LOOKED_BACK, on, ("v", "w"), record, S.ELIMINATED, "village", recorded_on or on)


ELIMINATED = Taken(S.ELIMINATED, date(2025, 11, 21), ("v",), {}, S.ELIM_COUNTY, "town", date(2025, 11, 21))
QUARTERS = (date(2026, 2, 20), date(2026, 5, 20), date(2026, 8, 20), date(2026, 11, 20))


def test_stability_needs_four_stable_lookbacks_in_a_row_and_a_year() -> None:
    """F-A10."""
    steps = (ELIMINATED, *(looked_back(day) for day in QUARTERS))
    case = situation(S.LOOKED_BACK, steps=steps)
    assert codes(case, move(S.STABLE, "t")) == set()
    assert codes(case, move(S.STABLE, "t", on=date(2026, 11, 20))) == {"lookbacks.too_early"}
    assert codes(replace(case, steps=steps[:-1]), move(S.STABLE, "t")) == {"lookbacks.missing"}
    relapse = (*steps[:2], looked_back(QUARTERS[1], "relapse"), *steps[3:])
    assert codes(replace(case, steps=relapse), move(S.STABLE, "t")) == {"lookbacks.missing"}
    again = (*steps[:-1], ELIMINATED, steps[-1])
    assert "lookbacks.missing" in codes(replace(case, steps=again), move(S.STABLE, "t")), (
        "only those after the last one"
    )
    told = move(S.STABLE, "t", record={"lookbacks": 3})
    assert "record.unknown" in codes(case, told), "look-backs are recorded when they are made"
    assert S.STABLE not in legal_next(S.ELIMINATED)


@pytest.mark.parametrize(
    ("last", "is_refused"),
    [
        (looked_back(date(2026, 9, 22)), False),
        (looked_back(date(2026, 9, 23)), True),
        (looked_back(date(2026, 8, 20), recorded_on=TODAY), True),
        (replace(ELIMINATED, recorded_on=TODAY), True),
    ],
)
def test_look_backs_are_made_and_recorded_weeks_apart(last: Taken, is_refused: bool) -> None:
    case = situation(last.state, steps=(last,))
    look = move(S.LOOKED_BACK, "v-1", "v-2", record=record_for(last.state, S.LOOKED_BACK, TODAY))
    assert codes(case, look) == ({"lookback.too_early"} if is_refused else set())


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"income_trend": "falling"}, "lookback.contradiction"),
        ({"finding": "relapse", "income_trend": "falling"}, None),
        ({"safe": {"education": True, "medical": True, "housing": False, "water": True}}, "lookback.contradiction"),
        ({"safe": {"education": 1, "medical": True, "housing": True, "water": True}}, "record.invalid"),
        ({"finding": "fine"}, "record.invalid"),
        ({"document_sha256": "lies"}, "record.invalid"),
    ],
)
def test_what_a_look_back_found_agrees_with_itself(changes: dict[str, Any], code: str | None) -> None:
    record = record_for(S.ELIMINATED, S.LOOKED_BACK, TODAY)
    record["lookback"] |= changes
    case = situation(S.ELIMINATED, steps=(ELIMINATED,))
    assert codes(case, move(S.LOOKED_BACK, "v-1", "v-2", record=record)) == ({code} if code else set())


def look(**changes: Any) -> dict[str, Any]:
    record = record_for(S.ELIMINATED, S.LOOKED_BACK, TODAY)
    record["lookback"] |= changes
    return record


VISITS = look()["lookback"]["visits"]
_TWO_DAYS_AGO = "2026-11-19"


@pytest.mark.parametrize(
    ("visits", "code"),
    [
        (VISITS, None),
        ([VISITS[0], VISITS[1] | {"level": "village", "visited_on": _TWO_DAYS_AGO}], "lookback.levels"),
        ([VISITS[0], VISITS[1] | {"visited_on": VISITS[0]["visited_on"]}], "lookback.days"),
        ([VISITS[0], VISITS[1] | {"persons": ["v-1", "v-2"]}], "lookback.persons"),
        ([VISITS[0], VISITS[1] | {"persons": ["v-3"]}], "lookback.actors"),
        ([VISITS[0], VISITS[1] | {"visited_on": "2025-11-21"}], "lookback.before"),
        (VISITS[:1], "record.invalid"),
        ([VISITS[0], VISITS[1] | {"photos_sha256": []}], "record.invalid"),
    ],
)
def test_the_township_and_the_village_look_back_on_days_of_their_own(visits: list[Any], code: str | None) -> None:
    """F-A10: 由镇村干部."""
    case = situation(S.ELIMINATED, steps=(ELIMINATED,))
    taken = move(S.LOOKED_BACK, "v-1", "v-2", record=look(visits=visits))
    assert codes(case, taken) == ({code} if code else set())


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"finding": "new_risk", "new_risks": ["11"]}, None),
        ({"finding": "new_risk"}, "lookback.new_risks"),
        ({"finding": "new_risk", "new_risks": ["20"]}, "lookback.new_risks"),
        ({"new_risks": ["11"]}, "lookback.new_risks"),
    ],
)
def test_a_new_risk_is_named_and_nothing_else_is(changes: dict[str, Any], code: str | None) -> None:
    case = situation(S.ELIMINATED, steps=(ELIMINATED,))
    taken = move(S.LOOKED_BACK, "v-1", "v-2", record=look(**changes))
    assert codes(case, taken) == ({code} if code else set())


def test_a_signed_in_person_names_somebody_of_each_level() -> None:
    village, town = "staff:0198c0de-0000-7000-8000-000000000001", "staff:0198c0de-0000-7000-8000-000000000002"

    def known(role: StaffRole, area: str) -> Known:
        return Known(True, (Term(role, area, date(2026, 1, 1)),))

    roles = {village: known(StaffRole.VILLAGE, "990101101201"), town: known(StaffRole.TOWN, "990101101000")}
    people = {name.removeprefix("staff:"): person for name, person in roles.items()}
    case = situation(S.ELIMINATED, steps=(ELIMINATED,), area_code="990101101201", people=people)

    def taken(of_village: str, of_town: str) -> set[str]:
        visits = [VISITS[0] | {"persons": [of_village]}, VISITS[1] | {"persons": [of_town]}]
        return codes(case, move(S.LOOKED_BACK, village, town, record=look(visits=visits), client_id=town))

    assert taken(village, town) == set()
    assert taken(town, village) == {"person.role"}, "who of the township, and who of the village"
