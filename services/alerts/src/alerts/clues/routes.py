"""HTTP edge of clues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Header, Path, Query, Response
from sqlalchemy.ext.asyncio import AsyncSession

from alerts.clues import exclusions, problems, queries, rules, service
from alerts.clues.explanation import explain
from alerts.clues.schemas import (
    AcceptIn,
    ClueChanges,
    ClueDetail,
    CluePage,
    ClueQuery,
    ClueSeen,
    ClueShown,
    ConfirmationIn,
    Decided,
    TextOut,
    VerificationIn,
)
from alerts.directory import service as directory
from contracts.vocabulary import Channel, ClueState, FieldClass, RiskType
from servicekit import areas, changes, clock, conflicts
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.changed import ChangesQuery
from servicekit.changes import Followed, StartAgain
from servicekit.conflicts import Decision, NothingToSettle, deciding
from servicekit.db import Db, Tx
from servicekit.etags import etag_of
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.paging import encode_cursor, read_cursor
from servicekit.problems import InvalidInput, PreconditionFailed, PreconditionRequired, responses
from servicekit.revalidation import REVALIDATED, UNCHANGED
from servicekit.titles import Titles
from servicekit.titling import Titling

router = APIRouter(prefix="/v1/clues", tags=["clues"])

Reader = Annotated[
    Principal,
    requires(
        "clues:read",
        purpose="核实返贫风险线索 / verify risk clues",
        classes=(FieldClass.S2, FieldClass.S3, FieldClass.S4),
    ),
]
ReaderOrSubscriber = Annotated[
    Principal,
    requires(
        "clues:read",
        "alerts:read",
        purpose="核实线索,或打开预警中的链接 / verify a clue, or open an alert's link",
        classes=(FieldClass.S2, FieldClass.S3, FieldClass.S4),
    ),
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
_FOLLOWED = Followed("clue", area="area_code", in_grid=directory.in_grid("t.household_id"))


@router.get("", response_model=CluePage, responses=responses(OutsideArea, InvalidInput))
async def list_clues(
    principal: Reader, database: Db, titling: Titling, query: Annotated[ClueQuery, Query()]
) -> Response:
    """线索列表 / Clues, the newest first, with the titles of their households."""
    if query.area is not None:
        principal.require_reach(query.area)
    async with database.transaction() as session:
        items, last = await queries.page(session, principal, query, _before(query.cursor))
    return await _listed(items, titling, {"next_cursor": encode_cursor([last]) if last else None})


@router.get("/changes", response_model=ClueChanges, responses=responses(OutsideArea, InvalidInput, StartAgain))
async def list_clue_changes(
    principal: Reader, database: Db, titling: Titling, query: Annotated[ChangesQuery, Query()]
) -> Response:
    """线索变更 / Clues that changed since a token, closed ones too, for an application that was offline."""
    own = principal.within(query.area)
    told = await changes.page(database, _FOLLOWED, own, query)
    async with database.transaction() as session:
        items = await queries.given(session, own, told.ids)
    return await _listed(items, titling, told.rest.model_dump())


async def _listed(items: Sequence[queries.ClueText], titling: Titling, rest: dict[str, Any]) -> Response:
    """Give rows with their titles and what else is said of them."""
    titles = await titling.of(items)
    rows = b",".join(_with_title(item, titles) for item in items)
    rest = {"titles": titles.state, **rest}
    return Response(b'{"items":[' + rows + b"]," + orjson.dumps(rest)[1:], media_type="application/json")


def _with_title(item: queries.ClueText, titles: Titles) -> bytes:
    """Give a clue's JSON text with one member more."""
    title = titles.of(item)
    return item.body[:-1] + b',"title":' + (title.model_dump_json().encode() if title else b"null") + b"}"


def _before(cursor: str | None) -> str | None:
    read = read_cursor(cursor, UUID)
    return str(read[0]) if read else None


@router.get("/{clue_id}", responses=responses(problems.ClueNotFound) | UNCHANGED, dependencies=[REVALIDATED])
async def get_clue(
    clue_id: ClueId, principal: ReaderOrSubscriber, database: Db, titling: Titling, response: Response
) -> ClueShown | ClueSeen:
    """线索详情及证据 / A clue with its sources, their evidence and the reasons in words.

    An alert's link leads here: a subscriber without `clues:read` sees the alert's own fields as they stand now.
    """
    async with database.transaction() as session:
        detail = await _detail(session, principal, clue_id, response)
    if "clues:read" not in principal.scopes:
        return ClueSeen.model_validate(detail.model_dump())
    titles = await titling.of([detail])
    return titles.one(detail, ClueShown, titles=titles.state)


