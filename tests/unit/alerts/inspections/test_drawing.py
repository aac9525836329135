"""A drawing can be repeated by anybody, takes each household once, and leaves no township or kind out."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from alerts.inspections.rules import STRATA, Candidate, draw
from servicekit import areas

CANDIDATES = st.lists(
    st.builds(
        Candidate,
        household_id=st.integers(0, 60).map("hh-{}".format),
        area_code=st.sampled_from(["990101101201", "990101101202", "990101102201"]),
        stratum=st.sampled_from(STRATA),
    ),
    max_size=120,
    unique_by=lambda each: (each.household_id, each.stratum),
)


@given(CANDIDATES, st.integers(1, 5), st.randoms())
def test_the_same_list_and_seed_draw_the_same_households_in_whatever_order(
    candidates: list[Candidate], number: int, chance: object
) -> None:
    """F-F01: the seed is kept; whoever has it draws the same."""
    homes = {each.household_id: each.area_code for each in candidates}  # a household lives in one place
    candidates = [each._replace(area_code=homes[each.household_id]) for each in candidates]
    first = draw(candidates, "seed-0001", number)
    assert draw(candidates[::-1], "seed-0001", number) == first
    drawn = [each.household_id for each in first.drawn]
    assert len(drawn) == len(set(drawn))
    by_group = Counter((areas.town_of(each.area_code), each.stratum) for each in first.drawn)
    for row in first.frame:
        assert by_group[row["area_code"], row["stratum"]] == min(number, row["households"])
    assert sum(row["households"] for row in first.frame) == len(homes)


def test_another_seed_draws_others_and_a_household_more_changes_few() -> None:
    many = [Candidate(f"hh-{number}", "990101101201", "new") for number in range(200)]
    one, other = ({each.household_id for each in draw(many, seed, 10).drawn} for seed in ("seed-0001", "seed-0002"))
    assert one != other
    more = {
        each.household_id for each in draw([*many, Candidate("hh-x", "990101101201", "new")], "seed-0001", 10).drawn
    }
    assert len(one - more) <= 1
    assert draw(many, "seed-0001", 10).frame_digest != draw(many[1:], "seed-0001", 10).frame_digest


def test_a_household_of_several_kinds_is_drawn_as_the_first_of_them() -> None:
    several = [Candidate("hh-1", "990101101201", stratum) for stratum in ("excluded", "unresolved", "eliminated")]
    assert [each.stratum for each in draw(several, "seed-0001", 5).drawn] == ["eliminated"]
