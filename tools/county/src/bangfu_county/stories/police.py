"""Stories of R-PSB-01 (a member died, moved out or was imprisoned) and R-PSB-02 (accidents and crimes)."""

from __future__ import annotations

from datetime import timedelta

from bangfu_county.circumstances import HARM, HUKOU, harm_row, hukou_row
from bangfu_county.stories.book import Scene, Story, Wish

_COUPLE = Wish(shape="couple")
_FORMER_POOR = Wish(shape="couple", hh_type="1")


def _change(scene: Scene, change: str, labour: str = "1") -> None:
    """On the first day of the two months that count."""
    scene.spouse.labour = labour
    scene.spouse.rows[HUKOU].append(hukou_row(change, scene.month.months_back(2) + timedelta(days=1)))


def _died_long_ago(scene: Scene) -> None:
    scene.spouse.rows[HUKOU].append(hukou_row("death", scene.month.months_back(2)))


def _harm(scene: Scene, consequence: str, cause: str = "traffic") -> None:
    scene.head.rows[HARM].append(harm_row(scene.month.as_of, consequence, cause))


STORIES = (
    Story("R-PSB-01", _COUPLE, lambda s: _change(s, "death"), "ORANGE",
          "主要劳动力死亡,仍在登记册", "main labour died, still in the register", about="spouse"),
    Story("R-PSB-01", _FORMER_POOR, lambda s: _change(s, "prison", "2"), "ORANGE",
          "技能劳动力服刑", "skilled labour in prison", about="spouse"),
    Story("R-PSB-01", _COUPLE, lambda s: _change(s, "moved_out", "3"), "INFO",
          "弱劳动力迁出", "weak labour moved out", about="spouse"),
    Story("R-PSB-01", _COUPLE, lambda s: _change(s, "marriage"), None,
          "婚姻登记变动", "a marriage", about="spouse"),
    Story("R-PSB-01", _COUPLE, _died_long_ago, None,
          "死亡登记已满两个月", "died two months ago to the day", about="spouse"),
    Story("R-PSB-02", _COUPLE, lambda s: _harm(s, "death"), "RED",
          "户主车祸死亡", "the head died in a traffic accident", about="head"),
    Story("R-PSB-02", _FORMER_POOR, lambda s: _harm(s, "injured", "crime"), "ORANGE",
          "户主被伤害", "the head was hurt in a crime", about="head"),
    Story("R-PSB-02", _COUPLE, lambda s: _harm(s, "none"), None,
          "车祸未受伤", "an accident, nobody hurt", about="head"),
)  # fmt: skip
