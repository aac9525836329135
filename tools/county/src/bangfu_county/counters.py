"""What banks, insurers, the treasury, the resettlement office, the police's roll and the hotlines hold."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from bangfu_county.calendar import Month, between
from bangfu_county.model import Household, Person, Record

LOAN, CLAIM, SUBSIDY_CARD = "DS-BNK-LOAN", "DS-INS-CLAIM", "DS-FIN-SUBSIDY"
RESETTLED, HUKOU_ROLL, TICKET = "DS-RES-HH", "DS-PSB-ROLL", "DS-PET-TICKET"
# Datasets that this module tells of.
OF_COUNTERS = frozenset({LOAN, CLAIM, SUBSIDY_CARD, RESETTLED, HUKOU_ROLL, TICKET})

_ON_ROLL = 0.1  # of the households outside stories: the roll of a few police stations


def loan_row(ref: str, due_on: date, overdue_days: int = 0, balance: int = 3_000_000) -> Record:
    """A micro-credit, money in fen; an overdue one owes a tenth of its balance."""
    return {
        "loan_ref": f"DK{ref}",
        "product": "micro",
        "balance": balance,
        "due_on": due_on,
        "overdue_days": overdue_days,
        "overdue_amount": balance // 10 if overdue_days else 0,
    }


def claim_row(ref: str, paid_on: date, amount: int, cause: str = "illness") -> Record:
    """A payout in fen."""
    return {"claim_no": f"LP{ref}", "product": "poverty", "cause": cause, "paid_on": paid_on, "amount": amount}


def subsidy_card_row(item: str, first_month: date, last_month: date, stop_reason: str | None = None) -> Record:
    """A subsidy on the card; months are their first days."""
    return {
        "item": item,
        "first_month": first_month.replace(day=1),
        "last_month": last_month.replace(day=1),
        "amount": 6000,
        "stop_reason": stop_reason,
    }


def resettled_row(moved_year: int = 2019) -> Record:
    """A person of a resettled household."""
    return {
        "site_id": "AZ-001",
        "moved_year": moved_year,
        "mode": "together",
        "hukou_moved": True,
        "title_issued": moved_year < 2020,
    }


def roll_row(ref: str, person: Person, size: int) -> Record:
    """A person in a registered household of so many."""
    return {"household_ref": ref, "relation": "户主" if person.relation == "head" else "家属", "size": size}


def ticket_row(ref: str, received_on: date, category: str, village_code: str) -> Record:
    """A ticket of the hotline 12317."""
    return {
        "ticket_no": f"12317-{ref}",
        "channel": "h12317",
        "received_on": received_on,
        "category": category,
        "village_code": village_code,
    }


def stand_on_roll(household: Household) -> None:
    """Put all members with a number on the police's roll, as one registered household."""
    listed = [person for person in household.members if person.id_no is not None]
    for person in listed:
        person.rows[HUKOU_ROLL] = [roll_row(f"H{household.hh_no}", person, len(household.members))]


def call(rng: Random, month: Month, household: Household) -> None:
    """Draw what the counters hold of a household; of a story's nothing but that it was resettled."""
    if household.is_resettled:
        for person in household.members:
            if person.id_no is not None:
                person.rows[RESETTLED].append(resettled_row())
    if household.is_story:
        return
    ref = household.hh_no[3:]
    if rng.random() < _ON_ROLL:
        stand_on_roll(household)
        if rng.random() < 0.02:  # one more is registered there
            for person in household.members:
                for row in person.rows[HUKOU_ROLL]:
                    row["size"] += 1
    head = household.members[0]
    if head.id_no is None:
        return
    if household.is_low_income and rng.random() < 0.15:
        overdue = 1 + int(rng.random() * 60) if rng.random() < 0.04 else 0
        due_on = between(rng, month.as_of, month.as_of + timedelta(days=700))
        head.rows[LOAN].append(loan_row(ref, month.as_of - timedelta(days=overdue) if overdue else due_on, overdue))
    if rng.random() < 0.01:
        cause = ("illness", "illness", "accident", "disaster", "other")[int(rng.random() * 5)]
        day = between(rng, month.months_back(11), month.as_of)
        head.rows[CLAIM].append(claim_row(ref, day, int(rng.random() ** 3 * 2_000_000) + 20000, cause))
    if rng.random() < 0.05:
        first = month.months_back(6 + int(rng.random() * 30))
        last = month.months_back(2 + int(rng.random() * 4)) if rng.random() < 0.03 else month.as_of
        head.rows[SUBSIDY_CARD].append(subsidy_card_row("高龄津贴", first, last))
    if rng.random() < 0.003:
        category = ("hardship", "unfair", "missing_help", "other")[int(rng.random() * 4)]
        day = between(rng, month.months_back(8), month.as_of)
        head.rows[TICKET].append(ticket_row(ref, day, category, household.village_code))
