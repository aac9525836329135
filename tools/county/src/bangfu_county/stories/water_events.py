"""Stories of R-WAT-02 (no water for long, or water that failed a test): each household has a scheme of its own."""

from __future__ import annotations

from datetime import timedelta

from bangfu_county.circumstances import WATER, water_row
from bangfu_county.stories.book import Scene, Story, Wish
from bangfu_county.welfare import LOW

EVENT = "DS-WAT-EVENT"

_FORMER_POOR = Wish(shape="nuclear", hh_type="1")
_FAMILY = Wish(shape="nuclear")
_WATCH = (11, 5, "RED")


def _event(scene: Scene, days: int | None, *, ago: int, kind: str = "outage", cancelled: bool | None = None,
           hours: int | None = None) -> None:  # fmt: skip
    """Let the household's water stop, or fail a test, some days before the end of the month; `days`: not over yet."""
    household = scene.household
    scheme = f"{household.hh_no}供水点"
    scene.head.rows[WATER].append(water_row(scene.month.months_back(1), scheme=scheme))
    begun = scene.month.as_of - timedelta(days=ago)
    household.rows[EVENT].append(
        {
            "scheme": scheme, "village_code": household.village_code, "event_kind": kind, "from_on": begun,
            "to_on": None if days is None else begun + timedelta(days=days), "hours": hours, "households": None,
            "cancelled": cancelled,
        }
    )  # fmt: skip


def _ordinary(scene: Scene) -> None:
    for person in scene.household.members:
        person.relief = "none"
        person.rows[LOW].clear()
    _event(scene, 3, ago=12)


STORIES = (
    Story("R-WAT-02", _FORMER_POOR, lambda s: _event(s, 3, ago=12), "ORANGE",
          "停水三天", "no water for three days", in_season=_WATCH),
    Story("R-WAT-02", _FORMER_POOR, lambda s: _event(s, None, ago=4), "ORANGE",
          "停水四天仍未恢复", "no water for four days, and still none", in_season=_WATCH),
    Story("R-WAT-02", _FORMER_POOR, lambda s: _event(s, 1, ago=9, kind="quality"), "ORANGE",
          "水质检测不合格", "a test of the water failed", in_season=_WATCH),
    Story("R-WAT-02", _FAMILY, lambda s: _event(s, 8, ago=15), "ORANGE",
          "一般户停水八天", "an ordinary household, no water for eight days", in_season=_WATCH),
    Story("R-WAT-02", _FORMER_POOR, lambda s: _event(s, 1, ago=12, hours=36), None,
          "停水36小时", "no water for 36 hours"),
    Story("R-WAT-02", _FAMILY, _ordinary, None,
          "一般户停水三天", "an ordinary household, no water for three days"),
    Story("R-WAT-02", _FORMER_POOR, lambda s: _event(s, 5, ago=40), None,
          "上月停水,已恢复", "no water last month, over since"),
    Story("R-WAT-02", _FORMER_POOR, lambda s: _event(s, 6, ago=10, cancelled=True), None,
          "误报后作废", "reported by mistake"),
)  # fmt: skip
