"""Stories of R-MED-01 (not insured), R-MED-02 (year's self-paid cost) and R-MED-03 (monthly outpatient cost)."""

from __future__ import annotations

from datetime import date

from bangfu_county.stories.book import YUAN, Book, Mark, Scene, Wish
from bangfu_county.welfare import COST, ENROL, LOW, low_row

BOOK = Book()
_ORDINARY = Wish(shape="couple")
_FORMER_POOR = Wish(shape="couple", hh_type="1")
_MONITORED = Wish(shape="couple", category="1")
_EARLIER = date(2023, 4, 1)


@BOOK.planted("R-MED-01", _FORMER_POOR)
def former_poor_and_not_insured(scene: Scene) -> Mark:
    scene.spouse.rows[ENROL].clear()
    return Mark(scene.spouse, "脱贫户成员未参保", "former poor, not insured", "ORANGE")


@BOOK.planted("R-MED-01", _MONITORED)
def monitored_and_not_insured(scene: Scene) -> Mark:
    scene.head.rows[ENROL].clear()
    return Mark(scene.head, "监测户成员未参保", "monitored, not insured", "RED")


@BOOK.planted("R-MED-01", _ORDINARY)
def on_relief_and_not_insured(scene: Scene) -> Mark:
    scene.head.relief, scene.head.rows[ENROL] = "dibao", []
    return Mark(scene.head, "登记为低保,未参保", "registered as receiving the minimum allowance, not insured", "ORANGE")


@BOOK.planted("R-MED-01", _ORDINARY)
def relief_known_to_civil_affairs_only(scene: Scene) -> Mark:
    scene.head.rows[LOW].append(low_row("dibao", _EARLIER, 30000, reason="illness"))
    scene.head.rows[ENROL].clear()
    return Mark(scene.head, "只有民政名单显示低保,未参保", "only civil affairs knows of it, not insured", "ORANGE")


@BOOK.planted("R-MED-01", _FORMER_POOR)
def insured_last_year_only(scene: Scene) -> Mark:
    (enrol,) = scene.head.rows[ENROL]
    enrol.update(year=scene.month.year - 1, scheme="resident", paid_on=date(scene.month.year - 2, 11, 3))
    return Mark(scene.head, "只有上一年度参保记录", "insured last year, not this year", "ORANGE")


@BOOK.near("R-MED-01", _ORDINARY)
def not_low_income(scene: Scene) -> Mark:
    scene.head.rows[ENROL].clear()
    return Mark(scene.head, "一般农户未参保,不属本规则", "not insured, but not low-income")


@BOOK.near("R-MED-01", _FORMER_POOR)
def insured_under_another_name(scene: Scene) -> Mark:
    scene.misname(ENROL, scene.head)
    return Mark(scene.head, "参保记录姓名写错,仍视为在册", "insured under a misspelt name: counts as present")


@BOOK.near("R-MED-01", _FORMER_POOR)
def insured_as_employee(scene: Scene) -> Mark:
    scene.head.rows[ENROL] = [
        {"year": scene.month.year, "scheme": "employee", "paid_on": None, "personal_paid": 0, "subsidy": 0}
    ]
    return Mark(scene.head, "参加城镇职工医保", "insured as an employee")


@BOOK.near("R-MED-01", _ORDINARY)
def relief_has_ended(scene: Scene) -> Mark:
    scene.head.rows[ENROL].clear()
    row = low_row("dibao", _EARLIER, 30000, change="stopped", reason="illness")
    scene.head.rows[LOW].append({**row, "to_on": date(scene.month.year, 3, 31)})
    return Mark(scene.head, "低保已停发,一般农户", "the allowance has ended, ordinary household")


@BOOK.planted("R-MED-02", _FORMER_POOR)
def exactly_ten_thousand(scene: Scene) -> Mark:
    scene.bill(scene.head, 10000 * YUAN)
    return Mark(scene.head, "脱贫户年度自付恰好一万元", "former poor, exactly 10,000 yuan self-paid", "ORANGE")


@BOOK.planted("R-MED-02", _ORDINARY)
def exactly_twenty_six_thousand(scene: Scene) -> Mark:
    scene.earn(30000 * YUAN, 28000 * YUAN, 26000 * YUAN)
    scene.bill(scene.spouse, 26000 * YUAN)
    return Mark(scene.spouse, "一般农户年度自付恰好两万六", "ordinary, exactly 26,000 yuan self-paid", "ORANGE")


@BOOK.planted("R-MED-02", _FORMER_POOR)
def twice_the_threshold(scene: Scene) -> Mark:
    scene.earn(25000 * YUAN, 23000 * YUAN, 21000 * YUAN)
    scene.bill(scene.head, 20000 * YUAN)
    return Mark(scene.head, "脱贫户自付达门槛两倍", "former poor, twice the threshold", "RED")


