"""HTTP edge of indicators and figures."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from alerts.figures import problems, service
from alerts.figures.schemas import FigurePage, FigureQuery, IndicatorsOut, RecomputationIn, RecomputationOut
from contracts.indicators import NAME_FORM
from contracts.vocabulary import FieldClass
from servicekit.auth import AreaNeeded, OutsideArea, Principal, requires
from servicekit.db import Tx
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.problems import InvalidInput, responses

router = APIRouter(prefix="/v1/indicators", tags=["figures"])

Reader = Annotated[Principal, requires("figures:read", purpose="查看指标 / read indicators", classes=(FieldClass.S2,))]
Asker = Annotated[
    Principal, requires("figures:write", purpose="重算指标 / compute indicators again", classes=(FieldClass.S2,))
]
IndicatorId = Annotated[str, Path(pattern=NAME_FORM)]
RequestId = Annotated[str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Key = Annotated[IdempotencyKey, Depends()]


@router.get("")
async def list_indicators(_: Reader, session: Tx) -> IndicatorsOut:
    """指标目录 / Every indicator: what is counted, of what, how often, and by whom."""
    return IndicatorsOut(items=await service.catalogue(session))


@router.get(
    "/{indicator_id}/values",
    responses=responses(
        problems.IndicatorNotFound,
        problems.FigureVersionNotFound,
        problems.FigurePeriodUnfit,
        problems.FigureNotOfDepartment,
        problems.FigureOfCounty,
        OutsideArea,
        AreaNeeded,
        InvalidInput,
    ),
)
async def read_figures(
    indicator_id: IndicatorId, principal: Reader, session: Tx, query: Annotated[FigureQuery, Query()]
) -> FigurePage:
    """指标值 / What an indicator came to in an area: whole, by the areas of a level, by the parts of a dimension.

    A period that is not computed yet is `pending`, and not zero. Outside the county counts below five are hidden.
    """
    return await service.read(session, principal, indicator_id, query)


@router.post(
    "/recomputations",
    status_code=202,
    responses=responses(
        problems.IndicatorNotFound, problems.FigurePeriodUnfit, OutsideArea, AreaNeeded, InvalidInput, KeyReused
    ),
)
async def start_recomputation(
    body: RecomputationIn, principal: Asker, session: Tx, response: Response, key: Key
) -> RecomputationOut:
    """重算指标 / Have indicators of a period computed again; follow it at Location. Earlier versions stay."""

    async def create() -> RecomputationOut:
        return await service.recompute(session, principal, body)

    asked = await key.once(session, principal, "figures.recompute", body, create, RecomputationOut, response)
    response.headers["Location"] = f"/v1/indicators/recomputations/{asked.id}"
    return asked


@router.get(
    "/recomputations/{request_id}", responses=responses(problems.RecomputationNotFound, OutsideArea, AreaNeeded)
)
async def read_recomputation(request_id: RequestId, principal: Asker, session: Tx) -> RecomputationOut:
    """重算进度 / How far a recomputation is, indicator by indicator."""
    return await service.recomputation(session, principal, request_id)
