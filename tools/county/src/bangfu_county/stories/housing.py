"""Stories of R-HOU-01 (unsafe only house), R-HOU-02 (no house and no safe rent) and R-HOU-03 (works overdue)."""

from __future__ import annotations

from datetime import date, timedelta

from bangfu_county.circumstances import WORKS, works_row
from bangfu_county.stories.book import Scene, Story, Wish
from bangfu_county.welfare import HOUSE, house_row

_FAMILY = Wish(shape="nuclear")
_FORMER_POOR = Wish(shape="couple", hh_type="1")


def _house(scene: Scene, grade: str, measure: str = "none", *, sole: bool = True, number: int = 1) -> None:
    ref = f"F{scene.household.hh_no[3:]}-{number}"
    day = scene.month.months_back(3)
    scene.head.rows[HOUSE].append(house_row(ref, grade, day, measure, sole=sole))


def _live(scene: Scene, tenure: str) -> None:
    scene.household.tenure = tenure


def _two_houses_the_worse_counts(scene: Scene) -> None:
    _house(scene, "C", "planned")
    _house(scene, "D", "planned", number=2)


def _owner_misspelt(scene: Scene) -> None:
    _house(scene, "D")
    scene.misname(HOUSE, scene.head)


def _renovate(scene: Scene, months: int, days: int, *, due: int, finished: date | None = None) -> None:
    """Works that began `months` and `days` ago and are due `due` days from the as-of day."""
    began = scene.month.months_back(months) - timedelta(days=days)
    due_on = scene.month.as_of + timedelta(days=due)
    scene.head.rows[WORKS].append(works_row(began - timedelta(days=20), due_on, finished, began))


STORIES = (
    Story("R-HOU-01", _FAMILY, lambda s: _house(s, "D"), "RED", "唯一住房鉴定为D级", "the only house is graded D"),
    Story("R-HOU-01", _FORMER_POOR, lambda s: _house(s, "C"), "ORANGE",
          "唯一住房鉴定为C级", "the only house is graded C"),
    Story("R-HOU-01", _FAMILY, lambda s: _house(s, "C", "in_progress"), "ORANGE",
          "C级住房改造未完工", "graded C, repair not finished"),
    Story("R-HOU-01", _FAMILY, _two_houses_the_worse_counts, "RED", "两处住房,以D级为准", "two houses, the D counts"),
    Story("R-HOU-01", _FAMILY, lambda s: _house(s, "C", "finished"), None,
          "C级住房已改造完成", "graded C, repair finished"),
    Story("R-HOU-01", _FAMILY, lambda s: _house(s, "D", sole=False), None,
          "D级房不是唯一住房", "graded D, but not the only house"),
    Story("R-HOU-01", _FORMER_POOR, lambda s: _house(s, "B"), None, "鉴定为B级", "graded B"),
    Story("R-HOU-01", _FAMILY, _owner_misspelt, None, "房主姓名不符,待核", "the owner's name differs: set apart"),
    Story("R-HOU-02", _FAMILY, lambda s: _live(s, "borrowed"), "RED", "借住亲戚家", "lives in a borrowed house"),
    Story("R-HOU-02", _FORMER_POOR, lambda s: _live(s, "none"), "RED", "脱贫户无房", "former poor, no house"),
    Story("R-HOU-02", Wish(shape="single_adult"), lambda s: _live(s, "none"), "RED",
          "单身户无房,住在作坊", "single, no house, sleeps at the workshop"),
    Story("R-HOU-02", _FAMILY, lambda s: _live(s, "rented_safe"), None, "租住安全住房", "rents a safe house"),
    Story("R-HOU-03", _FAMILY, lambda s: _renovate(s, 6, 0, due=-1), "YELLOW",
          "改造昨天到期未竣工", "the works were due yesterday"),
    Story("R-HOU-03", _FORMER_POOR, lambda s: _renovate(s, 12, 5, due=60), "YELLOW",
          "开工一年多仍未竣工", "open for more than a year"),
    Story("R-HOU-03", _FAMILY, lambda s: _renovate(s, 6, 0, due=0), None, "改造今天到期", "the works are due today"),
    Story("R-HOU-03", _FAMILY, lambda s: _renovate(s, 14, 0, due=-90, finished=s.month.as_of), None,
          "改造已竣工", "the works are finished"),
)  # fmt: skip
