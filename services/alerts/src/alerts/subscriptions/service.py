"""Use cases of subscriptions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.feed import service as feed
from alerts.subscriptions import attempts, problems, rules, signing, store
from alerts.subscriptions.guard import TargetPolicy
from alerts.subscriptions.schemas import (
    AttemptOut,
    AttemptPage,
    PublicKeys,
    Said,
    SubscriptionChannel,
    SubscriptionIn,
)
from alerts.subscriptions.tables import Subscription
from alerts.subscriptions.transport import Resolver
from contracts.vocabulary import AlertKind, RiskType, Severity
from servicekit import areas
from servicekit.auth import Principal
from servicekit.crypto import FieldCipher
from servicekit.failpoints import failpoint_async
from servicekit.ids import new_id
from servicekit.paging import encode_cursor
from servicekit.problems import FieldError

MAX_PER_CLIENT = 50
ADMINISTER = "subscriptions:administer"
"""The scope that sees and ends anybody's subscriptions within one's areas."""


def wall_clock() -> datetime:
    """Give real time. Retries and signatures follow it, not the business clock: receivers compare it with theirs."""
    return datetime.now(UTC)


def secret_place(subscription_id: str) -> str:
    """Give the associated data that binds a secret's ciphertext to its row."""
    return f"subscription|secret|{subscription_id}"


async def publish(session: AsyncSession, alerts: Sequence[feed.Alerting]) -> None:
    """Put alerts into the feed, the outbox and the webhook queues, in the caller's transaction.

    Call it last: everybody who publishes waits for the feed's lock until the transaction ends.
    """
    if not alerts:
        return
    after = await feed.append(session, alerts)
    if await store.fan_out(session, after, wall_clock()):
        await store.notify_sender(session)
    await failpoint_async("alerts.fanned_out")
    await feed.notify_readers(session)


async def end_withdrawn(session: AsyncSession, client_ids: Sequence[str]) -> None:
    """End what clients may not have any more, by their rights as they are now."""
    await store.end_withdrawn(session, client_ids, wall_clock())
    await store.notify_sender(session)


async def check_target(policy: TargetPolicy, resolver: Resolver, url: str) -> None:
    """Check that webhooks may go to `url` now; every delivery checks again.

    Raises:
        TargetForbidden: with the reason at /url.
    """
    target = policy.check_url(url)
    if target.literal is None:
        policy.check_addresses(target.host, await resolver(target.host, target.port))


def check_shape(wanted: SubscriptionIn) -> None:
    """Check that channel, URL and signature belong together.

    Raises:
        SubscriptionInvalid: a webhook without URL, or a URL or a key pair without webhook.
    """
    is_webhook = wanted.channel is SubscriptionChannel.WEBHOOK
    if not is_webhook and wanted.signature is not signing.Signature.HMAC:
        flaw = FieldError(pointer="/signature", code="signature.unexpected", detail="webhook only")
        raise problems.SubscriptionInvalid("only webhooks are signed", errors=[flaw])
    if is_webhook != (wanted.url is not None):
        code, detail = ("url.missing", "a webhook needs a url") if is_webhook else ("url.unexpected", "webhook only")
        flaw = FieldError(pointer="/url", code=code, detail=detail)
        raise problems.SubscriptionInvalid(detail, errors=[flaw])


def roots_of(principal: Principal, wanted: Sequence[str]) -> list[str]:
    """Give the areas that a subscription covers, each once: those that are wanted, or all of the caller's.

    Raises:
        OutsideArea: an area is outside the caller's.
        SubscriptionInvalid: there is none.
    """
    for area in wanted:
        principal.require_area(area)
    roots = list(dict.fromkeys(wanted or principal.areas))
    if not roots:
        flaw = FieldError(pointer="/areas", code="areas.missing", detail="this client has no area of its own")
        raise problems.SubscriptionInvalid("the subscription covers no area", errors=[flaw])
    return roots


async def create(session: AsyncSession, principal: Principal, wanted: SubscriptionIn, cipher: FieldCipher) -> str:
    """Store a subscription and give its id. Only alerts published from now on are sent by themselves.

    Raises:
        OutsideArea: an area is outside the caller's.
        SubscriptionInvalid: the client has as many as it may.
    """
    roots = roots_of(principal, wanted.areas)
    if await store.count_of(session, principal.client_id) >= MAX_PER_CLIENT:
        flaw = FieldError(pointer="", code="subscriptions.too_many", detail=f"at most {MAX_PER_CLIENT} a client")
        raise problems.SubscriptionInvalid("too many subscriptions", errors=[flaw])
    ranges = [areas.range_of(root) for root in roots]
    subscription_id = new_id()
    now = wall_clock()
    await store.insert(
        session,
        Subscription(
            id=subscription_id,
            client_id=principal.client_id,
            name=wanted.name,
            channel=wanted.channel.value,
            areas=roots,
            area_lows=[low for low, _ in ranges],
            area_highs=[high for _, high in ranges],
            risk_types=[item.value for item in wanted.risk_types],
            severities=[item.value for item in wanted.severities],
            kinds=[item.value for item in wanted.kinds],
            url=wanted.url,
            state="active",
            signature=wanted.signature.value,
            secret=cipher.encrypt(signing.new_secret(wanted.signature), secret_place(subscription_id))
            if wanted.channel is SubscriptionChannel.WEBHOOK
            else None,
            created_at=now,
            updated_at=now,
        ),
    )
    await failpoint_async("alerts.subscription_stored")
    return subscription_id


