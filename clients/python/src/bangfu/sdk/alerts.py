"""Clues, verification, applications, visits, the alert feed and subscriptions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from typing import Any

import httpx
from httpx_sse import EventSource

from bangfu.sdk.decisions import Deciding
from bangfu.sdk.http import Resource
from bangfu.sdk.models import (
    AlertEvent,
    Answer,
    Clue,
    ClueChanges,
    ClueRaised,
    Duty,
    DutyChanges,
    PolicyGap,
)
from bangfu.sdk.problems import NoAnswer, ServerProblem
from bangfu.sdk.subscription_models import (
    PublicKeys,
    SecretRotated,
    Subscription,
    TestSent,
    WebhookAttempt,
    WebhookDelivery,
)


class Clues(Deciding):
    """`/v1/clues`, `/v1/applications`, `/v1/visits`."""

    _decided = "/v1/clues"

    def list(
        self,
        *,
        area: str | None = None,
        state: str | None = None,
        risk_type: str | None = None,
        severity: str | None = None,
        overdue: bool | None = None,
        limit: int = 200,
    ) -> AsyncIterator[Clue]:
        """Yield clues."""
        wanted = {"area": area, "state": state, "risk_type": risk_type, "severity": severity, "overdue": overdue}
        return self._http.items("/v1/clues", Clue, **wanted, limit=limit)

    def changes(
        self, since: str | None = None, *, area: str | None = None, limit: int = 200
    ) -> AsyncIterator[ClueChanges]:
        """Yield what changed since a token, as `households.changes` does."""
        return self._http.changes("/v1/clues/changes", ClueChanges, since, area=area, limit=limit)

    async def get(self, clue_id: str) -> tuple[Clue, str]:
        """Read a clue with its sources and evidence, and the ETag that a change must name."""
        return await self._http.versioned("GET", f"/v1/clues/{clue_id}", Clue)

    async def newer(self, clue_id: str, etag: str) -> tuple[Clue, str] | None:
        """Read a clue with its ETag if it is not as it was; None if the copy is good."""
        return await self._http.newer(f"/v1/clues/{clue_id}", Clue, etag)

    async def accept(self, clue_id: str, *, etag: str | None = None) -> tuple[Clue, str]:
        """Take a clue on for verification."""
        return await self._http.versioned("POST", f"/v1/clues/{clue_id}/accept", Clue, etag=etag)

    async def verify(
        self,
        clue_id: str,
        result: str,
        *,
        etag: str,
        verifiers: Sequence[str],
        visited_on: date,
        reason: str | None = None,
        note: str = "",
    ) -> Clue:
        """Record what the visit found.

        Args:
            result: State that follows, e.g. `confirmed_identify`, `confirmed_policy`; `excluded` follows once another
                client has confirmed it.
            verifiers: Staff numbers, at least as many as the policy profile asks for (2).
            reason: Needed when excluded.

        Raises:
            PreconditionFailed: if the clue changed since `etag`.
        """
        body = {
            "result": result,
            "reason": reason,
            "note": note,
            "verifiers": list(verifiers),
            "visited_on": visited_on.isoformat(),
        }
        clue, _ = await self._http.versioned("POST", f"/v1/clues/{clue_id}/verification", Clue, body, etag=etag)
        return clue

    async def confirm_exclusion(self, clue_id: str, *, agrees: bool, note: str, etag: str) -> Clue:
        """Say as the second person whether a clue is excluded.

        Raises:
            PreconditionFailed: if the clue changed since `etag`.
        """
        body = {"agrees": agrees, "note": note}
        clue, _ = await self._http.versioned("POST", f"/v1/clues/{clue_id}/confirmation", Clue, body, etag=etag)
        return clue

    async def apply(self, application: Mapping[str, Any], *, key: str | None = None) -> ClueRaised:
        """Hand in a self-application of a household."""
        return await self._http.post("/v1/applications", dict(application), ClueRaised, key=key)

    async def report_visit(self, visit: Mapping[str, Any], *, key: str | None = None) -> ClueRaised:
        """Report what a cadre saw at a household."""
        return await self._http.post("/v1/visits", dict(visit), ClueRaised, key=key)


class PolicyGaps(Resource):
    """`/v1/policy-gaps`: what departments owe by policy, once a township has confirmed that somebody lacks it."""

    def list(self, **filters: Any) -> AsyncIterator[PolicyGap]:
        """Yield policy gaps, the newest first; `state`, `department`, `area`, `household` narrow."""
        return self._http.items("/v1/policy-gaps", PolicyGap, **filters)

    async def get(self, gap_id: str) -> PolicyGap:
        """Read a policy gap with what became of it."""
        return await self._http.get(f"/v1/policy-gaps/{gap_id}", PolicyGap)

    async def answer(self, gap_id: str, said: Mapping[str, Any], *, key: str | None = None) -> PolicyGap:
        """Say for the department that it is granted, refused or not applicable; its duty (G01) must be in hand."""
        return await self._http.post(f"/v1/policy-gaps/{gap_id}/result", dict(said), PolicyGap, key=key)

    async def take_back(self, gap_id: str, note: str, *, key: str | None = None) -> PolicyGap:
        """Say that what you granted is not after all: its duty is open again."""
        return await self._http.post(f"/v1/policy-gaps/{gap_id}/take-back", {"note": note}, PolicyGap, key=key)

    async def review(self, gap_id: str, *, agrees: bool, note: str, key: str | None = None) -> PolicyGap:
        """Agree or object for the township to what is not granted; its duty (G02) must be in hand."""
        said = {"agrees": agrees, "note": note}
        return await self._http.post(f"/v1/policy-gaps/{gap_id}/review", said, PolicyGap, key=key)


class Duties(Deciding):
    """`/v1/duties`: what must be done by a day. The result is given to what a duty is about; that closes it."""

    _decided = "/v1/duties"

    def list(self, **filters: Any) -> AsyncIterator[Duty]:
        """Yield duties, those that are due first; `state`, `kind`, `area`, `overdue` and others narrow."""
        return self._http.items("/v1/duties", Duty, **filters)

    def changes(
        self, since: str | None = None, *, area: str | None = None, limit: int = 200
    ) -> AsyncIterator[DutyChanges]:
        """Yield what changed since a token, as `households.changes` does."""
        return self._http.changes("/v1/duties/changes", DutyChanges, since, area=area, limit=limit)

    async def counts(self, **filters: Any) -> Answer:
        """Count duties by kind, state and area of the next level; filtered as the list is."""
        return await self._http.get("/v1/duties/counts", Answer, **filters)

    async def get(self, duty_id: str) -> Duty:
        """Read a duty with what was said on it and what its clock does."""
        return await self._http.get(f"/v1/duties/{duty_id}", Duty)

    async def read(self, duty_id: str) -> tuple[Duty, str]:
        """Read a duty with its ETag."""
        return await self._http.versioned("GET", f"/v1/duties/{duty_id}", Duty)

    async def newer(self, duty_id: str, etag: str) -> tuple[Duty, str] | None:
        """Read a duty with its ETag if it is not as it was; None if the copy is good."""
        return await self._http.newer(f"/v1/duties/{duty_id}", Duty, etag)

    async def clock(self, duty_id: str) -> Answer:
        """Read day by day why a duty is due, or late."""
        return await self._http.get(f"/v1/duties/{duty_id}/clock", Answer)

    async def accept(self, duty_id: str, *, etag: str | None = None) -> Duty:
        """Take a duty in hand; with `etag`, as it was read and not otherwise."""
        return await self._http.call("POST", f"/v1/duties/{duty_id}/accept", Duty, headers=_based_on(etag))

    async def hand_over(
        self, duty_id: str, to: str, *, text: str | None = None, key: str | None = None, etag: str | None = None
    ) -> Duty:
        """Give a duty to somebody else who may act on it: a person (`staff:<id>`), or a client."""
        said, headers = {"to": to, "text": text}, _based_on(etag, key)
        return await self._http.call("POST", f"/v1/duties/{duty_id}/hand-over", Duty, json=said, headers=headers)

    async def note(self, duty_id: str, text: str, *, key: str | None = None, etag: str | None = None) -> Duty:
        """Leave a note on a duty."""
        headers = _based_on(etag, key)
        return await self._http.call("POST", f"/v1/duties/{duty_id}/notes", Duty, json={"text": text}, headers=headers)


def _based_on(etag: str | None, key: str | None = None) -> dict[str, str]:
    given = {"If-Match": etag, "Idempotency-Key": key}
    return {name: value for name, value in given.items() if value is not None}


class Alerts(Resource):
    """`/v1/alerts`: the feed, by cursor or live. Positions grow in commit order."""

    async def page(
        self, after: int = 0, *, limit: int = 200, filters: Mapping[str, str] | None = None
    ) -> tuple[list[AlertEvent], int]:
        """Read the next alerts after a position, and the position to go on from."""
        response = await self._http.request(
            "GET", "/v1/alerts", params={"after": after, "limit": limit, **(filters or {})}
        )
        body = response.json()
        return [AlertEvent.model_validate(item) for item in body["items"]], int(body.get("next_after") or after)

    async def read(
        self,
        after: int = 0,
        *,
        limit: int = 200,
        filters: Mapping[str, str] | None = None,
    ) -> AsyncIterator[AlertEvent]:
        """Yield every alert after a position, up to the end of the feed as it is now."""
        while True:
            events, next_after = await self.page(after, limit=limit, filters=filters)
            for event in events:
                yield event
            if next_after == after:  # a page may be empty and still move on: the filter left its alerts out
                return
            after = next_after

    async def stream(
        self, after: int | None = None, *, filters: Mapping[str, str] | None = None
    ) -> AsyncIterator[AlertEvent]:
        """Yield alerts as they happen, for ever; reconnects and goes on after the last one seen.

        Args:
            after: Position to start after; 0 for all there are, None for new ones only.

        Raises:
            BangfuProblem: the API refused for a reason that waiting does not cure.
        """
        last: str | None = None if after is None else str(after)
        failures = 0
        while True:
            headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
            if last is not None:
                headers["Last-Event-ID"] = last
            try:
                async with self._http.open_stream("/v1/alerts/stream", params=filters, headers=headers) as response:
                    async for message in EventSource(response).aiter_sse():
                        failures = 0
                        if message.id:
                            last = message.id
                        if message.data:
                            yield AlertEvent.model_validate_json(message.data)
            except (NoAnswer, ServerProblem, httpx.TransportError):
                failures += 1
            await asyncio.sleep(min(0.2 * 2**failures, 10.0))


class Subscriptions(Resource):
    """`/v1/subscriptions`: who is told what, and how."""

    async def create(
        self,
        name: str,
        channel: str,
        *,
        url: str | None = None,
        signature: str = "v1",
        **filters: Sequence[str],
    ) -> Subscription:
        """Subscribe; the answer shows the webhook's secret once, or the public key of a pair (`signature="v1a"`).

        Args:
            filters: `areas`, `risk_types`, `severities`, `kinds`; what is left out means all.
        """
        body: dict[str, Any] = {"name": name, "channel": channel, "signature": signature}
        body |= {field: [*values] for field, values in filters.items()}
        if url is not None:
            body["url"] = url
        return await self._http.post("/v1/subscriptions", body, Subscription)

    def list(self) -> AsyncIterator[Subscription]:
        """Yield the client's subscriptions."""
        return self._http.items("/v1/subscriptions", Subscription)

    async def get(self, subscription_id: str) -> Subscription:
        """Read a subscription and how it does."""
        return await self._http.get(f"/v1/subscriptions/{subscription_id}", Subscription)

    async def read(self, subscription_id: str) -> tuple[Subscription, str]:
        """Read a subscription and the ETag that a change of it gives back."""
        return await self._http.versioned("GET", f"/v1/subscriptions/{subscription_id}", Subscription)

    async def change(self, subscription_id: str, changes: Mapping[str, Any], etag: str) -> tuple[Subscription, str]:
        """Change `url`, `name`, `areas`, `risk_types`, `severities`, `kinds` or `is_paused`; the rest stays."""
        place = f"/v1/subscriptions/{subscription_id}"
        return await self._http.versioned("PATCH", place, Subscription, dict(changes), etag=etag)

    async def enable(self, subscription_id: str) -> Subscription:
        """Let a subscription go on that was switched off after too many failures."""
        return await self._http.post(f"/v1/subscriptions/{subscription_id}/enable", None, Subscription)

    async def rotate_secret(self, subscription_id: str) -> SecretRotated:
        """Replace the secret; both sign for a while."""
        return await self._http.post(f"/v1/subscriptions/{subscription_id}/rotate-secret", None, SecretRotated)

    async def public_keys(self, subscription_id: str) -> Sequence[str]:
        """Give the public keys that verify its webhooks (`whpk_...`), the newest first; none of `v1`."""
        return (await self._http.get(f"/v1/subscriptions/{subscription_id}/public-keys", PublicKeys)).public_keys

    def deliveries(self, subscription_id: str) -> AsyncIterator[WebhookDelivery]:
        """Yield how sending went."""
        return self._http.items(f"/v1/subscriptions/{subscription_id}/deliveries", WebhookDelivery)

    def attempts(self, subscription_id: str) -> AsyncIterator[WebhookAttempt]:
        """Yield each attempt to send something, the newest first."""
        return self._http.items(f"/v1/subscriptions/{subscription_id}/attempts", WebhookAttempt)

    async def resend(self, subscription_id: str, position: int) -> int:
        """Send one event once more; returns 1, or 0 where it waits to be sent already."""
        path = f"/v1/subscriptions/{subscription_id}/deliveries/{position}/resend"
        response = await self._http.request("POST", path)
        return int(response.json()["queued"])

    async def revoke_previous_secret(self, subscription_id: str) -> Subscription:
        """End the old secret of a rotation now, where it has leaked."""
        path = f"/v1/subscriptions/{subscription_id}/revoke-previous-secret"
        return await self._http.post(path, None, Subscription)

    async def test(self, subscription_id: str) -> TestSent:
        """Send one test event to the webhook now; say how its receiver took it."""
        return await self._http.post(f"/v1/subscriptions/{subscription_id}/test", None, TestSent)

    async def replay(self, subscription_id: str, after: int) -> int:
        """Send everything after a position once more; returns how many alerts wait to be sent."""
        path = f"/v1/subscriptions/{subscription_id}/replay"
        response = await self._http.request("POST", path, json={"after": after})
        return int(response.json()["queued"])

    async def delete(self, subscription_id: str) -> None:
        """Stop the subscription."""
        await self._http.request("DELETE", f"/v1/subscriptions/{subscription_id}")
