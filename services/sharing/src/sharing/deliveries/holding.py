"""Held lists: released or withdrawn by their department, or by a second person at the bureau."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Response
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.vocabulary import FieldClass
from servicekit import clock, conflicts
from servicekit.auth import Principal, requires
from servicekit.conflicts import Decision, NothingToSettle, deciding
from servicekit.db import Db, Tx
from servicekit.etags import etag_of, require_match
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.problems import PreconditionFailed, responses
from sharing.deliveries import committing, problems, service, store
from sharing.deliveries.schemas import DecisionIn, DeliveryOut
from sharing.deliveries.tables import Delivery

router = APIRouter(prefix="/v1/deliveries", tags=["deliveries"])

Decider = Annotated[
    Principal,
    requires(
        "deliveries:write",
        purpose="核实异常名单 / decision about a list that cannot be believed",
        classes=(FieldClass.S2,),
    ),
]
IfMatch = Annotated[str | None, Header(description="ETag that you read; without it the state alone decides")]
_RESPONSES = responses(
    problems.UnknownDelivery, problems.NotHeld, problems.SecondPersonNeeded, problems.NothingToRelease,
    PreconditionFailed, KeyReused,
)  # fmt: skip


@router.post("/{delivery_id}/release", response_model=DeliveryOut, responses=_RESPONSES)
async def release_delivery(
    delivery_id: UUID,
    body: DecisionIn,
    principal: Decider,
    database: Db,
    key: Annotated[IdempotencyKey, Depends()],
    response: Response,
    if_match: IfMatch = None,
) -> DeliveryOut:
    """Believe a held list: it counts from now on, in the place of the one before."""
    async with deciding(database, principal, _decision(delivery_id, "release", body, if_match)) as session:

        async def decide() -> DeliveryOut:
            delivery = await _held(session, principal, str(delivery_id), if_match)
            rows = [delivery, *await store.corrections_of(session, delivery.id)]
            if not any(each.rows_accepted for each in rows) and not delivery.is_nil:
                raise problems.NothingToRelease("no row of the list can be used")
            delivery.decided_by, delivery.decided_at, delivery.decision_reason = (
                principal.actor, clock.now(), body.reason,
            )  # fmt: skip
            delivery.version += 1
            await committing.take_effect(session, delivery)
            return service.delivery_out(delivery, await store.parts_of(session, delivery.id))

        result = await key.once(
            session, principal, f"deliveries.release.{delivery_id}", body, decide, DeliveryOut, response
        )
    response.headers["ETag"] = etag_of(result.version)
    return result


@router.post("/{delivery_id}/withdraw", response_model=DeliveryOut, responses=_RESPONSES)
async def withdraw_delivery(
    delivery_id: UUID,
    body: DecisionIn,
    principal: Decider,
    database: Db,
    key: Annotated[IdempotencyKey, Depends()],
    response: Response,
    if_match: IfMatch = None,
) -> DeliveryOut:
    """Give a held list up: the one before stays effective."""
    async with deciding(database, principal, _decision(delivery_id, "withdraw", body, if_match)) as session:

        async def decide() -> DeliveryOut:
            delivery = await _held(session, principal, str(delivery_id), if_match)
            await committing.withdraw(session, delivery, by=principal.actor, reason=body.reason)
            return service.delivery_out(delivery, await store.parts_of(session, delivery.id))

        result = await key.once(
            session, principal, f"deliveries.withdraw.{delivery_id}", body, decide, DeliveryOut, response
        )
    response.headers["ETag"] = etag_of(result.version)
    return result


@router.post(
    "/{delivery_id}/refused/{refused_id}/settle",
    response_model=DeliveryOut,
    responses=responses(problems.UnknownDelivery, NothingToSettle),
)
async def settle_refused(
    delivery_id: UUID, refused_id: UUID, principal: Decider, session: Tx, response: Response
) -> DeliveryOut:
    """处理未生效的决定 / Say that a decision that was refused as stale needs nobody any more."""
    delivery = await service.owned(session, principal, str(delivery_id))
    await conflicts.settle(session, principal, store.DELIVERY, delivery.id, str(refused_id))
    response.headers["ETag"] = etag_of(delivery.version)
    shown = service.delivery_out(delivery, await store.parts_of(session, delivery.id))
    return await service.with_refused(session, shown)


def _decision(delivery_id: UUID, to: str, body: DecisionIn, if_match: str | None) -> Decision:
    return Decision(store.DELIVERY, str(delivery_id), {"to": to, "reason": body.reason}, if_match)


async def _held(session: AsyncSession, principal: Principal, delivery_id: str, if_match: str | None) -> Delivery:
    """Give a held list that the caller may judge, locked.

    Raises:
        UnknownDelivery: not within the caller's reach.
        SecondPersonNeeded: the bureau's client that sent it may not judge it.
        NotHeld: it is not held.
    """
    known = await service.owned(session, principal, delivery_id)
    await store.lock_period(session, known.dataset, known.period, known.area_code)
    delivery = await service.owned(session, principal, delivery_id, lock=True)
    if if_match is not None:
        require_match(if_match, delivery.version)
    if principal.department is None and principal.actor == delivery.opened_by:
        raise problems.SecondPersonNeeded("who sent the list for a department does not judge it")
    if delivery.state != "held":
        raise problems.NotHeld(f"the delivery is {delivery.state}", state=delivery.state)
    return delivery
