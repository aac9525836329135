"""Rules of groups, grids and sites: what may stand beside what, and what is to be looked into."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.area_vocabulary import PlaceKind, ServiceStation
from contracts.parameters import resolve
from registry.places import rules
from registry.places.rules import Counted, Named, Told

VILLAGE, BESIDE, ELSEWHERE = "990101101201", "990101102201", "990102101201"
DAY = date(2026, 1, 1)
POLICY = resolve([], VILLAGE, DAY)
GRID = Told(PlaceKind.GRID, VILLAGE, "一网格", "01", DAY, None)
SITE = Told(PlaceKind.SITE, VILLAGE, "幸福社区", None, DAY, None)

days = st.dates(date(2020, 1, 1), date(2020, 2, 1))
spans = st.tuples(days, st.one_of(st.none(), st.integers(0, 40))).map(
    lambda span: replace(
        GRID, valid_from=span[0], valid_to=None if span[1] is None else span[0] + timedelta(days=span[1])
    )
)


@given(one=spans, other=spans)
def test_two_meet_if_some_day_has_both(one: Named, other: Named) -> None:
    calendar = [date(2020, 1, 1) + timedelta(days=number) for number in range(120)]

    def has(place: Named, day: date) -> bool:
        return place.valid_from <= day and (place.valid_to is None or day <= place.valid_to)

    assert one.meets(other) == other.meets(one) == any(has(one, day) and has(other, day) for day in calendar)


@pytest.mark.parametrize(
    ("told", "known", "codes"),
    [
        ([GRID], [], []),
        ([GRID, replace(GRID, suffix="02")], [], ["name.taken"]),
        ([replace(GRID, name="二网格")], [GRID], ["suffix.taken"]),
        ([replace(GRID, kind=PlaceKind.GROUP)], [GRID], []),
        ([replace(GRID, village_code=BESIDE)], [GRID], []),
        ([replace(GRID, valid_from=DAY + timedelta(days=1))], [replace(GRID, valid_to=DAY)], []),
        ([replace(SITE, village_code=BESIDE)], [SITE], ["name.taken"]),
        ([replace(SITE, village_code=ELSEWHERE)], [SITE], []),
        ([replace(GRID, site="幸福社区")], [], ["site.unknown"]),
        ([replace(GRID, site="幸福社区"), SITE], [], []),
        ([replace(SITE, site="另一社区")], [], ["site.of_site"]),
        ([replace(SITE, has_stations=True, households_declared=5, persons_declared=9)], [], []),
        (
            [replace(GRID, has_stations=True, households_declared=5, persons_declared=9)],
            [],
            ["households_declared.no_site", "persons_declared.no_site", "stations.no_site"],
        ),
        ([replace(GRID, valid_to=DAY - timedelta(days=1))], [], ["valid_to.range"]),
        ([replace(GRID, name="网格11010519491231002X")], [], ["name.id_number"]),
    ],
)
def test_what_may_be_registered(told: list[Told], known: list[Named], codes: list[str]) -> None:
    sites = {(each.scope, each.name) for each in known if each.kind == PlaceKind.SITE}
    assert [fault.code for fault in rules.check(told, known, sites)] == codes


BOTH = tuple(ServiceStation)


@pytest.mark.parametrize(
    ("place", "codes"),
    [
        (Counted(PlaceKind.GRID, 20, 60, workers=1), []),
        (Counted(PlaceKind.GRID, 19, 60, workers=1), ["grid.small"]),
        (Counted(PlaceKind.GRID, 100, 300, workers=2), []),
        (Counted(PlaceKind.GRID, 101, 300), ["grid.large", "grid.no_worker"]),
        (Counted(PlaceKind.GROUP, 0, 0), []),
        (Counted(PlaceKind.SITE, 200, 799, grids=2), []),
        (Counted(PlaceKind.SITE, 200, 800, grids=2), ["site.no_station"]),
        (Counted(PlaceKind.SITE, 200, 10, grids=2, persons_declared=800), ["site.no_station"]),
        (Counted(PlaceKind.SITE, 200, 800, grids=2, stations=BOTH[:1]), ["site.no_station"]),
        (Counted(PlaceKind.SITE, 200, 800, grids=2, stations=BOTH), []),
        (Counted(PlaceKind.SITE, 200, 700, households_declared=201), ["site.no_grid", "site.counted"]),
    ],
)
def test_what_is_to_be_looked_into(place: Counted, codes: list[str]) -> None:
    """Of 20 to 100 households a grid, and from 800 persons the stations of a site (F-D05, F-D08)."""
    assert [code for code, _ in rules.warnings(place, POLICY)] == codes
