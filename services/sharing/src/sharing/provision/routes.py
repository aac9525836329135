"""HTTP edge of provision."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from contracts.vocabulary import FieldClass
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.db import Db, Tx
from servicekit.paging import read_cursor
from servicekit.problems import InvalidInput, responses
from servicekit.tokens import Tokeniser
from sharing.agreements.service import NotAParty, UnknownAgreement
from sharing.provision import problems, service
from sharing.provision.files import MEDIA_TYPES
from sharing.provision.schemas import ChangesOut, CheckIn, CheckOut, FeedQuery, FileIn, RowsOut, RowsQuery

router = APIRouter(prefix="/v1/provision", tags=["agreements"])

_MayDraw = Annotated[
    Principal,
    requires(
        "provision:read",
        purpose="按协议领取数据 / draw what an agreement grants",
        classes=(FieldClass.S2, FieldClass.S3, FieldClass.S4),
    ),
]


async def _tokenisers(request: Request) -> Mapping[str, Tokeniser]:
    """Give the keys under which persons of the directory may be found."""
    found: Mapping[str, Tokeniser] = request.app.state.intake.tokenisers
    return found


_Tokenisers = Annotated[Mapping[str, Tokeniser], Depends(_tokenisers)]
_REFUSED = (
    UnknownAgreement, NotAParty, problems.NotTheReceiver, problems.NothingGranted, problems.OtherMode,
    problems.QuotaUsedUp,
)  # fmt: skip
_RECEIPT = "Bangfu-Receipt"
_NO_STORE = {"Cache-Control": "no-store"}


@router.post("/{agreement_id}/check", response_model=CheckOut, responses=responses(*_REFUSED, problems.NumberInvalid))
async def check_person(
    agreement_id: UUID, body: CheckIn, principal: _MayDraw, session: Tx, tokenisers: _Tokenisers, response: Response
) -> CheckOut:
    """核验(只答是否) / Yes or no about one person, and nothing else; the receipt stands in `Bangfu-Receipt`."""
    answer, receipt_id = await service.check(session, principal, str(agreement_id), body, tokenisers)
    response.headers.update({_RECEIPT: receipt_id, **_NO_STORE})
    return answer


@router.get(
    "/{agreement_id}/rows",
    response_model=RowsOut,
    responses=responses(*_REFUSED, problems.FieldsNotAgreed, OutsideArea, InvalidInput),
)
async def list_provided_rows(
    agreement_id: UUID, principal: _MayDraw, session: Tx, query: Annotated[RowsQuery, Query()], response: Response
) -> RowsOut:
    """名单查询 / Rows of the agreed area, with the fields that are asked for and agreed; by village."""
    after = read_cursor(query.cursor, str, str, str)
    response.headers.update(_NO_STORE)
    return await service.page(session, principal, str(agreement_id), query, after)


@router.get(
    "/{agreement_id}/changes",
    response_model=ChangesOut,
    responses=responses(*_REFUSED, problems.FieldsNotAgreed, InvalidInput),
)
async def list_provided_changes(
    agreement_id: UUID, principal: _MayDraw, session: Tx, query: Annotated[FeedQuery, Query()], response: Response
) -> ChangesOut:
    """变更推送 / What is new, other or gone since the cursor of the last answer; without one, all there is."""
    after = read_cursor(query.cursor, int)
    response.headers.update(_NO_STORE)
    return await service.changes(session, principal, str(agreement_id), query, after[0] if after else 0)


@router.post(
    "/{agreement_id}/file",
    response_class=StreamingResponse,
    responses=responses(*_REFUSED, problems.FieldsNotAgreed)
    | {200: {"content": {media.partition(";")[0]: {} for media in MEDIA_TYPES.values()}}},
)
async def download_provided_file(
    agreement_id: UUID, body: FileIn, principal: _MayDraw, database: Db
) -> StreamingResponse:
    """名单文件 / The list as it is now, sealed: each row bears the receipt, `Repr-Digest` its SHA-256.

    It is entered in the purpose ledger before its first byte; where the agreement is revoked while it is sent, it ends
    short of its `Content-Length`.
    """
    async with database.transaction() as session:
        sealed = await service.file(session, principal, str(agreement_id), body)
    name = quote(f"{sealed.receipt_id}.{body.format}")
    headers: dict[str, Any] = {
        _RECEIPT: sealed.receipt_id,
        "Content-Length": str(sealed.size),
        "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
        "Repr-Digest": f"sha-256=:{_base64(sealed.sha256)}:",
        **_NO_STORE,
    }
    return StreamingResponse(
        service.send(database, sealed, str(agreement_id)), headers=headers, media_type=MEDIA_TYPES[body.format]
    )


def _base64(hexadecimal: str) -> str:
    return b64encode(bytes.fromhex(hexadecimal)).decode()
