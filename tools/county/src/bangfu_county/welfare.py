"""Health, labour, relief, insurance, medical bills and houses, as a quiet month shows them."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from bangfu_county.calendar import Month, age_on, between
from bangfu_county.model import Household, Person, Record

# What this module tells of everybody.
ENROL, COST, LOW, TEMP, HOUSE = "DS-MED-ENROL", "DS-MED-COST", "DS-CIV-LOW", "DS-CIV-TEMP", "DS-HOU-GRADE"

# 城乡居民基本医疗保险, personal contribution of a year in fen (the national minimum for 2026 is 400 yuan).
_CONTRIBUTION = 40000


def assess(rng: Random, month: Month, person: Person, *, is_low_income: bool) -> None:
    """Draw health and derive the labour level: none below 16 or in school, never full from 60 on."""
    age = age_on(person.born, month.as_of)
    factor = 1.7 if is_low_income else 1.0
    health = []
    if rng.random() < (0.004 if age < 30 else 0.09 if age < 60 else 0.28) * factor:
        health.append("chronic")
    if rng.random() < (0.002 if age < 40 else 0.012) * factor:
        health.append("major_disease")
    if rng.random() < 0.018 * factor:
        health.append("disabled")
    person.health = health or ["healthy"]
    if age < 16 or person.school_stage is not None:
        person.labour = "5"
    elif age >= 60:
        person.labour = "3" if rng.random() < (0.72 if age < 70 else 0.12) else "5"
    elif "disabled" in health or "major_disease" in health:
        person.labour = "3" if rng.random() < 0.55 else "4"
    else:
        person.labour = "2" if rng.random() < 0.2 else "1"


def low_row(kind: str, from_on: date, amount: int, *, change: str = "none", reason: str | None = None) -> Record:
    """A row of the civil-affairs list (amount in fen a month)."""
    return {
        "type": kind,
        "from_on": from_on,
        "to_on": None,
        "monthly_amount": amount,
        "change": change,
        "reason": reason,
    }


def _long_ago(rng: Random, month: Month) -> date:
    return between(rng, date(month.year - 8, 1, 1), date(month.year - 1, 12, 31)).replace(day=1)


def grant_relief(rng: Random, month: Month, household: Household, *, quiet: bool) -> None:
    """Put households without labour on the minimum-living list, and some others.

    A household in which nobody can work is on the list, or R-CIV-02 would hold; outside stories one in forty slipped
    through.
    """
    members = household.members
    if not household.has_labour:
        if not quiet and rng.random() < 0.025:
            return
        whole, kind = True, "tekun" if len(members) == 1 and rng.random() < 0.6 else "dibao"
    elif quiet:
        return
    elif rng.random() < (0.2 if household.is_low_income else 0.012):
        whole, kind = rng.random() < 0.8, "dibao"
    elif rng.random() < 0.008:
        whole, kind = True, "marginal"
    else:
        return
    started, amount = _long_ago(rng, month), int(180 + rng.random() * 320) * 100
    reason = "no_labour" if not household.has_labour else ("illness", "disability", "schooling")[int(rng.random() * 3)]
    for person in members:
        if person.id_no is None or not (whole or person is members[0]):
            continue
        change = "adjusted" if rng.random() < 0.05 else "none"
        person.rows[LOW].append(low_row(kind, started, amount, change=change, reason=reason))
        # The registry lags behind civil affairs for a few people.
        if kind != "marginal" and rng.random() > 0.02:
            person.relief = kind


def enrol_row(rng: Random, month: Month, scheme: str, subsidy: int) -> Record:
    """The row of a paid insurance year; employees pay with their wage and carry no payment date."""
    is_resident = scheme == "resident"
    return {
        "year": month.year,
        "scheme": scheme,
        "paid_on": between(rng, date(month.year - 1, 9, 1), date(month.year - 1, 12, 31)) if is_resident else None,
        "personal_paid": _CONTRIBUTION - subsidy if is_resident else 0,
        "subsidy": subsidy if is_resident else 0,
    }


def insure(rng: Random, month: Month, household: Household, *, quiet: bool) -> None:
    """Insure everybody with a number; outside stories about one in 250 is missing from the list."""
    missing = 0.0 if quiet else 0.0015 if household.is_low_income else 0.004
    for person in household.members:
        if person.id_no is None or rng.random() < missing:
            continue
        subsidy = 0
        if person.relief != "none":
            subsidy = _CONTRIBUTION if person.relief == "tekun" else 32000
        elif household.is_low_income:
            subsidy = 20000
        scheme = "employee" if person.labour in ("1", "2") and rng.random() < 0.09 else "resident"
        person.rows[ENROL] = [enrol_row(rng, month, scheme, subsidy)]


def cost_row(month: Month, total: int, self_paid: int, *, low_income: bool, outpatient: int | None = None) -> Record:
    """Bills of the year to date in fen: what the three layers paid and what is left to the patient."""
    paid = total - self_paid
    critical = paid // 5 if total > 2_000_000 else 0
    aid = paid // 10 if low_income else 0
    return {
        "year": month.year,
        "period_to": month.as_of,
        "total": total,
        "basic_paid": paid - critical - aid,
        "critical_paid": critical,
        "aid_paid": aid,
        "self_paid_ytd": self_paid,
        "inpatient_self_paid": self_paid * 7 // 10,
        "outpatient_self_paid_month": outpatient,
    }


def fall_ill(rng: Random, month: Month, household: Household, *, quiet: bool) -> None:
    """Draw the year's medical bills; nobody has any in a quiet household."""
    if quiet:
        return
    for person in household.members:
        share, median = 0.04, 900.0
        if "major_disease" in person.health:
            share, median = 0.85, 22000.0
        elif person.is_sick:
            share, median = 0.35, 2600.0
        if person.id_no is None or rng.random() >= share:
            continue
        is_poor = household.is_low_income or person.relief != "none"
        total = int(rng.lognormvariate(0.0, 0.75) * median * 100)
        self_paid = int(total * (0.1 + rng.random() * (0.12 if is_poor else 0.35)))
        outpatient = int(rng.random() ** 3 * 52000) if rng.random() < 0.5 else None
        bills = cost_row(month, total, self_paid, low_income=is_poor, outpatient=outpatient)
        person.rows[COST] = [bills]
    if rng.random() < 0.012:
        person = household.members[0]
        if person.id_no is not None:
            first = temp_row(rng, month)
            person.rows[TEMP].append(first)
            if rng.random() < 0.04:
                person.rows[TEMP].append(temp_row(rng, month, not_on=first["granted_on"]))


