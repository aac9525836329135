"""HTTP of rounds."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from contracts.vocabulary import FieldClass
from registry.households import service as households
from registry.rounds import service
from registry.rounds.schemas import RoundOut, RoundQuery
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.db import Tx
from servicekit.problems import responses

router = APIRouter(tags=["contacts"])


@router.get("/v1/visit-rounds", responses=responses(OutsideArea))
async def read_visit_round(
    session: Tx,
    principal: Annotated[
        Principal,
        requires(households.READ, purpose="查看网格走访覆盖 / read how rounds of grids go", classes=(FieldClass.S2,)),
    ],
    query: Annotated[RoundQuery, Query()],
) -> RoundOut:
    """网格走访覆盖情况 / Tell how many households of the grids were visited, or telephoned, in a month (F-G07).

    Each has to be, within the months that policy says; that is the village's duty (D12).
    """
    return await service.coverage(session, principal, query)