@BOOK.planted("R-MED-02", Wish(shape="single_elder", hh_type="1"))
def more_than_half_of_the_income(scene: Scene) -> Mark:
    scene.earn(18000 * YUAN, 16500 * YUAN, 15000 * YUAN)
    scene.bill(scene.head, 12000 * YUAN)
    return Mark(scene.head, "独居老人自付超过家庭纯收入一半", "an old person alone pays over half of the income", "RED")


@BOOK.planted("R-MED-02", Wish(shape="couple", category="2"))
def cancer_in_a_monitored_household(scene: Scene) -> Mark:
    scene.head.health, scene.head.labour = ["major_disease"], "4"
    scene.bill(scene.head, 4123456)
    return Mark(scene.head, "监测户户主患癌,自付四万余元", "cancer in a monitored household, over 41,000 yuan", "RED")


@BOOK.near("R-MED-02", _FORMER_POOR)
def one_fen_below(scene: Scene) -> Mark:
    scene.bill(scene.head, 10000 * YUAN - 1)
    return Mark(scene.head, "自付9999.99元", "9,999.99 yuan, one fen below the threshold")


@BOOK.near("R-MED-02", _ORDINARY)
def below_the_other_threshold(scene: Scene) -> Mark:
    scene.bill(scene.head, 26000 * YUAN - 1)
    return Mark(scene.head, "一般农户自付25999.99元", "ordinary household, 25,999.99 yuan")


@BOOK.near("R-MED-02", _FORMER_POOR)
def last_years_bill(scene: Scene) -> Mark:
    scene.bill(scene.head, 15000 * YUAN)
    (bills,) = scene.head.rows[COST]
    bills.update(year=scene.month.year - 1, period_to=date(scene.month.year - 1, 12, 31))
    return Mark(scene.head, "是上一年度的费用", "the bill is last year's")


@BOOK.near("R-MED-02", _FORMER_POOR)
def second_row_does_not_count(scene: Scene) -> Mark:
    scene.bill(scene.head, 3000 * YUAN)
    first = scene.head.rows[COST]
    scene.bill(scene.head, 30000 * YUAN)
    (second,), scene.head.rows[COST] = scene.head.rows[COST], first
    scene.income().self_paid = 3000 * YUAN
    scene.household.repeated[COST, scene.head.person_no] = second
    return Mark(scene.head, "重复行被拒,首行仅三千元", "the second row of a key is rejected; the first says 3,000")


@BOOK.near("R-MED-02", _FORMER_POOR)
def bill_of_another_name(scene: Scene) -> Mark:
    scene.bill(scene.head, 15000 * YUAN)
    scene.misname(COST, scene.head)
    return Mark(scene.head, "费用记录姓名不符,待核", "the bill carries another name and is set apart")


@BOOK.planted("R-MED-03", _FORMER_POOR)
def exactly_five_hundred(scene: Scene) -> Mark:
    scene.bill(scene.head, 4000 * YUAN, outpatient=500 * YUAN)
    return Mark(scene.head, "当月门诊自付恰好500元", "exactly 500 yuan outpatient this month", "YELLOW")


@BOOK.planted("R-MED-03", _ORDINARY)
def dialysis(scene: Scene) -> Mark:
    scene.spouse.health = ["chronic"]
    scene.bill(scene.spouse, 9000 * YUAN, outpatient=128650)
    return Mark(scene.spouse, "透析病人门诊自付一千二百余元", "dialysis, 1,286.50 yuan this month", "YELLOW")


@BOOK.planted("R-MED-03", _MONITORED)
def medicine_for_a_chronic_disease(scene: Scene) -> Mark:
    scene.head.health = ["chronic"]
    scene.bill(scene.head, 4800 * YUAN, outpatient=61230)
    return Mark(scene.head, "慢病用药门诊自付六百余元", "medicine for a chronic disease, 612.30 yuan", "YELLOW")


@BOOK.near("R-MED-03", _FORMER_POOR)
def one_fen_below_five_hundred(scene: Scene) -> Mark:
    scene.bill(scene.head, 4000 * YUAN, outpatient=500 * YUAN - 1)
    return Mark(scene.head, "当月门诊自付499.99元", "499.99 yuan this month")


@BOOK.near("R-MED-03", _ORDINARY)
def month_not_reported(scene: Scene) -> Mark:
    scene.bill(scene.head, 8000 * YUAN, outpatient=None)
    return Mark(scene.head, "当月门诊未填报", "no outpatient amount was reported")