async def get(session: AsyncSession, principal: Principal, subscription_id: str, *, lock: bool = False) -> Subscription:
    """Give a subscription of the caller; to an administrator, anybody's within its areas.

    Raises:
        SubscriptionNotFound: there is none, or it belongs to another client.
    """
    subscription = await store.find(session, subscription_id, _owner(principal), lock=lock)
    if subscription is None or not _reaches(principal, subscription):
        raise problems.SubscriptionNotFound("you have no such subscription")
    return subscription


async def own_webhook(session: AsyncSession, principal: Principal, subscription_id: str) -> Subscription:
    """Give a webhook of the caller's own; an administrator's right to see others' does not count here.

    Raises:
        SubscriptionNotFound, NotAWebhook: as they say.
    """
    subscription = await store.find(session, subscription_id, principal.client_id)
    if subscription is None:
        raise problems.SubscriptionNotFound("you have no such subscription")
    return _is_webhook(subscription)


def signing_secrets(subscription: Subscription, now: datetime) -> list[str]:
    """Give the ciphertexts of what signs now, the newest first: two while a rotation lasts."""
    is_both = subscription.previous_valid_until is not None and now < subscription.previous_valid_until
    held = (subscription.secret, subscription.previous_secret if is_both else None)
    return [secret for secret in held if secret is not None]


def verifying_keys(subscription: Subscription, cipher: FieldCipher) -> PublicKeys:
    """Give the public keys of what signs now."""
    place = secret_place(subscription.id)
    signs = [cipher.decrypt(secret, place) for secret in signing_secrets(subscription, wall_clock())]
    keys = [key for key in map(signing.public_key, signs) if key is not None]
    return PublicKeys(signature=signing.Signature(subscription.signature), public_keys=keys)


def _owner(principal: Principal) -> str | None:
    return None if ADMINISTER in principal.scopes else principal.client_id


def _reaches(principal: Principal, subscription: Subscription) -> bool:
    return subscription.client_id == principal.client_id or any(map(principal.covers, subscription.areas))


async def page(
    session: AsyncSession, principal: Principal, *, client_id: str | None, after: str | None, limit: int
) -> tuple[Sequence[Subscription], str | None]:
    """Give a page of the caller's subscriptions, or an administrator's of all within its areas, and where to go on."""
    owner = _owner(principal) or client_id
    if owner is not None and client_id not in (None, owner):
        return [], None
    found = await store.page_of_all(session, client_id=owner, after=after, limit=limit + 1)
    shown = found[:limit]
    going_on = shown[-1].id if len(found) > limit else None
    return [each for each in shown if _reaches(principal, each)], going_on


async def filter_of(session: AsyncSession, principal: Principal, subscription_id: str) -> feed.AlertFilter:
    """Give the filters of the caller's subscription. Areas that the caller has lost since are left out.

    Raises:
        SubscriptionNotFound: as `get`.
    """
    subscription = await get(session, principal, subscription_id)
    roots = [area for area in subscription.areas if principal.covers(area)]
    return feed.AlertFilter(
        areas=[areas.range_of(root) for root in roots],
        risk_types=[RiskType(item).value for item in subscription.risk_types],
        severities=[Severity(item).value for item in subscription.severities],
        kinds=[AlertKind(item).value for item in subscription.kinds],
    )


async def delete(session: AsyncSession, principal: Principal, subscription_id: str) -> None:
    """End a subscription; its history stays, what waits is not sent. Ending it again changes nothing.

    Raises:
        SubscriptionNotFound: as `get`.
    """
    if await store.was_deleted(session, subscription_id, _owner(principal)):
        return
    subscription = await get(session, principal, subscription_id, lock=True)
    subscription.state = "deleted"
    subscription.secret = subscription.previous_secret = None
    subscription.updated_at = wall_clock()
    await store.end_pending(session, subscription_id)


async def rotate_secret(
    session: AsyncSession, principal: Principal, subscription_id: str, cipher: FieldCipher
) -> datetime:
    """Store a new secret; give the time until which the old one signs too.

    Raises:
        SubscriptionNotFound, NotAWebhook: as they say.
        RotationUnderWay: the last rotation's overlap has not ended.
    """
    subscription = await _webhook(session, principal, subscription_id)
    now = wall_clock()
    if subscription.previous_valid_until is not None and now < subscription.previous_valid_until:
        raise problems.RotationUnderWay(
            "the secret was rotated less than 24 hours ago",
            previous_secret_valid_until=subscription.previous_valid_until.isoformat(),
        )
    subscription.previous_secret = subscription.secret
    subscription.previous_valid_until = now + rules.ROTATION_OVERLAP
    fresh = signing.new_secret(signing.Signature(subscription.signature))
    subscription.secret = cipher.encrypt(fresh, secret_place(subscription_id))
    subscription.updated_at = now
    return subscription.previous_valid_until


