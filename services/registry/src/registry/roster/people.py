"""Use cases of people and their accounts. Whoever changes somebody locks that person first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.errors import FieldError
from registry.roster import store
from registry.roster.problems import (
    AccountNotFound,
    StaffInactive,
    StaffInOffice,
    StaffNotFound,
    UnitEnded,
    UnitNotFound,
)
from registry.roster.refusals import BY_CONSTRAINT
from registry.roster.schemas import (
    AccountIn,
    StaffDetail,
    StaffIn,
    StaffOut,
    StaffPage,
    StaffPatch,
    StaffQuery,
)
from registry.roster.tables import Staff, StaffAccount, Unit
from registry.roster.texts import FAULTS
from servicekit import clock, etags, ids
from servicekit.areas import range_of
from servicekit.auth import IN_ANY_GRID, Principal
from servicekit.crypto import FieldCipher
from servicekit.identity import mask_phone
from servicekit.paging import encode_cursor


async def flush(session: AsyncSession) -> None:
    """Write what was changed.

    Raises:
        Conflict: the problem of the constraint that refuses it.
    """
    try:
        await session.flush()
    except IntegrityError as error:
        name = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        if name in BY_CONSTRAINT:
            raise BY_CONSTRAINT[name]("somebody else has it") from error
        raise


def fault(key: str, pointer: str) -> FieldError:
    """Give a fault of the roster's texts."""
    return FieldError.told(FAULTS, key, pointer)


async def require_unit(session: AsyncSession, principal: Principal, unit_id: UUID) -> Unit:
    """Give a unit within the caller's areas that is active.

    Raises:
        UnitNotFound
        UnitEnded: nobody is put there any more.
    """
    unit = await store.unit(session, unit_id, share=True)
    if unit is None or not principal.covers(unit.area_code):
        raise UnitNotFound("no such unit within your areas")
    if not unit.is_active:
        raise UnitEnded("the unit is not active")
    return unit


async def require_own(
    session: AsyncSession, principal: Principal, staff_id: UUID, *, lock: bool = True
) -> tuple[Staff, Unit]:
    """Give somebody whose unit lies within the caller's areas: who may be changed.

    Raises:
        StaffNotFound
    """
    found = await store.staff(session, staff_id, lock=lock)
    if found is None or not principal.covers(found[1].area_code):
        raise StaffNotFound("nobody of this id within your areas")
    return found


async def require_seen(session: AsyncSession, principal: Principal, staff_id: UUID) -> Staff:
    """Give somebody whose unit, or one of whose terms, lies within the caller's areas.

    Raises:
        StaffNotFound
    """
    found = await store.staff(session, staff_id)
    if found is None or not (
        principal.reaches(found[1].area_code)
        or await store.has_term_in(session, staff_id, principal.area_clause("a.area_code", IN_ANY_GRID))
    ):
        raise StaffNotFound("nobody of this id within your areas")
    return found[0]


async def names_of(session: AsyncSession, staff_id: UUID) -> tuple[str | None, str | None]:
    """Give the name of somebody and of the unit, for that person's own eyes; None where nobody has this id."""
    found = await store.staff(session, staff_id)
    return (found[0].name, found[1].name) if found else (None, None)


async def hold_all(session: AsyncSession, staff_ids: Sequence[UUID]) -> None:
    """Lock people in the order of their ids: nobody changes their terms or pairings until the transaction ends."""
    await store.hold(session, staff_ids)


def _shown(principal: Principal) -> store.Sight:
    """Give which terms of somebody the caller sees, all of the own people's and of others those here; and homes."""
    own, parameters = principal.area_clause("u.area_code")
    here, _ = principal.area_clause("a.area_code")
    homes, _ = principal.area_clause("h.village_code")
    return store.Sight(f"({own} OR {here})", homes, parameters)


