"""Rows 9 to 12: the same again, late and out of order, overtaken, unreadable. P2, P3, P4."""

from __future__ import annotations

import random
import re
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import psycopg
import pytest

from contracts import topics
from contracts.registry import AreaChanged, HouseholdSnapshotTaken
from contracts.vocabulary import HouseholdStatus, HouseholdType, HousingTenure
from faults.arena import Arena
from faults.nemesis.messages import Duplicates, Poison, again, bus_of, envelope, message_id, newest_of
from faults.nemesis.waiting import until
from servicekit import dead_letters
from servicekit.bus import InMessage, OutMessage
from servicekit.ids import new_id

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

_ID_NUMBER = re.compile(rb"(?<!\d)\d{17}[\dXx](?!\d)")


async def test_poison_goes_to_the_dead_letters_with_its_reason_and_the_good_ones_behind_it_arrive(
    arena: Arena,
) -> None:
    await Poison().strike(arena, random.Random(12))
    behind = _area("990101101777", "好村")
    async with bus_of(arena) as bus:
        await bus.publish([_message(behind)])
        await until(lambda: _has(arena, "alerts", "SELECT 1 FROM area WHERE area_code = %s", behind.area_code))
        letters: list[InMessage] = []
        for topic in (topics.HOUSEHOLD, topics.FINDING, topics.AREA):
            letters += await newest_of(bus, topics.Topic(topic.dead_letters, "", ""))
    reasons = {(message.topic, dict(message.headers)["dlq_group"]): dict(message.headers) for message in letters}
    assert {topic for topic, _ in reasons} == {t.dead_letters for t in (topics.HOUSEHOLD, topics.FINDING, topics.AREA)}
    assert all(found["dlq_reason"] and found["dlq_place"] for found in reasons.values())
    assert sum(message.topic == topics.FINDING.dead_letters for message in letters) == 5
    for message in letters:
        assert not _ID_NUMBER.search(message.value + repr(message.headers).encode())


async def test_redriven_poison_that_was_not_mended_is_dead_again_and_nothing_else_happens(arena: Arena) -> None:
    bad = OutMessage(topics.POLICY.name, "poison", b"not json " + new_id().encode())

    async def copies() -> int:
        async with bus_of(arena) as bus:
            found = await newest_of(bus, topics.Topic(topics.POLICY.dead_letters, "", ""))
        return sum(message.value == bad.value for message in found)

    async with bus_of(arena) as bus:
        await bus.publish([bad])
    await until(lambda: _at_least(copies, 2))  # two services consume the topic
    async with bus_of(arena) as bus:
        await dead_letters.redrive(bus, topics.POLICY)
    await until(lambda: _at_least(copies, 4))


async def test_the_same_events_again_have_no_second_effect(arena: Arena) -> None:
    villages = [_area(f"9901011016{number:02d}", f"村{number}") for number in range(20)]
    async with bus_of(arena) as bus:
        await bus.publish([_message(village) for village in villages])
    last = villages[-1].area_code
    await until(lambda: _has(arena, "alerts", "SELECT 1 FROM area WHERE area_code = %s", last))
    handled = "SELECT count(*) FROM inbox"
    before = await _value(arena, "alerts", handled)
    async with bus_of(arena) as bus:
        known = await newest_of(bus, topics.AREA)
        ids = {message_id(message) for message in known}
        for _ in range(3):
            await bus.publish(again(random.Random(9).sample(known, len(known))))
        fence = _area("990101101699", "末村")
        await bus.publish([_message(fence)])
    await Duplicates().strike(arena, random.Random(9))
    await until(lambda: _has(arena, "alerts", "SELECT 1 FROM area WHERE area_code = %s", fence.area_code))
    assert len(ids) >= 20
    assert await _value(arena, "alerts", handled) == before + 1


async def test_a_stale_snapshot_that_comes_late_changes_nothing(arena: Arena) -> None:
    """The inbox does not know these ids: the version alone decides."""
    household = new_id()
    newest, *stale = [_snapshot(household, version) for version in (3, 1, 2)]
    async with bus_of(arena) as bus:
        await bus.publish([_message(newest)])
        await until(lambda: _versions(arena, household, [3, 3]))
        fence = _snapshot(new_id(), 1)
        await bus.publish([_message(item) for item in (*stale, fence)])
        await until(lambda: _versions(arena, fence.household_id, [1, 1]))
    assert await _versions(arena, household, [3, 3])


async def test_events_of_a_transaction_that_was_overtaken_are_published_too(arena: Arena) -> None:
    """Sequence order is not commit order; `id > last` would skip the slow one for ever."""
    url = arena.database_url("registry")
    slow_one, fast_one = _area("990101101501", "慢村"), _area("990101101502", "快村")
    arrived = "SELECT 1 FROM area WHERE area_code = %s"
    async with (
        await psycopg.AsyncConnection.connect(url) as slow,
        await psycopg.AsyncConnection.connect(url) as fast,
    ):
        await _announce(slow, slow_one)
        await _announce(fast, fast_one)
        await fast.commit()
        await until(lambda: _has(arena, "alerts", arrived, fast_one.area_code))
        assert not await _has(arena, "alerts", arrived, slow_one.area_code)
        await slow.commit()
    await until(lambda: _has(arena, "alerts", arrived, slow_one.area_code))


async def _announce(connection: psycopg.AsyncConnection[Any], fact: AreaChanged) -> None:
    await connection.execute(
        "INSERT INTO outbox (topic, key, type, data) VALUES (%s, %s, %s, %s)",
        (fact.topic.name, fact.key, fact.event_type, fact.model_dump_json()),
    )


def _area(code: str, name: str) -> AreaChanged:
    return AreaChanged(
        area_code=code, name=name, level="village", parent_code=f"{code[:9]}000", valid_from=date(2024, 1, 1)
    )


def _snapshot(household_id: str, version: int) -> HouseholdSnapshotTaken:
    return HouseholdSnapshotTaken(
        household_id=household_id,
        version=version,
        area_code="990101101001",
        hh_type=HouseholdType.ORDINARY,
        status=HouseholdStatus.ACTIVE,
        housing_tenure=HousingTenure.OWNED,
    )


def _message(fact: AreaChanged | HouseholdSnapshotTaken) -> OutMessage:
    event_id = new_id()
    body = envelope(fact.event_type, fact.key, fact.model_dump(mode="json"), event_id=event_id)
    return OutMessage(fact.topic.name, fact.key, body, (("event_id", event_id),))


async def _versions(arena: Arena, household_id: str, wanted: list[int]) -> bool:
    """Whether the two consumers of snapshots have these versions of a household."""
    sharing = "SELECT version FROM directory_household WHERE household_id = %s"
    alerts = "SELECT version FROM household WHERE household_id = %s"
    found = [
        await _value(arena, "sharing", sharing, household_id),
        await _value(arena, "alerts", alerts, household_id),
    ]
    return found == wanted


async def _value(arena: Arena, service: str, query: str, *parameters: object) -> Any:
    async with await psycopg.AsyncConnection.connect(arena.database_url(service)) as connection:
        cursor = await connection.execute(query.encode(), parameters)
        row = await cursor.fetchone()
    return row[0] if row else None


async def _has(arena: Arena, service: str, query: str, *parameters: object) -> bool:
    return await _value(arena, service, query, *parameters) is not None


async def _at_least(count: Callable[[], Awaitable[int]], wanted: int) -> bool:
    return await count() >= wanted
