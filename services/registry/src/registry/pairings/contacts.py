"""Use cases of the contact log (联系记录)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from registry.attachments import service as attachments
from registry.households import service as households
from registry.pairings import service, store
from registry.pairings.problems import ContactInvalid
from registry.pairings.schemas import ContactIn, ContactOut, ContactPage, ContactQuery
from registry.pairings.tables import Contact
from registry.roster import service as roster
from servicekit import clock, ids
from servicekit.auth import Principal
from servicekit.paging import encode_cursor


async def record(session: AsyncSession, principal: Principal, body: ContactIn) -> ContactOut:
    """Keep that a helper was in touch with a household.

    Raises:
        HouseholdNotFound, StaffNotFound
        ContactInvalid: a day to come, or not the household's helper on that day, an attachment that was not kept.
    """
    await households.require(session, principal, str(body.household_id))
    await roster.require_seen(session, principal, body.staff_id)
    if body.happened_on > clock.today():
        raise ContactInvalid("a day to come", errors=[service.fault("happened_on.future", "/happened_on")])
    if not await store.was_paired(session, body.household_id, body.staff_id, body.happened_on):
        raise ContactInvalid("not its helper", errors=[service.fault("staff_id.not_paired", "/staff_id")])
    kept = await attachments.hold(session, body.household_id, body.attachments)
    unknown = [
        service.fault("attachments.unknown", f"/attachments/{index}")
        for index, sha256 in enumerate(body.attachments)
        if sha256 not in kept
    ]
    if unknown:
        raise ContactInvalid(f"{len(unknown)} attachment(s) are not kept", errors=unknown)
    contact = Contact(
        id=UUID(ids.new_id()),
        **body.model_dump(exclude={"way"}),
        way=body.way.value,
        recorded_at=clock.now(),
        recorded_by=principal.actor,
    )
    session.add(contact)
    await session.flush()
    kind = attachments.UseKind.CONTACT
    await attachments.name(session, body.household_id, body.attachments, kind, str(contact.id))
    places = {name: str(getattr(contact, name)) for name in ("id", "household_id", "staff_id")}
    return ContactOut.model_validate(contact.model_dump() | places)


async def page(
    session: AsyncSession, principal: Principal, wanted: ContactQuery, after: Sequence[str] | None
) -> ContactPage:
    """Give a page of the contacts with the caller's households, newest told first.

    Raises:
        OutsideArea
    """
    conditions, values = service.bounds(principal, wanted.area)
    for column, value in (("household_id", wanted.household_id), ("staff_id", wanted.staff_id)):
        if value is not None:
            conditions.append(f"c.{column} = :{column}")
            values[column] = value
    values |= {"after": after[0] if after else None, "limit": wanted.limit + 1}
    rows, total = await store.contacts(session, conditions, values)
    items = [ContactOut.model_validate(row) for row in rows[: wanted.limit]]
    cursor = encode_cursor([items[-1].id]) if len(rows) > wanted.limit else None
    return ContactPage(items=items, total=total, next_cursor=cursor)