def temp_row(rng: Random, month: Month, granted_on: date | None = None, *, not_on: date | None = None) -> Record:
    """A one-off grant, by default some day of the last ten months; never on `not_on`, the day of another one.

    Person and day are the dataset's key: two grants on one day would be an unplanned duplicate.
    """
    day = granted_on or between(rng, month.months_back(10), month.as_of)
    if day == not_on:
        day -= timedelta(days=1)
    return {"granted_on": day, "amount": int(500 + rng.random() * 2500) * 100, "reason": "illness"}


def house_row(ref: str, grade: str, appraised_on: date, measure: str = "none", *, sole: bool = True) -> Record:
    """An appraisal of a house."""
    return {
        "house_ref": ref,
        "grade": grade,
        "appraised_on": appraised_on,
        "sole_residence": sole,
        "measure": measure,
    }


def house(rng: Random, month: Month, household: Household, *, quiet: bool) -> None:
    """Draw tenure and appraisals; a quiet household owns a house that nobody had to appraise."""
    if quiet:
        return
    chance = rng.random()
    if chance < 0.0008:
        household.tenure = "borrowed" if chance < 0.0005 else "none"
        return
    if chance < 0.03:
        household.tenure = "rented_safe"
        return
    owner = household.members[0]
    if rng.random() > 0.07 or owner.id_no is None:
        return
    chance = rng.random()
    grade = "A" if chance < 0.36 else "B" if chance < 0.8 else "C" if chance < 0.95 else "D"
    measure = "none"
    if grade in "CD":
        measure = "finished" if rng.random() < 0.92 else ("none", "planned", "in_progress")[int(rng.random() * 3)]
    day = between(rng, date(month.year - 4, 1, 1), month.as_of)
    sole = rng.random() < 0.93
    owner.rows[HOUSE].append(house_row(f"F{household.hh_no[3:]}-1", grade, day, measure, sole=sole))
