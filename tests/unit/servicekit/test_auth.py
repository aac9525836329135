"""For which area a caller acts."""

from __future__ import annotations

import pytest

from servicekit.auth import AreaNeeded, OutsideArea, Principal

COUNTY, OTHER_COUNTY, TOWN_A, TOWN_B = "990101000000", "990102000000", "990101101000", "990101102000"


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
