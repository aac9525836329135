"""HTTP beside files: the table to fill in, and one household as a file of one line, with its answer at once."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from contracts.fields import HOUSEHOLD, PERSON, classes
from contracts.vocabulary import FieldClass
from registry.household import HouseholdIn
from registry.households import service as households
from registry.imports import service
from registry.imports.template import csv_template
from servicekit import clock
from servicekit.auth import Principal, requires
from servicekit.db import Tx
from servicekit.etags import etag_of
from servicekit.idempotency import IdempotencyKey
from servicekit.problems import responses

router = APIRouter(tags=["households"])


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
