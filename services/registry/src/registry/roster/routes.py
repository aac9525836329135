"""HTTP of units, people, accounts and terms."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Response

from contracts.vocabulary import FieldClass
from registry.roster import appointments, people, problems, units
from registry.roster.schemas import (
    AccountIn,
    AppointmentIn,
    StaffDetail,
    StaffIn,
    StaffPage,
    StaffPatch,
    StaffQuery,
    UnitIn,
    UnitOut,
    UnitPage,
    UnitPatch,
    UnitQuery,
)
from registry.wire import Keys
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.db import Tx
from servicekit.etags import etag_of
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.paging import read_cursor
from servicekit.problems import PreconditionFailed, PreconditionRequired, responses

router = APIRouter(tags=["roster"])

_CLASSES = (FieldClass.S2, FieldClass.S3)
Reader = Annotated[Principal, requires("staff:read", purpose="查看人员与任职 / read the roster", classes=_CLASSES)]
Writer = Annotated[Principal, requires("staff:write", purpose="维护人员与任职 / maintain the roster", classes=_CLASSES)]
Key = Annotated[IdempotencyKey, Depends()]
IfMatch = Annotated[str | None, Header(alias="If-Match", description="ETag of the object as you read it")]


@router.get("/v1/units", responses=responses(OutsideArea))
async def list_units(session: Tx, principal: Reader, query: Annotated[UnitQuery, Query()]) -> UnitPage:
    """查询单位 / List the units of the caller's areas."""
    return await units.page(session, principal, query, read_cursor(query.cursor, str, UUID))


@router.post(
    "/v1/units",
    status_code=201,
    responses=responses(OutsideArea, problems.UnitInvalid, problems.UnitExists, KeyReused),
)
async def create_unit(body: UnitIn, session: Tx, principal: Writer, key: Key, response: Response) -> UnitOut:
    """登记单位 / Register a unit: department, township, village committee, work team, lead department."""

    async def create() -> UnitOut:
        return await units.create(session, principal, body)

    unit = await key.once(session, principal, "POST /v1/units", body, create, UnitOut, response)
    response.headers["Location"] = f"/v1/units/{unit.id}"
    response.headers["ETag"] = etag_of(unit.version)
    return unit


@router.get("/v1/units/{unit_id}", responses=responses(problems.UnitNotFound))
async def get_unit(unit_id: UUID, session: Tx, principal: Reader, response: Response) -> UnitOut:
    """查询一个单位 / Give a unit."""
    unit = await units.show(session, principal, unit_id)
    response.headers["ETag"] = etag_of(unit.version)
    return unit


@router.patch(
    "/v1/units/{unit_id}",
    responses=responses(
        problems.UnitNotFound, problems.UnitExists, problems.UnitInUse, PreconditionRequired, PreconditionFailed
    ),
)
async def patch_unit(
    unit_id: UUID, body: UnitPatch, session: Tx, principal: Writer, response: Response, if_match: IfMatch = None
) -> UnitOut:
    """修改单位 / Rename a unit, end it or take it back."""
    unit = await units.patch(session, principal, unit_id, body, if_match)
    response.headers["ETag"] = etag_of(unit.version)
    return unit


def _tagged(person: StaffDetail, response: Response) -> StaffDetail:
    response.headers["ETag"] = etag_of(person.version)
    return person


@router.get("/v1/staff", responses=responses(OutsideArea))
async def list_staff(session: Tx, principal: Reader, query: Annotated[StaffQuery, Query()]) -> StaffPage:
    """查询人员 / List people whose unit, or one of whose terms, lies within the caller's areas."""
    return await people.page(session, principal, query, read_cursor(query.cursor, str, UUID))


@router.post(
    "/v1/staff",
    status_code=201,
    responses=responses(problems.UnitNotFound, problems.UnitEnded, problems.StaffExists, KeyReused),
)
async def create_staff(
    body: StaffIn, session: Tx, principal: Writer, keys: Keys, key: Key, response: Response
) -> StaffDetail:
    """登记人员 / Put somebody on the roster; the id that is given stands wherever this person is named."""

    async def create() -> StaffDetail:
        return await people.create(session, principal, keys.cipher, body)

    person = await key.once(session, principal, "POST /v1/staff", body, create, StaffDetail, response)
    response.headers["Location"] = f"/v1/staff/{person.id}"
    return _tagged(person, response)


@router.get("/v1/staff/{staff_id}", responses=responses(problems.StaffNotFound))
async def get_staff(
    staff_id: UUID,
    session: Tx,
    principal: Reader,
    response: Response,
    on: Annotated[date | None, Query(description="only the terms that ran on this day")] = None,
) -> StaffDetail:
    """查询一名人员 / Give somebody with every term there was, or those of a day."""
    return _tagged(await people.detail(session, principal, staff_id, on=on), response)


@router.patch(
    "/v1/staff/{staff_id}",
    responses=responses(
        problems.StaffNotFound,
        problems.UnitNotFound,
        problems.UnitEnded,
        problems.StaffExists,
        problems.StaffInOffice,
        PreconditionRequired,
        PreconditionFailed,
    ),
)
async def patch_staff(
    staff_id: UUID,
    body: StaffPatch,
    session: Tx,
    principal: Writer,
    keys: Keys,
    response: Response,
    if_match: IfMatch = None,
) -> StaffDetail:
    """修改人员 / Change somebody's name, number, unit or telephone, or switch the person off."""
    return _tagged(await people.patch(session, principal, keys.cipher, staff_id, body, if_match), response)


@router.post(
    "/v1/staff/{staff_id}/accounts",
    status_code=201,
    responses=responses(
        problems.StaffNotFound, problems.StaffInactive, problems.AccountTaken, problems.SecondAccount, KeyReused
    ),
)
async def link_account(
    staff_id: UUID, body: AccountIn, session: Tx, principal: Writer, key: Key, response: Response
) -> StaffDetail:
    """绑定账号 / Say which account is somebody's: one person an account, one account an issuer."""

    async def create() -> StaffDetail:
        return await people.link_account(session, principal, staff_id, body)

    route = f"POST /v1/staff/{staff_id}/accounts"
    return _tagged(await key.once(session, principal, route, body, create, StaffDetail, response), response)


@router.delete(
    "/v1/staff/{staff_id}/accounts/{account_id}",
    responses=responses(problems.StaffNotFound, problems.AccountNotFound),
)
async def unlink_account(
    staff_id: UUID, account_id: UUID, session: Tx, principal: Writer, response: Response
) -> StaffDetail:
    """解除账号 / Say that an account is somebody's no more."""
    return _tagged(await people.unlink_account(session, principal, staff_id, account_id), response)


@router.post(
    "/v1/staff/{staff_id}/appointments",
    status_code=201,
    responses=responses(
        problems.StaffNotFound,
        problems.StaffInactive,
        problems.UnitNotFound,
        problems.UnitEnded,
        OutsideArea,
        problems.AppointmentInvalid,
        problems.TermsOverlap,
        problems.RolesExclude,
        problems.LiaisonTaken,
        KeyReused,
    ),
)
async def appoint(
    staff_id: UUID, body: AppointmentIn, session: Tx, principal: Writer, key: Key, response: Response
) -> StaffDetail:
    """任职 / Give somebody a term in a role, for an area or a grid."""

    async def create() -> StaffDetail:
        return await appointments.appoint(session, principal, staff_id, body)

    route = f"POST /v1/staff/{staff_id}/appointments"
    return _tagged(await key.once(session, principal, route, body, create, StaffDetail, response), response)
