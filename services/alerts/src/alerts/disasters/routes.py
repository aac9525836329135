"""HTTP edge of disasters."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Response

from alerts.disasters import households, problems, service
from alerts.disasters.schemas import (
    AffectedDetail,
    AffectedListIn,
    AffectedPage,
    AffectedQuery,
    AffectedRow,
    AffectedShown,
    AffectedTaken,
    DisasterDetail,
    DisasterIn,
    DisasterPage,
    DisasterPatch,
    DisasterQuery,
    HelpIn,
    ReasonIn,
    ZoneIn,
    ZoneTaken,
)
from contracts.vocabulary import FieldClass
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.db import Db, Tx
from servicekit.etags import etag_of
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.paging import read_cursor
from servicekit.problems import InvalidInput, PreconditionFailed, PreconditionRequired, responses
from servicekit.titling import Titling

router = APIRouter(prefix="/v1/disasters", tags=["disasters"])

_CLASSES = (FieldClass.S2, FieldClass.S3, FieldClass.S4)
Reader = Annotated[
    Principal,
    requires("clues:read", purpose="查看灾害事件和受灾户 / read disasters and whom they hit", classes=_CLASSES),
]
Writer = Annotated[
    Principal,
    requires(service.DECLARE, purpose="登记灾害事件和受灾户 / declare disasters and whom they hit", classes=_CLASSES),
]
Helper = Annotated[
    Principal, requires("clues:report", purpose="登记应急救助 / record what was given at once", classes=_CLASSES)
]
_ID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
DisasterId = Annotated[str, Path(pattern=_ID)]
AffectedId = Annotated[str, Path(pattern=_ID)]
Key = Annotated[IdempotencyKey, Depends()]
IfMatch = Annotated[str | None, Header(description="the ETag that you read")]
_MATCHED = (PreconditionRequired, PreconditionFailed)
_OF_EVENT = (problems.DisasterNotFound, problems.DisasterClosed, OutsideArea)
_OF_HOUSEHOLD = (*_OF_EVENT, problems.AffectedNotFound, problems.AffectedOver)


def _shown(disaster: DisasterDetail, response: Response) -> DisasterDetail:
    response.headers["ETag"] = etag_of(disaster.version)
    return disaster


def _affected(row: AffectedDetail, response: Response) -> AffectedDetail:
    response.headers["ETag"] = etag_of(row.version)
    return row


@router.post("", status_code=201, responses=responses(problems.DisasterInvalid, OutsideArea, KeyReused))
async def declare_disaster(
    body: DisasterIn, principal: Writer, session: Tx, response: Response, key: Key
) -> DisasterDetail:
    """登记灾害事件 / Declare a disaster or accident for a county (F-A14)."""

    async def create() -> DisasterDetail:
        return await service.declare(session, principal, body)

    declared = await key.once(session, principal, "POST /v1/disasters", body, create, DisasterDetail, response)
    response.headers["Location"] = f"/v1/disasters/{declared.id}"
    return _shown(declared, response)


@router.get("", responses=responses(OutsideArea, InvalidInput))
async def list_disasters(principal: Reader, session: Tx, query: Annotated[DisasterQuery, Query()]) -> DisasterPage:
    """灾害事件 / Disasters that touch the caller's areas, the newest first."""
    before = read_cursor(query.cursor, UUID)
    return await service.page(session, principal, query, str(before[0]) if before else None)


@router.get("/{disaster_id}", responses=responses(problems.DisasterNotFound))
async def read_disaster(disaster_id: DisasterId, principal: Reader, session: Tx, response: Response) -> DisasterDetail:
    """一次灾害事件 / A disaster with how far the caller's households are, by village, the most concentrated first."""
    return _shown(await service.read(session, principal, disaster_id), response)


@router.patch("/{disaster_id}", responses=responses(*_OF_EVENT, problems.DisasterInvalid, *_MATCHED))
async def correct_disaster(
    disaster_id: DisasterId,
    body: DisasterPatch,
    principal: Writer,
    session: Tx,
    response: Response,
    if_match: IfMatch = None,
) -> DisasterDetail:
    """更正灾害事件 / Correct name, areas, last day or note; what is left out stays."""
    return _shown(await service.correct(session, principal, disaster_id, body, if_match), response)


@router.post("/{disaster_id}/close", responses=responses(*_OF_EVENT, problems.DebtsDue, *_MATCHED))
async def close_disaster(
    disaster_id: DisasterId,
    body: ReasonIn,
    principal: Writer,
    session: Tx,
    response: Response,
    if_match: IfMatch = None,
) -> DisasterDetail:
    """灾害事件办结 / Close a disaster once every household is settled, or written off with a reason."""
    return _shown(await service.close(session, principal, disaster_id, body.reason, if_match), response)


