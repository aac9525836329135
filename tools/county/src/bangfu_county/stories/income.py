"""Stories of R-AGR-01 (below the line), 02 and 03 (falling), 04a and 04b (focus lines) and 07 (expenditure spike)."""

from __future__ import annotations

from bangfu_county.schooling import ROLL
from bangfu_county.stories.book import YUAN, Book, Mark, Scene, Wish
from bangfu_county.welfare import ENROL

BOOK = Book()
_ORDINARY = Wish(shape="couple")
_FAMILY = Wish(shape="nuclear")
_FORMER_POOR = Wish(shape="couple", hh_type="1")
_MONITORED = Wish(shape="couple", category="1")
_ELDERS = Wish(shape="elder_couple", hh_type="1")


@BOOK.planted("R-AGR-01", _FAMILY)
def one_fen_below_the_line(scene: Scene) -> Mark:
    scene.earn(849999, 820000, 800000)
    return Mark(None, "人均8499.99元,无其他风险", "8,499.99 yuan a head, no other gap", "ORANGE")


@BOOK.planted("R-AGR-01", _MONITORED)
def monitored_with_an_open_risk(scene: Scene) -> Mark:
    scene.earn(7200 * YUAN, 7000 * YUAN, 6800 * YUAN)
    return Mark(None, "监测户人均7200元,风险未消除", "monitored, 7,200 yuan a head, risk still open", "RED")


@BOOK.planted("R-AGR-01", _ORDINARY)
def bills_pull_it_below(scene: Scene) -> Mark:
    scene.earn(9500 * YUAN, 9300 * YUAN, 9100 * YUAN)
    scene.bill(scene.head, 2500 * YUAN)
    return Mark(None, "扣除合规自付后人均8250元", "8,250 yuan a head after self-paid bills", "ORANGE")


@BOOK.planted("R-AGR-01", _ORDINARY)
def poor_and_not_insured(scene: Scene) -> Mark:
    scene.earn(8000 * YUAN, 7900 * YUAN, 7800 * YUAN)
    scene.spouse.rows[ENROL].clear()
    return Mark(None, "人均8000元且有成员未参保", "8,000 yuan a head, and a member is not insured", "RED")


@BOOK.planted("R-AGR-01", Wish(child_ages=(10,)))
def poor_and_out_of_school(scene: Scene) -> Mark:
    scene.earn(7900 * YUAN, 7800 * YUAN, 7700 * YUAN)
    scene.child().rows[ROLL].clear()
    return Mark(None, "人均7900元且孩子失学", "7,900 yuan a head, and the child is out of school", "RED")


@BOOK.planted("R-AGR-01", _ORDINARY)
def poor_and_without_a_house(scene: Scene) -> Mark:
    scene.earn(8100 * YUAN, 8000 * YUAN, 7700 * YUAN)
    scene.household.tenure = "none"
    return Mark(None, "人均8100元且无房", "8,100 yuan a head, and no house", "RED")


@BOOK.near("R-AGR-01", _FAMILY)
def exactly_on_the_line(scene: Scene) -> Mark:
    scene.earn(8500 * YUAN, 8300 * YUAN, 8100 * YUAN)
    return Mark(None, "人均恰好8500.00元", "exactly 8,500.00 yuan a head")


@BOOK.near("R-AGR-01", _ORDINARY)
def payout_makes_up_for_the_bills(scene: Scene) -> Mark:
    scene.earn(9000 * YUAN, 8800 * YUAN, 8600 * YUAN)
    scene.bill(scene.head, 3000 * YUAN)
    scene.income().insurance_payout = 2000 * YUAN
    return Mark(None, "理赔后参考收入仍达8500元", "with the insurance payout the reference income is 8,500")


@BOOK.near("R-AGR-01", _ORDINARY)
def figure_is_too_old(scene: Scene) -> Mark:
    scene.earn(20000 * YUAN, 19000 * YUAN, 6000 * YUAN)
    for back in (0, 1):
        del scene.household.incomes[scene.month.year - back]
    return Mark(None, "只有两年前的收入,不作依据", "the only income on file is two years old")


@BOOK.planted("R-AGR-02", _FAMILY)
def a_little_less(scene: Scene) -> Mark:
    scene.earn(19000 * YUAN, 20000 * YUAN, 18500 * YUAN)
    return Mark(None, "收入下降百分之五", "five per cent less than last year", "YELLOW")


