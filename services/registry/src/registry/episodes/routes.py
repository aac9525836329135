"""HTTP of episodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Response

from contracts.vocabulary import FieldClass
from registry.episodes import facts, service, steps, store
from registry.episodes.problems import (
    AppealTooLate,
    EndingsCapped,
    EpisodeNotFound,
    HouseholdHasEpisode,
    IllegalTransition,
    NotRefused,
    RefusalsCapped,
    StepInvalid,
    StepNotAllowed,
    StepRefused,
)
from registry.episodes.schemas import (
    AppealIn,
    ConditionsOut,
    EpisodeDetail,
    EpisodeFilter,
    EpisodePage,
    EpisodeRow,
    EpisodeShown,
    StepTaken,
    TakenOut,
    TransitionIn,
    VillageStepIn,
    VillageStepOut,
)
from registry.households import service as households
from servicekit import conflicts
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.conflicts import Decision, NothingToSettle, deciding
from servicekit.db import Database, Db, Tx
from servicekit.etags import etag_of
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.paging import Cursor, Limit, encode_cursor, read_cursor
from servicekit.problems import PreconditionFailed, PreconditionRequired, Problem, ProblemDocument, responses
from servicekit.revalidation import REVALIDATED, UNCHANGED

router = APIRouter(prefix="/v1/episodes", tags=["episodes"])

_PURPOSE = "查看监测记录 / read episodes"
Reader = Annotated[
    Principal, requires("episodes:read", purpose=_PURPOSE, classes=(FieldClass.S2, FieldClass.S3, FieldClass.S4))
]

Decider = Annotated[
    Principal,
    requires(
        steps.WRITE,
        steps.AUDIT,
        steps.APPROVE,
        purpose="办理识别、帮扶、消除环节 / take a step of an episode",
        classes=(FieldClass.S2, FieldClass.S4),
    ),
]
IfMatch = Annotated[str | None, Header(description="ETag of the object as you read it")]


@router.get("")
async def list_episodes(
    database: Db,
    principal: Reader,
    wanted: Annotated[EpisodeFilter, Depends()],
    cursor: Cursor = None,
    limit: Limit = 50,
) -> EpisodePage:
    """List the episodes of the caller's areas, oldest first, with the titles of their households."""
    after = read_cursor(cursor, UUID)
    async with database.transaction() as session:
        items, last = await service.page(session, principal, wanted, after=after[0] if after else None, limit=limit)
    titles = await households.titles_of(database, principal, items)
    cursor = encode_cursor([last]) if last else None
    return EpisodePage(items=titles.on(items, EpisodeRow), titles=titles.state, next_cursor=cursor)


@router.get("/{episode_id}", responses=responses(EpisodeNotFound) | UNCHANGED, dependencies=[REVALIDATED])
async def get_episode(episode_id: UUID, database: Db, principal: Reader, response: Response) -> EpisodeShown:
    """Give an episode with its title, its whole history, its deadlines and the steps that may follow."""
    async with database.transaction() as session:
        episode = await service.detail(session, principal, str(episode_id))
    titles = await households.titles_of(database, principal, [episode])
    response.headers["ETag"] = etag_of(episode.version)
    return titles.one(episode, EpisodeShown, titles=titles.state)


@router.post(
    "/{episode_id}/appeal",
    status_code=201,
    responses=responses(EpisodeNotFound, NotRefused, StepInvalid, AppealTooLate, HouseholdHasEpisode, KeyReused),
)
async def appeal(
    episode_id: UUID,
    body: AppealIn,
    session: Tx,
    principal: Annotated[
        Principal,
        requires(steps.WRITE, purpose="受理申诉 / take an appeal", classes=(FieldClass.S2, FieldClass.S4)),
    ],
    key: Annotated[IdempotencyKey, Depends()],
    response: Response,
) -> EpisodeDetail:
    """受理申诉 / Open an episode for a household that appeals against its refusal; the refused one stays as it is."""

    async def open_() -> EpisodeDetail:
        return await service.appeal(session, principal, str(episode_id), body)

    opened = await key.once(session, principal, f"appeal/{episode_id}", body, open_, EpisodeDetail, response)
    response.headers["Location"] = f"/v1/episodes/{opened.id}"
    response.headers["ETag"] = etag_of(opened.version)
    return opened


