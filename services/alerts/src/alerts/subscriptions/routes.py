"""HTTP edge of subscriptions."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response

from alerts.subscriptions import attempts, changing, problems, service, signing, trying
from alerts.subscriptions.posting import Poster
from alerts.subscriptions.rules import DeliveryState
from alerts.subscriptions.schemas import (
    AttemptPage,
    Created,
    DeliveryOut,
    KafkaPlace,
    PublicKeys,
    ReplayIn,
    ReplayOut,
    Rotated,
    SecretRotated,
    SubscriptionChannel,
    SubscriptionCreated,
    SubscriptionIn,
    SubscriptionOut,
    SubscriptionPatch,
    TestSent,
)
from alerts.subscriptions.tables import Subscription
from contracts import topics
from contracts.vocabulary import FieldClass
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.crypto import FieldCipher
from servicekit.db import Db, Tx
from servicekit.etags import etag_of
from servicekit.idempotency import IdempotencyKey
from servicekit.paging import Cursor, Limit, Page, encode_cursor, read_cursor
from servicekit.problems import PreconditionFailed, PreconditionRequired, responses

router = APIRouter(prefix="/v1/subscriptions", tags=["subscriptions"])

Manager = Annotated[
    Principal,
    requires("subscriptions:manage", purpose="管理预警订阅 / manage alert subscriptions", classes=(FieldClass.S2,)),
]
Overseer = Annotated[
    Principal,
    requires(
        "subscriptions:manage",
        service.ADMINISTER,
        purpose="查看与终止预警订阅 / see and end alert subscriptions",
        classes=(FieldClass.S2,),
    ),
]


class _Http:
    """What a change has besides its body."""

    def __init__(
        self,
        request: Request,
        response: Response,
        if_match: Annotated[str | None, Header(description="the subscription's ETag that you read")] = None,
    ) -> None:
        self.state = request.app.state
        self.response = response
        self.if_match = if_match


SubscriptionId = Annotated[str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
_missing = responses(problems.SubscriptionNotFound)


def _out(subscription: Subscription) -> SubscriptionOut:
    channel = SubscriptionChannel(subscription.channel)
    pulls = {SubscriptionChannel.SSE: "/v1/alerts/stream", SubscriptionChannel.PULL: "/v1/alerts"}
    return SubscriptionOut.model_validate(
        subscription.model_dump(include=set(SubscriptionOut.model_fields) & set(Subscription.model_fields))
        | {
            "previous_secret_valid_until": subscription.previous_valid_until,
            "feed": f"{pulls[channel]}?subscription={subscription.id}" if channel in pulls else None,
            "kafka": KafkaPlace(topic=topics.ALERT.name, key=topics.ALERT.key)
            if channel is SubscriptionChannel.KAFKA
            else None,
        }
    )


def _shown(subscription: Subscription, cipher: FieldCipher) -> tuple[str | None, str | None]:
    """Give the secret to share, or the public key of a pair, whose private one is shown to nobody."""
    if subscription.secret is None:
        return None, None
    secret = cipher.decrypt(subscription.secret, service.secret_place(subscription.id))
    public_key = signing.public_key(secret)
    return (None if public_key else secret), public_key


@router.post(
    "",
    status_code=201,
    responses=responses(OutsideArea, problems.SubscriptionInvalid, problems.TargetForbidden),
)
async def create_subscription(
    wanted: SubscriptionIn,
    principal: Manager,
    session: Tx,
    request: Request,
    response: Response,
    key: Annotated[IdempotencyKey, Depends()],
) -> SubscriptionCreated:
    """新建订阅 / Subscribe. A webhook's secret is shown here only; keep it. Of a key pair the public key is shown.

    A repeat with the same Idempotency-Key shows the same subscription and secret.
    """
    service.check_shape(wanted)
    if wanted.url is not None:
        await service.check_target(request.app.state.target_policy, request.app.state.resolver, wanted.url)
    cipher: FieldCipher = request.app.state.cipher

    async def create() -> Created:
        return Created(id=await service.create(session, principal, wanted, cipher))

    # What the retry needs is the id: the secret is never stored in the clear, not even there.
    created = await key.once(session, principal, "POST /v1/subscriptions", wanted, create, Created, response)
    subscription = await service.get(session, principal, created.id)
    response.headers["Location"] = f"/v1/subscriptions/{created.id}"
    response.headers["ETag"] = etag_of(subscription.version)
    secret, public_key = _shown(subscription, cipher)
    return SubscriptionCreated(**_out(subscription).model_dump(), secret=secret, public_key=public_key)


@router.get("")
async def list_subscriptions(
    principal: Overseer,
    session: Tx,
    client_id: Annotated[str | None, Query(max_length=64, description="of this client only")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[SubscriptionOut]:
    """列出订阅 / The caller's subscriptions; for an administrator, those of all clients within its areas."""
    after = read_cursor(cursor, UUID)
    found, going_on = await service.page(
        session, principal, client_id=client_id, after=after[0] if after else None, limit=limit
    )
    return Page(items=[_out(each) for each in found], next_cursor=encode_cursor([going_on]) if going_on else None)


