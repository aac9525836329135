"""Households as the registry imports them: one JSON object a line."""

from __future__ import annotations

import json
from typing import Any

from bangfu_county.model import Household, Income, Person
from bangfu_county.numbers import certificate_suffix, fifteen_digits

_ADULT = 1970  # who cannot work and was born before is old, and no child


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def _number_on_file(person: Person) -> str | None:
    """The number as the register happens to hold it: some disabled people's certificates, some old 15-digit numbers."""
    number, turn = person.id_no, int(person.person_no[3:])
    if number is None:
        return None
    if "disabled" in person.health and turn % 7 == 0:
        return number + certificate_suffix(number)
    if person.born.year < 1960 and turn % 89 == 0:
        return fifteen_digits(number)
    return number


def _member(person: Person) -> dict[str, Any]:
    return {
        "person_no": person.person_no,
        "name": person.name,
        "id_no": _number_on_file(person),
        "birth_date": person.born.isoformat(),
        "sex": person.sex,
        "relation": person.relation,
        "labour": person.labour,
        "school_stage": person.school_stage,
        "has_finished_compulsory": person.has_finished_compulsory,
        "health": person.health,
        "relief": person.relief,
        **_of_form(person),
    }


# What the national form says besides; plausible, and of each person always the same.
_ETHNICITIES = ("01", "01", "01", "01", "01", "15", "06", "08")
_EDUCATIONS = ("illiterate", "primary", "primary", "junior", "junior", "junior", "senior", "college", "bachelor")
_WORK = (("town", "near"), ("county", "near"), ("province", "away"), ("outside", "away"), ("outside", "away"))


def _of_form(person: Person) -> dict[str, Any]:
    """What no rule of a comparison asks for; nothing of a child but who it is and whether it is insured."""
    turn = int(person.person_no[3:])
    schemes = {row["scheme"] for row in person.rows["DS-MED-ENROL"]}
    certificate = certificate_suffix(person.id_no) if person.id_no and "disabled" in person.health else None
    told: dict[str, Any] = {
        "ethnicity": _ETHNICITIES[turn % len(_ETHNICITIES)],
        "disability_category": certificate and certificate[0],
        "disability_level": certificate and certificate[1],
        "insured_resident": "resident" in schemes,
        "insured_employee": "employee" in schemes,
        "critical_insurance": bool(schemes),
    }
    is_adult = person.labour != "5" or person.born.year < _ADULT
    if is_adult and person.school_stage is None:
        told["education"] = _EDUCATIONS[turn % len(_EDUCATIONS)]
        told |= {"pension_resident": "employee" not in schemes, "pension_employee": "employee" in schemes}
    if person.labour in ("1", "2") and turn % 3:
        place, channel = _WORK[turn % len(_WORK)]
        told |= {"work_place": place, "work_channel": channel, "work_months": 6 + turn % 7}
        told["monthly_pay"] = _yuan((2000 + turn % 30 * 100) * 100)
    return {name: value for name, value in told.items() if value is not None}


def _income(year: int, income: Income) -> dict[str, Any]:
    return {
        "year": year,
        "wage": _yuan(income.wage),
        "business": _yuan(income.business),
        "property": _yuan(income.property_income),
        "transfer": _yuan(income.transfer),
        "business_cost": _yuan(income.business_cost),
        "insurance_payout": _yuan(income.insurance_payout),
        "self_paid": _yuan(income.self_paid),
    }


def registry_line(household: Household) -> str:
    """Write a household with members and incomes, ending in a line feed."""
    monitor = household.monitor
    shown = {
        "hh_no": household.hh_no,
        "village_code": household.village_code,
        "group_name": household.group_name,
        "hh_type": household.hh_type,
        "housing_tenure": household.tenure,
        "is_resettled": household.is_resettled,
        **({"poverty_exit_year": 2014 + int(household.hh_no[-3:]) % 7} if household.hh_type == "1" else {}),
        "address": household.address,
        "phone": household.phone,
        "monitor": monitor
        and {
            "category": monitor.category,
            "identified_on": monitor.identified_on.isoformat(),
            "risk_types": monitor.risk_types,
        },
        "last_negative_decision_on": household.negative_on and household.negative_on.isoformat(),
        "members": [_member(person) | {"is_resettled_person": household.is_resettled} for person in household.members],
        "incomes": [_income(year, household.incomes[year]) for year in sorted(household.incomes)],
    }
    return json.dumps(shown, ensure_ascii=False) + "\n"
