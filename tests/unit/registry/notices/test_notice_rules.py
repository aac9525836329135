"""A public notice says what the white list has, and nothing that could be a number of somebody (F-E17)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.id_numbers import check_digit
from registry.notices import rules
from registry.notices.kinds import KINDS, TITLES, Column, NoticeKind

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("text", "has"),
    [
        ("青石村道路硬化工程(二期)", False),
        ("2026年中央衔接资金第2批", False),
        ("农村供水保障工程 2025-2026", False),
        ("补助 120000 元", False),
        ("户主电话13800001234", True),
        ("户主电话 138-0000-1234", True),
        ("户主电话138 0000 1234", True),
        ("证件990101198001010017", True),
        ("证件99010119800101001X", True),
        ("账号6222021001116245702", True),
    ],
)
def test_texts_hold_no_number_of_a_person_a_telephone_or_an_account(text: str, has: bool) -> None:
    assert rules.has_number(text) is has


@given(
    st.from_regex(r"\A[0-9]{17}\Z").map(lambda first: first + check_digit(first)),
    st.sampled_from(["", " ", "-", "·", " "]),
    st.text(alphabet="村户主公示 ,。", max_size=10),
)
def test_no_way_of_writing_an_id_number_gets_through(number: str, between: str, around: str) -> None:
    assert rules.has_number(around + between.join(number) + around)


@given(st.from_regex(r"\A[0-9]{17}\Z"))
def test_nor_do_digits_of_full_width(number: str) -> None:
    assert rules.has_number("".join(chr(ord(digit) + 0xFEE0) for digit in number))


@pytest.mark.parametrize(
    ("born", "minor"),
    [
        (date(2008, 11, 20), False),  # 18 today
        (date(2008, 11, 21), True),
        (date(1980, 1, 1), False),
        (None, True),  # nobody knows
    ],
)
def test_who_may_be_a_minor_is_not_named(born: date | None, minor: bool) -> None:
    assert rules.is_minor(born, TODAY) is minor


def codes(kind: NoticeKind, days: int, *, episodes: bool = True) -> list[str]:
    last_on = TODAY + timedelta(days=days)
    found = rules.faults(KINDS[kind], TODAY, last_on, publicity_days=5, has_episodes=episodes, has_entries=not episodes)
    return [fault.code for fault in found]


def test_a_notice_that_asks_for_objections_hangs_for_whole_days() -> None:
    """F-A19: five days, the first not counted."""
    assert codes(NoticeKind.IDENTIFICATION, 5) == []
    assert codes(NoticeKind.IDENTIFICATION, 4) == ["days.short"]
    assert codes(NoticeKind.ANNOUNCEMENT, 0) == []
    assert codes(NoticeKind.ANNOUNCEMENT, -1) == ["days.order"]


def test_households_and_money_are_not_mixed() -> None:
    assert codes(NoticeKind.FUNDS, 5, episodes=True) == ["kind.entries"]
    assert codes(NoticeKind.ELIMINATION, 5, episodes=False) == ["kind.episodes"]


def test_every_kind_has_columns_of_the_white_list_and_money_names_nobody() -> None:
    assert set(KINDS) == set(NoticeKind)
    assert set(TITLES) == set(Column)
    for kind in KINDS.values():
        assert (Column.HEAD in kind.columns) is kind.is_about_households
