"""Who works where, lost the work, holds a public post and has a pension insurance, as the departments tell it."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from bangfu_county.calendar import Month, age_on, between
from bangfu_county.circumstances import CERT
from bangfu_county.model import Household, Record
from bangfu_county.welfare import ENROL, LOW

# What this module tells of those who can work.
OF_WORK = WORK, UNEMP, POST, RANGER, PENSION = (
    "DS-HRS-WORK", "DS-HRS-UNEMP", "DS-HRS-POST", "DS-FOR-RANGER", "DS-HRS-PENSION",
)  # fmt: skip

# (place, county or city of it, how the work was found, employer, branch)
_WORK = (
    ("outside", "东莞市", "away", "某电子有限公司", "制造业"),
    ("outside", "昆山市", "away", "某精密机械厂", "制造业"),
    ("province", "明阳市", "away", "某建筑劳务公司", "建筑业"),
    ("county", "明川县", "near", "某食品加工厂", "制造业"),
    ("town", "明川县", "workshop", "某帮扶车间", "制造业"),
    ("town", None, "near", "灵活就业", None),
)


def work_row(month: Month, kind: int, from_on: date, pay: int | None, *, to_on: date | None = None) -> Record:
    """A spell of work; `kind` chooses place and employer, `pay` is in fen of the month (None: not told)."""
    place, county, channel, employer, industry = _WORK[kind % len(_WORK)]
    until = min(to_on or month.as_of, month.as_of)
    since = max(from_on, date(month.year, 1, 1))
    return {
        "place": place,
        "place_county": county,
        "from_on": from_on,
        "to_on": to_on,
        "employer": employer,
        "industry": industry,
        "monthly_pay": pay,
        "channel": channel,
        "point_to_point": place == "outside" and kind % 3 == 0,
        "months_ytd": max(0, until.month - since.month + 1) if until.year == since.year else 0,
    }


def loss_row(lost_on: date, reason: str = "closed") -> Record:
    """A row of somebody who lost the work and came home."""
    return {"lost_on": lost_on, "reason": reason, "wish": "near"}


def post_row(kind: str, from_on: date, *, pay: int = 80000, attended: int | None = 22) -> Record:
    """A public post, or one of a forest ranger, that is held; `pay` is in fen of the month."""
    return {"post_type": kind, "from_on": from_on, "to_on": None, "monthly_pay": pay, "attendance_days": attended}


def pension_row(month: Month, scheme: str = "resident", *, by_gov: bool = True) -> Record:
    """The year's pension insurance of residents or employees (paid in fen by the person)."""
    paid = 0 if by_gov else 20000
    return {"scheme": scheme, "year": month.year, "paid": paid, "subsidised_by_gov": by_gov}


def employ(rng: Random, month: Month, household: Household) -> None:
    """Give those who can work their work; in a quiet household everybody has had it for long, and is paid.

    Outside stories one in twelve has none, one in eighty lost it lately, and one in three hundred was not paid; members
    of low-income households who can work weakly, or have no other work, may hold a public post.
    """
    quiet = household.is_story
    for person in household.members:
        if person.id_no is None or person.labour not in ("1", "2"):
            continue
        chance, kind = rng.random(), int(rng.random() * len(_WORK))
        from_on = between(rng, date(month.year - 2, 3, 1), month.months_back(1).replace(day=1))
        pay = (2000 + int(rng.random() * 40) * 100) * 100
        row = work_row(month, kind, from_on, pay)
        if quiet or chance < 0.9:
            if not quiet and rng.random() < 0.003:
                row["monthly_pay"] = 0
            person.rows[WORK].append(row)
        elif chance > 0.9875:
            lost_on = month.as_of - timedelta(days=int(rng.random() * 150))
            if rng.random() < 0.5:
                person.rows[WORK].append(work_row(month, kind, min(from_on, lost_on), None, to_on=lost_on))
            else:
                person.rows[UNEMP].append(loss_row(lost_on))
    if not quiet and household.is_low_income:
        _give_posts(rng, month, household)
    for person in household.members:
        if person.id_no is None or not 16 <= age_on(person.born, month.as_of) < 60 or person.school_stage is not None:
            continue
        is_owed = household.is_low_income or person.relief != "none" or bool(person.rows[LOW] or person.rows[CERT])
        if any(row["scheme"] == "employee" for row in person.rows[ENROL]):
            person.rows[PENSION].append(pension_row(month, "employee", by_gov=False))
        elif quiet or rng.random() < (0.97 if is_owed else 0.6):
            person.rows[PENSION].append(pension_row(month, by_gov=is_owed))


def _give_posts(rng: Random, month: Month, household: Household) -> None:
    """Posts of the members who are not at work elsewhere; of one in twenty-five nobody recorded the attendance."""
    for person in household.members:
        if person.id_no is None or person.labour not in ("1", "2", "3") or person.rows[WORK]:
            continue
        chance = rng.random()
        if chance > 0.3 or age_on(person.born, month.as_of) >= 70:
            continue
        attended = None if rng.random() < 0.04 else 18 + int(rng.random() * 8)
        started = date(month.year, 1, 1)
        if chance < 0.08:
            person.rows[RANGER].append(post_row("forest", started, attended=attended))
        else:
            kind = ("cleaning", "road", "water", "care")[int(rng.random() * 4)]
            person.rows[POST].append(post_row(kind, started, attended=attended))
