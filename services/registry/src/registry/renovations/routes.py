"""HTTP of renovations."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Response

from contracts.vocabulary import FieldClass
from registry.households import service as households
from registry.renovations import service
from registry.renovations.problems import RenovationExists, RenovationInvalid, RenovationNotFound
from registry.renovations.schemas import (
    CompletionQuery,
    CompletionsOut,
    RenovationDetail,
    RenovationIn,
    RenovationPage,
    RenovationPatch,
    RenovationQuery,
    RenovationRow,
    TargetsIn,
    TargetsOut,
)
from servicekit.auth import OutsideArea, Principal, WrongDepartment, requires
from servicekit.db import Db, Tx
from servicekit.etags import etag_of
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.paging import encode_cursor, read_cursor
from servicekit.problems import InvalidInput, PreconditionFailed, PreconditionRequired, responses
from servicekit.revalidation import REVALIDATED, UNCHANGED

router = APIRouter(tags=["guarantees"])

_CLASSES = (FieldClass.S2, FieldClass.S3)
Reader = Annotated[
    Principal,
    requires("households:read", "duties:read", purpose="查看危房改造进度 / read renovations", classes=_CLASSES),
]
Writer = Annotated[
    Principal,
    requires("households:write", "plans:write", purpose="登记危房改造进度 / record renovations", classes=_CLASSES),
]
Setter = Annotated[
    Principal,
    requires(
        "campaigns:write", "plans:write", purpose="下达危房改造任务 / set the year's target", classes=(FieldClass.S1,)
    ),
]
IfMatch = Annotated[str | None, Header(description="ETag of the object as you read it")]
County = Annotated[str, Path(pattern=r"^[0-9]{6}000000$")]
Year = Annotated[int, Path(ge=2015, le=2100)]


@router.post(
    "/v1/households/{household_id}/renovations",
    status_code=201,
    responses=responses(
        households.HouseholdNotFound,
        households.HouseholdEnded,
        RenovationExists,
        RenovationInvalid,
        WrongDepartment,
        KeyReused,
    ),
)
async def add_renovation(
    household_id: UUID,
    body: RenovationIn,
    session: Tx,
    principal: Writer,
    key: Annotated[IdempotencyKey, Depends()],
    response: Response,
) -> RenovationDetail:
    """列入危房改造 / Put a household on the list of renovations, with its wish (F-B10, F-B22)."""

    async def create() -> RenovationDetail:
        return await service.add(session, principal, str(household_id), body)

    made = await key.once(session, principal, f"renovations/{household_id}", body, create, RenovationDetail, response)
    response.headers["Location"] = f"/v1/renovations/{made.id}"
    response.headers["ETag"] = etag_of(made.version)
    return made


@router.get("/v1/renovations", responses=responses(OutsideArea, InvalidInput))
async def list_renovations(
    database: Db, principal: Reader, query: Annotated[RenovationQuery, Query()]
) -> RenovationPage:
    """危房改造清单 / Renovations of the caller's areas, in the order they came on the list (F-B22)."""
    after = read_cursor(query.cursor, UUID)
    async with database.transaction() as session:
        items, total, last = await service.page(session, principal, query, after[0] if after else None)
    titles = await households.titles_of(database, principal, items)
    return RenovationPage(
        items=titles.on(items, RenovationRow),
        titles=titles.state,
        total=total,
        next_cursor=encode_cursor([last]) if last else None,
    )


@router.get("/v1/renovations/completion", responses=responses(OutsideArea, InvalidInput))
async def read_renovation_completion(
    session: Tx, principal: Reader, query: Annotated[CompletionQuery, Query()]
) -> CompletionsOut:
    """改造任务完成情况 / Completion against the year's target by township and kind (F-B22)."""
    return await service.completion(session, principal, query)


@router.get(
    "/v1/renovations/{renovation_id}", responses=responses(RenovationNotFound) | UNCHANGED, dependencies=[REVALIDATED]
)
async def read_renovation(renovation_id: UUID, session: Tx, principal: Reader, response: Response) -> RenovationDetail:
    """一项改造 / A renovation with everything that became of it (F-B25)."""
    found = await service.show(session, principal, renovation_id)
    response.headers["ETag"] = etag_of(found.version)
    return found


@router.patch(
    "/v1/renovations/{renovation_id}",
    responses=responses(
        RenovationNotFound,
        households.HouseholdEnded,
        RenovationInvalid,
        WrongDepartment,
        PreconditionFailed,
        PreconditionRequired,
    ),
)
async def patch_renovation(
    renovation_id: UUID,
    body: RenovationPatch,
    session: Tx,
    principal: Writer,
    response: Response,
    if_match: IfMatch = None,
) -> RenovationDetail:
    """更新改造进度 / Say how a renovation goes on: approved, started, finished, accepted, or why it is not done.

    Finished is not safe: only the acceptance, with its number and grade, makes the housing status safe.
    """
    changed = await service.change(session, principal, renovation_id, body, if_match)
    response.headers["ETag"] = etag_of(changed.version)
    return changed


@router.get("/v1/renovation-targets/{county_code}/{year}", responses=responses(OutsideArea))
async def read_renovation_targets(
    county_code: County, year: Year, session: Tx, principal: Reader, response: Response
) -> TargetsOut:
    """年度改造任务 / The year's target of each township of a county."""
    found = await service.targets(session, principal, county_code, year)
    response.headers["ETag"] = etag_of(found.version)
    return found


@router.put(
    "/v1/renovation-targets/{county_code}/{year}",
    responses=responses(OutsideArea, RenovationInvalid, WrongDepartment, PreconditionFailed, PreconditionRequired),
)
async def put_renovation_targets(
    county_code: County,
    year: Year,
    body: TargetsIn,
    session: Tx,
    principal: Setter,
    response: Response,
    if_match: IfMatch = None,
) -> TargetsOut:
    """下达年度改造任务 / Set the year's target of each township; former ones are kept (F-B22)."""
    changed = await service.set_targets(session, principal, (county_code, year), body, if_match)
    response.headers["ETag"] = etag_of(changed.version)
    return changed
