"""Who signed in, as the roster knows them, and what they may do through an application."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.registry import Appointment, StaffChanged
from gateway.people import store
from gateway.people.decisions import Application, Asked, Grant, Person, Refusal, Term, decide, seconds_left
from gateway.people.declared import PeopleIssuer
from gateway.people.issuers import PeopleIssuers
from gateway.people.problems import REFUSALS, IssuerAway, SessionElsewhere, refused
from gateway.people.reasons import Reason
from gateway.people.sessions import Sessions
from gateway.people.store import changed_versions
from gateway.people.subject import ACCESS_TOKEN, JWT, TOKEN_TYPES, Subject

__all__ = [
    "ACCESS_TOKEN", "JWT", "REFUSALS", "TOKEN_TYPES", "Application", "Asked", "Grant", "IssuerAway", "PeopleIssuer",
    "PeopleIssuers", "Person", "Reason", "Refusal", "SessionElsewhere", "Sessions", "Subject", "Term",
    "changed_versions", "decide", "person_of", "refused", "seconds_left", "take",
]  # fmt: skip

_TERMS: TypeAdapter[list[Appointment]] = TypeAdapter(list[Appointment])


async def take(session: AsyncSession, said: Sequence[StaffChanged]) -> None:
    """Keep what the registry says of people; the greatest version holds."""
    newest: dict[str, StaffChanged] = {}
    for person in said:
        known = newest.get(person.staff_id)
        if known is None or known.version < person.version:
            newest[person.staff_id] = person
    await store.keep(session, list(newest.values()))


async def person_of(session: AsyncSession, subject: Subject) -> Person | None:
    """Give whose account signed in; None if it is nobody's.

    Raises:
        SignInRefused: it is two people's.
    """
    found = [_person(row) for row in await store.of_account(session, subject.issuer, subject.account)]
    if len(found) > 1:
        raise refused(Reason.SHARED_ACCOUNT)
    return next(iter(found), None)


def _person(row: Any) -> Person:  # Any: a mapping whose values are of the columns' types
    terms = [
        Term(
            appointment_id=term.appointment_id,
            role=term.role,
            area_code=term.area_code,
            department=term.department,
            grid=term.grid,
            first_on=term.first_on,
            last_on=term.last_on,
        )
        for term in _TERMS.validate_python(row["appointments"])
    ]
    return Person(row["staff_id"], row["version"], row["is_active"], terms)