@BOOK.planted("R-AGR-02", _FORMER_POOR)
def exactly_thirty_per_cent(scene: Scene) -> Mark:
    scene.earn(14000 * YUAN, 20000 * YUAN, 18500 * YUAN)
    return Mark(None, "收入恰好下降百分之三十", "exactly thirty per cent less", "RED")


@BOOK.planted("R-AGR-02", _ORDINARY)
def just_less_than_thirty_per_cent(scene: Scene) -> Mark:
    scene.earn(1400001, 20000 * YUAN, 18500 * YUAN)
    return Mark(None, "下降略少于百分之三十", "one fen short of thirty per cent less", "YELLOW")


@BOOK.planted("R-AGR-02", _FAMILY)
def lost_the_job(scene: Scene) -> Mark:
    scene.earn(12200 * YUAN, 24400 * YUAN, 22000 * YUAN)
    return Mark(None, "失业返乡,收入减半", "lost the job and came home, half the income", "RED")


@BOOK.near("R-AGR-02", _FAMILY)
def the_same_as_last_year(scene: Scene) -> Mark:
    scene.earn(20000 * YUAN, 20000 * YUAN, 19000 * YUAN)
    return Mark(None, "与上年持平", "the same as last year")


@BOOK.near("R-AGR-02", _ORDINARY)
def last_year_is_missing(scene: Scene) -> Mark:
    scene.earn(15000 * YUAN, 1, 24000 * YUAN)
    del scene.household.incomes[scene.month.year - 1]
    return Mark(None, "上年收入缺失,无从比较", "last year is missing, nothing to compare")


@BOOK.planted("R-AGR-03", _FAMILY)
def two_bad_years(scene: Scene) -> Mark:
    scene.earn(17000 * YUAN, 18000 * YUAN, 19000 * YUAN)
    return Mark(None, "连续两年下降", "two falling years", "ORANGE")


@BOOK.planted("R-AGR-03", _FORMER_POOR)
def two_bad_years_by_a_fen(scene: Scene) -> Mark:
    scene.earn(1799998, 1799999, 1800000)
    return Mark(None, "连续两年各降一分钱", "falling by one fen twice", "ORANGE")


@BOOK.planted("R-AGR-03", _ORDINARY)
def the_mushroom_shed_failed(scene: Scene) -> Mark:
    scene.earn(13000 * YUAN, 17000 * YUAN, 23000 * YUAN)
    return Mark(None, "菌棚连年亏损", "the mushroom shed lost money twice", "ORANGE")


@BOOK.near("R-AGR-03", _FAMILY)
def fell_and_rose_before(scene: Scene) -> Mark:
    scene.earn(17000 * YUAN, 18000 * YUAN, 18000 * YUAN)
    return Mark(None, "前一年持平,只降一年", "fell once, level the year before")


@BOOK.near("R-AGR-03", _ORDINARY)
def third_year_is_missing(scene: Scene) -> Mark:
    scene.earn(17000 * YUAN, 18000 * YUAN)
    return Mark(None, "缺前年收入", "the third year is missing")


@BOOK.planted("R-AGR-04a", _FORMER_POOR)
def below_ten_thousand(scene: Scene) -> Mark:
    scene.earn(999999, 950000, 900000)
    return Mark(None, "脱贫户人均9999.99元", "former poor, 9,999.99 yuan a head", "YELLOW")


@BOOK.planted("R-AGR-04a", _ELDERS)
def old_couple_below_ten_thousand(scene: Scene) -> Mark:
    scene.earn(9300 * YUAN, 9000 * YUAN, 8800 * YUAN)
    return Mark(None, "脱贫户老两口人均9300元", "former poor old couple, 9,300 yuan a head", "YELLOW")


@BOOK.planted("R-AGR-04a", Wish(shape="nuclear", hh_type="1", category="0"))
def monitored_and_below_ten_thousand(scene: Scene) -> Mark:
    scene.earn(9100 * YUAN, 8900 * YUAN, 8700 * YUAN)
    return Mark(None, "脱贫不稳定户人均9100元", "unstable former poor household, 9,100 yuan a head", "YELLOW")


@BOOK.near("R-AGR-04a", _FORMER_POOR)
def exactly_ten_thousand_a_head(scene: Scene) -> Mark:
    scene.earn(10000 * YUAN, 9500 * YUAN, 9000 * YUAN)
    return Mark(None, "人均恰好10000.00元", "exactly 10,000.00 yuan a head")


@BOOK.near("R-AGR-04a", _ORDINARY)
def not_former_poor(scene: Scene) -> Mark:
    scene.earn(9200 * YUAN, 9000 * YUAN, 8900 * YUAN)
    return Mark(None, "一般农户", "an ordinary household")


