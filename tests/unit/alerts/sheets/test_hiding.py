"""What is hidden cannot be worked out: every way to fill the gaps is tried, by somebody who knows what marks mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from alerts.sheets.hiding import Hiding, Mark

BELOW = 5
Sums = Sequence[tuple[str, Sequence[str]]]


def table(rows: Sequence[Sequence[int]]) -> tuple[dict[str, int], Sums]:
    """Rows are villages, columns are causes; with a total of each and of all."""
    height, width = len(rows), len(rows[0])
    values = {f"{row}{column}": rows[row][column] for row in range(height) for column in range(width)}
    values |= {f"{row}+": sum(rows[row]) for row in range(height)}
    values |= {f"+{column}": sum(row[column] for row in rows) for column in range(width)}
    values["++"] = sum(map(sum, rows))
    lines, across = [*map(str, range(height)), "+"], [*map(str, range(width)), "+"]
    sums: list[tuple[str, Sequence[str]]] = [(f"{line}+", [f"{line}{each}" for each in across[:-1]]) for line in lines]
    sums += [(f"+{each}", [f"{line}{each}" for line in lines[:-1]]) for each in across]
    return values, sums


def may_be(key: str, value: int, values: Mapping[str, int], marks: Mapping[str, Mark]) -> bool:
    mark = marks.get(key)
    if mark is None:
        return value == values[key]
    return {Mark.SMALL: 0 < value < BELOW, Mark.BESIDE: value >= BELOW, Mark.UNKNOWN: value >= 0}[mark]


class UndecidedError(Exception):
    """Nobody tries that many ways."""


def solutions(
    rows: Sequence[Sequence[int]], values: Mapping[str, int], marks: Mapping[str, Mark]
) -> Iterator[dict[str, int]]:
    """Every table that shows what is shown, those near the true one first."""
    height, width = len(rows), len(rows[0])
    grid, tried, most = [[0] * width for _ in range(height)], 0, max(map(max, rows)) + 8

    def fill(place: int) -> Iterator[dict[str, int]]:
        nonlocal tried
        if place == height * width:
            filled, _ = table(grid)
            if all(may_be(key, filled[key], values, marks) for key in values):
                yield filled
            return
        row, column = divmod(place, width)
        for value in sorted(range(most + 1), key=lambda each: abs(each - rows[row][column])):
            tried += 1
            if tried > 200_000:
                raise UndecidedError
            if not may_be(f"{row}{column}", value, values, marks):
                continue
            grid[row][column] = value
            if column == width - 1 and not may_be(f"{row}+", sum(grid[row]), values, marks):
                continue
            if row == height - 1 and not may_be(f"+{column}", sum(each[column] for each in grid), values, marks):
                continue
            yield from fill(place + 1)

    return fill(0)


def worked_out(rows: Sequence[Sequence[int]]) -> list[str]:
    """Give the small counts that can be only one number by what is shown."""
    values, sums = table(rows)
    marks = Hiding(values, sums, BELOW).run()
    wanted = {key for key, value in values.items() if 0 < value < BELOW}
    assert wanted <= marks.keys(), "a small count is shown"
    open_ones = set(wanted)
    for found in solutions(rows, values, marks):
        open_ones -= {key for key in wanted if found[key] != values[key]}
        if not open_ones:
            break
    return sorted(open_ones)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(0, 9), min_size=2, max_size=2), min_size=2, max_size=3))
def test_no_small_count_can_be_worked_out_from_totals_and_siblings(rows: list[list[int]]) -> None:
    """F-F04: small counts are hidden, also from whoever subtracts."""
    try:
        assert worked_out(rows) == []
    except UndecidedError:
        reject()


@pytest.mark.parametrize(
    "rows",
    [
        [[3, 5], [0, 0]],  # one other to hide behind, of which it is known that it is five at least
        [[1, 5], [7, 9]],  # total 6: five at least beside it would say that it is one
        [[1, 1], [1, 1]],  # four that are not zero add up to four: each is one
        [[4, 0], [0, 0]],
        [[1, 0], [0, 9]],
        [[2, 40], [40, 40]],
    ],
)
def test_the_traps_of_hiding(rows: list[list[int]]) -> None:
    assert worked_out(rows) == []


def test_the_attack_finds_what_primary_hiding_alone_leaves_open() -> None:
    values, _ = table([[3, 8], [9, 12]])
    found = {each["00"] for each in solutions([[3, 8], [9, 12]], values, {"00": Mark.SMALL})}
    assert found == {3}, "the test would not see a hole otherwise"


def test_what_is_large_and_what_is_zero_stays() -> None:
    values, sums = table([[0, 8], [9, 12]])
    assert Hiding(values, sums, BELOW).run() == {}


def test_who_is_not_shown_is_not_worked_out_either() -> None:
    """38 of 40 in time says that two were late."""
    values = {"in_time": 38, "all": 40, "late": 2}
    marks = Hiding(values, [("all", ["in_time", "late"])], BELOW, unsaid=["late"]).run()
    assert marks == {"in_time": Mark.BESIDE}
    assert Hiding({"in_time": 30, "all": 40, "late": 10}, [("all", ["in_time", "late"])], BELOW, ["late"]).run() == {}
