"""HTTP beside files: the table to fill in, and one household as a file of one line, with its answer at once."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse

from contracts.fields import HOUSEHOLD, INCOME, PERSON, classes
from contracts.vocabulary import FieldClass
from registry.household import HouseholdIn
from registry.households import service as households
from registry.imports import exporting, service
from registry.imports.template import csv_template
from servicekit import clock
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.db import Db, Tx
from servicekit.etags import etag_of
from servicekit.idempotency import IdempotencyKey
from servicekit.problems import responses

router = APIRouter(tags=["households"])

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.post(
    "/v1/households",
    status_code=201,
    responses=responses(
        households.HouseholdExists, households.HouseholdInvalid, households.PersonElsewhere, households.TooManyMatches
    ),
)
async def create_household(
    body: HouseholdIn,
    session: Tx,
    principal: Annotated[
        Principal,
        requires("households:write", purpose="登记和变更户信息 / write households", classes=classes(HOUSEHOLD, PERSON)),
    ],
    registrar: households.matches.Registrar,
    key: Annotated[IdempotencyKey, Depends()],
    response: Response,
) -> households.HouseholdDetail:
    """Register one household with its members and incomes; the same checks as an import."""

    async def create() -> households.HouseholdDetail:
        async with registrar.counted(principal, "register"):
            household_id = await service.register_one(session, principal, registrar.keys, body)
        return await households.detail(session, principal, household_id)

    household = await key.once(session, principal, "households", body, create, households.HouseholdDetail, response)
    response.headers["Location"] = f"/v1/households/{household.id}"
    response.headers["ETag"] = etag_of(household.version)
    return household


@router.get(
    "/v1/households/export",
    responses=responses(OutsideArea)
    | {200: {"description": "the register in the national form", "content": {"text/csv": {}, _XLSX: {}}}},
    response_class=StreamingResponse,
)
async def export_households(
    database: Db,
    principal: Annotated[
        Principal,
        requires(
            "households:import",
            purpose="按国家系统表样导出(脱敏) / export the register in the national form, masked",
            classes=classes(HOUSEHOLD, PERSON, INCOME),
        ),
    ],
    area: Annotated[str | None, Query(pattern=r"^[0-9]{12}$", description="subtree")] = None,
    format: Annotated[Literal["csv", "xlsx"], Query(description="csv or xlsx")] = "csv",  # noqa: A002
) -> StreamingResponse:
    """导出登记 / Download the active households of the caller's areas in the form that an import has, masked."""
    principal.within(area)
    write = exporting.as_csv if format == "csv" else exporting.as_xlsx
    return StreamingResponse(
        write(database, principal, area),
        media_type="text/csv; charset=utf-8" if format == "csv" else _XLSX,
        headers={"Content-Disposition": f'attachment; filename="households.{format}"', "Cache-Control": "no-store"},
    )


@router.get("/v1/imports/template", response_class=Response)
async def get_template(
    _: Annotated[
        Principal,
        requires("households:import", purpose="下载导入模板 / import template", classes=(FieldClass.S1,)),
    ],
) -> Response:
    """Give a CSV file with the columns of an import and those of this year's incomes, to be filled in."""
    return Response(
        csv_template(clock.today().year),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="households-template.csv"'},
    )
