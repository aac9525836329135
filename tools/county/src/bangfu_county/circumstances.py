"""What health, the disabled persons' federation and water know of a household, as a month shows it."""

from __future__ import annotations

from datetime import date
from random import Random

from bangfu_county.calendar import Month, between
from bangfu_county.model import Household, Person, Record
from bangfu_county.numbers import certificate_suffix

DISEASE, CERT, WATER = "DS-HEA-DISEASE", "DS-DPF-CERT", "DS-WAT-STATUS"
# Datasets that this module tells of.
TOLD = frozenset({DISEASE, CERT, WATER})

_DISEASES = ("D03", "D07", "D08", "D10", "D12", "D23", "D24", "D99")


def disease_row(code: str, diagnosed_on: date, status: str = "confirmed") -> Record:
    """A diagnosis."""
    return {"disease_code": code, "diagnosed_on": diagnosed_on, "status": status}


def cert_row(level: int, issued_on: date, change: str = "new", *, category: str = "4") -> Record:
    """A disability certificate."""
    return {"category": category, "level": level, "issued_on": issued_on, "change": change}


def water_row(checked_on: date, *failed: str) -> Record:
    """A check of a household's water; `failed` are some of quantity, quality, convenience and guarantee."""
    kept = {f"{name}_ok": name not in failed for name in ("quantity", "quality", "convenience", "guarantee")}
    return {"scheme": "集中供水工程", "checked_on": checked_on, **kept}


def tell(rng: Random, month: Month, household: Household) -> None:
    """Draw what the departments hold of a household that plays no story."""
    for person in household.members:
        if person.id_no is not None:
            _of_health(rng, month, person)
    if rng.random() < 0.05 and household.members[0].id_no is not None:
        failed = (("quality",), ("guarantee",), ("convenience", "quantity"))[int(rng.random() * 3)]
        day = between(rng, month.months_back(10), month.as_of)
        household.members[0].rows[WATER].append(water_row(day, *(failed if rng.random() < 0.04 else ())))


def _of_health(rng: Random, month: Month, person: Person) -> None:
    if "major_disease" in person.health and rng.random() < 0.8:
        day = between(rng, date(month.year - 4, 1, 1), month.as_of)
        code = _DISEASES[int(rng.random() * len(_DISEASES))]
        person.rows[DISEASE].append(disease_row(code, day, "recovered" if rng.random() < 0.1 else "treated"))
    if "disabled" in person.health and person.id_no is not None and rng.random() < 0.6:
        category, level = certificate_suffix(person.id_no)[:2]
        day = between(rng, date(month.year - 8, 1, 1), month.as_of)
        person.rows[CERT].append(cert_row(int(level), day, category=category))
