"""The calendar of the year: what happens on which day."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bangfu_local.year.happenings import County

MONTHS = 13
"""Deliveries from December to the December after."""


@dataclass(frozen=True)
class Happening:
    """Something that happens on a day."""

    on: date
    zh: str
    en: str
    do: Callable[[], Awaitable[None]]


def calendar(county: County, year: int) -> Iterator[Happening]:
    """Give what happens, in order, from November of a year to December of the next.

    Args:
        year: In which it begins.
    """
    yield from sorted(
        [*_first_months(county, year), *_months(county, year), *_second_year(county, year + 1)], key=attrgetter("on")
    )


def delivered(year: int) -> list[str]:
    """Give the periods whose data come in within the year that begins in November of one: of the month before each."""
    return [f"{year + (10 + place) // 12}-{(10 + place) % 12 + 1:02d}" for place in range(MONTHS)]


def end_of(year: int) -> date:
    """Give the day on which the year is counted that begins in November of one."""
    return date(year + 1, 12, 20)


def _first_months(county: County, year: int) -> Iterator[Happening]:
    for month, day, zh, en, do in (
        (11, 11, "核实线索、制定计划、识别一户", "clues, plans, one identification", county.begin),
        (11, 17, "部门办理", "departments act", county.go_on),
        (11, 18, "不予纳入一户,组织排查", "one household refused, campaigns opened", county.refuse),
        (11, 18, "组织排查、核查和走访", "campaigns are opened", county.open_campaigns),
        (12, 1, "逾期识别一户", "one identification, late", county.identify_late),
        (12, 8, "拟消除", "eliminations proposed", county.propose_eliminations),
        (12, 12, "走访各户", "households are visited", county.sweep),
        (12, 15, "风险消除", "risks eliminated", county.eliminate),
        (12, 16, "一户退出", "one household leaves", county.leave),
        (12, 28, "一村逾期完成排查", "a village is late with the sweep", county.sweep_late),
    ):
        yield Happening(date(year, month, day), zh, en, do)


def _months(county: County, year: int) -> Iterator[Happening]:
    for place in range(MONTHS):
        on = date(year + (11 + place) // 12, (11 + place) % 12 + 1, 8)
        yield Happening(on, "各部门报送、比对", "departments deliver, comparison", county.deliver)
        yield Happening(on + timedelta(days=1), "部门办理", "departments act", county.go_on)


def _second_year(county: County, year: int) -> Iterator[Happening]:
    for month, day, zh, en, do in (
        (1, 15, "逾期部门办理", "the late department acts", county.act_late),
        (1, 20, "逾期乡镇制定计划", "the late township plans", county.plan_late),
        (1, 24, "部门办理", "departments act", county.act),
        (2, 10, "末位村完成排查", "the last village ends the sweep", county.sweep_last),
        (3, 10, "第一次回头看", "first look-backs", county.look_back_first),
        (3, 28, "逾期回头看", "a look-back, late", county.look_back_late),
        (4, 10, "后续走访", "a follow-up", county.follow_up),
        (4, 15, "逾期部门办理", "the late department acts", county.act_late),
        (5, 24, "半年后拟消除", "elimination after half a year", county.propose_identified),
        (5, 31, "风险消除", "its risk is eliminated", county.eliminate_identified),
        (6, 10, "第二次回头看,一户风险回退", "second look-backs, one relapse", county.look_back_second),
        (6, 20, "决定撤并一村", "a merger is decided", county.decide_merger),
        (7, 10, "后续走访", "a follow-up", county.follow_up_again),
        (8, 25, "回头看", "a look-back", county.look_back_identified),
        (9, 1, "帮扶责任人轮换", "a helper is rotated", county.rotate),
        (9, 10, "第三次回头看", "third look-backs", county.look_back_on),
        (11, 10, "组织下一轮排查", "the next campaigns", county.open_last_campaigns),
        (11, 25, "回头看", "a look-back", county.look_back_identified),
        (12, 10, "第四次回头看", "fourth look-backs", county.look_back_on),
        (12, 16, "转为常态监测", "ordinary monitoring again", county.settle_down),
    ):
        yield Happening(date(year, month, day), zh, en, do)
