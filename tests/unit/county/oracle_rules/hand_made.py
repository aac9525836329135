"""Small hand-made households and lists for the rules of the oracle; the period is 2026-10."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from bangfu_county.oracle.evidence import Evidence
from bangfu_county.oracle.register import Home, Member
from bangfu_county.oracle.rules import Rules
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
        is_resettled=False,
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


def low(
    kind: str = "dibao",
    change: str = "none",
    start: date = date(2025, 1, 1),
    end: date | None = None,
    reason: str | None = None,
) -> Row:
    return {"type": kind, "change": change, "from_on": start, "to_on": end, "reason": reason}


def house(grade: str, measure: str = "none", *, sole: bool = True) -> Row:
    return {"grade": grade, "measure": measure, "sole_residence": sole}


NINE = date(2017, 3, 1)
