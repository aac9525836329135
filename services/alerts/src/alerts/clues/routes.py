"""HTTP edge of clues."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Header, Path, Query, Response
from sqlalchemy.ext.asyncio import AsyncSession

from alerts.clues import problems, queries, rules, service
from alerts.clues.explanation import explain
from alerts.clues.schemas import AcceptIn, ClueDetail, CluePage, ClueQuery, TextOut, VerificationIn, Verified
from alerts.directory import service as directory
from contracts.vocabulary import ClueState, FieldClass, RiskType
from servicekit import areas
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.db import Tx
from servicekit.etags import etag_of
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.paging import decode_cursor, encode_cursor
from servicekit.problems import InvalidInput, PreconditionFailed, PreconditionRequired, responses

router = APIRouter(prefix="/v1/clues", tags=["clues"])

Reader = Annotated[
    Principal,
    requires("clues:read", purpose="核实返贫风险线索 / verify risk clues", classes=(FieldClass.S2, FieldClass.S4)),
]
Verifier = Annotated[
    Principal,
    requires(
        "clues:verify",
        purpose="登记线索核实结果 / record what a verification found",
        classes=(FieldClass.S2, FieldClass.S4),
    ),
]
ClueId = Annotated[str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
IfMatch = Annotated[str | None, Header(description="the ETag that you read")]


@router.get("", response_model=CluePage, responses=responses(OutsideArea, InvalidInput))
async def list_clues(principal: Reader, session: Tx, query: Annotated[ClueQuery, Query()]) -> Response:
    """线索列表 / Clues, the newest first."""
    if query.area is not None:
        principal.require_area(query.area)
    items, last = await queries.page(session, principal, query, _before(query.cursor))
    following = orjson.dumps(encode_cursor([last]) if last else None)
    return Response(
        b'{"items":[' + b",".join(items) + b'],"next_cursor":' + following + b"}", media_type="application/json"
    )


def _before(cursor: str | None) -> str | None:
    if cursor is None:
        return None
    try:
        return str(uuid.UUID(str(decode_cursor(cursor, 1)[0])))
    except ValueError as error:
        raise InvalidInput("the cursor is not valid") from error


@router.get("/{clue_id}", responses=responses(problems.ClueNotFound))
async def get_clue(clue_id: ClueId, principal: Reader, session: Tx, response: Response) -> ClueDetail:
    """线索详情及证据 / A clue with its sources, their evidence and the reasons in words."""
    return await _detail(session, principal, clue_id, response)


@router.post("/{clue_id}/accept", responses=responses(problems.ClueNotFound, problems.ClueClosed, PreconditionFailed))
async def accept_clue(
    clue_id: ClueId,
    principal: Verifier,
    session: Tx,
    response: Response,
    body: AcceptIn | None = None,
    if_match: IfMatch = None,
) -> ClueDetail:
    """接收线索 / Take a clue in hand. A repeat changes nothing."""
    await service.accept(session, principal, clue_id, staff_id=body.staff_id if body else None, if_match=if_match)
    return await _detail(session, principal, clue_id, response)


@router.post(
    "/{clue_id}/verification",
    responses=responses(
        problems.ClueNotFound,
        problems.HouseholdUnknown,
        problems.ClueClosed,
        problems.NoCase,
        problems.HouseholdUnresolved,
        problems.DuplicateClue,
        PreconditionFailed,
        PreconditionRequired,
        problems.VerificationInvalid,
        KeyReused,
    ),
)
async def verify_clue(
    clue_id: ClueId,
    body: VerificationIn,
    principal: Verifier,
    session: Tx,
    response: Response,
    key: Annotated[IdempotencyKey, Depends()],
    if_match: IfMatch = None,
) -> ClueDetail:
    """登记核实结果 / Record what the verifiers found.

    A repeat with the same Idempotency-Key changes nothing and shows the clue as it is.
    """
    verification = rules.Verification(
        result=body.result,
        reason=body.reason,
        note=body.note,
        verifiers=body.verifiers,
        visited_on=body.visited_on,
    )

    async def verify() -> Verified:
        version = await service.verify(
            session, principal, clue_id, verification, if_match=if_match, household_id=body.household_id
        )
        return Verified(version=version)

    route = f"POST /v1/clues/{clue_id}/verification"
    await key.once(session, principal, route, body, verify, Verified, response)
    return await _detail(session, principal, clue_id, response)


async def _detail(session: AsyncSession, principal: Principal, clue_id: str, response: Response) -> ClueDetail:
    found = await queries.detail(session, clue_id)
    if found is None or not principal.covers(found["area_code"]):
        raise problems.ClueNotFound("no such clue within your areas")
    code = found["area_code"]
    names = await directory.names_of(session, {code, areas.town_of(code), code[:6] + "000000"})
    risk = RiskType(found["risk_type"])
    response.headers["ETag"] = etag_of(found["version"])
    return ClueDetail.model_validate(
        {
            **found,
            "risk_label": TextOut(zh=risk.label, en=risk.english),
            "area_names": names,
            "next_states": rules.next_states(ClueState(found["state"])),
            "sources": [_source(source) for source in found["sources"]],
        }
    )


def _source(source: dict[str, Any]) -> dict[str, Any]:
    reason = explain(source)
    return source | {"explanation": TextOut(zh=reason.zh, en=reason.en)}
