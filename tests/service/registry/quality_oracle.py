"""What the rules of data quality must find, in plain Python over the documents of households: written apart from them.

A document is what is sent to the registry (`registry_world.household`), with what is planted behind its back in it:
`items` of an income, `identified_with` (net income a head that was recorded for the identification), `statuses`
(guarantees that a visit told of), `claimed` (of which a department told), `helped` (implemented measures: category,
item, year).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

Found = tuple[str, str]  # person number, or "" of the household or its case; rule


def errors_of(home: dict[str, Any], today: date) -> set[Found]:
    """Give what is wrong with a household by the default parameters."""
    found = set(_of_household(home))
    for member in home["members"]:
        found |= {(member["person_no"], rule) for rule in _of_member(member, home, today)}
    if home["monitor"]:
        found |= {("", rule) for rule in _of_case(home)}
    return found


def age_of(member: dict[str, Any], today: date) -> int:
    born = date.fromisoformat(member["birth_date"])
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _of_member(member: dict[str, Any], home: dict[str, Any], today: date) -> Iterator[str]:
    age, stage, health = age_of(member, today), member["school_stage"], member["health"]
    if health == []:
        yield "Q-P01"
    if "healthy" in health and len(health) > 1:
        yield "Q-P02"
    heads = sorted(each["sex"] for each in home["members"] if each["relation"] == "head")
    if member["relation"] == "spouse" and heads and member["sex"] == heads[-1]:
        yield "Q-P11"
    usual = {
        "primary": ("Q-P12", range(6, 15)),
        "junior": ("Q-P13", range(12, 18)),
        "senior": ("Q-P14", range(15, 21)),
        "vocational": ("Q-P14", range(15, 21)),
        "higher_vocational": ("Q-P15", range(18, 200)),
        "bachelor": ("Q-P15", range(18, 200)),
        "master": ("Q-P16", range(20, 200)),
    }
    if stage in usual and age not in usual[stage][1]:
        yield usual[stage][0]
    if stage == "preschool" and age >= 7 and "healthy" in health:
        yield "Q-P17"
    if age < 16 and member["labour"] in "123":
        yield "Q-P18"
    works = (member.get("work_months") or 0) > 0 or member.get("public_post") is not None
    insured = (member.get("insured_resident"), member.get("insured_employee"))
    if None not in insured and insured[0] == insured[1]:
        yield "Q-P03"
    if stage and member.get("education"):
        yield "Q-P20"
    if member.get("education") == "primary" and age in range(16, 23):
        yield "Q-P21"
    if works and age < 16:
        yield "Q-P22"
    if works and stage:
        yield "Q-P23"
    if works and member["relief"] == "tekun":
        yield "Q-P24"
    if member.get("public_post") and age >= 70:
        yield "Q-P25"
    pay = Decimal(member.get("monthly_pay") or 1000)
    if (member.get("work_months") or 0) > 0 and (pay < 100 or pay > 30_000):
        yield "Q-P26"
    if member["relief"] == "tekun" and "healthy" in health and age in range(18, 60):
        yield "Q-P19"


def _newest(home: dict[str, Any]) -> dict[str, Any] | None:
    return max(home["incomes"], key=lambda income: income["year"], default=None)


def _per_capita(home: dict[str, Any], income: dict[str, Any]) -> Decimal:
    parts = ("wage", "business", "property", "transfer")
    net = sum(Decimal(income[name]) for name in parts) - Decimal(income["business_cost"])
    return net / len(home["members"])


def _of_household(home: dict[str, Any]) -> Iterator[Found]:
    relations = [member["relation"] for member in home["members"]]
    if "head" not in relations:
        yield "", "Q-H01"
    if relations.count("head") > 1:
        yield "", "Q-H02"
    if relations.count("spouse") > 1:
        yield "", "Q-H03"
    if home["monitor"] and (home["monitor"]["category"], home["hh_type"]) in (("0", "0"), ("1", "1")):
        yield "", "Q-H04"
    income = _newest(home)
    if income is None:
        return
    if _per_capita(home, income) < 4000:
        yield "", "Q-H11"
    if 0 < Decimal(income["wage"]) < 300:
        yield "", "Q-H12"
    if Decimal(income["wage"]) > 300_000:
        yield "", "Q-H13"
    items = income.get("items", {})
    if 0 < Decimal(items.get("d2", 0)) < 200:
        yield "", "Q-H15"
    if 0 < Decimal(items.get("d4", 0)) < 88:
        yield "", "Q-H16"
    if Decimal(income["business"]) > 0 and Decimal(income["business_cost"]) == 0:
        yield "", "Q-H14"


def _of_case(home: dict[str, Any]) -> Iterator[str]:
    risks, members, income = home["monitor"]["risk_types"], home["members"], _newest(home)
    able = sum(member["labour"] in "12" for member in members)
    on_relief = any(member["relief"] != "none" for member in members)
    if all(risk in ("20", "21", "22", "30", "40") for risk in risks):
        yield "Q-E01"
    if home["monitor"]["identified_on"] is None:
        yield "Q-E02"
    if income is None:
        yield "Q-E03"
    if len({*home["statuses"], *home["claimed"]}) < 4:
        yield "Q-E04"
    if "01" in risks and not any({"chronic", "major_disease"} & set(member["health"]) for member in members):
        yield "Q-E11"
    if "01" in risks and income and Decimal(income["self_paid"]) == 0:
        yield "Q-E12"
    if "03" in risks and not any("disabled" in member["health"] for member in members):
        yield "Q-E13"
    if "04" in risks and (able == len(members) or (len(members) >= 4 and able >= len(members) / 2)):
        yield "Q-E14"
    if "07" in risks and able == 0:
        yield "Q-E15"
    if "07" in risks and able and not any(each.get("work_months") or each.get("public_post") for each in members):
        yield "Q-E21"
    if "99" in risks and not home.get("risk_note"):
        yield "Q-E05"
    yield from _of_help(home, income, on_relief=on_relief)


FITTING = {
    "01": ("M07", "M10", "M11"),
    "03": ("M10", "M11"),
    "04": ("M10", "M04"),
    "07": ("M02", "M04"),
    "05": ("M05", "M10", "M11", "M13"),
}


def checks_of(home: dict[str, Any]) -> set[Found]:
    """Give what counter-checks find of a household's help; the others are planted where they are tested."""
    if not (home["monitor"] and home["helped"]):
        return set()
    categories = {category for category, _, _ in home["helped"]}
    found = set()
    if any(member["labour"] in "12" for member in home["members"]) and not categories & {"M01", "M02", "M03", "M04"}:
        found.add(("", "CK-03"))
    fits = {risk: categories.intersection(FITTING[risk]) for risk in home["monitor"]["risk_types"] if risk in FITTING}
    if not all(fits.values()):
        found.add(("", "CK-06"))
    return found


def _is_relief(item: str) -> bool:
    return any(word in item for word in ("低保", "最低生活保障", "特困"))


def _of_help(home: dict[str, Any], income: dict[str, Any] | None, *, on_relief: bool) -> Iterator[str]:
    if home["monitor"]["identified_on"]:
        year = int(home["monitor"]["identified_on"][:4])
        then = [each for each in home["incomes"] if each["year"] in (year, year - 1)]
        income_then = _per_capita(home, max(then, key=lambda each: each["year"])) if then else Decimal(0)
        if year >= 2023 and (home["identified_with"] or income_then) > 20_000:
            yield "Q-E16"
    work = [year for category, _, year in home["helped"] if category in ("M02", "M04")]
    relief = [
        year for category, item, year in home["helped"] if category == "M10" and ("低保" in item or "特困" in item)
    ]
    if work and income and min(work) < income["year"] and Decimal(income["wage"]) == 0:
        yield "Q-E17"
    if relief and income and min(relief) < income["year"] and Decimal(income["transfer"]) == 0:
        yield "Q-E18"
    if relief and not on_relief:
        yield "Q-E19"
    if home["helped"] and not relief and on_relief:
        yield "Q-E20"