@router.post("/{disaster_id}/households", responses=responses(*_OF_EVENT, KeyReused))
async def take_affected_list(
    disaster_id: DisasterId, body: AffectedListIn, principal: Writer, session: Tx, response: Response, key: Key
) -> AffectedTaken:
    """登记受灾户清单 / Take in households that a disaster hit, each with a result of its own.

    Each becomes a RED clue of the risk, or joins the open one. What happened to one that is listed is corrected.
    """

    async def take() -> AffectedTaken:
        return await households.take_list(session, principal, disaster_id, body.items)

    return await key.once(session, principal, f"disasters.list.{disaster_id}", body, take, AffectedTaken, response)


@router.post("/{disaster_id}/zones", responses=responses(*_OF_EVENT, problems.TooManyHouseholds, KeyReused))
async def take_affected_zone(
    disaster_id: DisasterId, body: ZoneIn, principal: Writer, session: Tx, response: Response, key: Key
) -> ZoneTaken:
    """按区域登记受灾户 / Take in every household of an area or hazard zone; those that are listed stay as they are."""

    async def take() -> ZoneTaken:
        return await households.take_zone(session, principal, disaster_id, body)

    return await key.once(session, principal, f"disasters.zone.{disaster_id}", body, take, ZoneTaken, response)


@router.get("/{disaster_id}/households", responses=responses(problems.DisasterNotFound, OutsideArea, InvalidInput))
async def list_affected(
    disaster_id: DisasterId, principal: Reader, database: Db, titling: Titling, query: Annotated[AffectedQuery, Query()]
) -> AffectedPage:
    """受灾户清单 / The caller's households that a disaster hit, and how far each is."""
    after = read_cursor(query.cursor, UUID)
    async with database.transaction() as session:
        page = await households.affected_page(session, principal, disaster_id, query, str(after[0]) if after else None)
    titles = await titling.of(page.items)
    return AffectedPage(**dict(page) | {"items": titles.on(page.items, AffectedRow), "titles": titles.state})


@router.get("/{disaster_id}/households/{affected_id}", responses=responses(problems.AffectedNotFound))
async def read_affected(
    disaster_id: DisasterId,
    affected_id: AffectedId,
    principal: Reader,
    database: Db,
    titling: Titling,
    response: Response,
) -> AffectedShown:
    """一户受灾户 / A household that a disaster hit, with all that it was given."""
    async with database.transaction() as session:
        row = _affected(await households.affected(session, principal, disaster_id, affected_id), response)
    titles = await titling.of([row])
    return titles.one(row, AffectedShown, titles=titles.state)


@router.post(
    "/{disaster_id}/households/{affected_id}/help",
    responses=responses(*_OF_HOUSEHOLD, problems.DisasterInvalid, KeyReused),
)
async def give_help(
    disaster_id: DisasterId,
    affected_id: AffectedId,
    body: HelpIn,
    principal: Helper,
    session: Tx,
    response: Response,
    key: Key,
) -> AffectedDetail:
    """登记应急救助 / Record what a household was given at once, before any procedure."""

    async def give() -> AffectedDetail:
        return await households.give_help(session, principal, disaster_id, affected_id, body)

    route = f"disasters.help.{affected_id}"
    return _affected(await key.once(session, principal, route, body, give, AffectedDetail, response), response)


@router.post("/{disaster_id}/households/{affected_id}/remove", responses=responses(*_OF_HOUSEHOLD, *_MATCHED))
async def remove_affected(
    disaster_id: DisasterId,
    affected_id: AffectedId,
    body: ReasonIn,
    principal: Writer,
    session: Tx,
    response: Response,
    if_match: IfMatch = None,
) -> AffectedDetail:
    """移出清单 / Take a household off the list to which it came by mistake; its clue no longer stands on it."""
    row = await households.remove(session, principal, disaster_id, affected_id, body.reason, if_match)
    return _affected(row, response)


@router.post("/{disaster_id}/households/{affected_id}/write-off", responses=responses(*_OF_HOUSEHOLD, *_MATCHED))
async def write_off_affected(
    disaster_id: DisasterId,
    affected_id: AffectedId,
    body: ReasonIn,
    principal: Writer,
    session: Tx,
    response: Response,
    if_match: IfMatch = None,
) -> AffectedDetail:
    """核销 / Write off, with a reason, what a household is owed and will not get."""
    row = await households.write_off(session, principal, disaster_id, affected_id, body.reason, if_match)
    return _affected(row, response)
