"""Each rule of the oracle on a small hand-made table, with the period 2026-10."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bangfu_county.oracle.evidence import Evidence
from bangfu_county.oracle.rules import Home, Member, Rules, completed_years, move_months, read_home
from bangfu_county.oracle.tables import FIELDS

AS_OF = date(2026, 10, 31)
NUMBER = "34052419800101001X"
Row = dict[str, Any]


def yuan(*amounts: str) -> dict[int, Decimal]:
    """Amounts by year, newest (2026) first."""
    return {2026 - back: Decimal(amount) for back, amount in enumerate(amounts)}


def member(**changes: Any) -> Member:
    grown_up = Member("P1", NUMBER, date(1980, 1, 1), "1", has_finished_compulsory=True, relief="none")
    return replace(grown_up, **changes)


def child(born: date, **changes: Any) -> Member:
    return member(born=born, labour="5", has_finished_compulsory=False, **changes)


def home(*members: Member, **changes: Any) -> Home:
    """An ordinary, well-housed household of one that earned 20,000, 18,000 and 16,000 yuan."""
    quiet = Home(
        hh_no="H1",
        hh_type="0",
        tenure="owned",
        is_monitored=False,
        open_risks=[],
        negative_on=None,
        members=list(members) or [member()],
        net=yuan("20000", "18000", "16000"),
        payout=yuan("0", "0", "0"),
        self_paid=yuan("0", "0", "0"),
    )
    return replace(quiet, **changes)


def rules(quarantined: str | None = None, *, insured: bool = True, **rows: list[Row]) -> Rules:
    """Rules with evidence about the person NUMBER; keyword EDU_ROLL=[...] gives rows of DS-EDU-ROLL."""
    evidence = Evidence(delivered=set(FIELDS))
    for name, listed in rows.items():
        evidence.matched["DS-" + name.replace("_", "-")][NUMBER] = listed
    if quarantined:
        evidence.quarantined[quarantined].add(NUMBER)
    if insured:
        evidence.insured.add(NUMBER)
    return Rules(AS_OF, evidence)


def on_roll(stage: str = "primary", status: str = "enrolled", *, present: bool = True) -> Row:
    return {"stage": stage, "roll_status": status, "present": present}


def low(kind: str = "dibao", change: str = "none", start: date = date(2025, 1, 1), end: date | None = None) -> Row:
    return {"type": kind, "change": change, "from_on": start, "to_on": end}


def cost(paid: str, outpatient: str | None = None, year: int = 2026) -> Row:
    month = None if outpatient is None else Decimal(outpatient)
    return {"year": year, "self_paid_ytd": Decimal(paid), "outpatient_self_paid_month": month}


def house(grade: str, measure: str = "none", *, sole: bool = True) -> Row:
    return {"grade": grade, "measure": measure, "sole_residence": sole}


NINE = date(2017, 3, 1)


@pytest.mark.parametrize(
    ("person", "asked", "severity"),
    [
        (child(NINE), rules(), "RED"),
        (child(NINE), rules(EDU_ROLL=[on_roll()]), None),
        (child(NINE), rules(EDU_ROLL=[on_roll(present=False)]), "RED"),
        (child(NINE), rules(EDU_ROLL=[on_roll(status="suspended")]), "RED"),
        (child(NINE), rules(EDU_ROLL=[on_roll("junior", "graduated", present=False)]), None),
        (child(NINE), rules(EDU_ROLL=[on_roll("primary", "graduated", present=False)]), "RED"),
        (child(NINE), rules(quarantined="DS-EDU-ROLL"), None),
        (child(NINE), rules(EDU_EXEMPT=[{"valid_to": None}]), None),
        (child(NINE), rules(EDU_EXEMPT=[{"valid_to": AS_OF}]), None),
        (child(NINE), rules(EDU_EXEMPT=[{"valid_to": date(2026, 10, 30)}]), "RED"),
        (child(NINE, number=None), rules(), None),
        (replace(child(NINE), has_finished_compulsory=True), rules(), None),
        (child(date(2020, 8, 31)), rules(), "RED"),  # six on the cutoff day
        (child(date(2020, 9, 1)), rules(), None),  # still five
        (child(date(2010, 9, 1)), rules(), "RED"),  # still fifteen
        (child(date(2010, 8, 31)), rules(), None),  # sixteen on the cutoff day
    ],
)
def test_r_edu_01_child_out_of_school(person: Member, asked: Rules, severity: str | None) -> None:
    assert asked.r_edu_01(person) == severity


@pytest.mark.parametrize(
    ("paid", "severity"), [(["10000.00"], None), (["10000.01"], "ORANGE"), (["100", "12000"], "ORANGE"), ([], None)]
)
def test_r_edu_02_fees_above_the_line(paid: list[str], severity: str | None) -> None:
    asked = rules(EDU_FEE=[{"self_paid": Decimal(amount)} for amount in paid])
    assert asked.r_edu_02(member()) == severity


@pytest.mark.parametrize(
    ("rows", "severity"),
    [
        ([on_roll("senior"), on_roll("bachelor")], "YELLOW"),
        ([on_roll("senior"), on_roll("junior")], None),
        ([on_roll("senior"), on_roll("bachelor", "suspended")], None),
        ([on_roll("senior"), on_roll("vocational", present=False)], None),
    ],
)
def test_r_edu_03_several_students(rows: list[Row], severity: str | None) -> None:
    asked = rules(EDU_ROLL=rows[:1])
    asked.evidence.matched["DS-EDU-ROLL"]["11010519491231002X"] = rows[1:]
    assert asked.r_edu_03(home(member(), member(number="11010519491231002X"))) == severity


@pytest.mark.parametrize(
    ("household", "person", "asked", "severity"),
    [
        (home(hh_type="1"), member(), rules(insured=False), "ORANGE"),
        (home(is_monitored=True), member(), rules(insured=False), "RED"),
        (home(), member(relief="tekun"), rules(insured=False), "ORANGE"),
        (home(), member(), rules(insured=False, CIV_LOW=[low()]), "ORANGE"),
        (home(), member(), rules(insured=False, CIV_LOW=[low("marginal")]), None),
        (home(), member(), rules(insured=False, CIV_LOW=[low(change="stopped", end=date(2026, 3, 31))]), None),
        (home(), member(), rules(insured=False, CIV_LOW=[low(end=date(2026, 10, 30))]), None),
        (home(), member(), rules(insured=False), None),
        (home(hh_type="1"), member(), rules(), None),
        (home(hh_type="1"), member(number=None), rules(insured=False), None),
    ],
)
def test_r_med_01_low_income_and_not_insured(
    household: Home, person: Member, asked: Rules, severity: str | None
) -> None:
    assert asked.r_med_01(household, person) == severity


@pytest.mark.parametrize(
    ("household", "row", "severity"),
    [
        (home(hh_type="1", net=yuan("50000")), cost("9999.99"), None),
        (home(hh_type="1", net=yuan("50000")), cost("10000"), "ORANGE"),
        (home(hh_type="1", net=yuan("50000")), cost("20000"), "RED"),
        (home(hh_type="1", net=yuan("20000")), cost("10000"), "ORANGE"),  # exactly half
        (home(hh_type="1", net=yuan("20000")), cost("10000.01"), "RED"),
        (home(hh_type="1", net={}), cost("12000"), "ORANGE"),  # nothing known of the income
        (home(hh_type="1", net={2025: Decimal(20000)}), cost("12000"), "RED"),
        (home(hh_type="1", net={2024: Decimal(20000)}), cost("12000"), "ORANGE"),  # too old
        (home(net=yuan("60000")), cost("25999.99"), None),
        (home(net=yuan("60000")), cost("26000"), "ORANGE"),
        (home(net=yuan("200000")), cost("52000"), "RED"),
        (home(hh_type="1"), cost("15000", year=2025), None),
    ],
)
def test_r_med_02_self_paid_cost_of_the_year(household: Home, row: Row, severity: str | None) -> None:
    assert rules(MED_COST=[row]).r_med_02(household, member()) == severity


@pytest.mark.parametrize(
    ("row", "severity"),
    [
        (cost("600", "499.99"), None),
        (cost("600", "500"), "YELLOW"),
        (cost("600"), None),
        (cost("900", "800", year=2025), None),
    ],
)
def test_r_med_03_outpatient_cost_of_the_month(row: Row, severity: str | None) -> None:
    assert rules(MED_COST=[row]).r_med_03(member()) == severity


def grants(*days: date) -> list[Row]:
    return [{"granted_on": day} for day in days]


@pytest.mark.parametrize(
    ("household", "asked", "severity"),
    [
        (home(), rules(CIV_LOW=[low("rigid", "new", date(2026, 10, 1))]), "ORANGE"),
        (home(), rules(CIV_LOW=[low("dibao", "new", date(2026, 9, 30))]), None),
        (home(), rules(CIV_LOW=[low("dibao", "adjusted", date(2026, 10, 1))]), None),
        (home(is_monitored=True), rules(CIV_LOW=[low("dibao", "new", date(2026, 10, 1))]), None),
        (home(negative_on=date(2026, 3, 1)), rules(CIV_LOW=[low("dibao", "new", date(2026, 10, 1))]), None),
        (home(negative_on=date(2025, 6, 1)), rules(CIV_LOW=[low("dibao", "new", date(2026, 10, 1))]), "ORANGE"),
        (home(), rules(CIV_TEMP=grants(date(2025, 11, 1), AS_OF)), "ORANGE"),
        (home(), rules(CIV_TEMP=grants(date(2025, 10, 31), AS_OF)), None),
        (home(), rules(CIV_TEMP=grants(AS_OF)), None),
        (home(), rules(CIV_TEMP=grants(AS_OF, date(2026, 11, 1))), None),
    ],
)
def test_r_civ_01_new_relief(household: Home, asked: Rules, severity: str | None) -> None:
    assert asked.r_civ_01(household) == severity


OLD = member(labour="5")


@pytest.mark.parametrize(
    ("household", "asked", "severity"),
    [
        (home(OLD, hh_type="1"), rules(), "RED"),
        (home(OLD, is_monitored=True), rules(), "RED"),
        (home(OLD), rules(), None),
        (home(member(labour="3"), hh_type="1"), rules(), None),
        (home(OLD, hh_type="1"), rules(CIV_LOW=[low()]), None),
        (home(OLD, hh_type="1"), rules(CIV_LOW=[low("marginal")]), "RED"),
        (home(OLD, hh_type="1"), rules(CIV_LOW=[low(start=date(2026, 11, 1))]), "RED"),
        (home(OLD, hh_type="1"), rules(quarantined="DS-CIV-LOW"), None),
    ],
)
def test_r_civ_02_no_labour_and_no_allowance(household: Home, asked: Rules, severity: str | None) -> None:
    assert asked.r_civ_02(household) == severity


def stopped(end: date | None, kind: str = "dibao") -> Row:
    return low(kind, "stopped", end=end)


@pytest.mark.parametrize(
    ("household", "asked", "severity"),
    [
        (home(hh_type="1"), rules(CIV_LOW=[stopped(date(2026, 7, 31))]), "YELLOW"),
        (home(hh_type="1"), rules(CIV_LOW=[stopped(date(2026, 8, 1))]), None),
        (home(is_monitored=True), rules(CIV_LOW=[stopped(date(2026, 3, 31), "tekun")]), "YELLOW"),
        (home(), rules(CIV_LOW=[stopped(date(2026, 3, 31))]), None),
        (home(hh_type="1"), rules(CIV_LOW=[stopped(date(2026, 3, 31), "marginal")]), None),
        (home(hh_type="1"), rules(CIV_LOW=[stopped(None)]), None),
        (home(hh_type="1"), rules(CIV_LOW=[stopped(date(2026, 3, 31)), low("tekun")]), None),
    ],
)
def test_r_civ_03_allowance_stopped(household: Home, asked: Rules, severity: str | None) -> None:
    assert asked.r_civ_03(household) == severity


@pytest.mark.parametrize(
    ("rows", "severity"),
    [
        ([house("D")], "RED"),
        ([house("C", "in_progress")], "ORANGE"),
        ([house("C"), house("D", "planned")], "RED"),
        ([house("D", "finished"), house("C")], "ORANGE"),
        ([house("D", sole=False)], None),
        ([house("B")], None),
        ([], None),
    ],
)
def test_r_hou_01_unsafe_only_house(rows: list[Row], severity: str | None) -> None:
    assert rules(HOU_GRADE=rows).r_hou_01(home()) == severity


@pytest.mark.parametrize(
    ("tenure", "severity"), [("owned", None), ("rented_safe", None), ("borrowed", "RED"), ("none", "RED")]
)
def test_r_hou_02_no_house(tenure: str, severity: str | None) -> None:
    assert rules().r_hou_02(home(tenure=tenure)) == severity


POOR = yuan("8499.99")


@pytest.mark.parametrize(
    ("household", "asked", "severity"),
    [
        (home(net=POOR), rules(), "ORANGE"),
        (home(net=yuan("8500")), rules(), None),
        (home(net=yuan("9000"), self_paid=yuan("500")), rules(), None),
        (home(net=yuan("9000"), self_paid=yuan("500.01")), rules(), "ORANGE"),
        (home(net=yuan("9000"), self_paid=yuan("1500"), payout=yuan("1000")), rules(), None),
        (home(net=POOR, open_risks=["01"]), rules(), "RED"),
        (home(net=POOR), rules(insured=False), "RED"),
        (home(member(number=None), net=POOR), rules(insured=False), "ORANGE"),
        (home(net=POOR, tenure="none"), rules(), "RED"),
        (home(net=POOR), rules(HOU_GRADE=[house("C")]), "RED"),
        (home(child(NINE), net=POOR), rules(), "RED"),
        (home(net={2025: Decimal(8000)}, payout={2025: Decimal(0)}, self_paid={2025: Decimal(0)}), rules(), "ORANGE"),
        (home(net={2024: Decimal(8000)}), rules(), None),
        (home(net={2027: Decimal(8000)}), rules(), None),
        (home(net={}), rules(), None),
    ],
)
def test_r_agr_01_below_the_monitoring_line(household: Home, asked: Rules, severity: str | None) -> None:
    assert asked.r_agr_01(household) == severity


def test_r_agr_01_counts_no_gap_where_a_dataset_is_missing() -> None:
    asked = rules(insured=False)
    asked.evidence.delivered.clear()
    assert asked.r_agr_01(home(child(NINE), net=POOR)) == "ORANGE"


@pytest.mark.parametrize(
    ("net", "severity"),
    [
        (yuan("20000", "20000"), None),
        (yuan("19999.99", "20000"), "YELLOW"),
        (yuan("14000.01", "20000"), "YELLOW"),
        (yuan("14000", "20000"), "RED"),
        (yuan("14000"), None),
        ({2026: Decimal(1), 2024: Decimal(20000)}, None),
    ],
)
def test_r_agr_02_less_than_last_year(net: dict[int, Decimal], severity: str | None) -> None:
    assert rules().r_agr_02(home(net=net)) == severity


@pytest.mark.parametrize(
    ("net", "severity"),
    [
        (yuan("17000", "18000", "19000"), "ORANGE"),
        (yuan("17000", "18000", "18000"), None),
        (yuan("18000", "18000", "19000"), None),
        (yuan("17000", "18000"), None),
    ],
)
def test_r_agr_03_two_falling_years(net: dict[int, Decimal], severity: str | None) -> None:
    assert rules().r_agr_03(home(net=net)) == severity


@pytest.mark.parametrize(
    ("household", "severity"),
    [
        (home(hh_type="1", net=yuan("9999.99")), "YELLOW"),
        (home(hh_type="1", net=yuan("10000")), None),
        (home(net=yuan("9000")), None),
        (home(is_monitored=True, net=yuan("9000")), None),
    ],
)
def test_r_agr_04a_former_poor_below_the_focus_line(household: Home, severity: str | None) -> None:
    assert rules().r_agr_04a(household) == severity


@pytest.mark.parametrize(
    ("household", "severity"),
    [
        (home(hh_type="1", net=yuan("10999.99")), "ORANGE"),
        (home(member(labour="2"), is_monitored=True, net=yuan("10999.99")), "ORANGE"),
        (home(member(labour="3"), hh_type="1", net=yuan("10999.99")), None),
        (home(hh_type="1", net=yuan("11000")), None),
        (home(net=yuan("10000")), None),
    ],
)
def test_r_agr_04b_labour_and_below_the_higher_focus_line(household: Home, severity: str | None) -> None:
    assert rules().r_agr_04b(household) == severity


@pytest.mark.parametrize(
    ("net", "self_paid", "severity"),
    [
        (yuan("20000"), yuan("10000"), "RED"),
        (yuan("20000"), yuan("9999.99"), None),
        (yuan("60000"), yuan("5000", "2500"), "RED"),
        (yuan("60000"), yuan("4999.99", "1000"), None),
        (yuan("60000"), yuan("5999.99", "3000"), None),
        (yuan("60000"), yuan("7000", "0"), None),
        (yuan("60000"), yuan("7000"), None),
        (yuan("0"), yuan("0"), None),
    ],
)
def test_r_agr_07_expenditure_spike(
    net: dict[int, Decimal], self_paid: dict[int, Decimal], severity: str | None
) -> None:
    assert rules().r_agr_07(home(net=net, self_paid=self_paid)) == severity


def test_incomes_follow_the_registers_formula() -> None:
    """Source: net = wage + business + property + transfer - cost; reference adds payout, subtracts self-paid."""
    income = {
        "year": 2026,
        "wage": "30000.00",
        "business": "9000.00",
        "property": "500.00",
        "transfer": "1500.50",
        "business_cost": "4000.00",
        "insurance_payout": "600.00",
        "self_paid": "1600.00",
    }
    person = {
        "person_no": "P1",
        "id_no": NUMBER,
        "birth_date": "1980-01-01",
        "labour": "1",
        "has_finished_compulsory": True,
        "relief": "none",
    }
    line = {
        "hh_no": "H1",
        "hh_type": "0",
        "housing_tenure": "owned",
        "monitor": None,
        "last_negative_decision_on": None,
        "members": [person, person, person],
        "incomes": [income],
    }
    read = read_home(line)
    assert read.net[2026] == Decimal("37000.50")
    assert read.per_capita(2026) == Decimal("12333.50")
    assert read.reference(2026) == Decimal("12000.17")


@pytest.mark.parametrize(
    ("day", "months", "moved"),
    [
        (date(2026, 10, 31), -12, date(2025, 10, 31)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 1, 31), -11, date(2025, 2, 28)),
    ],
)
def test_months_end_where_the_month_ends(day: date, months: int, moved: date) -> None:
    assert move_months(day, months) == moved


def test_age_counts_completed_years() -> None:
    assert completed_years(date(2020, 8, 31), date(2026, 8, 31)) == 6
    assert completed_years(date(2020, 9, 1), date(2026, 8, 31)) == 5


def test_school_cutoff_follows_the_running_school_year() -> None:
    assert Rules(date(2026, 8, 31), Evidence()).cutoff == date(2025, 8, 31)
    assert Rules(date(2026, 9, 30), Evidence()).cutoff == date(2026, 8, 31)
