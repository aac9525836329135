"""The owner changes a subscription: where it goes, what it wants, what it is called, and whether it rests."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.subscriptions import problems, service, store
from alerts.subscriptions.schemas import SubscriptionChannel, SubscriptionPatch
from alerts.subscriptions.tables import Subscription
from servicekit import areas, etags
from servicekit.auth import Principal
from servicekit.problems import FieldError

_FILTER = frozenset({"areas", "risk_types", "severities", "kinds"})
_OF_WEBHOOKS = {"url": "url.unexpected", "is_paused": "paused.unexpected"}


async def change(
    session: AsyncSession, principal: Principal, subscription_id: str, wanted: SubscriptionPatch, if_match: str | None
) -> Subscription:
    """Change what is given of the caller's own subscription; its target was checked before.

    What waits and is no longer wanted ends. Whoever turns alerts elsewhere or wants others must see all that the
    subscription covers then: a wider one made by somebody else does not come to the address of a narrower caller.

    Raises:
        SubscriptionNotFound: there is none, or it belongs to another client, whatever the caller administers.
        PreconditionRequired, PreconditionFailed: without, or with an old version.
        SubscriptionInvalid: a url, or a pause, of what is no webhook; no area at all.
        OutsideArea: an area is outside the caller's.
    """
    subscription = await store.find(session, subscription_id, principal.client_id, lock=True)
    if subscription is None:
        raise problems.SubscriptionNotFound("you have no such subscription")
    etags.require_match(if_match, subscription.version)
    given = wanted.model_dump(mode="json", exclude_unset=True)
    if subscription.channel != SubscriptionChannel.WEBHOOK:
        flaws = [
            FieldError(pointer=f"/{name}", code=code, detail="webhook only")
            for name, code in _OF_WEBHOOKS.items()
            if name in given
        ]
        if flaws:
            raise problems.SubscriptionInvalid("webhook only", errors=flaws)
    if "areas" in given:
        given["areas"] = service.roots_of(principal, given["areas"])
    changed = {name: value for name, value in given.items() if getattr(subscription, name) != value}
    if not changed:
        return subscription
    if changed.keys() & {*_FILTER, "url"}:
        for area in changed.get("areas", subscription.areas):
            principal.require_area(area)
    for name, value in changed.items():
        setattr(subscription, name, value)
    if "areas" in changed:
        ranges = [areas.range_of(root) for root in subscription.areas]
        subscription.area_lows, subscription.area_highs = [low for low, _ in ranges], [high for _, high in ranges]
    if "url" in changed:  # another endpoint: how the former one did says nothing of it
        subscription.failing_since = subscription.paused_until = None
        subscription.failure_streak = 0
    subscription.version += 1
    subscription.updated_at = service.wall_clock()
    await session.flush()
    if changed.keys() & _FILTER:
        await store.end_unwanted(session, subscription_id)
    await store.notify_sender(session)
    return subscription