async def create(session: AsyncSession, principal: Principal, cipher: FieldCipher, body: StaffIn) -> StaffDetail:
    """Put somebody on the roster.

    Raises:
        UnitNotFound, UnitEnded
        StaffExists: the staff number is somebody else's.
    """
    unit = await require_unit(session, principal, body.unit_id)
    staff = Staff(
        id=UUID(ids.new_id()),
        staff_no=body.staff_no,
        name=body.name,
        unit_id=unit.id,
        updated_at=clock.now(),
        updated_by=principal.actor,
    )
    keep_phone(staff, cipher, body.phone)
    session.add(staff)
    await flush(session)
    await store.announce(session, [staff.id])
    return await detail(session, principal, staff.id)


def contact_place(staff_id: UUID) -> str:
    """Give what a sealed telephone number is bound to."""
    return f"staff|contact|{staff_id}"


def keep_phone(staff: Staff, cipher: FieldCipher, phone: str | None) -> None:
    """Seal a telephone number, or forget it."""
    staff.contact = cipher.encrypt(phone, contact_place(staff.id)) if phone else None
    staff.phone_masked = mask_phone(phone) if phone else None


async def changed(session: AsyncSession, principal: Principal, staff: Staff) -> None:
    """Give somebody, who is locked, the next version, and announce it."""
    staff.version += 1
    staff.updated_at, staff.updated_by = clock.now(), principal.actor
    session.add(staff)
    await flush(session)
    await store.announce(session, [staff.id])


async def patch(
    session: AsyncSession,
    principal: Principal,
    cipher: FieldCipher,
    staff_id: UUID,
    body: StaffPatch,
    if_match: str | None,
) -> StaffDetail:
    """Change somebody.

    Raises:
        StaffNotFound, PreconditionRequired, PreconditionFailed
        UnitNotFound, UnitEnded: of the new unit.
        StaffExists: the staff number is somebody else's.
        StaffInOffice: somebody with a term that is not over is to be switched off.
    """
    staff, _ = await require_own(session, principal, staff_id)
    etags.require_match(if_match, staff.version)
    given = body.model_fields_set
    if body.unit_id is not None and body.unit_id != staff.unit_id:
        staff.unit_id = (await require_unit(session, principal, body.unit_id)).id
    if body.name is not None:
        staff.name = body.name
    if "staff_no" in given:
        staff.staff_no = body.staff_no
    if "phone" in given:
        keep_phone(staff, cipher, body.phone)
    if body.is_active is not None:
        if not body.is_active and await _is_in_office(session, staff_id):
            raise StaffInOffice("a term is not over")
        staff.is_active = body.is_active
    await changed(session, principal, staff)
    return await detail(session, principal, staff_id)


async def _is_in_office(session: AsyncSession, staff_id: UUID) -> bool:
    today = clock.today()
    return any(row.last_on is None or row.last_on >= today for row in await store.terms(session, staff_id))


async def detail(session: AsyncSession, principal: Principal, staff_id: UUID, *, on: date | None = None) -> StaffDetail:
    """Give somebody: with every term, or with those that ran on a day.

    Raises:
        StaffNotFound: nobody of this id whose unit, or one of whose terms, lies within the caller's areas.
    """
    document = await store.person(
        session, staff_id, on or clock.today(), _shown(principal), only_running=on is not None
    )
    if document is None:
        raise StaffNotFound("nobody of this id within your areas")
    person = StaffDetail.model_validate(document)
    if principal.covers(person.unit.area_code):
        return person
    if not await store.has_term_in(session, staff_id, principal.area_clause("a.area_code")):
        raise StaffNotFound("nobody of this id within your areas")
    return person.model_copy(update={"accounts": []})


