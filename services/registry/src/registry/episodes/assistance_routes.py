"""HTTP of plans, their tasks, and measures."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Response

from contracts.vocabulary import FieldClass
from registry.duty import MEASURE, TASK
from registry.episodes import assistance as service
from registry.episodes.problems import EpisodeNotFound
from registry.episodes.store import EPISODE
from registry.households import service as households
from registry.plans import service as plans
from registry.plans.service import (
    ContinuingsOut,
    IllegalMeasureState,
    IllegalTaskState,
    MeasureIn,
    MeasureInvalid,
    MeasureMismatch,
    MeasureNotFound,
    MeasureNotYours,
    MeasureOut,
    MeasurePatch,
    MeasuresOut,
    NotMonitoredYet,
    PackagesOut,
    PlanDraft,
    PlanIn,
    PlanInvalid,
    PlanNotFound,
    PlanOfTownship,
    PlanOut,
    PlanTaskDetail,
    PlanTaskInvalid,
    PlanTaskNotFound,
    PlanTaskNotYours,
    PlanTaskPage,
    PlanTaskPatch,
    PlanTaskQuery,
    PlanTaskRow,
    PlanTaskShown,
)
from servicekit.auth import OutsideArea, Principal, WrongDepartment, requires
from servicekit.conflicts import Decision, deciding
from servicekit.db import Db, Tx
from servicekit.etags import etag_of
from servicekit.holding import Asking, DutiesSilent
from servicekit.idempotency import IdempotencyKey
from servicekit.paging import encode_cursor, read_cursor
from servicekit.problems import InvalidInput, PreconditionFailed, responses
from servicekit.revalidation import REVALIDATED, UNCHANGED

router = APIRouter(tags=["plans"])

_CLASSES = (FieldClass.S2, FieldClass.S4)
Writer = Annotated[
    Principal, requires("plans:write", purpose="制定和落实帮扶措施 / plan and deliver help", classes=_CLASSES)
]
IfMatch = Annotated[str | None, Header(description="ETag of the object as you read it")]
Reader = Annotated[Principal, requires("episodes:read", purpose="查看帮扶计划和措施 / read plans", classes=_CLASSES)]
# Of whoever has duties, a department's among them: what it must do.
TaskReader = Annotated[
    Principal,
    requires(
        "episodes:read", "duties:read", purpose="查看计划任务 / read what plans have departments do", classes=_CLASSES
    ),
]


@router.put(
    "/v1/episodes/{episode_id}/plan", responses=responses(EpisodeNotFound, NotMonitoredYet, PlanInvalid, PlanOfTownship)
)
async def put_plan(episode_id: UUID, body: PlanIn, session: Tx, principal: Writer) -> PlanOut:
    """Make or revise the plan: needs list, task list, helper (F-A26, F-A36, F-A37). Earlier versions stay.

    A revision keeps the tasks that it names by `id`, or says again; it adds those that are new, and those that it
    leaves out are to be done no more.
    """
    return await service.put_plan(session, principal, str(episode_id), body)


@router.get("/v1/episodes/{episode_id}/plan", responses=responses(EpisodeNotFound, PlanNotFound))
async def get_plan(episode_id: UUID, session: Tx, principal: Reader) -> PlanOut:
    """Give the plan that holds, with warnings for what it lacks."""
    return await service.show_plan(session, principal, str(episode_id))


@router.get(
    "/v1/episodes/{episode_id}/plan/draft", responses=responses(EpisodeNotFound, NotMonitoredYet, PlanOfTownship)
)
async def draft_plan(episode_id: UUID, session: Tx, principal: Writer) -> PlanDraft:
    """Give what a plan may begin with: the packages for the household's risks and labour (F-A08). Nothing is kept."""
    return await service.draft_plan(session, principal, str(episode_id))


@router.get("/v1/plan-packages")
async def list_packages(_: Reader) -> PackagesOut:
    """List the packages of measures by risk and labour class (F-A08)."""
    return PackagesOut(items=[*plans.packages.packages()])


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


