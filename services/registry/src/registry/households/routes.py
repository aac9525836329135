"""HTTP of households and persons."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Header, Query, Response

from contracts.fields import HOUSEHOLD, PERSON, classes, titled
from contracts.vocabulary import FieldClass
from registry.households import editing, looks, matches, service
from registry.households.problems import (
    CaseUnknown,
    HouseholdEnded,
    HouseholdInvalid,
    HouseholdNotFound,
    HouseholdNotKnownYet,
    HouseholdProtected,
    InstantAhead,
    PersonElsewhere,
    PersonNotFound,
    QuotaUsedUp,
    TooManyMatches,
    TooManyUnmaskings,
)
from registry.households.schemas import (
    HouseholdChanges,
    HouseholdDetail,
    HouseholdHistory,
    HouseholdOut,
    HouseholdPatch,
    HouseholdPatched,
    HouseholdQuery,
    HouseholdThen,
    PersonSearch,
    PersonsFound,
    QuotaAlertPage,
    QuotaAlertQuery,
    UnmaskedPerson,
    UnmaskIn,
)
from registry.wire import Keys, Settings
from servicekit import conflicts
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.changed import ChangesQuery
from servicekit.changes import StartAgain
from servicekit.conflicts import NothingToSettle, deciding
from servicekit.db import Db, Tx
from servicekit.etags import etag_of
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.paging import Limit, Page, encode_cursor, read_cursor
from servicekit.problems import InvalidInput, PreconditionFailed, PreconditionRequired, responses
from servicekit.revalidation import REVALIDATED, UNCHANGED
from servicekit.titles import TitlesIn, TitlesOut

router = APIRouter(tags=["households"])

_MASKED = classes(HOUSEHOLD, PERSON)
Reader = Annotated[Principal, requires(service.READ, purpose="查看户信息(脱敏) / read households", classes=_MASKED)]
Writer = Annotated[
    Principal, requires("households:write", purpose="登记和变更户信息 / write households", classes=_MASKED)
]


@router.get("/v1/households", response_model=Page[HouseholdOut])
async def list_households(database: Db, principal: Reader, query: Annotated[HouseholdQuery, Query()]) -> Response:
    """List households of the caller's areas by village, masked."""
    items, last = await service.page(database, principal, query, read_cursor(query.cursor, str, UUID))
    # PostgreSQL built the items; parsing them into models would cost several times the query.
    body = b'{"items":' + items + b',"next_cursor":' + orjson.dumps(encode_cursor(last) if last else None) + b"}"
    return Response(body, media_type="application/json")


@router.get(
    "/v1/households/changes",
    response_model=HouseholdChanges,
    responses=responses(OutsideArea, InvalidInput, StartAgain),
)
async def list_household_changes(database: Db, principal: Reader, query: Annotated[ChangesQuery, Query()]) -> Response:
    """农户变更 / Households that changed since a token, for an application that was offline."""
    items, rest = await service.told(database, principal, query)
    body = b'{"items":' + items + b"," + rest.model_dump_json().encode()[1:]
    return Response(body, media_type="application/json")


@router.post("/v1/households/titles", response_model=TitlesOut)
async def read_titles(
    body: TitlesIn,
    database: Db,
    principal: Annotated[
        Principal,
        requires(
            service.READ,
            purpose="识别列表中的户 / recognise households in the rows of a list",
            classes=classes(titled(HOUSEHOLD), titled(PERSON)),
        ),
    ],
) -> Response:
    """户和区划的名称 / What households and areas are recognised by, masked, for the rows of a page.

    Those outside the caller's areas are absent from the answer.
    """
    return Response(await service.titles(database, principal, body), media_type="application/json")


@router.get(
    "/v1/households/{household_id}",
    responses=responses(HouseholdNotFound, HouseholdNotKnownYet, InstantAhead) | UNCHANGED,
    dependencies=[REVALIDATED],
)
async def get_household(
    household_id: UUID, session: Tx, principal: Reader, response: Response, then: Annotated[HouseholdThen, Query()]
) -> HouseholdDetail:
    """Give a household, masked, with its current incomes; or as it was known at an instant, or had become by a day."""
    household = await service.detail_then(session, principal, str(household_id), then)
    response.headers["ETag"] = etag_of(household.version)
    return household


@router.get("/v1/households/{household_id}/history", responses=responses(HouseholdNotFound))
async def get_history(household_id: UUID, session: Tx, principal: Reader, limit: Limit = 50) -> HouseholdHistory:
    """Give what the household was before each change, and what the change made of it (F-A34); no identities."""
    return await service.history(session, principal, str(household_id), limit)


