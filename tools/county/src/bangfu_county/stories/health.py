"""Stories of listed diseases (R-HEA-01, R-CIV-06, R-MED-05), family doctors (R-HEA-02) and the premium (R-MED-04)."""

from __future__ import annotations

from datetime import date, timedelta

from bangfu_county.calendar import years_before
from bangfu_county.circumstances import CONTRACT, DISEASE, contract_row, disease_row
from bangfu_county.model import Person, Record
from bangfu_county.stories.book import YUAN, Scene, Story, Wish
from bangfu_county.welfare import COST, ENROL, LOW, TEMP, enrol_row, low_row, temp_row

_ORDINARY = Wish(shape="couple")
_FORMER_POOR = Wish(shape="couple", hh_type="1")


def _diagnose(person: Person, code: str, day: date, status: str = "confirmed") -> None:
    person.rows[DISEASE].append(disease_row(code, day, status))


def _misnamed(scene: Scene) -> None:
    _diagnose(scene.head, "D08", scene.month.as_of)
    scene.misname(DISEASE, scene.head)


_ELDERS = Wish(shape="elder_couple", hh_type="1")
_MONITORED = Wish(shape="couple", category="1")


def _of_seventy(scene: Scene) -> None:
    scene.rebirth(scene.head, years_before(scene.month.as_of, 70))
    scene.head.rows[CONTRACT].clear()


def _turns_sixty_five_tomorrow(scene: Scene) -> None:
    scene.rebirth(scene.head, years_before(scene.month.as_of, 65) + timedelta(days=1))
    scene.head.rows[CONTRACT].clear()


def _chronically_ill(scene: Scene, *contracts: Record) -> None:
    scene.head.health = ["chronic"]
    scene.head.rows[CONTRACT] = list(contracts)


def _ill_and_relieved(scene: Scene) -> None:
    _diagnose(scene.head, "D08", scene.month.as_of)
    scene.spouse.rows[TEMP].append(temp_row(scene.rng, scene.month, scene.month.first))


def _ill_and_billed(scene: Scene, aid: int) -> None:
    _diagnose(scene.head, "D07", date(scene.month.year - 3, 3, 1), "treated")
    scene.bill(scene.head, 100000)
    row = scene.head.rows[COST][0]
    row["basic_paid"] += row["aid_paid"] - aid
    row["aid_paid"] = aid


def _contract_has_ended(scene: Scene) -> None:
    _chronically_ill(scene, contract_row(date(2023, 1, 5), scene.month.as_of - timedelta(days=1)))


def _contract_of_another_name(scene: Scene) -> None:
    _chronically_ill(scene, contract_row(date(2023, 1, 5), scene.month.as_of))
    scene.misname(CONTRACT, scene.head)


def _pay_premium(scene: Scene, subsidy: int = 0, scheme: str = "resident") -> None:
    scene.head.rows[ENROL] = [enrol_row(scene.rng, scene.month, scheme, subsidy)]


def _on_relief_and_paid_all(scene: Scene) -> None:
    scene.head.rows[LOW].append(low_row("dibao", date(2023, 4, 1), 30000, reason="illness"))
    _pay_premium(scene)


def _paid_under_another_name(scene: Scene) -> None:
    _pay_premium(scene)
    scene.misname(ENROL, scene.head)


