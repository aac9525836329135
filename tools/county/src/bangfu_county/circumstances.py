"""What health, welfare, housing, water, emergency, police and veterans' offices know of a household in a month.

The families that play no story: few of them have anything of this.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from bangfu_county.calendar import Month, age_on, between
from bangfu_county.model import Household, Person, Record
from bangfu_county.numbers import certificate_suffix

DISEASE, CERT, WATER = "DS-HEA-DISEASE", "DS-DPF-CERT", "DS-WAT-STATUS"
SUBSIDY, CHILD, CARE = "DS-CIV-DIS2", "DS-CIV-CHILD", "DS-VET-CARE"
LOSS, ACCIDENT = "DS-EMG-LOSS", "DS-EMG-ACC"
CONTRACT, WORKS, HARM, HUKOU = "DS-HEA-CONTRACT", "DS-HOU-WORKS", "DS-PSB-HARM", "DS-PSB-HUKOU"
LINK, HAZARD = "DS-AGR-LINK", "DS-NAT-HAZ"
# Datasets that this module tells of; of projects and hazard points only stories have any.
TOLD = frozenset({LINK, HAZARD, DISEASE, CERT, WATER, SUBSIDY, CHILD, CARE})
TOLD |= {LOSS, ACCIDENT, CONTRACT, WORKS, HARM, HUKOU}

_DISEASES = ("D03", "D07", "D08", "D10", "D12", "D23", "D24", "D99")
_SUBSIDY = 9000  # fen a month
_OLD = 65


def disease_row(code: str, diagnosed_on: date, status: str = "confirmed") -> Record:
    """A diagnosis."""
    return {"disease_code": code, "diagnosed_on": diagnosed_on, "status": status}


def cert_row(level: int, issued_on: date, change: str = "new", *, category: str = "4") -> Record:
    """A disability certificate."""
    return {"category": category, "level": level, "issued_on": issued_on, "change": change}


def subsidy_row(item: str, from_on: date, to_on: date | None = None) -> Record:
    """One of the two subsidies for the disabled, `nursing` or `living`."""
    return {"item": item, "from_on": from_on, "to_on": to_on, "amount": _SUBSIDY}


def child_row(kind: str, from_on: date) -> Record:
    """An orphan, or a child whom nobody raises."""
    return {"type": kind, "from_on": from_on}


def care_row(category: str, from_on: date, grade: int | None = None) -> Record:
    """A disabled soldier with a grade, or the recipient of a regular pension."""
    return {"category": category, "disability_grade": grade, "from_on": from_on, "to_on": None}


def water_row(checked_on: date, *failed: str, scheme: str = "集中供水工程") -> Record:
    """A check of a household's water; `failed` are some of quantity, quality, convenience and guarantee."""
    kept = {f"{name}_ok": name not in failed for name in ("quantity", "quality", "convenience", "guarantee")}
    return {"scheme": scheme, "checked_on": checked_on, **kept}


def loss_row(
    household: Household,
    ended_on: date,
    damage: str = "none",
    crops: int | None = None,
    *,
    deaths: int = 0,
    hurt: int = 0,
) -> Record:
    """What a flood took from a household."""
    return {
        "event_id": f"ZH{ended_on:%Y-%m%d}",
        "disaster_subtype": "0201",
        "ended_on": ended_on,
        "village_code": household.village_code,
        "deaths": deaths,
        "injured": hurt,
        "house_damage": damage,
        "crop_loss_pct": crops,
        "est_loss": 350000 if damage == "none" else 4200000,
    }


def accident_row(happened_on: date, consequence: str) -> Record:
    """What an accident did to somebody."""
    return {"event_id": f"SG{happened_on:%Y-%m%d}", "happened_on": happened_on, "consequence": consequence}


def contract_row(signed_on: date, valid_to: date) -> Record:
    """A contract with a family doctor."""
    return {"team": "卫生院第一团队", "signed_on": signed_on, "valid_to": valid_to}


def works_row(
    approved_on: date, due_on: date, finished_on: date | None = None, started_on: date | None = None
) -> Record:
    """The renovation of a house."""
    return {
        "approved_on": approved_on,
        "started_on": started_on,
        "finished_on": finished_on,
        "due_on": due_on,
        "subsidy": 2500000,
    }


def harm_row(happened_on: date, consequence: str, cause: str = "traffic") -> Record:
    """What a traffic accident or a crime did to somebody."""
    return {"cause": cause, "happened_on": happened_on, "consequence": consequence}