@router.get("/{subscription_id}", responses=_missing)
async def get_subscription(
    subscription_id: SubscriptionId, principal: Overseer, session: Tx, response: Response
) -> SubscriptionOut:
    """查看订阅 / One subscription and how its endpoint does."""
    subscription = await service.get(session, principal, subscription_id)
    response.headers["ETag"] = etag_of(subscription.version)
    return _out(subscription)


@router.patch(
    "/{subscription_id}",
    responses=responses(
        problems.SubscriptionNotFound, problems.SubscriptionInvalid, problems.TargetForbidden, OutsideArea,
        PreconditionRequired, PreconditionFailed,
    ),
)  # fmt: skip
async def change_subscription(
    subscription_id: SubscriptionId,
    wanted: SubscriptionPatch,
    principal: Manager,
    session: Tx,
    http: Annotated[_Http, Depends()],
) -> SubscriptionOut:
    """变更订阅 / Change address, filter or name, pause or go on; what is left out stays. Only its owner may.

    What waits and is not wanted any more is not sent; while it is paused, what comes waits. A new address is checked as
    at creation, signs with the same secret, and begins without the failures of the former.
    """
    if "url" in wanted.model_fields_set:
        await service.check_target(http.state.target_policy, http.state.resolver, wanted.url)
    subscription = await changing.change(session, principal, subscription_id, wanted, http.if_match)
    http.response.headers["ETag"] = etag_of(subscription.version)
    return _out(subscription)


@router.delete("/{subscription_id}", status_code=204, responses=_missing)
async def delete_subscription(subscription_id: SubscriptionId, principal: Overseer, session: Tx) -> None:
    """取消订阅 / Unsubscribe. What still waits is not sent."""
    await service.delete(session, principal, subscription_id)


@router.post(
    "/{subscription_id}/rotate-secret",
    responses=responses(problems.SubscriptionNotFound, problems.NotAWebhook, problems.RotationUnderWay),
)
async def rotate_secret(
    subscription_id: SubscriptionId,
    principal: Manager,
    session: Tx,
    request: Request,
    response: Response,
    key: Annotated[IdempotencyKey, Depends()],
) -> SecretRotated:
    """轮换密钥 / Get a new secret. Old and new both sign for 24 hours.

    A repeat with the same Idempotency-Key shows the same secret: without it, an answer that was lost would be a
    secret that nobody knows.
    """
    cipher: FieldCipher = request.app.state.cipher

    async def rotate() -> Rotated:
        return Rotated(valid_until=await service.rotate_secret(session, principal, subscription_id, cipher))

    route = f"POST /v1/subscriptions/{subscription_id}/rotate-secret"
    made = await key.once(session, principal, route, None, rotate, Rotated, response)
    subscription = await service.get(session, principal, subscription_id)
    secret, public_key = _shown(subscription, cipher)
    return SecretRotated(secret=secret, public_key=public_key, previous_secret_valid_until=made.valid_until)


@router.get("/{subscription_id}/public-keys", responses=_missing)
async def list_subscription_public_keys(
    subscription_id: SubscriptionId, principal: Overseer, session: Tx, request: Request
) -> PublicKeys:
    """签名公钥 / The public keys that verify what is sent to a webhook signed by v1a; two while a rotation lasts."""
    subscription = await service.get(session, principal, subscription_id)
    return service.verifying_keys(subscription, request.app.state.cipher)


