"""Idempotency-Key: a repeated request gives the first answer and has no second effect.

The answer is stored in the transaction of the work itself, so a failure is never remembered as done.
Source: IETF draft-ietf-httpapi-idempotency-key-header: 422 for a key reused with another payload.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from fastapi import Header, Request, Response
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from servicekit.auth import Principal
from servicekit.db import execute
from servicekit.failpoints import failpoint_async
from servicekit.problems import InvalidInput

ModelT = TypeVar("ModelT", bound=BaseModel)

KEEP_HOURS = 14 * 24  # an app whose connection broke may be a week in the villages before it repeats


class KeyReused(InvalidInput):
    """The same key came with another payload."""

    code = "idempotency_key_reused"
    title = "幂等键已用于其他请求"
    advice = "请为新的请求生成新的 Idempotency-Key。"


class IdempotencyKey:
    """The request's Idempotency-Key, if it has one."""

    def __init__(
        self,
        request: Request,
        idempotency_key: Annotated[
            str | None, Header(max_length=128, description="repeat it safely: same key, same answer")
        ] = None,
    ) -> None:
        self.key = idempotency_key
        self._status: int = request.scope["route"].status_code or 200

    async def once(
        self,
        session: AsyncSession,
        principal: Principal,
        route: str,
        payload: BaseModel | str | None,
        create: Callable[[], Awaitable[ModelT]],
        model: type[ModelT],
        response: Response,
    ) -> ModelT:
        """Run `create` once per (who acts, route, key); afterwards give its stored answer.

        A concurrent request with the same key waits for the first to commit (row lock of the claim).

        Raises:
            KeyReused: if the key was used with another payload.
        """
        if self.key is None:
            return await create()
        body = payload.model_dump_json() if isinstance(payload, BaseModel) else (payload or "")
        fingerprint = hashlib.sha256(body.encode()).hexdigest()
        place = {"client": principal.actor, "route": route, "key": self.key}
        claimed = await execute(
            session,
            "INSERT INTO idempotency (client_id, route, key, fingerprint, status, body)"
            " VALUES (:client, :route, :key, :fingerprint, :status, 'null') ON CONFLICT DO NOTHING RETURNING 1",
            place | {"fingerprint": fingerprint, "status": self._status},
        )
        if await claimed.fetchone() is None:
            found = await execute(
                session,
                "SELECT fingerprint, status, body::text FROM idempotency"
                " WHERE client_id = :client AND route = :route AND key = :key",
                place,
            )
            [(first, response.status_code, answer)] = await found.fetchall()
            if first != fingerprint:
                raise KeyReused("this Idempotency-Key was used with another payload")
            response.headers["Idempotent-Replayed"] = "true"
            return model.model_validate_json(answer)
        await failpoint_async("idempotency.claimed")
        result = await create()
        await execute(
            session,
            "UPDATE idempotency SET body = CAST(:body AS json)"
            " WHERE client_id = :client AND route = :route AND key = :key",
            place | {"body": result.model_dump_json()},
        )
        await failpoint_async("idempotency.stored")
        return result


async def prune(session: AsyncSession) -> None:
    """Forget keys older than `KEEP_HOURS`."""
    await session.execute(
        text("DELETE FROM idempotency WHERE created_at < now() - make_interval(hours => :hours)"),
        {"hours": KEEP_HOURS},
    )