STORIES = (
    Story("R-HEA-01", _ORDINARY, lambda s: _diagnose(s.head, "D08", s.month.as_of), "ORANGE",
          "月末确诊肺癌", "lung cancer, diagnosed on the last day of the month", about="head"),
    Story("R-HEA-01", Wish(child_ages=(9,)), lambda s: _diagnose(s.child(), "D02", s.month.first), "ORANGE",
          "九岁孩子本月确诊白血病", "a child of nine with leukaemia, diagnosed this month", about="child"),
    Story("R-HEA-01", _FORMER_POOR,
          lambda s: _diagnose(s.spouse, "D23", s.month.months_back(2) + timedelta(days=1), "treated"), "ORANGE",
          "脑卒中,确诊日是两个月窗口的首日", "a stroke on the first day that counts as new", about="spouse"),
    Story("R-HEA-01", _FORMER_POOR, lambda s: _diagnose(s.head, "D23", s.month.months_back(2)), None,
          "确诊已满两个月", "diagnosed two months ago to the day", about="head"),
    Story("R-HEA-01", _ORDINARY, lambda s: _diagnose(s.head, "D99", s.month.as_of), None,
          "大病但不在30种之内", "a major disease that is not on the list", about="head"),
    Story("R-HEA-01", _ORDINARY, _misnamed, None,
          "确诊记录姓名不符,待核", "the diagnosis carries another name and is set apart", about="head"),
    Story("R-CIV-06", _ORDINARY, lambda s: _diagnose(s.head, "D08", s.month.as_of), "YELLOW",
          "新确诊肺癌,没有临时救助", "lung cancer, and no temporary relief", about="head"),
    Story("R-CIV-06", _FORMER_POOR,
          lambda s: _diagnose(s.spouse, "D23", s.month.months_back(2) + timedelta(days=1), "treated"), "YELLOW",
          "窗口首日确诊脑卒中,没有临时救助", "a stroke on the first day that counts, no relief", about="spouse"),
    Story("R-CIV-06", _ORDINARY, _ill_and_relieved, None,
          "配偶已获临时救助", "the spouse received temporary relief", about="head"),
    Story("R-CIV-06", _FORMER_POOR, lambda s: _diagnose(s.head, "D23", s.month.months_back(2)), None,
          "确诊已满两个月", "diagnosed two months ago to the day", about="head"),
    Story("R-MED-05", _FORMER_POOR, lambda s: _ill_and_billed(s, 0), "YELLOW",
          "脱贫户尿毒症,没有医疗救助", "former poor with kidney failure, no medical aid", about="head"),
    Story("R-MED-05", _MONITORED, lambda s: _ill_and_billed(s, 0), "YELLOW",
          "监测户尿毒症,没有医疗救助", "monitored, kidney failure, no medical aid", about="head"),
    Story("R-MED-05", _FORMER_POOR, lambda s: _ill_and_billed(s, 1), None,
          "医疗救助已支付", "medical aid was paid, if a fen", about="head"),
    Story("R-MED-05", _ORDINARY, lambda s: _ill_and_billed(s, 0), None,
          "一般农户", "an ordinary household", about="head"),
    Story("R-HEA-02", _ELDERS, _of_seventy, "INFO",
          "脱贫户七十岁老人没有家庭医生", "former poor, seventy, without a family doctor", about="head"),
    Story("R-HEA-02", _MONITORED, _chronically_ill, "INFO",
          "监测户慢病患者没有家庭医生", "monitored, chronically ill, without a family doctor", about="head"),
    Story("R-HEA-02", _FORMER_POOR, _contract_has_ended, "INFO",
          "签约协议昨天到期", "the contract ended yesterday", about="head"),
    Story("R-HEA-02", _ELDERS, _turns_sixty_five_tomorrow, None,
          "明天才满六十五岁", "turns sixty-five tomorrow", about="head"),
    Story("R-HEA-02", _FORMER_POOR, _contract_of_another_name, None,
          "签约名单姓名不符,待核", "misnamed on the list of contracts: no claim", about="head"),
    Story("R-MED-04", _FORMER_POOR, _pay_premium, "YELLOW",
          "脱贫户全额自缴,没有资助", "former poor, paid all of the premium", about="head"),
    Story("R-MED-04", _MONITORED, _pay_premium, "YELLOW",
          "监测户全额自缴,没有资助", "monitored, paid all of the premium", about="head"),
    Story("R-MED-04", _ORDINARY, _on_relief_and_paid_all, "YELLOW",
          "低保对象全额自缴", "on the allowance, paid all of the premium", about="head"),
    Story("R-MED-04", _FORMER_POOR, lambda s: _pay_premium(s, YUAN), None,
          "有资助,哪怕一元", "subsidised, if by one yuan", about="head"),
    Story("R-MED-04", _FORMER_POOR, _paid_under_another_name, None,
          "参保记录姓名写错,待核", "the record carries another name: no claim", about="head"),
)  # fmt: skip
