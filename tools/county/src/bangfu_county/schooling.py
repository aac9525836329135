"""Who is in which stage and grade, what the school rolls say and what families pay."""

from __future__ import annotations

from random import Random

from bangfu_county.calendar import Month, age_on
from bangfu_county.model import Person, Record

# What this module tells of the young.
ROLL, EXEMPT, FEE = "DS-EDU-ROLL", "DS-EDU-EXEMPT", "DS-EDU-FEE"

_PUPILS = frozenset({"child", "grandchild", "sibling"})
_STAGE_SCHOOL = {
    "primary": "中心小学",
    "junior": "初级中学",
    "senior": "第一高级中学",
    "vocational": "职业技术学校",
    "higher_vocational": "职业技术学院",
    "bachelor": "大学",
    "master": "大学研究生院",
}


def roll_row(stage: str, grade: int, town: str) -> Record:
    """The row of somebody who is on the roll and present."""
    place = f"{town}" if stage in ("primary", "junior") else "明川"
    return {
        "school": place + _STAGE_SCHOOL[stage],
        "stage": stage,
        "grade": grade,
        "roll_status": "enrolled",
        "present": True,
    }


def fee_row(month: Month, stage: str, tuition: int, board: int, books: int, aid: int) -> Record:
    """A school year's bill in fen; what is left to pay follows from the parts."""
    return {
        "school_year": month.school_year,
        "stage": stage,
        "tuition": tuition,
        "board": board,
        "books": books,
        "aid_total": aid,
        "self_paid": max(0, tuition + board + books - aid),
    }


def _place(rng: Random, age: int, *, keen: bool) -> tuple[str | None, int, bool]:
    """Stage, grade and whether compulsory schooling is finished, by age at the cutoff."""
    if age < 3:
        return None, 0, False
    if age < 6:
        return ("preschool" if keen or rng.random() < 0.85 else None), 0, False
    is_late = not keen and rng.random() < 0.04
    if age < 16 and (age < 15 or is_late):
        grade = min(9, max(1, age - 5 - is_late))
        return ("primary" if grade <= 6 else "junior"), grade, False
    chance = rng.random() * (0.9 if keen else 1.0)
    if age <= 17:
        stage = "senior" if chance < 0.58 else "vocational" if chance < 0.92 else None
        return stage, age - 14 if stage else 0, True
    if age <= 21:
        scale = 1.6 if keen else 1.0
        if chance < 0.26 * scale:
            return "bachelor", age - 17, True
        if (chance < 0.5 * scale or keen) and age <= 20:
            return "higher_vocational", age - 17, True
        return None, 0, True
    if age <= 24 and chance < 0.03:
        return "master", age - 21, True
    return None, 0, True


def enrol_in_school(rng: Random, month: Month, person: Person, town: str, *, keen: bool, is_low_income: bool) -> None:
    """Give a young member a stage, a roll row and, above compulsory schooling, a bill.

    Args:
        rng: Source of chance.
        month: The reporting period; grades follow from the age at its cutoff.
        person: Changed in place.
        town: Name of the township, part of the school's name.
        keen: Everybody of school age studies, without late starters (for planned stories).
        is_low_income: Poor students receive aid.
    """
    age = age_on(person.born, month.cutoff)
    if age > 24 or (person.relation not in _PUPILS and age >= 18):
        return
    stage, grade, finished = _place(rng, age, keen=keen)
    person.school_stage, person.grade, person.has_finished_compulsory = stage, grade, finished
    if stage is None or stage == "preschool":
        return
    person.rows[ROLL] = [roll_row(stage, grade, town)]
    if stage in ("primary", "junior") or (not keen and rng.random() > 0.7):
        return
    tuition = {"senior": 2000, "vocational": 900, "higher_vocational": 5500}.get(stage, 5800)
    tuition = int(tuition * (0.8 + rng.random() * 0.5)) * 100
    if not keen and stage in ("higher_vocational", "bachelor") and rng.random() < 0.015:
        tuition = (13000 + int(rng.random() * 9000)) * 100  # a private college
    aid = int(rng.random() * 3300 + 1000) * 100 if is_low_income else 0
    board, books = int(600 + rng.random() * 900) * 100, int(rng.random() * 70000)
    person.rows[FEE].append(fee_row(month, stage, tuition, board, books, aid))