@router.get("/v1/households/{household_id}/continuing-measures", responses=responses(households.HouseholdNotFound))
async def list_continuing_measures(household_id: UUID, session: Tx, principal: Reader) -> ContinuingsOut:
    """政策延续清单 / The measures that go on after the risk is eliminated, with until when (F-G05, 四个不摘)."""
    return await service.continuing(session, principal, str(household_id))


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
        DutiesSilent,
    ),
)
async def patch_measure(
    measure_id: UUID,
    body: MeasurePatch,
    database: Db,
    principal: Writer,
    asking: Asking,
    response: Response,
    if_match: IfMatch = None,
) -> MeasureOut:
    """Say how a measure went on (F-A31): begun, implemented with date and evidence, or why it cannot be done.

    A department's result is given by the person responsible, or by whoever has its duty (P01) in hand. One that
    cannot be done goes back to the township, which plans something else; one that was not implemented after all is
    `in_progress` again.
    """
    async with database.transaction() as session:
        episode_id = await service.episode_of(session, measure_id)
        is_others = await service.is_others(session, principal, measure_id)
    if is_others and not await asking.has_in_hand(principal, f"{MEASURE}-{measure_id}"):
        raise MeasureNotYours("somebody else is responsible for the measure, and you have not its duty in hand")
    content = body.model_dump(mode="json", exclude_none=True) | {"measure_id": str(measure_id)}
    async with deciding(database, principal, Decision(EPISODE, str(episode_id), content, if_match)) as session:
        measure = await service.patch_measure(session, principal, measure_id, body, if_match)
    response.headers["ETag"] = etag_of(measure.version)
    return measure


@router.get("/v1/plan-tasks", responses=responses(OutsideArea, InvalidInput))
async def list_plan_tasks(
    database: Db, principal: TaskReader, query: Annotated[PlanTaskQuery, Query()]
) -> PlanTaskPage:
    """计划任务 / Tasks of plans in the caller's areas and of its department, in the order they were planned (F-A37)."""
    after = read_cursor(query.cursor, UUID)
    async with database.transaction() as session:
        items, last = await plans.list_tasks(session, principal, query, after[0] if after else None)
    titles = await households.titles_of(database, principal, items)
    cursor = encode_cursor([last]) if last else None
    return PlanTaskPage(items=titles.on(items, PlanTaskRow), titles=titles.state, next_cursor=cursor)


@router.get(
    "/v1/plan-tasks/{plan_task_id}", responses=responses(PlanTaskNotFound) | UNCHANGED, dependencies=[REVALIDATED]
)
async def get_plan_task(plan_task_id: UUID, database: Db, principal: TaskReader, response: Response) -> PlanTaskShown:
    """一项计划任务 / A task of a plan, with everything that became of it."""
    async with database.transaction() as session:
        task = await plans.show_task(session, principal, plan_task_id)
    titles = await households.titles_of(database, principal, [task])
    response.headers["ETag"] = etag_of(task.version)
    return titles.one(task, PlanTaskShown, titles=titles.state)


@router.patch(
    "/v1/plan-tasks/{plan_task_id}",
    responses=responses(
        PlanTaskNotFound,
        PlanTaskNotYours,
        IllegalTaskState,
        PlanTaskInvalid,
        PreconditionFailed,
        WrongDepartment,
        DutiesSilent,
    ),
)
async def patch_plan_task(
    plan_task_id: UUID,
    body: PlanTaskPatch,
    database: Db,
    principal: Writer,
    asking: Asking,
    response: Response,
    if_match: IfMatch = None,
) -> PlanTaskDetail:
    """办理计划任务 / Say that a task is done, with date and evidence, or why it cannot be done (F-A37).

    A department's result is given by the person responsible, or by whoever has its duty (P03) in hand. One that
    cannot be done goes back to the township, which plans something else; a result that was given by mistake is taken
    back (`open`, with a note). The same result again changes nothing.
    """
    async with database.transaction() as session:
        task = await plans.show_task(session, principal, plan_task_id)
    duty = f"{TASK}-{plan_task_id}"
    if service.is_others_task(principal, task) and not await asking.has_in_hand(principal, duty):
        raise PlanTaskNotYours("somebody else is responsible for the task, and you have not its duty in hand")
    content = body.model_dump(mode="json", exclude_none=True) | {"plan_task_id": str(plan_task_id)}
    async with deciding(database, principal, Decision(EPISODE, task.episode_id, content, if_match)) as session:
        task = await service.patch_task(session, principal, plan_task_id, body, if_match)
    response.headers["ETag"] = etag_of(task.version)
    return task
