"""Stories of R-HEA-01 (a listed major disease)."""

from __future__ import annotations

from datetime import date, timedelta

from bangfu_county.circumstances import DISEASE, disease_row
from bangfu_county.model import Person
from bangfu_county.stories.book import Scene, Story, Wish

_ORDINARY = Wish(shape="couple")
_FORMER_POOR = Wish(shape="couple", hh_type="1")


def _diagnose(person: Person, code: str, day: date, status: str = "confirmed") -> None:
    person.rows[DISEASE].append(disease_row(code, day, status))


def _misnamed(scene: Scene) -> None:
    _diagnose(scene.head, "D08", scene.month.as_of)
    scene.misname(DISEASE, scene.head)


STORIES = (
    Story("R-HEA-01", _ORDINARY, lambda s: _diagnose(s.head, "D08", s.month.as_of), "ORANGE",
          "月末确诊肺癌", "lung cancer, diagnosed on the last day of the month", about="head"),
    Story("R-HEA-01", Wish(child_ages=(9,)), lambda s: _diagnose(s.child(), "D02", s.month.first), "ORANGE",
          "九岁孩子本月确诊白血病", "a child of nine with leukaemia, diagnosed this month", about="child"),
    Story("R-HEA-01", _FORMER_POOR,
          lambda s: _diagnose(s.spouse, "D23", s.month.months_back(2) + timedelta(days=1), "treated"), "ORANGE",
          "脑卒中,确诊日是两个月窗口的首日", "a stroke on the first day that counts as new", about="spouse"),
    Story("R-HEA-01", _FORMER_POOR, lambda s: _diagnose(s.head, "D23", s.month.months_back(2)), None,
          "确诊已满两个月", "diagnosed two months ago to the day", about="head"),
    Story("R-HEA-01", _ORDINARY, lambda s: _diagnose(s.head, "D99", s.month.as_of), None,
          "大病但不在30种之内", "a major disease that is not on the list", about="head"),
    Story("R-HEA-01", _ORDINARY, _misnamed, None,
          "确诊记录姓名不符,待核", "the diagnosis carries another name and is set apart", about="head"),
)  # fmt: skip