async def page(
    session: AsyncSession, principal: Principal, wanted: StaffQuery, after: Sequence[str] | None
) -> StaffPage:
    """Give a page of the people who concern the caller, by the area of their unit.

    Raises:
        OutsideArea: `area` is not within the caller's areas.
    """
    own, parameters = principal.area_clause("u.area_code")
    here, _ = principal.area_clause("a.area_code")
    conditions = [store.visible(own, here)]
    values: dict[str, Any] = parameters | {"day": wanted.on or clock.today()}
    term = ["a.staff_id = s.id", "a.first_on <= :day AND coalesce(a.last_on >= :day, true)", f"({own} OR {here})"]
    by_unit = ["true"]
    if wanted.area is not None:
        principal.require_area(wanted.area)
        low, high = range_of(wanted.area)
        values |= {"low": low, "high": high}
        term.append("a.area_code >= :low AND a.area_code < :high")
        by_unit = ["u.area_code >= :low AND u.area_code < :high"]
    if wanted.role is not None:
        term.append("a.role = :role")
        values["role"] = wanted.role.value
        by_unit = ["false"]
    if wanted.area is not None or wanted.role is not None:
        conditions.append(f"({by_unit[0]} OR EXISTS (SELECT FROM appointment a WHERE {' AND '.join(term)}))")
    for column, value in (("unit_id", wanted.unit_id), ("staff_no", wanted.staff_no), ("is_active", wanted.active)):
        if value is not None:
            conditions.append(f"s.{column} = :{column}")
            values[column] = value
    rows, total = await store.people(session, conditions, values, _shown(principal), (after, wanted.limit + 1))
    items = [StaffOut.model_validate(row) for row in rows[: wanted.limit]]
    is_last = len(rows) <= wanted.limit
    cursor = None if is_last else encode_cursor([items[-1].unit.area_code, items[-1].id])
    return StaffPage(items=items, total=total, next_cursor=cursor)


async def link_account(session: AsyncSession, principal: Principal, staff_id: UUID, body: AccountIn) -> StaffDetail:
    """Say which account is somebody's.

    Raises:
        StaffNotFound, StaffInactive
        AccountTaken: it is another person's.
        SecondAccount: the person has another one at this issuer.
    """
    staff, _ = await require_own(session, principal, staff_id)
    if not staff.is_active:
        raise StaffInactive("not active")
    session.add(
        StaffAccount(
            id=UUID(ids.new_id()),
            staff_id=staff_id,
            issuer=body.issuer,
            subject=body.subject,
            linked_at=clock.now(),
            linked_by=principal.actor,
        )
    )
    await flush(session)
    await changed(session, principal, staff)
    return await detail(session, principal, staff_id)


async def unlink_account(session: AsyncSession, principal: Principal, staff_id: UUID, account_id: UUID) -> StaffDetail:
    """Say that an account is somebody's no more.

    Raises:
        StaffNotFound, AccountNotFound
    """
    staff, _ = await require_own(session, principal, staff_id)
    account = await store.account(session, staff_id, account_id)
    if account is None:
        raise AccountNotFound("no such account of this person")
    await session.delete(account)
    await changed(session, principal, staff)
    return await detail(session, principal, staff_id)


async def announce_next(session: AsyncSession, after: UUID | None, limit: int) -> list[UUID]:
    """Announce the people after an id anew; give them."""
    held = await store.hold_next(session, after, limit)
    await store.announce(session, held)
    return held


async def renew_contacts(
    session: AsyncSession, cipher: FieldCipher, after: str | None, limit: int
) -> tuple[str | None, int]:
    """Seal the next telephone numbers with the current key; give the last person's id (None: all are) and how many."""
    people = await store.sealed_otherwise(session, cipher.prefix, after, limit)
    for person in people:
        if person.contact is not None:
            person.contact = cipher.renew(person.contact, contact_place(person.id))
    await session.flush()
    return (str(people[-1].id) if people else None), len(people)


async def contacts_sealed_with(session: AsyncSession, prefix: str) -> int:
    """Count the people whose telephone number is sealed with the key of a prefix."""
    return await store.sealed_with(session, prefix)
