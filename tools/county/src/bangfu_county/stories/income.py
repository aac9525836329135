"""Stories of R-AGR-01 (below the line), 02 and 03 (falling), 04a and 04b (focus lines) and 07 (expenditure spike)."""

from __future__ import annotations

from bangfu_county.schooling import ROLL
from bangfu_county.stories.book import YUAN, Scene, Story, Wish
from bangfu_county.welfare import ENROL

_ORDINARY = Wish(shape="couple")
_FAMILY = Wish(shape="nuclear")
_FORMER_POOR = Wish(shape="couple", hh_type="1")
_MONITORED = Wish(shape="couple", category="1")
_ELDERS = Wish(shape="elder_couple", hh_type="1")


def _spend(scene: Scene, now: int, before: int) -> None:
    scene.income().self_paid, scene.income(1).self_paid = now, before


def _bills_pull_it_below(scene: Scene) -> None:
    scene.earn(9500 * YUAN, 9300 * YUAN, 9100 * YUAN)
    scene.bill(scene.head, 2500 * YUAN)


def _poor_and_not_insured(scene: Scene) -> None:
    scene.earn(8000 * YUAN, 7900 * YUAN, 7800 * YUAN)
    scene.spouse.rows[ENROL].clear()


def _poor_and_out_of_school(scene: Scene) -> None:
    scene.earn(7900 * YUAN, 7800 * YUAN, 7700 * YUAN)
    scene.child().rows[ROLL].clear()


def _poor_and_without_a_house(scene: Scene) -> None:
    scene.earn(8100 * YUAN, 8000 * YUAN, 7700 * YUAN)
    scene.household.tenure = "none"


def _payout_makes_up_for_the_bills(scene: Scene) -> None:
    scene.earn(9000 * YUAN, 8800 * YUAN, 8600 * YUAN)
    scene.bill(scene.head, 3000 * YUAN)
    scene.income().insurance_payout = 2000 * YUAN


def _figure_is_too_old(scene: Scene) -> None:
    scene.earn(20000 * YUAN, 19000 * YUAN, 6000 * YUAN)
    for back in (0, 1):
        del scene.household.incomes[scene.month.year - back]


def _last_year_is_missing(scene: Scene) -> None:
    scene.earn(15000 * YUAN, 1, 24000 * YUAN)
    del scene.household.incomes[scene.month.year - 1]


def _only_last_years_figure(scene: Scene) -> None:
    scene.earn(20000 * YUAN, 19000 * YUAN)
    del scene.household.incomes[scene.month.year]


def _able_but_below_eleven_thousand(scene: Scene) -> None:
    scene.head.labour = "1"
    scene.earn(1099999, 1050000, 1000000)


def _monitored_and_able(scene: Scene) -> None:
    scene.head.labour = "2"
    scene.earn(10500 * YUAN, 10000 * YUAN, 9500 * YUAN)


def _young_family_below_eleven_thousand(scene: Scene) -> None:
    scene.head.labour = "1"
    scene.earn(10800 * YUAN, 10100 * YUAN, 9900 * YUAN)


def _half_labour_does_not_count(scene: Scene) -> None:
    for person in scene.household.members:
        person.labour = "3"
    scene.earn(10200 * YUAN, 10000 * YUAN, 9900 * YUAN)


def _exactly_half_of_the_income(scene: Scene) -> None:
    scene.earn(24000 * YUAN, 22000 * YUAN, 20000 * YUAN)
    half = scene.income().net // 2
    _spend(scene, half, half)


def _one_fen_below_half(scene: Scene) -> None:
    scene.earn(24000 * YUAN, 22000 * YUAN, 20000 * YUAN)
    half = scene.income().net // 2
    _spend(scene, half - 1, half)


