"""For which area a caller acts, and for whom."""

from __future__ import annotations

import pytest

from servicekit.auth import AreaNeeded, InvalidToken, OutsideArea, Principal, principal_of

COUNTY, OTHER_COUNTY, TOWN_A, TOWN_B = "990101000000", "990102000000", "990101101000", "990101102000"
VILLAGE = "990101101201"


@pytest.mark.parametrize(
    ("roots", "wanted", "acts_for"),
    [
        ((COUNTY,), None, COUNTY),
        ((COUNTY,), TOWN_A, TOWN_A),
        ((TOWN_A, COUNTY), None, COUNTY),
        ((TOWN_A, TOWN_B), TOWN_B, TOWN_B),
    ],
)
def test_a_caller_acts_for_the_area_it_names_or_its_only_one(roots, wanted, acts_for):
    assert Principal("c", areas=roots).acting_area(wanted) == acts_for


@pytest.mark.parametrize(
    ("roots", "wanted", "refusal"),
    [
        ((), None, OutsideArea),
        ((), COUNTY, OutsideArea),
        ((TOWN_A,), COUNTY, OutsideArea),
        ((TOWN_A,), TOWN_B, OutsideArea),
        ((TOWN_A, TOWN_B), None, AreaNeeded),
        ((TOWN_A, TOWN_B), COUNTY, OutsideArea),
        ((COUNTY, OTHER_COUNTY), None, AreaNeeded),
    ],
)
def test_a_caller_never_acts_for_more_than_its_areas(roots, wanted, refusal):
    with pytest.raises(refusal):
        Principal("c", areas=roots).acting_area(wanted)


def claims(**more: object) -> dict[str, object]:
    return {"client_id": "app", "scope": "clues:read clues:verify", "areas": ["990101000000"]} | more


def test_a_machine_takes_no_step_of_a_person() -> None:
    assert principal_of(claims(), names_people=True).scopes == {"clues:read"}
    assert principal_of(claims(person_stand_in="yes"), names_people=True).scopes == {"clues:read"}
    assert "clues:verify" in principal_of(claims(person_stand_in=True), names_people=True).scopes


def test_a_person_is_named_by_the_own_gateway_only() -> None:
    named = principal_of(claims(person="0199a5c0-0000-7000-8000-0000000000b1", grid="3"), names_people=True)
    assert named.actor == "staff:0199a5c0-0000-7000-8000-0000000000b1"
    assert named.grid == "3"
    assert "clues:verify" in named.scopes
    foreign = principal_of(claims(person="0199a5c0-0000-7000-8000-0000000000b1"), names_people=False)
    assert (foreign.actor, foreign.person, foreign.scopes) == ("app", None, {"clues:read"})
    with pytest.raises(InvalidToken):
        principal_of(claims(person=17), names_people=True)


@pytest.mark.parametrize(
    ("own", "grid", "is_own"),
    [(None, None, True), (None, "3", True), ("3", "3", True), ("3", "4", False), ("3", None, False)],
)
def test_somebody_with_a_grid_covers_its_households_alone(own: str | None, grid: str | None, is_own: bool) -> None:
    caller = Principal("c", areas=(VILLAGE,), grid=own)
    assert caller.covers(VILLAGE, grid) is is_own
    assert not caller.covers(TOWN_B, grid)
    assert caller.reaches(VILLAGE)
    assert not caller.reaches(TOWN_B)


def test_a_list_that_says_nothing_of_grids_is_empty_for_somebody_with_a_grid() -> None:
    everybody, worker = Principal("c", areas=(VILLAGE,)), Principal("c", areas=(VILLAGE,), grid="3")
    assert worker.area_clause("a") == ("false", {}) == Principal("c").area_clause("a", "g = :own_grid")
    plain, values = everybody.area_clause("a", "g = :own_grid")
    assert everybody.area_clause("a") == (plain, values)
    clause, bound = worker.area_clause("a", "g = :own_grid")
    assert (clause, bound) == (f"({plain} AND g = :own_grid)", values | {"own_grid": "3"})


def test_somebody_with_a_grid_acts_for_no_area() -> None:
    with pytest.raises(OutsideArea):
        Principal("c", areas=(VILLAGE,), grid="3").acting_area(VILLAGE)