@BOOK.planted("R-AGR-04b", _FORMER_POOR)
def able_but_below_eleven_thousand(scene: Scene) -> Mark:
    scene.head.labour = "1"
    scene.earn(1099999, 1050000, 1000000)
    return Mark(None, "有劳动力的脱贫户人均10999.99元", "former poor with labour, 10,999.99 yuan a head", "ORANGE")


@BOOK.planted("R-AGR-04b", _MONITORED)
def monitored_and_able(scene: Scene) -> Mark:
    scene.head.labour = "2"
    scene.earn(10500 * YUAN, 10000 * YUAN, 9500 * YUAN)
    return Mark(None, "有技能劳动力的监测户人均10500元", "monitored with skilled labour, 10,500 yuan a head", "ORANGE")


@BOOK.planted("R-AGR-04b", Wish(shape="nuclear", category="2"))
def young_family_below_eleven_thousand(scene: Scene) -> Mark:
    scene.head.labour = "1"
    scene.earn(10800 * YUAN, 10100 * YUAN, 9900 * YUAN)
    return Mark(None, "突发严重困难户人均10800元", "sudden difficulty, 10,800 yuan a head", "ORANGE")


@BOOK.near("R-AGR-04b", _FORMER_POOR)
def exactly_eleven_thousand(scene: Scene) -> Mark:
    scene.earn(11000 * YUAN, 10500 * YUAN, 10000 * YUAN)
    return Mark(None, "人均恰好11000.00元", "exactly 11,000.00 yuan a head")


@BOOK.near("R-AGR-04b", _ELDERS)
def half_labour_does_not_count(scene: Scene) -> Mark:
    for person in scene.household.members:
        person.labour = "3"
    scene.earn(10200 * YUAN, 10000 * YUAN, 9900 * YUAN)
    return Mark(None, "只有半劳动力", "half labour only")


@BOOK.near("R-AGR-04b", _ORDINARY)
def ordinary_below_eleven_thousand(scene: Scene) -> Mark:
    scene.earn(10200 * YUAN, 10000 * YUAN, 9900 * YUAN)
    return Mark(None, "一般农户", "an ordinary household")


def _spend(scene: Scene, now: int, before: int) -> None:
    scene.income().self_paid, scene.income(1).self_paid = now, before


@BOOK.planted("R-AGR-07", _FAMILY)
def exactly_half_of_the_income(scene: Scene) -> Mark:
    scene.earn(24000 * YUAN, 22000 * YUAN, 20000 * YUAN)
    half = scene.income().net // 2
    _spend(scene, half, half)
    return Mark(None, "自付恰好占纯收入一半", "self-paid cost is exactly half of the income", "RED")


@BOOK.planted("R-AGR-07", _ORDINARY)
def exactly_doubled(scene: Scene) -> Mark:
    _spend(scene, 5000 * YUAN, 2500 * YUAN)
    return Mark(None, "自付恰好5000元、恰为上年两倍", "exactly 5,000 yuan and exactly twice last year", "RED")


@BOOK.planted("R-AGR-07", _MONITORED)
def an_operation_for_the_child(scene: Scene) -> Mark:
    _spend(scene, 18600 * YUAN, 1200 * YUAN)
    return Mark(None, "手术费用骤增", "an operation: 18,600 yuan after 1,200", "RED")


@BOOK.near("R-AGR-07", _ORDINARY)
def doubled_below_the_floor(scene: Scene) -> Mark:
    _spend(scene, 5000 * YUAN - 1, 1000 * YUAN)
    return Mark(None, "翻倍但不足5000元", "doubled, but below 5,000 yuan")


@BOOK.near("R-AGR-07", _FAMILY)
def not_quite_doubled(scene: Scene) -> Mark:
    _spend(scene, 6000 * YUAN - 1, 3000 * YUAN)
    return Mark(None, "差一分钱到两倍", "one fen short of twice last year")


@BOOK.near("R-AGR-07", _FORMER_POOR)
def nothing_last_year(scene: Scene) -> Mark:
    _spend(scene, 7000 * YUAN, 0)
    return Mark(None, "上年为零,不按倍数比较", "nothing last year, so no multiple")


@BOOK.near("R-AGR-07", _ORDINARY)
def one_fen_below_half(scene: Scene) -> Mark:
    scene.earn(24000 * YUAN, 22000 * YUAN, 20000 * YUAN)
    half = scene.income().net // 2
    _spend(scene, half - 1, half)
    return Mark(None, "差一分钱到一半", "one fen below half of the income")
