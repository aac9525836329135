"""HTTP of episodes."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Response

from contracts.vocabulary import FieldClass
from registry.episodes import service, steps
from registry.episodes.access import RequireAnyScope
from registry.episodes.problems import (
    EpisodeNotFound,
    IllegalTransition,
    StepInvalid,
    StepNotAllowed,
    StepRefused,
)
from registry.episodes.schemas import EpisodeDetail, EpisodeFilter, EpisodeOut, StepTaken, TransitionIn
from registry.wire import read_cursor
from servicekit.auth import Principal, requires
from servicekit.db import Tx
from servicekit.etags import etag_of
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.paging import Cursor, Limit, Page, encode_cursor
from servicekit.problems import PreconditionFailed, PreconditionRequired, responses

router = APIRouter(prefix="/v1/episodes", tags=["episodes"])

Reader = Annotated[
    Principal, requires("episodes:read", purpose="查看监测记录 / read episodes", classes=(FieldClass.S2, FieldClass.S4))
]
IfMatch = Annotated[str | None, Header(alias="If-Match", description="ETag of the episode as you read it")]


@router.get("")
async def list_episodes(
    session: Tx,
    principal: Reader,
    wanted: Annotated[EpisodeFilter, Depends()],
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[EpisodeOut]:
    """List the episodes of the caller's areas, oldest first."""
    after = read_cursor(cursor, UUID)
    items, next_after = await service.page(session, principal, wanted, after=after[0] if after else None, limit=limit)
    return Page[EpisodeOut](items=items, next_cursor=encode_cursor([next_after]) if next_after else None)


@router.get("/{episode_id}", responses=responses(EpisodeNotFound))
async def get_episode(episode_id: UUID, session: Tx, principal: Reader, response: Response) -> EpisodeDetail:
    """Give an episode with its whole history, its deadlines and the steps that may follow."""
    episode = await service.detail(session, principal, str(episode_id))
    response.headers["ETag"] = etag_of(episode.version)
    return episode


@router.post(
    "/{episode_id}/transitions",
    responses=responses(
        EpisodeNotFound,
        IllegalTransition,
        StepRefused,
        StepInvalid,
        StepNotAllowed,
        PreconditionRequired,
        PreconditionFailed,
        KeyReused,
    ),
)
async def take_step(
    episode_id: UUID,
    body: TransitionIn,
    session: Tx,
    principal: Annotated[
        Principal,
        Depends(
            RequireAnyScope(
                steps.WRITE,
                purpose="办理识别、帮扶、消除环节 / take a step of an episode",
                classes=(FieldClass.S2, FieldClass.S4),
                others=(steps.AUDIT, steps.APPROVE),
            )
        ),
    ],
    response: Response,
    key: Annotated[IdempotencyKey, Depends()],
    if_match: IfMatch = None,
) -> EpisodeDetail:
    """Take the next step (F-A02). Collecting, auditing and approving need different scopes; history stays.

    A repeat with the same Idempotency-Key takes no second step and shows the episode as it is.
    """

    async def step() -> StepTaken:
        return StepTaken(version=(await service.take_step(session, principal, str(episode_id), body, if_match)).version)

    route = f"POST /v1/episodes/{episode_id}/transitions"
    await key.once(session, principal, route, body, step, StepTaken, response)
    episode = await service.detail(session, principal, str(episode_id))
    response.headers["ETag"] = etag_of(episode.version)
    return episode
