"""HTTP of the green channel."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from contracts.vocabulary import FieldClass
from registry.episodes import green_channel, service, steps, store
from registry.episodes.problems import (
    EpisodeNotFound,
    GreenChannelAsked,
    GreenChannelNotAsked,
    GreenChannelRefused,
    GreenChannelSecondPerson,
)
from registry.episodes.routes import IfMatch
from registry.episodes.schemas import EpisodeDetail, GreenChannelDecision, GreenChannelIn, StepTaken
from servicekit.auth import Principal, requires
from servicekit.conflicts import Decision, deciding
from servicekit.db import Db
from servicekit.etags import etag_of
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.problems import PreconditionFailed, PreconditionRequired, responses

router = APIRouter(prefix="/v1/episodes", tags=["episodes"])

EXPEDITE = "episodes:expedite"
_CLASSES = (FieldClass.S2, FieldClass.S4)
Asker = Annotated[
    Principal, requires(steps.WRITE, purpose="申请绿色通道 / ask for the green channel", classes=_CLASSES)
]
Approver = Annotated[
    Principal, requires(EXPEDITE, purpose="审批绿色通道 / decide on the green channel", classes=_CLASSES)
]


@router.post(
    "/{episode_id}/green-channel",
    responses=responses(
        EpisodeNotFound, GreenChannelAsked, GreenChannelRefused, PreconditionRequired, PreconditionFailed, KeyReused
    ),
)
async def ask_green_channel(
    episode_id: UUID,
    body: GreenChannelIn,
    database: Db,
    principal: Asker,
    response: Response,
    key: Annotated[IdempotencyKey, Depends()],
    if_match: IfMatch = None,
) -> EpisodeDetail:
    """申请绿色通道 / Ask that help begin before the procedure is through: sudden disaster or accident only (F-A14).

    Somebody else approves it (`POST .../green-channel/decision`). The missing steps stay due (`green_channel.debts`).
    """
    decision = Decision(store.EPISODE, str(episode_id), body.model_dump(mode="json"), if_match)
    async with deciding(database, principal, decision) as session:

        async def ask() -> StepTaken:
            return await green_channel.ask(session, principal, str(episode_id), body, if_match)

        await key.once(session, principal, f"green-channel/{episode_id}", body, ask, StepTaken, response)
        episode = await service.detail(session, principal, str(episode_id))
    response.headers["ETag"] = etag_of(episode.version)
    return episode


@router.post(
    "/{episode_id}/green-channel/decision",
    responses=responses(
        EpisodeNotFound,
        GreenChannelNotAsked,
        GreenChannelSecondPerson,
        PreconditionRequired,
        PreconditionFailed,
        KeyReused,
    ),
)
async def decide_green_channel(
    episode_id: UUID,
    body: GreenChannelDecision,
    database: Db,
    principal: Approver,
    response: Response,
    key: Annotated[IdempotencyKey, Depends()],
    if_match: IfMatch = None,
) -> EpisodeDetail:
    """审批绿色通道 / Approve or refuse the green channel as a second person; approved, plan and measures may begin."""
    decision = Decision(store.EPISODE, str(episode_id), body.model_dump(mode="json"), if_match)
    async with deciding(database, principal, decision) as session:

        async def decide() -> StepTaken:
            return await green_channel.decide(session, principal, str(episode_id), body, if_match)

        route = f"green-channel-decision/{episode_id}"
        await key.once(session, principal, route, body, decide, StepTaken, response)
        episode = await service.detail(session, principal, str(episode_id))
    response.headers["ETag"] = etag_of(episode.version)
    return episode
