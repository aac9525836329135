"""HTTP of plans and measures."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Response

from contracts.vocabulary import FieldClass
from registry.episodes import assistance as service
from registry.episodes.deadlines import MEASURE
from registry.episodes.problems import EpisodeNotFound
from registry.episodes.store import EPISODE
from registry.plans.service import (
    IllegalMeasureState,
    MeasureIn,
    MeasureInvalid,
    MeasureMismatch,
    MeasureNotFound,
    MeasureNotYours,
    MeasureOut,
    MeasurePatch,
    MeasuresOut,
    NotMonitoredYet,
    PlanIn,
    PlanInvalid,
    PlanNotFound,
    PlanOfTownship,
    PlanOut,
)
from registry.tasks import service as tasks
from servicekit.auth import Principal, WrongDepartment, requires
from servicekit.conflicts import Decision, deciding
from servicekit.db import Db, Tx
from servicekit.etags import etag_of
from servicekit.idempotency import IdempotencyKey
from servicekit.problems import PreconditionFailed, responses
from servicekit.revalidation import REVALIDATED, UNCHANGED

router = APIRouter(tags=["plans"])

_CLASSES = (FieldClass.S2, FieldClass.S4)
Writer = Annotated[
    Principal, requires("plans:write", purpose="制定和落实帮扶措施 / plan and deliver help", classes=_CLASSES)
]
Reader = Annotated[Principal, requires("episodes:read", purpose="查看帮扶计划和措施 / read plans", classes=_CLASSES)]


@router.put(
    "/v1/episodes/{episode_id}/plan", responses=responses(EpisodeNotFound, NotMonitoredYet, PlanInvalid, PlanOfTownship)
)
async def put_plan(episode_id: UUID, body: PlanIn, session: Tx, principal: Writer) -> PlanOut:
    """Make or revise the plan: needs list, task list, helper (F-A26, F-A36, F-A37). Earlier versions stay."""
    return await service.put_plan(session, principal, str(episode_id), body)


@router.get("/v1/episodes/{episode_id}/plan", responses=responses(EpisodeNotFound, PlanNotFound))
async def get_plan(episode_id: UUID, session: Tx, principal: Reader) -> PlanOut:
    """Give the plan that holds, with warnings for what it lacks."""
    return await service.show_plan(session, principal, str(episode_id))


@router.post(
    "/v1/episodes/{episode_id}/measures",
    status_code=201,
    responses=responses(EpisodeNotFound, NotMonitoredYet, MeasureMismatch, MeasureInvalid, WrongDepartment),
)
async def add_measure(
    episode_id: UUID,
    body: MeasureIn,
    session: Tx,
    principal: Writer,
    key: Annotated[IdempotencyKey, Depends()],
    response: Response,
) -> MeasureOut:
    """Plan a measure that answers risks of the household (F-A07)."""

    async def create() -> MeasureOut:
        return await service.add_measure(session, principal, str(episode_id), body)

    measure = await key.once(session, principal, f"measures/{episode_id}", body, create, MeasureOut, response)
    response.headers["Location"] = f"/v1/measures/{measure.id}"
    response.headers["ETag"] = etag_of(measure.version)
    return measure


@router.get("/v1/episodes/{episode_id}/measures", responses=responses(EpisodeNotFound))
async def list_measures(episode_id: UUID, session: Tx, principal: Reader) -> MeasuresOut:
    """List the measures of an episode."""
    return await service.list_measures(session, principal, str(episode_id))


@router.get("/v1/measures/{measure_id}", responses=responses(MeasureNotFound) | UNCHANGED, dependencies=[REVALIDATED])
async def get_measure(measure_id: UUID, session: Tx, principal: Reader, response: Response) -> MeasureOut:
    """Give a measure."""
    measure = await service.show_measure(session, principal, measure_id)
    response.headers["ETag"] = etag_of(measure.version)
    return measure


@router.patch(
    "/v1/measures/{measure_id}",
    responses=responses(
        MeasureNotFound,
        MeasureNotYours,
        IllegalMeasureState,
        MeasureInvalid,
        PreconditionFailed,
        WrongDepartment,
        tasks.DutiesSilent,
    ),
)
async def patch_measure(
    measure_id: UUID,
    body: MeasurePatch,
    database: Db,
    principal: Writer,
    asking: tasks.Asking,
    response: Response,
    if_match: Annotated[str | None, Header(description="ETag of the object as you read it")] = None,
) -> MeasureOut:
    """Say how a measure went on (F-A31): begun, implemented with date and evidence, or why it cannot be done.

    A department's result is given by the person responsible, or by whoever has its duty (P01) in hand. One that
    cannot be done goes back to the township, which plans something else; one that was not implemented after all is
    `in_progress` again.
    """
    async with database.transaction() as session:
        episode_id = await service.episode_of(session, measure_id)
        is_others = await service.is_others(session, principal, measure_id)
    if is_others and not await tasks.has_in_hand(asking, principal, f"{MEASURE}-{measure_id}"):
        raise MeasureNotYours("somebody else is responsible for the measure, and you have not its duty in hand")
    content = body.model_dump(mode="json", exclude_none=True) | {"measure_id": str(measure_id)}
    async with deciding(database, principal, Decision(EPISODE, str(episode_id), content, if_match)) as session:
        measure = await service.patch_measure(session, principal, measure_id, body, if_match)
    response.headers["ETag"] = etag_of(measure.version)
    return measure
