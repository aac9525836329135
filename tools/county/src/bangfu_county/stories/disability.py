"""Stories of R-DPF-01 (new or severe disability, household neither monitored nor decided)."""

from __future__ import annotations

from datetime import date

from bangfu_county.circumstances import CERT, cert_row
from bangfu_county.stories.book import Scene, Story, Wish

_ORDINARY = Wish(shape="couple")
_EARLIER = date(2021, 5, 10)


def _certify(scene: Scene, level: int, issued_on: date = _EARLIER, change: str = "new") -> None:
    scene.head.health = ["disabled"]
    scene.head.rows[CERT].append(cert_row(level, issued_on, change))


def _decided_long_ago(scene: Scene) -> None:
    scene.household.negative_on = scene.month.months_back(12)
    _certify(scene, 1)


STORIES = (
    Story("R-DPF-01", _ORDINARY, lambda s: _certify(s, 4, s.month.as_of), "ORANGE",
          "本月新办四级残疾人证", "a new certificate of the fourth level", about="head"),
    Story("R-DPF-01", Wish(shape="couple", hh_type="1"), lambda s: _certify(s, 2), "ORANGE",
          "多年前评定的二级残疾,未纳入监测", "second level since years, never monitored", about="head"),
    Story("R-DPF-01", _ORDINARY, _decided_long_ago, "ORANGE",
          "一级残疾,不予纳入决定今天满一年", "first level, the refusal is a year old to the day", about="head"),
    Story("R-DPF-01", _ORDINARY, lambda s: _certify(s, 3, s.month.months_back(2)), None,
          "三级残疾,办证已满两个月", "third level, issued two months ago to the day", about="head"),
    Story("R-DPF-01", Wish(shape="couple", category="1"), lambda s: _certify(s, 1), None,
          "一级残疾,已是监测户", "first level, monitored already", about="head"),
)  # fmt: skip
