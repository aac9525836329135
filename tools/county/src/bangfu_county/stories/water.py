"""Stories of R-WAT-01 (drinking water fails an indicator)."""

from __future__ import annotations

from bangfu_county.circumstances import WATER, water_row
from bangfu_county.stories.book import Scene, Story, Wish

_FAMILY = Wish(shape="nuclear")


def _check(scene: Scene, *failed: str, months: int = 1) -> None:
    scene.head.rows[WATER].append(water_row(scene.month.months_back(months), *failed))


def _mended_since(scene: Scene) -> None:
    _check(scene, "quality", months=5)
    scene.spouse.rows[WATER].append(water_row(scene.month.months_back(1)))


STORIES = (
    Story("R-WAT-01", _FAMILY, lambda s: _check(s, "quality", months=0), "RED", "水质不合格", "unfit water"),
    Story("R-WAT-01", _FAMILY, lambda s: _check(s, "quantity", "convenience"), "RED",
          "取水路远且水量不足", "too little, and too far away"),
    Story("R-WAT-01", Wish(shape="couple", hh_type="1"), lambda s: _check(s, "guarantee", months=9), "RED",
          "九个月前核查供水无保证,至今未复核", "not guaranteed nine months ago, not checked since"),
    Story("R-WAT-01", _FAMILY, _check, None, "四项指标均达标", "all four indicators kept"),
    Story("R-WAT-01", _FAMILY, _mended_since, None,
          "曾不合格,配偶名下最近核查已达标", "failed once; the newest check, under the spouse's name, is good"),
)  # fmt: skip
