"""HTTP of attachments."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from contracts.vocabulary import FieldClass, PurposeCode
from registry.attachments import rules, service
from registry.attachments.problems import (
    AttachmentHashWrong,
    AttachmentIsEvidence,
    AttachmentNotFound,
    AttachmentNotYours,
    AttachmentsFull,
    AttachmentStays,
    AttachmentTooLarge,
    AttachmentTypeRefused,
)
from registry.attachments.schemas import AttachmentList, AttachmentOut
from registry.households import service as households
from registry.wire import Keys, Settings
from servicekit.auth import Principal, requires
from servicekit.db import Db, Tx
from servicekit.problems import responses

router = APIRouter(prefix="/v1/households/{household_id}/attachments", tags=["attachments"])

Keeper = Annotated[
    Principal, requires(*rules.KEEPERS, purpose="保存照片和扫描件 / keep photos and scans", classes=(FieldClass.S4,))
]
Viewer = Annotated[
    Principal, requires(*rules.VIEWERS, purpose="查看照片和扫描件 / see photos and scans", classes=(FieldClass.S4,))
]
_Hash = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the bytes, lower case")]


class _Place:
    """Which attachment of which household."""

    def __init__(self, household_id: UUID, sha256: _Hash) -> None:
        self.household_id = household_id
        self.sha256 = sha256


Place = Annotated[_Place, Depends()]
_BYTES: dict[str, Any] = {
    media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in rules.MEDIA_TYPES
}
# Bytes from outside are handed on as a file, and nothing in them runs.
_AS_FILE = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
}


@router.put(
    "/{sha256}",
    status_code=201,
    responses=responses(
        households.HouseholdNotFound, AttachmentTooLarge, AttachmentTypeRefused, AttachmentHashWrong, AttachmentsFull
    )
    | {200: {"model": AttachmentOut, "description": "it is kept already"}},
    openapi_extra={"requestBody": {"required": True, "content": _BYTES}},
)
async def keep_attachment(
    place: Place,
    request: Request,
    response: Response,
    database: Db,
    principal: Keeper,
    keys: Keys,
    settings: Settings,
) -> AttachmentOut:
    """保存附件 / Keep a photo or scan of a household under the hash of its bytes; the same again changes nothing."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.headers.get("content-encoding", "identity") != "identity":
        raise AttachmentTypeRefused("send the bytes as they are", headers={"Accept-Encoding": "identity"})
    sent = service.Sent(place.sha256, media_type, await _whole(request, settings.attachment_max_bytes))
    box = await asyncio.to_thread(service.sealed, keys, place.household_id, sent)
    async with database.transaction() as session:
        most = settings.attachments_per_household
        kept, is_new = await service.keep(session, principal, place.household_id, sent, box, most=most)
    response.status_code = 201 if is_new else 200
    return kept


async def _whole(request: Request, most: int) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise AttachmentTooLarge(f"the limit is {most} bytes", limit_bytes=most)
        parts.append(part)
    return b"".join(parts)


@router.get("", responses=responses(households.HouseholdNotFound))
async def list_attachments(household_id: UUID, session: Tx, principal: Viewer) -> AttachmentList:
    """附件清单 / What photos and scans a household has; their content is asked for one by one."""
    return await service.of_household(session, principal, household_id)


@router.get(
    "/{sha256}",
    response_class=Response,
    responses=responses(
        households.HouseholdNotFound, AttachmentNotFound, households.TooManyUnmaskings, households.QuotaUsedUp
    )
    | {200: {"description": "the file", "content": _BYTES}},
)
async def read_attachment(
    place: Place,
    purpose_code: Annotated[PurposeCode, Query(description="查看目的 / why it is looked at")],
    database: Db,
    principal: Viewer,
    keys: Keys,
    settings: Settings,
) -> Response:
    """查看附件 / Give a photo or scan as a file. Every look is recorded with its purpose, so many a minute and day."""
    async with database.transaction() as session:
        attachment = await service.look(
            session, principal, place.household_id, place.sha256, purpose_code, quota=settings.look_quota
        )
        session.expunge(attachment)
    data = await asyncio.to_thread(service.opened, keys, attachment)
    name = rules.file_name(place.sha256, attachment.media_type)
    return Response(
        data,
        media_type=attachment.media_type,
        headers=_AS_FILE | {"Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.delete(
    "/{sha256}",
    status_code=204,
    responses=responses(
        households.HouseholdNotFound,
        households.HouseholdEnded,
        AttachmentNotFound,
        AttachmentNotYours,
        AttachmentIsEvidence,
        AttachmentStays,
    ),
)
async def take_back_attachment(place: Place, session: Tx, principal: Keeper) -> None:
    """撤回附件 / Take back a photo or scan that was sent by mistake, within days, while nothing names it.

    The bytes are deleted; that there were some, and who took them back, stays in the list.
    """
    await service.take_back(session, principal, place.household_id, place.sha256)