class _Asked:
    """Once for which key, on which version."""

    def __init__(
        self,
        key: Annotated[IdempotencyKey, Depends()],
        if_match: Annotated[str | None, Header(alias="If-Match")] = None,
    ) -> None:
        self.key = key
        self.if_match = if_match


@router.patch(
    "/v1/households/{household_id}",
    responses=responses(
        HouseholdNotFound,
        HouseholdEnded,
        HouseholdProtected,
        HouseholdInvalid,
        PersonElsewhere,
        TooManyMatches,
        PreconditionRequired,
        PreconditionFailed,
        KeyReused,
    ),
)
async def patch_household(
    household_id: UUID,
    body: HouseholdPatch,
    database: Db,
    principal: Writer,
    registrar: matches.Registrar,
    asked: Annotated[_Asked, Depends()],
    response: Response,
) -> HouseholdDetail:
    """Change a household; members are changed, leave or join (F-A34). The former state stays in the history.

    A repeat with the same Idempotency-Key changes nothing and shows the household as it is.
    """
    decision = service.change_of(str(household_id), "patch", body, asked.if_match)
    route, said = f"PATCH /v1/households/{household_id}", body.model_dump_json(exclude_unset=True)
    async with registrar.counted(principal, "patch"), deciding(database, principal, decision) as session:

        async def patch() -> HouseholdPatched:
            late = await editing.patch(session, principal, registrar.keys, str(household_id), body, asked.if_match)
            return HouseholdPatched(not_applied=late)

        patched = await asked.key.once(session, principal, route, said, patch, HouseholdPatched, response)
        household = await service.detail(session, principal, str(household_id))
    response.headers["ETag"] = etag_of(household.version)
    return household.model_copy(update=dict(patched))


@router.post(
    "/v1/households/{household_id}/refused/{refused_id}/settle", responses=responses(HouseholdNotFound, NothingToSettle)
)
async def settle_refused(
    household_id: UUID, refused_id: UUID, session: Tx, principal: Writer, response: Response
) -> HouseholdDetail:
    """处理未生效的变更 / Say that a change that was refused as stale needs nobody any more."""
    await service.require(session, principal, str(household_id))
    await conflicts.settle(session, principal, service.HOUSEHOLD_SUBJECT, str(household_id), str(refused_id))
    household = await service.detail(session, principal, str(household_id))
    response.headers["ETag"] = etag_of(household.version)
    return household


@router.post("/v1/persons/search", responses=responses(HouseholdInvalid))
async def search_persons(
    body: PersonSearch,
    session: Tx,
    principal: Annotated[
        Principal, requires("persons:search", purpose="按证件号码查找人员 / find a person by number", classes=_MASKED)
    ],
    keys: Keys,
) -> PersonsFound:
    """Find a person by ID number. The number travels in the body and is compared by keyed hash; answers are masked."""
    return await service.search(session, principal, keys, body.id_no)


@router.post(
    "/v1/persons/{person_id}/unmask",
    responses=responses(PersonNotFound, CaseUnknown, TooManyUnmaskings, QuotaUsedUp),
)
async def unmask_person(
    person_id: UUID,
    body: UnmaskIn,
    session: Tx,
    principal: Annotated[
        Principal,
        requires("persons:unmask", purpose="办案查看完整身份 / see a full identity", classes=(FieldClass.S4,)),
    ],
    keys: Keys,
    settings: Settings,
    response: Response,
) -> UnmaskedPerson:
    """Show a full identity for a purpose and a case. Every look is recorded, limited per minute and per day.

    The case is a clue or an episode of the person's household.
    """
    response.headers["Cache-Control"] = "no-store"
    return await service.unmask(session, principal, keys, str(person_id), body, quota=settings.look_quota)


@router.get("/v1/quota-alerts", responses=responses(OutsideArea))
async def list_quota_alerts(
    session: Tx,
    principal: Annotated[
        Principal,
        requires(
            "audit:read",
            "staff:write",
            purpose="查看未脱敏信息的次数预警 / see who looks at much unmasked data",
            classes=(FieldClass.S2,),
        ),
    ],
    query: Annotated[QuotaAlertQuery, Query()],
) -> QuotaAlertPage:
    """次数预警 / Who came near a day's number of looks at unmasked data, or used it up, the newest first.

    For the security administrator (`staff:write`) and auditors (`audit:read`), of people whose areas lie in theirs.
    """
    return await looks.alerts_page(session, principal, query, read_cursor(query.cursor, UUID))
