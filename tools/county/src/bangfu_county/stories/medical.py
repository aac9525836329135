"""Stories of R-MED-01 (not insured), R-MED-02 (year's self-paid cost) and R-MED-03 (monthly outpatient cost)."""

from __future__ import annotations

from datetime import date

from bangfu_county.stories.book import YUAN, Scene, Story, Wish
from bangfu_county.welfare import COST, ENROL, LOW, low_row

_ORDINARY = Wish(shape="couple")
_FORMER_POOR = Wish(shape="couple", hh_type="1")
_MONITORED = Wish(shape="couple", category="1")
_EARLIER = date(2023, 4, 1)


def _on_relief_and_not_insured(scene: Scene) -> None:
    scene.head.relief, scene.head.rows[ENROL] = "dibao", []


def _relief_known_to_civil_affairs_only(scene: Scene) -> None:
    scene.head.rows[LOW].append(low_row("dibao", _EARLIER, 30000, reason="illness"))
    scene.head.rows[ENROL].clear()


def _insured_last_year_only(scene: Scene) -> None:
    (enrol,) = scene.head.rows[ENROL]
    enrol.update(year=scene.month.year - 1, scheme="resident", paid_on=date(scene.month.year - 2, 11, 3))


def _insured_as_employee(scene: Scene) -> None:
    scene.head.rows[ENROL] = [
        {"year": scene.month.year, "scheme": "employee", "paid_on": None, "personal_paid": 0, "subsidy": 0}
    ]


def _relief_has_ended(scene: Scene) -> None:
    scene.head.rows[ENROL].clear()
    row = low_row("dibao", _EARLIER, 30000, change="stopped", reason="illness")
    scene.head.rows[LOW].append({**row, "to_on": date(scene.month.year, 3, 31)})


def _exactly_twenty_six_thousand(scene: Scene) -> None:
    scene.earn(30000 * YUAN, 28000 * YUAN, 26000 * YUAN)
    scene.bill(scene.spouse, 26000 * YUAN)


def _twice_the_threshold(scene: Scene) -> None:
    scene.earn(25000 * YUAN, 23000 * YUAN, 21000 * YUAN)
    scene.bill(scene.head, 20000 * YUAN)


def _more_than_half_of_the_income(scene: Scene) -> None:
    scene.earn(18000 * YUAN, 16500 * YUAN, 15000 * YUAN)
    scene.bill(scene.head, 12000 * YUAN)


def _cancer_in_a_monitored_household(scene: Scene) -> None:
    scene.head.health, scene.head.labour = ["major_disease"], "4"
    scene.bill(scene.head, 4123456)


def _marginal_household(scene: Scene) -> None:
    scene.spouse.rows[LOW].append(low_row("marginal", _EARLIER, 0, reason="illness"))
    scene.bill(scene.head, 10000 * YUAN)


def _last_years_bill(scene: Scene) -> None:
    scene.bill(scene.head, 15000 * YUAN)
    (bills,) = scene.head.rows[COST]
    bills.update(year=scene.month.year - 1, period_to=date(scene.month.year - 1, 12, 31))


def _bill_of_another_name(scene: Scene) -> None:
    scene.bill(scene.head, 15000 * YUAN)
    scene.misname(COST, scene.head)


def _dialysis(scene: Scene) -> None:
    scene.spouse.health = ["chronic"]
    scene.bill(scene.spouse, 9000 * YUAN, outpatient=128650)


def _medicine_for_a_chronic_disease(scene: Scene) -> None:
    scene.head.health = ["chronic"]
    scene.bill(scene.head, 4800 * YUAN, outpatient=61230)