@router.post("/{subscription_id}/enable", responses=responses(problems.SubscriptionNotFound, problems.NotAWebhook))
async def enable_subscription(subscription_id: SubscriptionId, principal: Manager, session: Tx) -> SubscriptionOut:
    """重新启用 / Switch a disabled webhook on again. Replay what was missed."""
    return _out(await service.enable(session, principal, subscription_id))


@router.get("/{subscription_id}/deliveries", responses=_missing)
async def list_deliveries(
    subscription_id: SubscriptionId,
    principal: Manager,
    session: Tx,
    state: DeliveryState | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[DeliveryOut]:
    """推送记录 / Deliveries, the newest first."""
    before = read_cursor(cursor, int)
    rows = await service.deliveries(
        session,
        principal,
        subscription_id,
        state=state.value if state else None,
        before=before[0] if before else None,
        limit=limit + 1,
    )
    items = [DeliveryOut.model_validate(row) for row in rows[:limit]]
    return Page(items=items, next_cursor=encode_cursor([items[-1].position]) if len(rows) > limit else None)


@router.get("/{subscription_id}/attempts", responses=_missing)
async def list_attempts(
    subscription_id: SubscriptionId,
    principal: Overseer,
    session: Tx,
    is_taken: Annotated[bool | None, Query(description="only what the receiver took, or only what it did not")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> AttemptPage:
    """推送尝试记录 / Each attempt to send something to the webhook, test events too, the newest first.

    Kept for as many days as ALERTS_WEBHOOK_ATTEMPTS_DAYS says.
    """
    before = read_cursor(cursor, int)
    return await service.attempts_page(
        session, principal, subscription_id, is_taken=is_taken, before=before[0] if before else None, limit=limit
    )


@router.post(
    "/{subscription_id}/deliveries/{position}/resend",
    status_code=202,
    responses=responses(
        problems.SubscriptionNotFound, problems.NotAWebhook, problems.SubscriptionDisabled, problems.DeliveryNotFound
    ),
)
async def resend_delivery(
    subscription_id: SubscriptionId,
    position: Annotated[int, Path(ge=1, le=2**62)],
    principal: Manager,
    session: Tx,
) -> ReplayOut:
    """重发一条 / Send one event again, with the same webhook-id."""
    return ReplayOut(queued=await service.resend(session, principal, subscription_id, position))


@router.post(
    "/{subscription_id}/revoke-previous-secret",
    responses=responses(problems.SubscriptionNotFound, problems.NotAWebhook),
)
async def revoke_previous_secret(subscription_id: SubscriptionId, principal: Manager, session: Tx) -> SubscriptionOut:
    """立即停用旧密钥 / End the old secret of a rotation now, where it has leaked."""
    return _out(await service.revoke_previous_secret(session, principal, subscription_id))


@router.post(
    "/{subscription_id}/test",
    responses=responses(problems.SubscriptionNotFound, problems.NotAWebhook, problems.SendingHeld),
)
async def send_test_event(
    subscription_id: SubscriptionId, principal: Manager, database: Db, request: Request
) -> TestSent:
    """发送测试事件 / Send one test event to the webhook now, and say how it was taken. Only its owner may.

    200 says that it was tried: `is_taken` says whether the receiver took it. It is logged as an attempt, counts neither
    for nor against the endpoint, and nobody else is told.
    """
    async with database.transaction() as session:
        event, letter = await trying.prepare(session, principal, subscription_id)
    poster: Poster = request.app.state.poster
    posted = await poster.post(letter)
    async with database.transaction() as session:
        await attempts.record(session, [posted.attempt(event.type, None)])
    return trying.told(event, posted)


@router.post(
    "/{subscription_id}/replay",
    status_code=202,
    responses=responses(problems.SubscriptionNotFound, problems.NotAWebhook, problems.SubscriptionDisabled),
)
async def replay(subscription_id: SubscriptionId, wanted: ReplayIn, principal: Manager, session: Tx) -> ReplayOut:
    """从指定位置补发 / Send everything after a position again, with the same webhook-ids."""
    return ReplayOut(queued=await service.replay(session, principal, subscription_id, wanted.after))
