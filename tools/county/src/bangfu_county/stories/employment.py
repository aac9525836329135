"""Stories of R-HRS-01 (lost the work), 02 (nobody of the household works), 03 (not paid), 04 (posts), 05 (pensions)."""

from __future__ import annotations

from datetime import date, timedelta

from bangfu_county.calendar import years_before
from bangfu_county.circumstances import CERT, cert_row
from bangfu_county.employment import (
    PENSION,
    POST,
    RANGER,
    UNEMP,
    WORK,
    loss_row,
    pension_row,
    post_row,
    work_row,
)
from bangfu_county.model import Record
from bangfu_county.stories.book import YUAN, Scene, Story, Wish

_COUPLE = Wish(shape="couple")
_FORMER_POOR = Wish(shape="couple", hh_type="1")
_PAY = 4200 * YUAN


def _works(scene: Scene, pay: int | None = _PAY, *, since_months: int = 8, ended_days_ago: int | None = None) -> None:
    """Give the head one job, begun on the first of a month."""
    ended = None if ended_days_ago is None else scene.month.as_of - timedelta(days=ended_days_ago)
    started = scene.month.months_back(since_months).replace(day=1)
    scene.head.labour = "1"
    scene.head.rows[WORK] = [work_row(scene.month, 0, started, pay, to_on=ended)]


def _came_home(scene: Scene, days_ago: int) -> None:
    scene.head.labour, scene.head.rows[WORK] = "1", []
    scene.head.rows[UNEMP] = [loss_row(scene.month.as_of - timedelta(days=days_ago))]


def _came_home_and_found_work(scene: Scene) -> None:
    _came_home(scene, 100)
    scene.head.rows[WORK] = [work_row(scene.month, 3, scene.month.first, None)]


def _weak_and_without_work(scene: Scene) -> None:
    _works(scene, None, ended_days_ago=120)
    scene.head.labour = "3"


def _came_home_and_misnamed(scene: Scene) -> None:
    _works(scene)
    scene.head.rows[UNEMP] = [loss_row(scene.month.as_of - timedelta(days=45))]
    scene.misname(WORK, scene.head)


def _nobody_works(scene: Scene, *, is_resettled: bool = False) -> None:
    scene.household.is_resettled = is_resettled
    scene.head.labour = "1"
    for person in scene.household.members:
        person.rows[WORK].clear()


def _the_work_begins_next_month(scene: Scene) -> None:
    _nobody_works(scene, is_resettled=True)
    scene.head.rows[WORK] = [work_row(scene.month, 0, scene.month.as_of + timedelta(days=1), None)]


def _the_spouse_works(scene: Scene) -> None:
    _nobody_works(scene, is_resettled=True)
    scene.spouse.labour = "1"
    scene.spouse.rows[WORK] = [work_row(scene.month, 4, scene.month.first, _PAY)]


def _nobody_can_work(scene: Scene) -> None:
    _nobody_works(scene)
    for person in scene.household.members:
        person.labour = "3"


def _the_spouse_is_a_ranger(scene: Scene) -> None:
    _nobody_works(scene)
    scene.spouse.rows[RANGER] = [post_row("forest", scene.month.first)]


def _holds(scene: Scene, *kinds: str, pay: int = 800 * YUAN, attended: int | None = 22) -> None:
    """Give the head posts and no other work."""
    scene.head.labour = "1"
    scene.head.rows[WORK].clear()
    for kind in kinds:
        dataset = RANGER if kind == "forest" else POST
        scene.head.rows[dataset].append(post_row(kind, scene.month.first, pay=pay, attended=attended))


def _holds_at_seventy(scene: Scene, days_short: int = 0) -> None:
    _holds(scene, "cleaning")
    scene.rebirth(scene.head, years_before(scene.month.as_of, 70) + timedelta(days=days_short))
    scene.head.labour = "3"


def _holds_and_cannot_work(scene: Scene) -> None:
    _holds(scene, "forest")
    scene.head.labour = "4"


def _holds_and_works(scene: Scene, kind: int) -> None:
    _holds(scene, "road")
    scene.head.rows[WORK] = [work_row(scene.month, kind, scene.month.first, None)]


