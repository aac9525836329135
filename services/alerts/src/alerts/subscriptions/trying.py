"""A test event: signed and posted as a real one, to one webhook alone; nothing of it is fed or queued."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.feed import service as feed
from alerts.subscriptions import problems, rules, service
from alerts.subscriptions.posting import Letter, Posted
from alerts.subscriptions.schemas import Said, TestSent
from contracts.alerts import SubscriptionTested
from contracts.envelope import CloudEvent, envelope_of
from servicekit import cloud_events, outward
from servicekit.auth import Principal
from servicekit.ids import new_id
from servicekit.tracing import current_traceparent

Event = CloudEvent[SubscriptionTested]


async def prepare(session: AsyncSession, principal: Principal, subscription_id: str) -> tuple[Event, Letter]:
    """Give a test event of the caller's own webhook, one that is disabled too: that is when it is needed.

    Raises:
        SubscriptionNotFound: there is none, or it belongs to another client, whatever the caller administers.
        NotAWebhook: as it says.
        SendingHeld: nothing leaves the system now.
    """
    subscription = await service.own_webhook(session, principal, subscription_id)
    if await outward.held_since(session) is not None:
        raise problems.SendingHeld("nothing is sent to the outside until an operator resumes it")
    now = service.wall_clock()
    event = envelope_of(
        SubscriptionTested(subscription_id=subscription_id, tested_at=now, link=f"/v1/subscriptions/{subscription_id}"),
        event_id=new_id(),
        source=feed.SOURCE,
        at=now,
        traceparent=current_traceparent(),
    )
    letter = Letter(
        subscription_id=subscription_id,
        url=subscription.url or "",
        secrets=service.signing_secrets(subscription, now),
        event_id=event.id,
        body=cloud_events.render(
            event.data.model_dump_json().encode(),
            event_id=event.id,
            source=event.source,
            event_type=event.type,
            key=event.subject,
            at=event.time,
            traceparent=event.traceparent,
        ),
        traceparent=event.traceparent,
    )
    return event, letter


def told(event: Event, posted: Posted) -> TestSent:
    """Say how the receiver took it."""
    zh, en = rules.explain(posted.answer)
    return TestSent(
        is_taken=rules.is_success(posted.answer),
        status=posted.answer.status,
        error=posted.answer.error,
        duration_ms=posted.duration_ms,
        sent_at=posted.at,
        said=Said(zh=zh, en=en),
        event=event,
    )
