"""HTTP edge of what people report: self-applications (CH1) and cadres' visits (CH2)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from alerts.clues import problems, reports
from alerts.clues.schemas import ApplicationIn, ReportAccepted, VisitIn
from contracts.vocabulary import Channel, FieldClass
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.db import Tx
from servicekit.idempotency import IdempotencyKey
from servicekit.problems import responses

router = APIRouter(prefix="/v1", tags=["clues"])

Reporter = Annotated[
    Principal,
    requires(
        "clues:report",
        purpose="上报农户申报与干部排查 / report applications and visits",
        classes=(FieldClass.S2, FieldClass.S4),
    ),
]
Key = Annotated[IdempotencyKey, Depends()]
_problems = responses(problems.HouseholdUnknown, OutsideArea, problems.ReportInvalid)


@router.post("/applications", status_code=201, responses=_problems)
async def apply(body: ApplicationIn, principal: Reporter, session: Tx, response: Response, key: Key) -> ReportAccepted:
    """农户自主申报 / A household applies. It joins the open clue of the same risk, if there is one."""
    said = reports.Report(
        channel=Channel.SELF,
        household_id=body.household_id,
        area_code=body.area_code,
        risk_type=body.risk_type,
        occurred_on=body.applied_on,
        note=body.note,
        via=body.via.value,
    )

    async def create() -> ReportAccepted:
        return ReportAccepted(clue_id=await reports.report(session, principal, said))

    accepted = await key.once(session, principal, "POST /v1/applications", body, create, ReportAccepted, response)
    response.headers["Location"] = f"/v1/clues/{accepted.clue_id}"
    return accepted


@router.post("/visits", status_code=201, responses=_problems)
async def visit(body: VisitIn, principal: Reporter, session: Tx, response: Response, key: Key) -> ReportAccepted:
    """干部排查 / A visit found a risk. It joins the open clue of the same risk, if there is one."""
    said = reports.Report(
        channel=Channel.VISIT,
        household_id=body.household_id,
        area_code=None,
        risk_type=body.risk_type,
        occurred_on=body.visited_on,
        note=body.note,
        visitors=body.visitors,
    )

    async def create() -> ReportAccepted:
        return ReportAccepted(clue_id=await reports.report(session, principal, said))

    accepted = await key.once(session, principal, "POST /v1/visits", body, create, ReportAccepted, response)
    response.headers["Location"] = f"/v1/clues/{accepted.clue_id}"
    return accepted