def _pension(scene: Scene, *rows: Record) -> None:
    scene.head.school_stage, scene.head.rows[PENSION] = None, list(rows)


def _pension_of_last_year(scene: Scene) -> None:
    _pension(scene, {**pension_row(scene.month), "year": scene.month.year - 1})


def _severely_disabled(scene: Scene, level: int) -> None:
    _pension(scene, pension_row(scene.month, by_gov=False))
    scene.head.rows[CERT] = [cert_row(level, date(2019, 3, 4), "renewed")]


def _nearly_sixty(scene: Scene, days: int) -> None:
    _pension(scene)
    scene.rebirth(scene.head, years_before(scene.month.as_of, 60) + timedelta(days=days))


def _pension_misnamed(scene: Scene) -> None:
    _pension(scene, pension_row(scene.month, by_gov=False))
    scene.misname(PENSION, scene.head)


def _worker_is_misnamed(scene: Scene) -> None:
    _nobody_works(scene)
    _works(scene)
    scene.misname(WORK, scene.head)


STORIES = (
    Story("R-HRS-01", _COUPLE, lambda s: _works(s, None, ended_days_ago=30), "ORANGE",
          "停工恰好三十天", "the work ended exactly thirty days ago", about="head"),
    Story("R-HRS-01", _FORMER_POOR, lambda s: _came_home(s, 60), "ORANGE",
          "厂子停产返乡两个月", "the factory closed two months ago, and home since", about="head"),
    Story("R-HRS-01", _COUPLE, lambda s: _works(s, None, since_months=12, ended_days_ago=90), "RED",
          "停工恰好九十天", "the work ended exactly ninety days ago", about="head"),
    Story("R-HRS-01", _COUPLE, lambda s: _works(s, None, ended_days_ago=29), None,
          "停工二十九天", "the work ended twenty-nine days ago", about="head"),
    Story("R-HRS-01", _COUPLE, _came_home_and_found_work, None,
          "返乡后已就近就业", "came home, and works nearby now", about="head"),
    Story("R-HRS-01", _COUPLE, _weak_and_without_work, None,
          "半劳动力,不属本规则", "half labour only", about="head"),
    Story("R-HRS-01", _COUPLE, _came_home_and_misnamed, None,
          "务工名单上姓名写错,不能断言停工", "misnamed on the list of work: no absence may be claimed", about="head"),
    Story("R-HRS-02", _FORMER_POOR, lambda s: _nobody_works(s, is_resettled=True), "RED",
          "易地搬迁户无人就业", "a resettled household, and nobody works"),
    Story("R-HRS-02", _FORMER_POOR, _nobody_works, "ORANGE",
          "脱贫户有劳动力,无人就业", "former poor, can work, and nobody does"),
    Story("R-HRS-02", Wish(shape="couple", category="1"), _nobody_works, "ORANGE",
          "监测户有劳动力,无人就业", "monitored, can work, and nobody does"),
    Story("R-HRS-02", _FORMER_POOR, _the_work_begins_next_month, "RED",
          "下月才上岗", "the work begins next month only"),
    Story("R-HRS-02", _FORMER_POOR, _the_spouse_works, None,
          "配偶在帮扶车间就业", "the spouse works in an assistance workshop"),
    Story("R-HRS-02", _COUPLE, _nobody_works, None,
          "一般农户,务工监测不含", "an ordinary household, whom the list need not know"),
    Story("R-HRS-02", _FORMER_POOR, _the_spouse_is_a_ranger, None,
          "配偶任生态护林员", "the spouse is a forest ranger"),
    Story("R-HRS-02", _FORMER_POOR, _nobody_can_work, None, "只有半劳动力", "half labour only"),
    Story("R-HRS-02", _FORMER_POOR, _worker_is_misnamed, None,
          "务工名单上姓名写错,待核", "misnamed on the list of work: set apart"),
    Story("R-HRS-03", _COUPLE, lambda s: _works(s, 0), "YELLOW",
          "本月工资未发", "the pay of the month was not paid", about="head"),
    Story("R-HRS-03", _FORMER_POOR, lambda s: _works(s, 0, since_months=1), "YELLOW",
          "上月到岗,本月工资未发", "began last month, not paid this month", about="head"),
    Story("R-HRS-03", _COUPLE, lambda s: _works(s, None), None,
          "本月收入未填,不等于未发", "the pay is not told, which is not unpaid", about="head"),
    Story("R-HRS-03", _COUPLE, lambda s: _works(s, 0, ended_days_ago=3), None,
          "月底前已离职", "left before the month was over", about="head"),
    Story("R-HRS-03", _COUPLE, lambda s: _works(s, 1), None,
          "只发一分钱,无上月可比", "a fen was paid, and no month before to compare", about="head"),
    Story("R-HRS-04", _FORMER_POOR, _holds_at_seventy, "YELLOW",
          "七十周岁仍在公益性岗位", "on a public post on the seventieth birthday", about="head"),
    Story("R-HRS-04", _COUPLE, lambda s: _holds(s, "cleaning", "road", "forest"), "YELLOW",
          "一人三个岗位", "three posts at a time", about="head"),
    Story("R-HRS-04", _FORMER_POOR, _holds_and_cannot_work, "YELLOW",
          "丧失劳动力仍任护林员", "a ranger who cannot work", about="head"),
    Story("R-HRS-04", _FORMER_POOR, lambda s: _holds_and_works(s, 0), "YELLOW",
          "在省外务工仍领岗位补贴", "works in another province, and holds a post at home", about="head"),
    Story("R-HRS-04", _COUPLE, lambda s: _holds(s, "forest", attended=None), "YELLOW",
          "挂名领取,无出勤记录", "paid without any record of attendance", about="head"),
    Story("R-HRS-04", _COUPLE, lambda s: _holds(s, "water", attended=0), "YELLOW",
          "挂名领取,出勤为零", "paid, and attended on no day", about="head"),
    Story("R-HRS-04", _FORMER_POOR, lambda s: _holds_at_seventy(s, 1), None,
          "差一天七十周岁", "a day short of seventy", about="head"),
    Story("R-HRS-04", _COUPLE, lambda s: _holds(s, "cleaning", "forest"), None,
          "两个岗位,未超上限", "two posts, as many as are allowed", about="head"),
    Story("R-HRS-04", _FORMER_POOR, lambda s: _holds_and_works(s, 3), None,
          "在县内务工,兼任护路员", "works in the county, and keeps a road", about="head"),
    Story("R-HRS-04", _COUPLE, lambda s: _holds(s, "care", pay=0, attended=None), None,
          "无出勤也未发补贴", "neither attended nor paid", about="head"),
    Story("R-HRS-05", _FORMER_POOR, _pension, "INFO",
          "脱贫户未参加养老保险", "former poor, on no pension list", about="head"),
    Story("R-HRS-05", _FORMER_POOR, lambda s: _pension(s, pension_row(s.month, by_gov=False)), "INFO",
          "脱贫户自己缴费,未代缴", "former poor, and pays alone", about="head"),
    Story("R-HRS-05", _FORMER_POOR, _pension_of_last_year, "INFO",
          "只有上年度代缴记录", "the government paid last year only", about="head"),
    Story("R-HRS-05", _COUPLE, lambda s: _severely_disabled(s, 2), "INFO",
          "二级残疾,未代缴", "disabled of the second level, and pays alone", about="head"),
    Story("R-HRS-05", _FORMER_POOR, lambda s: _nearly_sixty(s, 1), "INFO",
          "差一天六十周岁,未参保", "a day short of sixty, on no list", about="head"),
    Story("R-HRS-05", _FORMER_POOR, lambda s: _nearly_sixty(s, 0), None,
          "当天满六十周岁", "sixty on the day itself", about="head"),
    Story("R-HRS-05", _COUPLE, lambda s: _severely_disabled(s, 3), None,
          "三级残疾", "disabled of the third level", about="head"),
    Story("R-HRS-05", _FORMER_POOR, lambda s: _pension(s, pension_row(s.month, "employee", by_gov=False)), None,
          "参加城镇职工养老保险", "insured as an employee", about="head"),
    Story("R-HRS-05", _FORMER_POOR, _pension_misnamed, None,
          "养老保险名单上姓名写错,待核", "misnamed on the pension list: set apart", about="head"),
)  # fmt: skip