@router.post(
    "/{clue_id}/accept",
    responses=responses(
        problems.ClueNotFound, problems.ClueClosed, problems.ReportInvalid, PreconditionFailed, KeyReused
    ),
)
async def accept_clue(
    clue_id: ClueId,
    principal: Verifier,
    database: Db,
    response: Response,
    key: Annotated[IdempotencyKey, Depends()],
    body: AcceptIn | None = None,
    if_match: IfMatch = None,
) -> ClueDetail:
    """接收线索 / Take a clue in hand. A repeat changes nothing; an ETag that is no longer current is refused."""
    staff_id = body.staff_id if body else None
    decision = Decision(queries.CLUE, clue_id, {"to": ClueState.VERIFYING, "staff_id": staff_id}, if_match)
    async with deciding(database, principal, decision) as session:

        async def accept() -> Decided:
            return Decided(
                version=await service.accept(session, principal, clue_id, staff_id=staff_id, if_match=if_match)
            )

        await key.once(session, principal, f"POST /v1/clues/{clue_id}/accept", body, accept, Decided, response)
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
        problems.PolicyOnlyCapped,
        KeyReused,
    )
    | {202: {"model": ClueDetail, "description": "an exclusion, which waits for a second person"}},
)
async def verify_clue(
    clue_id: ClueId,
    body: VerificationIn,
    principal: Verifier,
    database: Db,
    response: Response,
    key: Annotated[IdempotencyKey, Depends()],
    if_match: IfMatch = None,
) -> ClueDetail:
    """登记核实结果 / Record what the verifiers found. What was seen last holds, whenever it is told.

    A repeat with the same Idempotency-Key changes nothing and shows the clue as it is. An exclusion is answered with
    202: the clue stays open until another person confirms it.
    """
    verification = rules.Verification(
        result=body.result,
        reason=body.reason,
        note=body.note,
        verifiers=body.verifiers,
        visited_on=body.visited_on,
        attachments=body.attachments,
    )

    decision = Decision(queries.CLUE, clue_id, body.model_dump(mode="json"), if_match)
    route = f"POST /v1/clues/{clue_id}/verification"
    async with deciding(database, principal, decision) as session:

        async def verify() -> Decided:
            version = await service.verify(
                session, principal, clue_id, verification, if_match=if_match, household_id=body.household_id
            )
            return Decided(version=version)

        await key.once(session, principal, route, body, verify, Decided, response)
        detail = await _detail(session, principal, clue_id, response)
        response.status_code = 202 if detail.awaits_confirmation else 200
        return detail


@router.post(
    "/{clue_id}/confirmation",
    responses=responses(
        problems.ClueNotFound,
        problems.NoExclusion,
        problems.SecondPersonNeeded,
        problems.ExclusionsCapped,
        PreconditionFailed,
        PreconditionRequired,
    ),
)
async def confirm_exclusion(
    clue_id: ClueId,
    body: ConfirmationIn,
    principal: Annotated[
        Principal,
        requires(
            "clues:confirm",
            purpose="复核排除线索 / confirm the exclusion of a clue",
            classes=(FieldClass.S2, FieldClass.S4),
        ),
    ],
    database: Db,
    response: Response,
    if_match: IfMatch = None,
) -> ClueDetail:
    """复核排除 / Say as the second person whether a clue is excluded; a township excludes so many a day (policy)."""
    decision = Decision(queries.CLUE, clue_id, body.model_dump(mode="json"), if_match)
    async with deciding(database, principal, decision) as session:
        await exclusions.decide(session, principal, clue_id, agrees=body.agrees, note=body.note, if_match=if_match)
        return await _detail(session, principal, clue_id, response)


@router.post("/{clue_id}/refused/{refused_id}/settle", responses=responses(problems.ClueNotFound, NothingToSettle))
async def settle_refused(
    clue_id: ClueId, refused_id: UUID, principal: Verifier, session: Tx, response: Response
) -> ClueDetail:
    """处理未生效的决定 / Say that a decision that was refused as stale needs nobody any more."""
    await _detail(session, principal, clue_id, response)  # within the caller's areas
    await conflicts.settle(session, principal, queries.CLUE, clue_id, str(refused_id))
    return await _detail(session, principal, clue_id, response)


async def _detail(session: AsyncSession, principal: Principal, clue_id: str, response: Response) -> ClueDetail:
    found = await queries.detail(session, clue_id)
    if found is None or not await directory.is_own(session, principal, found["area_code"], found["household_id"]):
        raise problems.ClueNotFound("no such clue within your areas")
    code = found["area_code"]
    names = await directory.names_of(session, {code, areas.town_of(code), code[:6] + "000000"})
    called = (await directory.policies(session, clock.today())).for_area(code).channel_names
    risk = RiskType(found["risk_type"])
    response.headers["ETag"] = etag_of(found["version"])
    return ClueDetail.model_validate(
        {
            **found,
            "risk_label": TextOut(zh=risk.label, en=risk.english),
            "area_names": names,
            "next_states": rules.next_states(ClueState(found["state"])),
            "sources": [_source(source, called) for source in found["sources"]],
        }
    )


def _source(source: dict[str, Any], called: Mapping[Channel, str]) -> dict[str, Any]:
    reason = explain(source, called)
    return source | {"explanation": TextOut(zh=reason.zh, en=reason.en)}
