"""P3 and P4: a change is an event and an event a change; versions of one thing never go backwards."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import orjson

from contracts import topics
from contracts.sharing import DeliveryCommitted
from faults.bus import Message, read_all
from faults.checks import Ask, one_moment, rows_of, some
from faults.nemesis.messages import POISON

if TYPE_CHECKING:
    from faults.month import Month

_CRAFTED = ("poison", "990199199199")
"""Keys of what the harness put on the bus by itself."""

# The thing whose order is promised, and the number that grows, by topic.
_ORDER = {
    topics.HOUSEHOLD.name: ("household_id", "version"),
    topics.CLUE.name: ("clue_id", "version"),
    topics.ALERT.name: ("household_id", "position"),
    topics.POLICY.name: ("region", "version"),
}
_REPEATED_VERSION = frozenset({topics.POLICY.name})
"""The last fact may be announced again under another id."""


async def bus_equals_outboxes(month: Month) -> list[str]:
    """No ghost, none missing: after dropping repeats by id, a topic holds what its owner's outbox holds."""
    # The services go on, duties are looked at every minute: what had been published before is there, and what is
    # there stands in an outbox afterwards.
    before = await _outboxes(month, "published_at IS NOT NULL")
    messages = await read_all(month.arena, [topic.name for topic in topics.ALL])
    after = await _outboxes(month)
    found: list[str] = []
    for topic in topics.ALL:
        here = [message for message in messages if message.topic == topic.name and not message.key.startswith(_CRAFTED)]
        ids = {message.event_id for message in here}
        if ghosts := ids - after[topic].keys():
            found.append(f"P3: on {topic.name} and in no outbox: {some(ghosts)}")
        missing = before[topic].keys() - ids
        if topic.is_compacted:
            # Compaction may have removed it, if a newer value of its key is there.
            newest = {key: event_id for event_id, key in after[topic].items()}
            missing = {event_id for event_id in missing if newest[before[topic][event_id]] not in ids}
        if missing:
            found.append(f"P3: in the outbox and not on {topic.name}: {some(missing)}")
    return found + _out_of_order(messages)


async def _outboxes(month: Month, where: str = "true") -> dict[topics.Topic, dict[str, str]]:
    """Key by event id, by topic; in the order of publishing, as a topic is ordered: a transaction may commit after one
    with a higher id.
    """
    query = "SELECT event_id::text, key FROM outbox WHERE topic = '{}' AND {} ORDER BY published_at, id"
    return {
        topic: {row[0]: row[1] for row in await rows_of(month.arena, topic.owner, query.format(topic.name, where))}
        for topic in topics.ALL
    }


def _out_of_order(messages: list[Message]) -> list[str]:
    """P4: per thing, the first time each event is seen, its number has grown."""
    last: dict[tuple[str, Any], int] = {}
    seen: set[tuple[str, str]] = set()
    found: list[str] = []
    for message in messages:
        if message.topic not in _ORDER or message.key.startswith(_CRAFTED):
            continue
        if (message.topic, message.event_id) in seen:
            continue
        seen.add((message.topic, message.event_id))
        thing, number = _ORDER[message.topic]
        data = message.data
        place = (message.topic, data[thing] or message.key)  # a duty's alert may be about no household
        is_fine = (
            data[number] >= last.get(place, 0)
            if message.topic in _REPEATED_VERSION
            else data[number] > last.get(place, 0)
        )
        if not is_fine:
            found.append(f"P4: {message.topic} {data[thing]} went from {last[place]} to {data[number]}")
        last[place] = max(last.get(place, 0), data[number])
    return found[:5]


async def tables_equal_outboxes(month: Month) -> list[str]:
    """What each service's tables say is what it announced: households, deliveries, findings, clues, alerts, cases."""
    found: list[str] = []
    for service, check in (("registry", _of_registry), ("sharing", _of_sharing), ("alerts", _of_alerts)):
        async with one_moment(month.arena, service) as ask:
            found += await check(ask)
    return found


