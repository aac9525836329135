"""Who receives student aid this term, and where those go who finished a school."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from bangfu_county.calendar import Month, age_on, between
from bangfu_county.circumstances import CERT
from bangfu_county.model import Household, Record
from bangfu_county.schooling import ROLL
from bangfu_county.welfare import LOW

# What this module tells of students.
OF_STUDENTS = AID, GRAD = "DS-EDU-AID", "DS-EDU-GRAD"


def aid_row(month: Month, item: str, amount: int = 75000, paid_on: date | None = None) -> Record:
    """Aid of the running term in fen, paid on the last day of the month unless told."""
    return {"term": month.term, "item": item, "amount": amount, "paid_on": paid_on or month.as_of}


def grad_row(stage: str, finished_on: date, continues_at: str | None = None, job_from: date | None = None) -> Record:
    """A school leaver."""
    return {"stage": stage, "finished_on": finished_on, "continues_at": continues_at, "job_from": job_from}


def support(rng: Random, month: Month, household: Household) -> None:
    """Aid for students of low income or with a certificate, and this summer's school leavers.

    In a quiet household everybody is aided who should be; outside stories one in thirty is forgotten.
    """
    quiet = household.is_story
    for person in household.members:
        if person.id_no is None:
            continue
        if person.rows[ROLL]:
            is_poor = household.is_low_income or person.relief != "none" or bool(person.rows[LOW])
            stages = {row["stage"] for row in person.rows[ROLL]}
            if (is_poor or person.rows[CERT]) and (quiet or rng.random() < 0.97):
                paid_on = between(rng, month.term_began, month.as_of)
                item = "living" if stages & {"primary", "junior"} else "grant"
                person.rows[AID].append(aid_row(month, item, paid_on=paid_on))
                if household.is_low_income and stages & {"vocational", "higher_vocational"}:
                    person.rows[AID].append(aid_row(month, "rain_dew", 150000, paid_on))
        age = age_on(person.born, month.cutoff)
        if quiet or age not in (15, 18) or person.relation not in ("child", "grandchild"):
            continue
        finished_on = date(month.cutoff.year, 6, 30)
        goes_to = person.rows[ROLL][0]["school"] if person.rows[ROLL] and rng.random() < 0.98 else None
        job_from = None if goes_to or rng.random() < 0.5 else finished_on + timedelta(days=40)
        person.rows[GRAD].append(grad_row("junior" if age == 15 else "senior", finished_on, goes_to, job_from))
