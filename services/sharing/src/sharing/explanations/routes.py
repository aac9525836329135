"""HTTP edge of explanations."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from contracts.vocabulary import FieldClass
from servicekit.auth import Principal, requires
from servicekit.db import Db
from servicekit.problems import responses
from sharing.explanations import service
from sharing.explanations.schemas import ExplanationOut
from sharing.findings.service import UnknownFinding

router = APIRouter(prefix="/v1/findings", tags=["findings"])

_MayRead = Annotated[
    Principal,
    requires("findings:read", purpose="see what a comparison found and why", classes=(FieldClass.S3, FieldClass.S4)),
]


@router.get("/{finding_id}/explanation", response_model=ExplanationOut, responses=responses(UnknownFinding))
async def explain_finding(finding_id: UUID, database: Db, principal: _MayRead) -> ExplanationOut:
    """比对结果的依据 / why a finding is there: conditions, facts with origin, and what would change it."""
    return await service.explain_finding(database, principal, str(finding_id))
