"""Stories of R-AGR-06 (a project failed), R-MKT-01 (an entity closed), R-NAT-01 (a hazard point nearby)."""

from __future__ import annotations

from datetime import date, timedelta

from bangfu_county.circumstances import HAZARD, LINK
from bangfu_county.employment import WORK, work_row
from bangfu_county.ledgers import CLOSED, COUNTY, PROJECT, project_row
from bangfu_county.stories.book import YUAN, Scene, Story, Wish

_FORMER_POOR = Wish(shape="couple", hh_type="1")
_FAMILY = Wish(shape="couple")
_FLOOD = (5, 9, "INFO")


def _draws(scene: Scene, percent: int, state: str = "running", fall: int | None = None) -> None:
    """Let a household draw a share of its income from a project of its own."""
    number = f"P-{scene.household.hh_no}"
    scene.earn(12_000 * YUAN, 12_000 * YUAN)
    link = {"entity": f"{number}合作社", "project_no": number, "benefit": "dividend"}
    scene.head.rows[LINK] = [{**link, "yearly_amount": scene.income().net * percent // 100}]
    project = project_row(scene.month, number, f"{number}合作社", 20_000 * YUAN, state=state)
    scene.household.rows[PROJECT].append({**project, "price_fall_pct": fall})


def _closes(scene: Scene, *, days_ago: int = 10, left_days_ago: int | None = None) -> None:
    """Let the workshop of the head close."""
    day = scene.month.as_of - timedelta(days=days_ago)
    entity = f"{scene.household.hh_no}帮扶车间"
    left = None if left_days_ago is None else scene.month.as_of - timedelta(days=left_days_ago)
    started = scene.month.months_back(8).replace(day=1)
    scene.head.labour = "1"
    scene.head.rows[WORK] = [{**work_row(scene.month, 0, started, 4200 * YUAN, to_on=left), "employer": entity}]
    closed = {"entity": entity, "area_code": COUNTY, "entity_kind": "workshop", "closed_on": day}
    scene.household.rows[CLOSED].append({**closed, "closed_why": "stopped"})


def _threatened(scene: Scene, *, is_ended: bool = False) -> None:
    day = scene.month.months_back(1)
    point = {"point_no": f"D{scene.household.hh_no[-6:]}", "hazard": "slide", "level": "medium", "checked_on": day}
    ended: date | None = day if is_ended else None
    scene.head.rows[HAZARD] = [{**point, "ended_on": ended}]


STORIES = (
    Story("R-AGR-06", _FORMER_POOR, lambda s: _draws(s, 50, "failed"), "ORANGE",
          "收入一半来自失败项目", "half of the income from a project that failed"),
    Story("R-AGR-06", _FAMILY, lambda s: _draws(s, 40, fall=35), "ORANGE",
          "收入四成来自跌价35%的产品", "two fifths of the income from a product that lost 35 % in price"),
    Story("R-AGR-06", _FORMER_POOR, lambda s: _draws(s, 10, "failed"), None,
          "项目失败,但只占收入一成", "a project failed that gave a tenth of the income"),
    Story("R-AGR-06", _FORMER_POOR, lambda s: _draws(s, 50), None, "项目正常运营", "the project runs"),
    Story("R-MKT-01", _FORMER_POOR, _closes, "ORANGE", "帮扶车间停产", "the workshop closed"),
    Story("R-MKT-01", _FORMER_POOR, lambda s: _closes(s, left_days_ago=60), None,
          "停产前已离职", "left before it closed"),
    Story("R-MKT-01", _FAMILY, _closes, None, "一般户所在车间停产", "the workshop of an ordinary household closed"),
    Story("R-NAT-01", _FAMILY, _threatened, None, "受隐患点威胁,非汛期", "threatened by a hazard point, not in season",
          in_season=_FLOOD),
    Story("R-NAT-01", _FAMILY, lambda s: _threatened(s, is_ended=True), None,
          "隐患点已核销", "the danger is over"),
)  # fmt: skip