STORIES = (
    Story("R-AGR-01", _ORDINARY, lambda s: s.earn(849999, 820000, 800000), "ORANGE",
          "人均8499.99元,无其他风险", "8,499.99 yuan a head, no other gap"),
    Story("R-AGR-01", _MONITORED, lambda s: s.earn(7200 * YUAN, 7000 * YUAN, 6800 * YUAN), "RED",
          "监测户人均7200元,风险未消除", "monitored, 7,200 yuan a head, risk still open"),
    Story("R-AGR-01", _ORDINARY, _bills_pull_it_below, "ORANGE",
          "扣除合规自付后人均8250元", "8,250 yuan a head after self-paid bills"),
    Story("R-AGR-01", _ORDINARY, _poor_and_not_insured, "RED",
          "人均8000元且有成员未参保", "8,000 yuan a head, and a member is not insured"),
    Story("R-AGR-01", Wish(child_ages=(10,)), _poor_and_out_of_school, "RED",
          "人均7900元且孩子失学", "7,900 yuan a head, and the child is out of school"),
    Story("R-AGR-01", _ORDINARY, _poor_and_without_a_house, "RED",
          "人均8100元且无房", "8,100 yuan a head, and no house"),
    Story("R-AGR-01", _FAMILY, lambda s: s.earn(8500 * YUAN, 8300 * YUAN, 8100 * YUAN), None,
          "人均恰好8500.00元", "exactly 8,500.00 yuan a head"),
    Story("R-AGR-01", _ORDINARY, _payout_makes_up_for_the_bills, None,
          "理赔后参考收入仍达8500元", "with the insurance payout the reference income is 8,500"),
    Story("R-AGR-01", _ORDINARY, _figure_is_too_old, None,
          "只有两年前的收入,不作依据", "the only income on file is two years old"),
    Story("R-AGR-91", _ORDINARY, _figure_is_too_old, "INFO",
          "只有两年前的收入,无法比对", "the only income on file is two years old"),
    Story("R-AGR-91", _ORDINARY, _only_last_years_figure, None,
          "只有上年的收入,可作依据", "only last year's income on file, which counts"),
    Story("R-AGR-02", _FAMILY, lambda s: s.earn(19000 * YUAN, 20000 * YUAN, 18500 * YUAN), "YELLOW",
          "收入下降百分之五", "five per cent less than last year"),
    Story("R-AGR-02", _FORMER_POOR, lambda s: s.earn(14000 * YUAN, 20000 * YUAN, 18500 * YUAN), "RED",
          "收入恰好下降百分之三十", "exactly thirty per cent less"),
    Story("R-AGR-02", _ORDINARY, lambda s: s.earn(1400001, 20000 * YUAN, 18500 * YUAN), "YELLOW",
          "下降略少于百分之三十", "one fen short of thirty per cent less"),
    Story("R-AGR-02", _FAMILY, lambda s: s.earn(12200 * YUAN, 24400 * YUAN, 22000 * YUAN), "RED",
          "失业返乡,收入减半", "lost the job and came home, half the income"),
    Story("R-AGR-02", _FAMILY, lambda s: s.earn(20000 * YUAN, 20000 * YUAN, 19000 * YUAN), None,
          "与上年持平", "the same as last year"),
    Story("R-AGR-02", _ORDINARY, _last_year_is_missing, None,
          "上年收入缺失,无从比较", "last year is missing, nothing to compare"),
    Story("R-AGR-03", _FAMILY, lambda s: s.earn(17000 * YUAN, 18000 * YUAN, 19000 * YUAN), "ORANGE",
          "连续两年下降", "two falling years"),
    Story("R-AGR-03", _FORMER_POOR, lambda s: s.earn(1799998, 1799999, 1800000), "ORANGE",
          "连续两年各降一分钱", "falling by one fen twice"),
    Story("R-AGR-03", _ORDINARY, lambda s: s.earn(13000 * YUAN, 17000 * YUAN, 23000 * YUAN), "ORANGE",
          "菌棚连年亏损", "the mushroom shed lost money twice"),
    Story("R-AGR-03", _FAMILY, lambda s: s.earn(17000 * YUAN, 18000 * YUAN, 18000 * YUAN), None,
          "前一年持平,只降一年", "fell once, level the year before"),
    Story("R-AGR-03", _ORDINARY, lambda s: s.earn(17000 * YUAN, 18000 * YUAN), None,
          "缺前年收入", "the third year is missing"),
    Story("R-AGR-04a", _FORMER_POOR, lambda s: s.earn(999999, 950000, 900000), "YELLOW",
          "脱贫户人均9999.99元", "former poor, 9,999.99 yuan a head"),
    Story("R-AGR-04a", _ELDERS, lambda s: s.earn(9300 * YUAN, 9000 * YUAN, 8800 * YUAN), "YELLOW",
          "脱贫户老两口人均9300元", "former poor old couple, 9,300 yuan a head"),
    Story("R-AGR-04a", Wish(shape="nuclear", hh_type="1", category="0"),
          lambda s: s.earn(9100 * YUAN, 8900 * YUAN, 8700 * YUAN), "YELLOW", "脱贫不稳定户人均9100元",
          "unstable former poor household, 9,100 yuan a head"),
    Story("R-AGR-04a", _FORMER_POOR, lambda s: s.earn(10000 * YUAN, 9500 * YUAN, 9000 * YUAN), None,
          "人均恰好10000.00元", "exactly 10,000.00 yuan a head"),
    Story("R-AGR-04a", _ORDINARY, lambda s: s.earn(9200 * YUAN, 9000 * YUAN, 8900 * YUAN), None,
          "一般农户", "an ordinary household"),
    Story("R-AGR-04b", _FORMER_POOR, _able_but_below_eleven_thousand, "ORANGE",
          "有劳动力的脱贫户人均10999.99元", "former poor with labour, 10,999.99 yuan a head"),
    Story("R-AGR-04b", _MONITORED, _monitored_and_able, "ORANGE",
          "有技能劳动力的监测户人均10500元", "monitored with skilled labour, 10,500 yuan a head"),
    Story("R-AGR-04b", Wish(shape="nuclear", category="2"), _young_family_below_eleven_thousand, "ORANGE",
          "突发严重困难户人均10800元", "sudden difficulty, 10,800 yuan a head"),
    Story("R-AGR-04b", _FORMER_POOR, lambda s: s.earn(11000 * YUAN, 10500 * YUAN, 10000 * YUAN), None,
          "人均恰好11000.00元", "exactly 11,000.00 yuan a head"),
    Story("R-AGR-04b", _ELDERS, _half_labour_does_not_count, None, "只有半劳动力", "half labour only"),
    Story("R-AGR-04b", _ORDINARY, lambda s: s.earn(10200 * YUAN, 10000 * YUAN, 9900 * YUAN), None,
          "一般农户", "an ordinary household"),
    Story("R-AGR-07", _FAMILY, _exactly_half_of_the_income, "RED",
          "自付恰好占纯收入一半", "self-paid cost is exactly half of the income"),
    Story("R-AGR-07", _ORDINARY, lambda s: _spend(s, 5000 * YUAN, 2500 * YUAN), "RED",
          "自付恰好5000元、恰为上年两倍", "exactly 5,000 yuan and exactly twice last year"),
    Story("R-AGR-07", _MONITORED, lambda s: _spend(s, 18600 * YUAN, 1200 * YUAN), "RED",
          "手术费用骤增", "an operation: 18,600 yuan after 1,200"),
    Story("R-AGR-07", _ORDINARY, lambda s: _spend(s, 5000 * YUAN - 1, 1000 * YUAN), None,
          "翻倍但不足5000元", "doubled, but below 5,000 yuan"),
    Story("R-AGR-07", _ORDINARY, lambda s: _spend(s, 6000 * YUAN - 1, 3000 * YUAN), None,
          "差一分钱到两倍", "one fen short of twice last year"),
    Story("R-AGR-07", _FORMER_POOR, lambda s: _spend(s, 7000 * YUAN, 0), None,
          "上年为零,不按倍数比较", "nothing last year, so no multiple"),
    Story("R-AGR-07", _ORDINARY, _one_fen_below_half, None, "差一分钱到一半", "one fen below half of the income"),
)  # fmt: skip