def hukou_row(change: str, changed_on: date) -> Record:
    """A change of household registration."""
    return {"change": change, "changed_on": changed_on}


def sign(rng: Random, month: Month, household: Household, *, quiet: bool) -> None:
    """Give the old, the ill and the disabled of low income a family doctor; outside stories one in thirty has none."""
    for person in household.members:
        is_poor = household.is_low_income or person.relief != "none"
        is_asked_for = person.is_sick or age_on(person.born, month.as_of) >= _OLD
        if is_poor and is_asked_for and person.id_no is not None and (quiet or rng.random() < 0.97):
            signed = date(month.year, 1, 5)
            person.rows[CONTRACT].append(contract_row(signed, date(month.year, 12, 31)))


def tell(rng: Random, month: Month, household: Household) -> None:
    """Draw what the departments hold of a household that plays no story."""
    for person in household.members:
        if person.id_no is None:
            continue
        _of_health(rng, month, person)
        if "disabled" in person.health and rng.random() < 0.6:
            _of_disability(rng, month, person, person.id_no)
        _of_rarer_things(rng, month, person)
    head = household.members[0]
    if head.id_no is None:
        return
    if rng.random() < 0.05:
        failed = (("quality",), ("guarantee",), ("convenience", "quantity"))[int(rng.random() * 3)]
        day = between(rng, month.months_back(10), month.as_of)
        head.rows[WATER].append(water_row(day, *(failed if rng.random() < 0.04 else ())))
    if rng.random() < 0.006:
        damage = ("none", "none", "minor", "serious", "collapsed")[int(rng.random() * 5)]
        day = between(rng, month.months_back(8), month.as_of)
        head.rows[LOSS].append(loss_row(household, day, damage, int(rng.random() * 90)))
    if rng.random() < 0.008:
        head.rows[WORKS].append(_works(rng, month))


def _works(rng: Random, month: Month) -> Record:
    """Works of the last year and a half; most of them are finished."""
    approved = between(rng, month.months_back(18), month.months_back(1))
    started = approved + timedelta(days=30)
    finished = started + timedelta(days=120)
    is_finished = finished <= month.as_of and rng.random() < 0.9
    return works_row(approved, approved + timedelta(days=300), finished if is_finished else None, started)


def _of_health(rng: Random, month: Month, person: Person) -> None:
    if "major_disease" in person.health and rng.random() < 0.8:
        day = between(rng, date(month.year - 4, 1, 1), month.as_of)
        code = _DISEASES[int(rng.random() * len(_DISEASES))]
        person.rows[DISEASE].append(disease_row(code, day, "recovered" if rng.random() < 0.1 else "treated"))


def _of_disability(rng: Random, month: Month, person: Person, number: str) -> None:
    """A certificate as the number on file says it, and nearly always the subsidies that go with it."""
    suffix = certificate_suffix(number)
    day = between(rng, date(month.year - 8, 1, 1), month.as_of)
    person.rows[CERT].append(cert_row(int(suffix[1]), day, category=suffix[0]))
    if suffix[1] in "12" and rng.random() < 0.93:
        person.rows[SUBSIDY].append(subsidy_row("nursing", day))
    if person.relief == "dibao" and rng.random() < 0.93:
        person.rows[SUBSIDY].append(subsidy_row("living", day))


def _of_rarer_things(rng: Random, month: Month, person: Person) -> None:
    if rng.random() < 0.002:
        day = between(rng, month.months_back(8), month.as_of)
        if rng.random() < 0.4:
            person.rows[HARM].append(harm_row(day, ("none", "injured", "disabled")[int(rng.random() * 3)]))
        else:
            change = ("marriage", "moved_in", "moved_out", "prison")[int(rng.random() * 4)]
            person.rows[HUKOU].append(hukou_row(change, day))
    chance, age = rng.random(), age_on(person.born, month.as_of)
    day = between(rng, date(month.year - 3, 1, 1), month.as_of)
    if chance < 0.0006:
        consequence = ("minor", "minor", "serious", "disabled")[int(rng.random() * 4)]
        person.rows[ACCIDENT].append(accident_row(between(rng, month.months_back(8), month.as_of), consequence))
    elif age < 18 and person.relation in ("child", "grandchild") and chance < 0.002:
        person.rows[CHILD].append(child_row("unattended", day))
    elif age >= 30 and chance < 0.004:
        is_soldier = rng.random() < 0.5
        grade = 1 + int(rng.random() * 10) if is_soldier else None
        person.rows[CARE].append(care_row("soldier" if is_soldier else "pension", day, grade))