async def _of_registry(ask: Ask) -> list[str]:
    found: list[str] = []
    versions: dict[str, list[int]] = defaultdict(list)
    for _, data in await _announced(ask, topics.HOUSEHOLD):
        versions[data["household_id"]].append(data["version"])
    for household, version in await ask("SELECT id::text, version FROM household"):
        if versions.pop(household, []) != list(range(1, version + 1)):
            found.append(f"P3: household {household} has version {version} and announced others")
    if versions:
        found.append(f"P3: announced and not registered: {some(versions)}")
    moved = {data["episode_id"]: data["state"] for _, data in await _announced(ask, topics.EPISODE)}
    episodes: dict[str, str] = dict(await ask("SELECT id::text, state FROM episode"))
    if {key: state for key, state in episodes.items() if key in moved} != moved:
        found.append("P3: cases stored and announced differ")
    return found


async def _of_sharing(ask: Ask) -> list[str]:
    found: list[str] = []
    committed = {row[0] for row in await ask("SELECT id FROM delivery WHERE state = 'committed'")}
    told = [
        data["delivery_id"]
        for kind, data in await _announced(ask, topics.DELIVERY)
        if kind == DeliveryCommitted.event_type
    ]
    if sorted(committed) != sorted(told):
        found.append(
            f"P3: deliveries committed and announced differ: {some(committed ^ set(told))} ({len(told)} events)"
        )
    holds: dict[str, bool] = {}
    for kind, data in await _announced(ask, topics.FINDING):
        is_raised = kind.endswith("raised.v1")
        if holds.get(data["finding_id"], False) == is_raised:
            found.append(f"P3: finding {data['finding_id']} was announced twice as {kind}")
        holds[data["finding_id"]] = is_raised
    stored = dict(await ask("SELECT finding_id::text, withdrawn_at IS NULL FROM finding"))
    if stored != holds:
        found.append(f"P3: findings stored and announced differ: {some(set(stored.items()) ^ set(holds.items()))}")
    return found


async def _of_alerts(ask: Ask) -> list[str]:
    found: list[str] = []
    states = {data["clue_id"]: data["state"] for _, data in await _announced(ask, topics.CLUE)}
    clues: dict[str, str] = dict(await ask("SELECT id::text, state FROM clue"))
    if clues != states:
        found.append(f"P3: clues stored and announced differ: {some(set(clues.items()) ^ set(states.items()))}")
    alerts = {row[0] for row in await ask("SELECT event_id::text FROM alert")}
    outbox = {row[0] for row in await ask(f"SELECT event_id::text FROM outbox WHERE topic = '{topics.ALERT.name}'")}
    if alerts != outbox:
        found.append(f"P3: alerts in the feed and announced differ: {some(alerts ^ outbox)}")
    return found


async def _announced(ask: Ask, topic: topics.Topic) -> list[tuple[str, dict[str, Any]]]:
    rows = await ask(f"SELECT type, data::text FROM outbox WHERE topic = '{topic.name}' ORDER BY id")
    return [(kind, orjson.loads(data)) for kind, data in rows]


async def dead_letters_are_the_planted_ones(month: Month) -> list[str]:
    """Only what nobody can read was put aside; it was put aside by every group that met it."""
    dead = await read_all(month.arena, [topic.dead_letters for topic in topics.ALL])
    strange = {f"{message.topic}/{message.offset}" for message in dead if not message.key.startswith(_CRAFTED)}
    found = [f"P3: dead letters that nobody planted: {some(strange)}"] if strange else []
    planted = sum(message.value == POISON for message in dead)
    if planted < 2:
        found.append(f"P3: the planted poison has two readers and was put aside {planted} times of {len(dead)}")
    return found


async def webhooks_are_done(month: Month) -> list[str]:
    """P5: every alert has one delivery to the webhook, and it is delivered."""
    rows = await rows_of(
        month.arena,
        "alerts",
        "SELECT coalesce(w.state, 'missing'), count(*) FROM alert LEFT JOIN webhook_delivery w USING (position)"
        " GROUP BY 1",
    )
    wrong = {state: count for state, count in rows if state != "delivered"}
    return [f"P5: webhook deliveries that ended otherwise: {wrong}"] if wrong else []