STORIES = (
    Story("R-MED-01", _FORMER_POOR, lambda s: s.spouse.rows[ENROL].clear(), "ORANGE",
          "脱贫户成员未参保", "former poor, not insured", about="spouse"),
    Story("R-MED-01", _MONITORED, lambda s: s.head.rows[ENROL].clear(), "RED",
          "监测户成员未参保", "monitored, not insured", about="head"),
    Story("R-MED-01", _ORDINARY, _on_relief_and_not_insured, "ORANGE",
          "登记为低保,未参保", "registered as receiving the minimum allowance, not insured", about="head"),
    Story("R-MED-01", _ORDINARY, _relief_known_to_civil_affairs_only, "ORANGE",
          "只有民政名单显示低保,未参保", "only civil affairs knows of it, not insured", about="head"),
    Story("R-MED-01", _FORMER_POOR, _insured_last_year_only, "ORANGE",
          "只有上一年度参保记录", "insured last year, not this year", about="head"),
    Story("R-MED-01", _ORDINARY, lambda s: s.head.rows[ENROL].clear(), None,
          "一般农户未参保,不属本规则", "not insured, but not low-income", about="head"),
    Story("R-MED-01", _FORMER_POOR, lambda s: s.misname(ENROL, s.head), None,
          "参保记录姓名写错,仍视为在册", "insured under a misspelt name: counts as present", about="head"),
    Story("R-MED-01", _FORMER_POOR, _insured_as_employee, None,
          "参加城镇职工医保", "insured as an employee", about="head"),
    Story("R-MED-01", _ORDINARY, _relief_has_ended, None,
          "低保已停发,一般农户", "the allowance has ended, ordinary household", about="head"),
    Story("R-MED-02", _FORMER_POOR, lambda s: s.bill(s.head, 10000 * YUAN), "ORANGE",
          "脱贫户年度自付恰好一万元", "former poor, exactly 10,000 yuan self-paid", about="head"),
    Story("R-MED-02", _ORDINARY, _exactly_twenty_six_thousand, "ORANGE",
          "一般农户年度自付恰好两万六", "ordinary, exactly 26,000 yuan self-paid", about="spouse"),
    Story("R-MED-02", _FORMER_POOR, _twice_the_threshold, "RED",
          "脱贫户自付达门槛两倍", "former poor, twice the threshold", about="head"),
    Story("R-MED-02", Wish(shape="single_elder", hh_type="1"), _more_than_half_of_the_income, "RED",
          "独居老人自付超过家庭纯收入一半", "an old person alone pays over half of the income", about="head"),
    Story("R-MED-02", Wish(shape="couple", category="2"), _cancer_in_a_monitored_household, "RED",
          "监测户户主患癌,自付四万余元", "cancer in a monitored household, over 41,000 yuan", about="head"),
    Story("R-MED-02", _ORDINARY, _marginal_household, "ORANGE",
          "配偶为低保边缘,自付恰好一万元", "the spouse is on the marginal list, exactly 10,000 yuan", about="head"),
    Story("R-MED-02", _FORMER_POOR, lambda s: s.bill(s.head, 10000 * YUAN - 1), None,
          "自付9999.99元", "9,999.99 yuan, one fen below the threshold", about="head"),
    Story("R-MED-02", _ORDINARY, lambda s: s.bill(s.head, 26000 * YUAN - 1), None,
          "一般农户自付25999.99元", "ordinary household, 25,999.99 yuan", about="head"),
    Story("R-MED-02", _FORMER_POOR, _last_years_bill, None,
          "是上一年度的费用", "the bill is last year's", about="head"),
    Story("R-MED-02", _FORMER_POOR, _bill_of_another_name, None,
          "费用记录姓名不符,待核", "the bill carries another name and is set apart", about="head"),
    Story("R-MED-03", _FORMER_POOR, lambda s: s.bill(s.head, 4000 * YUAN, outpatient=500 * YUAN), "YELLOW",
          "当月门诊自付恰好500元", "exactly 500 yuan outpatient this month", about="head"),
    Story("R-MED-03", _ORDINARY, _dialysis, "YELLOW",
          "透析病人门诊自付一千二百余元", "dialysis, 1,286.50 yuan this month", about="spouse"),
    Story("R-MED-03", _MONITORED, _medicine_for_a_chronic_disease, "YELLOW",
          "慢病用药门诊自付六百余元", "medicine for a chronic disease, 612.30 yuan", about="head"),
    Story("R-MED-03", _FORMER_POOR, lambda s: s.bill(s.head, 4000 * YUAN, outpatient=500 * YUAN - 1), None,
          "当月门诊自付499.99元", "499.99 yuan this month", about="head"),
    Story("R-MED-03", _ORDINARY, lambda s: s.bill(s.head, 8000 * YUAN, outpatient=None), None,
          "当月门诊未填报", "no outpatient amount was reported", about="head"),
)  # fmt: skip
