"""HTTP of pairings, rotation and the end of terms."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from contracts.vocabulary import FieldClass
from registry.households import service as households
from registry.pairings import problems, rotation, service
from registry.pairings.schemas import (
    OrphanPage,
    OrphanQuery,
    PairingEnd,
    PairingIn,
    PairingOut,
    PairingPage,
    PairingQuery,
    RotationIn,
    RotationOut,
    RotationQuery,
)
from registry.roster import service as roster
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.db import Tx
from servicekit.etags import etag_of
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.paging import read_cursor
from servicekit.problems import responses

router = APIRouter(tags=["pairings"])

_CLASSES = (FieldClass.S2, FieldClass.S3)
Reader = Annotated[Principal, requires("staff:read", purpose="查看结对 / read pairings", classes=_CLASSES)]
Writer = Annotated[Principal, requires("staff:write", purpose="维护结对与轮换 / maintain pairings", classes=_CLASSES)]
Key = Annotated[IdempotencyKey, Depends()]


@router.get("/v1/pairings", responses=responses(OutsideArea))
async def list_pairings(session: Tx, principal: Reader, query: Annotated[PairingQuery, Query()]) -> PairingPage:
    """查询结对 / List who helps the caller's households, and who did (F-A49)."""
    return await service.page(session, principal, query, read_cursor(query.cursor, UUID))


@router.post(
    "/v1/pairings",
    status_code=201,
    responses=responses(
        households.HouseholdNotFound,
        households.HouseholdEnded,
        roster.StaffNotFound,
        roster.StaffInactive,
        problems.PairingInvalid,
        problems.HasHelper,
        KeyReused,
    ),
)
async def pair(body: PairingIn, session: Tx, principal: Writer, key: Key, response: Response) -> PairingOut:
    """结对 / Let somebody help a household from a day on, in the place of another one with `replaces`."""

    async def create() -> PairingOut:
        return await service.pair(session, principal, body)

    return await key.once(session, principal, "POST /v1/pairings", body, create, PairingOut, response)


@router.get("/v1/pairings/orphans", responses=responses(OutsideArea))
async def list_orphans(session: Tx, principal: Reader, query: Annotated[OrphanQuery, Query()]) -> OrphanPage:
    """没有帮扶责任人的监测户 / List monitored households that nobody helps today (F-G16)."""
    return await service.orphans(session, principal, query, read_cursor(query.cursor, str, UUID))


@router.post(
    "/v1/pairings/{pairing_id}/end",
    responses=responses(
        problems.PairingNotFound, problems.PairingInvalid, problems.PairingOver, problems.WouldOrphan, KeyReused
    ),
)
async def end_pairing(
    pairing_id: UUID, body: PairingEnd, session: Tx, principal: Writer, key: Key, response: Response
) -> PairingOut:
    """结束结对 / Say that nobody helps a household any more that is not monitored."""

    async def end() -> PairingOut:
        return await service.end(session, principal, pairing_id, body)

    return await key.once(session, principal, f"POST /v1/pairings/{pairing_id}/end", body, end, PairingOut, response)


@router.post(
    "/v1/appointments/{appointment_id}/end",
    responses=responses(
        roster.AppointmentNotFound, roster.AppointmentInvalid, roster.TermOver, problems.HouseholdsLeft, KeyReused
    ),
)
async def end_appointment(
    appointment_id: UUID, body: roster.AppointmentEnd, session: Tx, principal: Writer, key: Key, response: Response
) -> roster.StaffDetail:
    """结束任职 / Say when a term ends, and why; it stays in the history. A helper's households go by rotation."""

    async def end() -> roster.StaffDetail:
        return await service.end_term(session, principal, appointment_id, body)

    route = f"POST /v1/appointments/{appointment_id}/end"
    person = await key.once(session, principal, route, body, end, roster.StaffDetail, response)
    response.headers["ETag"] = etag_of(person.version)
    return person


@router.post(
    "/v1/staff/{staff_id}/rotation",
    responses=responses(
        roster.StaffNotFound,
        roster.StaffInactive,
        roster.AppointmentNotFound,
        roster.AppointmentInvalid,
        roster.TermOver,
        problems.RotationInvalid,
        problems.HouseholdsLeft,
        KeyReused,
    ),
)
async def rotate(
    staff_id: UUID,
    body: RotationIn,
    session: Tx,
    principal: Writer,
    key: Key,
    response: Response,
    query: Annotated[RotationQuery, Query()],
) -> RotationOut:
    """轮换 / End a helper's term and hand the households over; refused while one of them has no successor."""
    if query.dry_run:
        return await rotation.preview(session, principal, staff_id, body, (read_cursor(query.cursor, int), query.limit))

    async def create() -> RotationOut:
        return await rotation.rotate(session, principal, staff_id, body)

    route = f"POST /v1/staff/{staff_id}/rotation"
    return await key.once(session, principal, route, body, create, RotationOut, response)
