"""Dead letters: what lies in a topic's DLQ, and the way back.

A letter is open until it was redriven: the consumer group `bangfu.redrive` has not passed it. Its bytes
are the event's own, so redriving gives consumers what they would have received. Order is given up,
which versioned state tolerates, and the inbox drops what was handled meanwhile.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson

from contracts.topics import Topic
from servicekit.bus.port import EventBus, InMessage, OutMessage
from servicekit.telemetry import redact

GROUP = "bangfu.redrive"
_TIMES, _SINCE = "redrive_count", "redrive_since"
_BATCH = 500
_WAIT_S = 3.0
# What may be shown of a payload: ids, dates, area codes, and codes of several parts (R-EDU-01, confirmed_identify).
_SHOWN = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|\d{4}-\d{2}(-\d{2}([T ][0-9:.]+(Z|[+-]\d{2}:?\d{2})?)?)?"
    r"|\d{12}"
    r"|[A-Za-z]{1,24}([-_./][A-Za-z0-9]{1,24}){1,6}"
)
_MASK = "***"


@dataclass(frozen=True)
class DeadLetter:
    """An event that a consumer could not handle.

    Attributes:
        event_id: Id of the event; for bytes that are no event, the place they came from.
        type: Type of the event; empty for bytes that are no event.
        reason: Why, in the consumer's words; without values.
        attempts: How often it was dead-lettered: one more than it was redriven.
        first_seen: Instant (ISO 8601, UTC) of the first time; empty for letters of older versions.
        place: `topic/partition/offset` where the consumer read it.
    """

    topic: str
    event_id: str
    type: str
    group: str
    reason: str
    attempts: int
    first_seen: str
    place: str
    message: InMessage = field(repr=False)

    def masked_payload(self) -> Any:
        """Give the event with its structure, and of its values only ids, dates and codes.

        Bytes that are no JSON are told by length and SHA-256: nothing of them can be masked reliably.
        """
        try:
            return _masked(orjson.loads(self.message.value))
        except orjson.JSONDecodeError:
            digest = hashlib.sha256(self.message.value).hexdigest()
            return {"bytes": len(self.message.value), "sha256": digest}


async def pending(bus: EventBus, topic: Topic, *, limit: int = 10_000) -> list[DeadLetter]:
    """Give the open dead letters of a topic, oldest first; changes nothing.

    While a redrive of the topic is running elsewhere the list is empty: its letters are on their way.
    """
    consumer = await bus.consumer(GROUP, [topic.dead_letters])
    letters: list[DeadLetter] = []
    try:
        while len(letters) < limit:
            messages = await consumer.fetch(max_messages=min(_BATCH, limit - len(letters)), wait_s=_WAIT_S)
            if not messages:
                break
            letters += [_letter(topic, message) for message in messages]
    finally:
        await consumer.close()
    return letters


async def redrive(bus: EventBus, topic: Topic, *, event_id: str | None = None, limit: int = 10_000) -> int:
    """Publish dead letters of `topic` to it again; give the number of events.

    Args:
        event_id: Only this event; the other letters are put behind it in the DLQ, in their order, before the place
            is committed. A crash in between leaves letters twice, never not at all.
        limit: Most letters looked at.
    """
    consumer = await bus.consumer(GROUP, [topic.dead_letters])
    count = 0
    seen: list[InMessage] = []
    try:
        while len(seen) < limit:
            messages = await consumer.fetch(max_messages=min(_BATCH, limit - len(seen)), wait_s=_WAIT_S)
            if not messages:
                break
            seen += messages
            if event_id is None:
                count += await _back(bus, topic, [_letter(topic, message) for message in messages])
                await consumer.commit(messages)
        if event_id is not None:
            letters = [_letter(topic, message) for message in seen]
            chosen = [letter for letter in letters if letter.event_id == event_id]
            if chosen:
                count = await _back(bus, topic, chosen)
                others = [letter.message for letter in letters if letter.event_id != event_id]
                await bus.publish(
                    [OutMessage(topic.dead_letters, other.key, other.value, other.headers) for other in others]
                )
                await consumer.commit(seen)
    finally:
        await consumer.close()
    return count


async def _back(bus: EventBus, topic: Topic, letters: Iterable[DeadLetter]) -> int:
    """Publish letters to their topic, each event once however many consumers it failed in."""
    once = {letter.event_id: letter for letter in letters}
    await bus.publish(
        [
            OutMessage(
                topic.name,
                letter.message.key,
                letter.message.value,
                (
                    *(
                        header
                        for header in letter.message.headers
                        if not header[0].startswith("dlq_") and header[0] not in (_TIMES, _SINCE)
                    ),
                    (_TIMES, str(letter.attempts)),
                    (_SINCE, letter.first_seen),
                ),
            )
            for letter in once.values()
        ]
    )
    return len(once)


def _letter(topic: Topic, message: InMessage) -> DeadLetter:
    headers = dict(message.headers)
    place = headers.get("dlq_place", f"{message.topic}/{message.partition}/{message.offset}")
    head = _head(message.value)
    times = headers.get(_TIMES, "0")
    return DeadLetter(
        topic=topic.name,
        event_id=headers.get("event_id") or head.get("id") or place,
        type=head.get("type") or "",
        group=headers.get("dlq_group", ""),
        reason=redact(headers.get("dlq_reason", "")),
        attempts=1 + (int(times) if times.isdigit() else 0),
        first_seen=headers.get(_SINCE) or headers.get("dlq_at", ""),
        place=place,
        message=message,
    )


def _head(value: bytes) -> dict[str, str]:
    """Give the id and type of a structured CloudEvent as far as they are there and look like ones."""
    try:
        document = orjson.loads(value)
    except orjson.JSONDecodeError:
        return {}
    if not isinstance(document, dict):
        return {}
    return {
        name: document[name]
        for name in ("id", "type")
        if isinstance(document.get(name), str) and _SHOWN.fullmatch(document[name])
    }


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        # Names of fields are the contract's; a name that is none of ours could itself be a value.
        return {name if re.fullmatch(r"[a-z_]{1,40}", name) else _MASK: _masked(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_masked(item) for item in value]
    if value is None or isinstance(value, bool):
        return value
    return value if isinstance(value, str) and _SHOWN.fullmatch(value) else _MASK