async def enable(session: AsyncSession, principal: Principal, subscription_id: str) -> Subscription:
    """Switch a disabled webhook on again. What was missed is not sent by itself: use replay.

    Raises:
        SubscriptionNotFound, NotAWebhook: as they say.
    """
    subscription = await _webhook(session, principal, subscription_id)
    subscription.state = "active"
    subscription.disabled_reason = None
    subscription.failing_since = None
    subscription.failure_streak = 0
    subscription.paused_until = None
    subscription.updated_at = wall_clock()
    return subscription


async def replay(session: AsyncSession, principal: Principal, subscription_id: str, after: int) -> int:
    """Send everything after a position again, with the same event ids; give how many events wait.

    Raises:
        SubscriptionNotFound, NotAWebhook: as they say.
        SubscriptionDisabled: enable it first.
    """
    subscription = await _webhook(session, principal, subscription_id)
    if subscription.state != "active":
        raise problems.SubscriptionDisabled("the subscription is disabled", reason=subscription.disabled_reason)
    queued = await store.replay(session, subscription_id, after, wall_clock())
    await store.notify_sender(session)
    return queued


async def resend(session: AsyncSession, principal: Principal, subscription_id: str, position: int) -> int:
    """Send one event again, under its id; give 1, or 0 where it waits already.

    Raises:
        SubscriptionNotFound, NotAWebhook: as they say.
        SubscriptionDisabled: enable it first.
        DeliveryNotFound: the subscription has no event at this position.
    """
    subscription = await _webhook(session, principal, subscription_id)
    if subscription.state != "active":
        raise problems.SubscriptionDisabled("the subscription is disabled", reason=subscription.disabled_reason)
    queued = await store.replay(session, subscription_id, position - 1, wall_clock(), position)
    if not queued and not await store.has_delivery(session, subscription_id, position):
        raise problems.DeliveryNotFound("the subscription has no event at this position")
    await store.notify_sender(session)
    return queued


async def revoke_previous_secret(session: AsyncSession, principal: Principal, subscription_id: str) -> Subscription:
    """End the old secret of a rotation now: it has leaked. Without one nothing changes.

    Raises:
        SubscriptionNotFound, NotAWebhook: as they say.
    """
    subscription = await _webhook(session, principal, subscription_id)
    if subscription.previous_secret is not None:
        subscription.previous_secret = subscription.previous_valid_until = None
        subscription.updated_at = wall_clock()
    return subscription


async def deliveries(
    session: AsyncSession,
    principal: Principal,
    subscription_id: str,
    *,
    state: str | None,
    before: int | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Give a page of a subscription's deliveries, newest first.

    Raises:
        SubscriptionNotFound: as `get`.
    """
    await get(session, principal, subscription_id)
    return await store.deliveries(session, subscription_id, state=state, before=before, limit=limit)


async def attempts_page(
    session: AsyncSession,
    principal: Principal,
    subscription_id: str,
    *,
    is_taken: bool | None,
    before: int | None,
    limit: int,
) -> AttemptPage:
    """Give a page of what was sent to a subscription, the newest first, to whom `get` shows the subscription.

    Raises:
        SubscriptionNotFound: as `get`.
    """
    await get(session, principal, subscription_id)
    rows = await attempts.page(session, subscription_id, is_taken=is_taken, before=before, limit=limit + 1)
    counted = await attempts.count(session, subscription_id, is_taken=is_taken)
    shown = rows[:limit]
    return AttemptPage(
        items=[_attempt(row) for row in shown],
        next_cursor=encode_cursor([shown[-1]["id"]]) if len(rows) > limit else None,
        total=min(counted, attempts.MOST_COUNTED),
        is_more=counted > attempts.MOST_COUNTED,
    )


def _attempt(row: dict[str, Any]) -> AttemptOut:
    answer = rules.Answer(row["status"], row["error"])
    zh, en = rules.explain(answer)
    return AttemptOut.model_validate(row | {"is_taken": rules.is_success(answer), "said": Said(zh=zh, en=en)})


async def follow_area(session: AsyncSession, code: str, successors: Sequence[str]) -> int:
    """Let subscriptions to an area that was merged, split or renumbered cover where its households went."""
    return await store.follow_area(session, code, successors, wall_clock())


async def prune(session: AsyncSession, older_than: datetime, *, attempts_before: datetime) -> int:
    """Forget deliveries that ended before, and attempts; the feed itself is kept and can be replayed.

    What has waited as long for a subscription that its owner paused ends too.
    """
    await store.end_resting(session, older_than)
    await attempts.prune(session, attempts_before)
    return await store.prune_deliveries(session, older_than)


async def _webhook(session: AsyncSession, principal: Principal, subscription_id: str) -> Subscription:
    return _is_webhook(await get(session, principal, subscription_id, lock=True))


def _is_webhook(subscription: Subscription) -> Subscription:
    if subscription.channel != SubscriptionChannel.WEBHOOK:
        raise problems.NotAWebhook(f"the channel is {subscription.channel}")
    return subscription
