"""Stories of R-EMG-01 (loss in a natural disaster) and R-EMG-02 (accidents)."""

from __future__ import annotations

from datetime import timedelta

from bangfu_county.circumstances import ACCIDENT, LOSS, accident_row, loss_row
from bangfu_county.stories.book import Scene, Story, Wish

_FAMILY = Wish(shape="nuclear")
_COUPLE = Wish(shape="couple")


def _lose(scene: Scene, damage: str = "none", crops: int | None = None, *, hurt: int = 0) -> None:
    """On the first day of the three months that count."""
    day = scene.month.months_back(3) + timedelta(days=1)
    scene.head.rows[LOSS].append(loss_row(scene.household, day, damage, crops, hurt=hurt))


def _lost_long_ago(scene: Scene) -> None:
    scene.head.rows[LOSS].append(loss_row(scene.household, scene.month.months_back(3), "collapsed", 90))


def _accident(scene: Scene, consequence: str) -> None:
    scene.head.rows[ACCIDENT].append(accident_row(scene.month.first, consequence))


STORIES = (
    Story("R-EMG-01", _FAMILY, lambda s: _lose(s, "collapsed"), "RED", "洪涝冲倒房屋", "a flood took the house"),
    Story("R-EMG-01", _FAMILY, lambda s: _lose(s, crops=80), "RED",
          "农作物损失八成,绝收", "80 percent of the crops: total loss"),
    Story("R-EMG-01", Wish(shape="couple", hh_type="1"), lambda s: _lose(s, "minor", 50, hurt=1), "ORANGE",
          "农作物损失五成,一人受伤", "half of the crops, one member injured"),
    Story("R-EMG-01", _FAMILY, lambda s: _lose(s, "minor", 49), None,
          "农作物损失49%,房屋一般损坏", "49 percent of the crops, the house damaged a little"),
    Story("R-EMG-01", _FAMILY, _lost_long_ago, None,
          "灾害结束已满三个月", "the disaster ended three months ago to the day"),
    Story("R-EMG-02", _COUPLE, lambda s: _accident(s, "disabled"), "RED",
          "户主在事故中致残", "the head was disabled by an accident", about="head"),
    Story("R-EMG-02", _COUPLE, lambda s: _accident(s, "serious"), "RED",
          "户主在事故中重伤", "the head was seriously injured", about="head"),
    Story("R-EMG-02", _COUPLE, lambda s: _accident(s, "minor"), None,
          "户主在事故中轻伤", "the head was lightly injured", about="head"),
)  # fmt: skip
