"""A household as the register knew it at an instant, and what of that had happened by a day (two times)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.fields import HOUSEHOLD, INCOME, announced, shown
from registry.fields import json_fields
from registry.households import listing, rules
from registry.households.problems import HouseholdNotKnownYet, InstantAhead
from registry.households.schemas import HouseholdDetail, HouseholdThen
from registry.households.tables import Household
from servicekit import clock
from servicekit.db import any_of, array_text
from servicekit.event_sql import json_object
from servicekit.problems import FieldError

_AHEAD = "在将来 / lies in the future"
_KEPT = """
SELECT r.version, r.snapshot, coalesce((SELECT b.replaced_at FROM household_history b
    WHERE b.household_id = r.household_id AND b.version < r.version ORDER BY b.version DESC LIMIT 1), :created)
    AS updated_at
FROM household_history r WHERE r.household_id = :id AND r.replaced_at > :at ORDER BY r.version LIMIT 1
"""
_DAYS = "p.id::text AS id, p.birth_date, p.joined_on, p.came_on, p.left_on"
_PEOPLE = f"""
SELECT {_DAYS}, {listing.PERSON_JSON} AS shown FROM person p WHERE p.id = {any_of("ids", "uuid")}
"""
_BELONGED = f"""
SELECT {_DAYS}, {listing.PERSON_JSON} AS shown FROM person p
WHERE p.household_id = :id AND p.merged_into IS NULL AND (p.is_active OR p.left_on > :day) ORDER BY p.ordinal, p.id
"""
# Found again with the same amounts an income is of the later day, and was known of the one on which it was recorded.
_INCOMES = f"""
SELECT DISTINCT ON (i.year) {json_object(json_fields(announced(INCOME), "i"))} AS income FROM income i
WHERE i.household_id = :id AND i.recorded_at <= :at AND {{found_on}} <= :day
ORDER BY i.year DESC, {{found_on}} DESC, i.version DESC
""".replace(
    "{found_on}",
    "least(coalesce(i.as_of, 'infinity'), CAST(i.recorded_at AT TIME ZONE 'Asia/Shanghai' AS date))",
)


async def read(session: AsyncSession, household: Household, then: HouseholdThen) -> HouseholdDetail:
    """Give a household that the caller may see as it was known at an instant, and had become by a day.

    Raises:
        InstantAhead: one of the two has not come yet.
        HouseholdNotKnownYet: it was registered later.
    """
    now = clock.now()
    at, day = then.as_of or now, then.occurred_by
    for name, is_ahead in (("as_of", at > now), ("occurred_by", day is not None and day > clock.today())):
        if is_ahead:
            fault = FieldError(pointer=f"query:{name}", code=f"{name}.future", detail=_AHEAD)
            raise InstantAhead("the register does not know what is to come", errors=[fault])
    if at < household.created_at:
        raise HouseholdNotKnownYet("it was registered later", known_since=household.created_at.isoformat())
    document, as_now, known = await _known_at(session, household, at)
    if day is not None:
        document |= await _happened_by(session, household, document, at, day)
    return HouseholdDetail.model_validate(
        document
        | {
            "as_of": then.as_of,
            "occurred_by": day,
            "as_now": as_now,
            "of_later_days": sorted(name for name in known if day is not None and known[name] > day.isoformat()),
        }
    )


async def _known_at(
    session: AsyncSession, household: Household, at: datetime
) -> tuple[dict[str, Any], list[str], dict[str, str]]:
    """Give the household as it was known, what is shown as it is now, and of which day its fields are."""
    now = await listing.one(session, str(household.id))
    assert now is not None  # noqa: S101  # the caller holds it
    values = {"id": household.id, "at": at, "created": household.created_at}
    row = (await session.execute(text(_KEPT), values)).first()
    if row is None:
        return now, [], _public(household.known)
    ids = [member["person_id"] for member in row.snapshot["members"]]
    found = await session.execute(text(_PEOPLE), {"ids": array_text(ids)})
    people = {each.id: each.shown | {"joined_on": each.joined_on} for each in found}
    document, as_now = rules.as_kept(row.snapshot, now, people)
    document |= {"id": str(household.id), "version": row.version, "updated_at": row.updated_at}
    return document, as_now, _public(row.snapshot.get("known") or {})


def _public(known: dict[str, str]) -> dict[str, str]:
    return {field.public_name: known[field.name] for field in shown(HOUSEHOLD) if field.name in known}


async def _happened_by(
    session: AsyncSession, household: Household, document: dict[str, Any], at: datetime, day: date
) -> dict[str, Any]:
    """Give the members and incomes of a day: who joined later is not there yet, who left since still is."""
    known = {member["id"]: member for member in document["members"]}
    of_then = await session.execute(text(_PEOPLE), {"ids": array_text(known)})
    since_left = await session.execute(text(_BELONGED), {"id": household.id, "day": day})
    rows = {row["id"]: row for row in (*of_then.mappings(), *since_left.mappings())}
    members = [
        known.get(person, rows[person]["shown"])
        for person in dict.fromkeys((*known, *rows))
        if rules.was_there(rows[person], day)
    ]
    incomes = await session.execute(text(_INCOMES), {"id": household.id, "at": at, "day": day})
    return {"members": members, "incomes": list(incomes.scalars())}
