"""Figures add up across levels, whatever was computed, and ranks hang on exact rates alone."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from alerts.sheets.content import Cell, Leaf, Row, added_up, cell_of, ranked
from contracts.indicators import INDICATORS
from servicekit import areas

COUNTY = "990101000000"
PLACES = ["990101101201", "990101101202", "990101102201", "990101102000", COUNTY]
RATE = INDICATORS["clues_verified_on_time"]
LEAVES = st.lists(
    st.builds(
        Leaf, indicator=st.just(RATE.id), period=st.just("2026-11"), dimension=st.just(""), part=st.just(""),
        area_code=st.sampled_from(PLACES), numerator=st.integers(0, 50).map(Decimal),
        denominator=st.integers(0, 50).map(Decimal),
    )
)  # fmt: skip


@given(LEAVES)
def test_an_area_is_those_in_it_and_what_is_its_own(leaves: list[Leaf]) -> None:
    """F-F03: village -> township -> county."""
    sums = {key[4]: value for key, value in added_up(leaves, COUNTY).items()}
    nothing = (Decimal(0), Decimal(0))
    for area in {COUNTY, *map(areas.town_of, PLACES[:3])}:
        own = [(leaf.numerator, leaf.denominator or Decimal(0)) for leaf in leaves if leaf.area_code == area]
        below = [sums[code] for code in sums if areas.parent_of(code) == area]
        wanted = tuple(sum((each[side] for each in (*own, *below)), Decimal(0)) for side in (0, 1))
        assert sums.get(area, nothing) == wanted


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=8))
def test_ranks_share_a_place_where_rates_are_equal_and_leave_out_who_has_none(rates: list[tuple[int, int]]) -> None:
    """F-F02: ties are handled, and nobody without a figure is first or last."""
    cells = [cell_of(RATE, Decimal(min(pair)), Decimal(pair[1])) for pair in rates]
    rows = [
        Row(kind="area", code=str(place), zh="", en="", places=(), cells=(cell,)) for place, cell in enumerate(cells)
    ]
    found: dict[str, Cell | None] = {row.code: row.cells[0] for row in ranked(rows, [RATE])}
    for place, (above, below) in enumerate((min(pair), pair[1]) for pair in rates):
        rank = (found[str(place)] or Cell(numerator="0")).rank
        if below == 0:
            assert rank is None
            continue
        better = sum(1 for pair in rates if pair[1] and min(pair) * below > above * pair[1])
        assert rank == better + 1
