"""Stories of R-DPF-01 (new or severe disability, neither monitored nor decided) and R-DPF-02 (subsidies not paid)."""

from __future__ import annotations

from datetime import date

from bangfu_county.circumstances import CERT, SUBSIDY, cert_row, subsidy_row
from bangfu_county.stories.book import Scene, Story, Wish
from bangfu_county.welfare import LOW, low_row

_ORDINARY = Wish(shape="couple")
_EARLIER = date(2021, 5, 10)


def _certify(scene: Scene, level: int, issued_on: date = _EARLIER, change: str = "new") -> None:
    scene.head.health = ["disabled"]
    scene.head.rows[CERT].append(cert_row(level, issued_on, change))


def _decided_long_ago(scene: Scene) -> None:
    scene.household.negative_on = scene.month.months_back(12)
    _certify(scene, 1)


def _pay(scene: Scene, item: str, to_on: date | None = None) -> None:
    scene.head.rows[SUBSIDY].append(subsidy_row(item, _EARLIER, to_on))


def _on_the_allowance(scene: Scene, level: int) -> None:
    _certify(scene, level)
    scene.head.rows[LOW].append(low_row("dibao", _EARLIER, 38000, reason="disability"))
    scene.head.relief = "dibao"


def _paid_the_other_one(scene: Scene) -> None:
    _on_the_allowance(scene, 1)
    _pay(scene, "living")


def _both_paid(scene: Scene) -> None:
    _paid_the_other_one(scene)
    _pay(scene, "nursing")


def _misnamed_on_the_list(scene: Scene) -> None:
    _certify(scene, 2)
    _pay(scene, "nursing")
    scene.misname(SUBSIDY, scene.head)


def _ended(scene: Scene) -> None:
    _certify(scene, 2)
    _pay(scene, "nursing", scene.month.months_back(1))


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
    Story("R-DPF-02", _ORDINARY, _ended, "YELLOW",
          "二级残疾,护理补贴上月停发", "second level, the nursing subsidy ended last month", about="head"),
    Story("R-DPF-02", _ORDINARY, lambda s: _on_the_allowance(s, 4), "YELLOW",
          "四级残疾低保对象没有生活补贴", "fourth level, on the allowance, no living subsidy", about="head"),
    Story("R-DPF-02", _ORDINARY, _paid_the_other_one, "YELLOW",
          "一级残疾低保对象只有生活补贴", "first level, on the allowance, only the living subsidy", about="head"),
    Story("R-DPF-02", _ORDINARY, _both_paid, None, "两项补贴都有", "both subsidies are paid", about="head"),
    Story("R-DPF-02", _ORDINARY, _misnamed_on_the_list, None,
          "补贴名单姓名不符,待核", "misnamed on the subsidy list: no claim", about="head"),
)  # fmt: skip
