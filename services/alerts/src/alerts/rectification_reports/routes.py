"""HTTP edge of the month's report on rectification."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response

from alerts.access import service as access
from alerts.rectification_reports import problems, service
from alerts.rectification_reports.schemas import ReportIn, ReportOut, ReportPage, ReportQuery
from contracts.vocabulary import FieldClass
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.db import Tx
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.paging import read_cursor
from servicekit.problems import InvalidInput, responses

router = APIRouter(prefix="/v1/rectification-reports", tags=["rectification"])

_CLASSES = (FieldClass.S2,)
Reader = Annotated[
    Principal, requires("supervision:read", purpose="查看整改月报 / read reports on rectification", classes=_CLASSES)
]
Supervisor = Annotated[
    Principal, requires("supervision:write", purpose="报送整改月报 / report on rectification", classes=_CLASSES)
]


@router.get("", responses=responses(OutsideArea, InvalidInput))
async def list_rectification_reports(
    principal: Reader, session: Tx, query: Annotated[ReportQuery, Query()]
) -> ReportPage:
    """整改月报 / The reports of the caller's areas, the newest first; of a month the greatest version stands."""
    before = read_cursor(query.cursor, UUID)
    return await service.list_page(session, principal, query, str(before[0]) if before else None)


@router.post(
    "", status_code=201, responses=responses(OutsideArea, problems.ReportTooEarly, access.NotSupervisor, KeyReused)
)
async def give_rectification_report(
    body: ReportIn,
    principal: Supervisor,
    session: Tx,
    response: Response,
    key: Annotated[IdempotencyKey, Depends()],
) -> ReportOut:
    """报送整改月报 / Give the report of a month that is over: the ledger's figures at its end, and how it goes.

    Another one of the same month is its next version; those before it stay.
    """

    async def create() -> ReportOut:
        return await service.give(session, principal, body)

    report = await key.once(session, principal, "rectification_reports.give", body, create, ReportOut, response)
    response.headers["Location"] = f"/v1/rectification-reports/{report.id}"
    return report


@router.get("/{report_id}", responses=responses(problems.ReportNotFound))
async def read_rectification_report(
    report_id: Annotated[str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")],
    principal: Reader,
    session: Tx,
) -> ReportOut:
    """一份整改月报 / A report as it was given."""
    return await service.read(session, principal, report_id)