@router.get("/{episode_id}/elimination-conditions", responses=responses(EpisodeNotFound))
async def elimination_conditions(
    episode_id: UUID,
    session: Tx,
    principal: Reader,
    mode: Annotated[facts.Mode, Query(description="消除方式 / by assistance or natural")] = "assistance",
) -> ConditionsOut:
    """风险消除条件 / Say which conditions of elimination are met today, and why the others are not."""
    return await service.conditions(session, principal, str(episode_id), mode)


@router.post(
    "/{episode_id}/transitions",
    responses=responses(
        EpisodeNotFound,
        IllegalTransition,
        StepRefused,
        StepInvalid,
        StepNotAllowed,
        EndingsCapped,
        RefusalsCapped,
        PreconditionRequired,
        PreconditionFailed,
        KeyReused,
    ),
)
async def take_step(
    episode_id: UUID,
    body: TransitionIn,
    database: Db,
    principal: Decider,
    response: Response,
    key: Annotated[IdempotencyKey, Depends()],
    if_match: IfMatch = None,
) -> EpisodeDetail:
    """Take the next step (F-A02). Collecting, auditing and approving need different scopes; history stays.

    A repeat with the same Idempotency-Key takes no second step and shows the episode as it is.
    """
    step = _Step(episode_id, body, if_match)
    episode = await _take(database, principal, step, key, response)
    response.headers["ETag"] = etag_of(episode.version)
    return episode


@router.post("/village-steps", responses=responses(OutsideArea, KeyReused))
async def take_village_step(
    body: VillageStepIn, database: Db, principal: Decider, key: Annotated[IdempotencyKey, Depends()]
) -> VillageStepOut:
    """村级批量办理 / Take several episodes of one village through one step, each judged as if it had been sent alone.

    A scan that all of them name is kept for each household before. A repeat with the same Idempotency-Key takes none
    twice.
    """
    if not principal.covers(body.village_code):
        raise OutsideArea("no such village within your areas")
    alone = TransitionIn.model_validate(body.model_dump(exclude={"village_code", "items"}))
    items = []
    for place, item in enumerate(body.items):
        step = _Step(item.episode_id, alone, item.if_match, body.village_code)
        try:
            episode = await _take(database, principal, step, key, Response())
        except Problem as problem:
            shown = ProblemDocument.model_validate(problem.document())
            items.append(TakenOut(place=place, status=problem.status, problem=shown))
        else:
            found = {"episode_id": episode.id, "state": episode.state, "version": episode.version}
            items.append(TakenOut(place=place, status=200, **found))
    taken = sum(item.problem is None for item in items)
    return VillageStepOut(taken=taken, refused=len(items) - taken, items=items)


@dataclass(frozen=True)
class _Step:
    """A step of an episode as it was sent; `village` where it must lie."""

    episode_id: UUID
    body: TransitionIn
    if_match: str | None
    village: str | None = None


async def _take(
    database: Database, principal: Principal, step: _Step, key: IdempotencyKey, response: Response
) -> EpisodeDetail:
    """Take a step once, in a transaction of its own."""
    episode_id = str(step.episode_id)
    content = step.body.model_dump(mode="json", exclude_none=True)
    decision = Decision(store.EPISODE, episode_id, content, step.if_match)
    async with deciding(database, principal, decision) as session:
        if step.village is not None:
            await service.require_in(session, principal, episode_id, step.village)

        async def take() -> StepTaken:
            taken = await service.take_step(session, principal, episode_id, step.body, step.if_match)
            return StepTaken(version=taken.version)

        route = f"POST /v1/episodes/{episode_id}/transitions"
        await key.once(session, principal, route, step.body, take, StepTaken, response)
        return await service.detail(session, principal, episode_id)


@router.post("/{episode_id}/refused/{refused_id}/settle", responses=responses(EpisodeNotFound, NothingToSettle))
async def settle_refused(
    episode_id: UUID, refused_id: UUID, session: Tx, principal: Decider, response: Response
) -> EpisodeDetail:
    """处理未生效的决定 / Say that a decision that was refused as stale needs nobody any more."""
    await service.require(session, principal, str(episode_id))
    await conflicts.settle(session, principal, store.EPISODE, str(episode_id), str(refused_id))
    episode = await service.detail(session, principal, str(episode_id))
    response.headers["ETag"] = etag_of(episode.version)
    return episode
