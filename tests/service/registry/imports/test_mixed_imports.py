"""Files that mix what can go straight into the register with what has to wait: the way must not show in the result."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from registry_world import COUNTY, OTHER_VILLAGE, VILLAGE, household, member, ndjson, outbox, rejects, send
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.registry import HouseholdSnapshotTaken
from intake.text import Chunk, Text
from registry.households import changes
from registry.imports import households_file, reading, runner, store
from registry.imports.crew import parse
from registry.imports.prepare import Batch, Occasion
from registry.imports.staging import Staging
from registry.settings import IdentityKeys, RegistrySettings
from servicekit.auth import Principal
from servicekit.db import Database
from servicekit.ids import new_id

CALLER = Principal(client_id="mixed", areas=(COUNTY,))


class InThisProcess:
    """Parses chunks one after the other: what a crew gives, without the second that its processes take to start."""

    def __init__(self, keys: IdentityKeys, occasion: Occasion) -> None:
        self._keys, self._occasion = keys, occasion

    async def batches(self, chunks: AsyncIterator[Chunk]) -> AsyncIterator[Batch]:
        async for chunk in chunks:
            yield parse(chunk, self._keys, self._occasion)


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    @asynccontextmanager
    async def crew(_: Any, keys: IdentityKeys, occasion: Occasion) -> AsyncIterator[InThisProcess]:
        yield InThisProcess(keys, occasion)

    monkeypatch.setattr(reading, "crew", crew)


async def chunks_of(data: bytes, size: int) -> AsyncIterator[Chunk]:
    text_ = Text(chunk_bytes=size)
    for chunk in [*text_.feed(data), *text_.finish()]:
        yield chunk


STATE = """
    SELECT h.hh_no, h.village_code, h.version, h.population, encode(h.fingerprint, 'hex'), h.monitor_category,
        h.is_monitored, h.open_risks, h.phone_masked,
        (SELECT json_agg(json_build_array(p.ordinal, p.person_no, encode(p.id_index, 'hex'), encode(p.id_token, 'hex'),
            encode(p.person_token, 'hex'), p.name_masked, p.labour, p.joined_on) ORDER BY p.ordinal)::text
         FROM person p WHERE p.household_id = h.id AND p.is_active),
        (SELECT count(*) FROM person p WHERE p.household_id = h.id AND NOT p.is_active),
        (SELECT json_agg(json_build_array(i.year, i.version, i.net, i.per_capita_net, i.recorded_by,
            i.superseded_at IS NULL) ORDER BY i.year, i.version)::text FROM income i WHERE i.household_id = h.id),
        (SELECT array_agg(e.state || e.identified_on ORDER BY e.id) FROM episode e WHERE e.household_id = h.id),
        (SELECT array_agg(y.version ORDER BY y.version) FROM household_history y WHERE y.household_id = h.id),
        (SELECT array_agg(o.data->>'version' ORDER BY o.id) FROM outbox o
         WHERE o.topic = 'registry.household.v1' AND o.key = h.id::text)
    FROM household h WHERE h.hh_no LIKE '99M%' ORDER BY h.hh_no
"""
REJECTS = "SELECT line, hh_no, person_no, field, code FROM import_reject WHERE import_id = CAST(:id AS uuid)"


async def imported(
    session: AsyncSession, settings: RegistrySettings, body: bytes, *, size: int, directly: bool
) -> tuple[dict[str, Any], list[Any]]:
    """Import a file in chunks of about `size` bytes; tell what became of it, and its rejects in any order."""
    with pytest.MonkeyPatch.context() as patch:
        if not directly:
            patch.setattr(households_file, "Staging", lambda *given, **_: Staging(*given, takes_directly=False))
        file = reading.File("ndjson", chunks_of(body, size), [])
        counted = await households_file.read(session, CALLER, IdentityKeys.of(settings), settings, file)
    import_id = new_id()
    await store.keep_rejects(session, import_id)
    found = await session.execute(text(REJECTS), {"id": import_id})
    return counted, sorted(tuple(map(str, row)) for row in found)


def random_household(chance: random.Random, hh_no: str, persons: list[int]) -> dict[str, Any]:
    members = [
        member(number, "19620101", relation="head" if place == 0 else "child", labour=chance.choice("123"))
        for place, number in enumerate(persons)
    ]
    if chance.random() < 0.2:
        members[-1]["person_no"] = f"99P{chance.randrange(40):08d}19620101"
    monitor = {"category": "1", "identified_on": "2025-06-01", "risk_types": ["01"]}
    return household(
        hh_no,
        *members,
        village_code=chance.choice([VILLAGE, VILLAGE, VILLAGE, OTHER_VILLAGE, "990101101999"]),
        monitor=monitor | {"category": "2"} if chance.random() < 0.2 else None,
    )


def random_file(chance: random.Random, *, households: int, numbers: int) -> bytes:
    """Households over few numbers and few persons, so that they meet in every way."""
    rows = [
        random_household(
            chance,
            f"99M{chance.randrange(numbers):07d}",
            chance.sample(range(300, 300 + 3 * numbers), chance.choice([1, 1, 2, 3])),
        )
        for _ in range(households)
    ]
    return ndjson(*rows)


@pytest.mark.parametrize("seed", range(20))
async def test_going_straight_in_and_waiting_come_to_the_same(
    client: httpx.AsyncClient,
    settings: RegistrySettings,
    registry_database: Database,
    seed: int,
) -> None:
    """P1: which lines are taken, refused and for which reason depends on the file and the register alone."""
    chance = random.Random(seed)
    size = chance.choice([2048, 6000, 100_000])
    numbers = chance.choice([6, 20, 60])
    before = random_file(chance, households=chance.choice([0, 5, 15]), numbers=numbers)
    body = random_file(chance, households=chance.choice([5, 25, 40]), numbers=numbers)
    results = []
    for directly in (True, False):
        async with registry_database.engine.connect() as connection:
            session = AsyncSession(connection)
            await imported(session, settings, before, size=size, directly=False)
            await session.execute(text("DISCARD TEMP"))
            results.append(
                (
                    await imported(session, settings, body, size=size, directly=directly),
                    [tuple(row) for row in await session.execute(text(STATE))],
                )
            )
            await session.rollback()
    assert results[0] == results[1]


async def test_what_goes_straight_in_is_announced_whole(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    """Decision 0018: its members, incomes and monitoring are in its first snapshot, as in every later one."""
    amounts = ["0", "0.01", "0.05", "1.1", "1E+2", "33333.33", "999999999999.99"]
    chance = random.Random(7)
    rows = []
    for place in range(30):
        people = [
            member(
                100 + place,
                f"19{60 + ordinal}0101",
                relation="head" if ordinal == 0 else "child",
                school_stage=chance.choice([None, "junior"]),
                health=chance.choice([["healthy"], ["chronic", "disabled"]]),
                relief=chance.choice(["none", "dibao"]),
                has_finished_compulsory=chance.random() < 0.5,
            )
            | chance.choice([{}, {}, {"id_no": None}])
            for ordinal in range(1 + place % 7)
        ]
        parts = ("wage", "business", "property", "transfer", "business_cost", "insurance_payout", "self_paid")
        incomes = [
            {"year": year} | {part: chance.choice(amounts) for part in parts if chance.random() < 0.7}
            for year in chance.sample(range(2020, 2027), place % 3)
        ]
        monitor = (
            {"category": "2", "identified_on": "2025-06-01", "risk_types": ["01", "09"]} if place % 4 == 0 else None
        )
        rows.append(
            household(
                f"99S{place:07d}",
                *people,
                incomes=incomes,
                monitor=monitor,
                last_negative_decision_on="2024-02-29" if place % 5 == 0 else None,
            )
        )
    receipt = (await send(client, ndjson(*rows), county)).json()
    assert (receipt["created"], receipt["rows_rejected"]) == (30, 0), receipt
    async with registry_database.transaction() as session:
        ids = (await session.execute(text("SELECT id::text FROM household WHERE hh_no LIKE '99S%'"))).scalars().all()
        await changes.announce_given(session, ids)
    for number in ids:
        first, later = await outbox(registry_database, "registry.household.v1", number)
        assert json.dumps(first) == json.dumps(later), "also the order of the fields"
        assert HouseholdSnapshotTaken.model_validate(first).version == 1


async def test_a_line_that_came_first_keeps_its_person_whichever_way_it_went(
    client: httpx.AsyncClient, county: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Domain rule 1.4, across blocks: a known household waits, a new one goes straight in."""
    monkeypatch.setattr(runner, "_CHUNK_BYTES", 1)
    one, two, three, four, five = (member(number, "19700101") for number in range(11, 16))
    await send(client, ndjson(household("99M9000001", one)), county)
    body = ndjson(
        household("99M9000001", one, two | {"relation": "sibling"}),  # known: waits, and is the first to name `two`
        household("99M9000002", two | {"person_no": "99P0000999A"}),  # new: must not overtake it
        household("99M9000003", three),  # new: straight in
        household("99M9000003", four),  # its number came before
        household("99M9000004", three | {"person_no": "99P0000999B"}),  # its member came before
        household("99M9000005", five | {"person_no": three["person_no"]}),  # its member's number came before
    )
    receipt = (await send(client, body, county)).json()
    assert (receipt["created"], receipt["updated"], receipt["persons"]) == (1, 1, 3)
    found = await rejects(client, receipt["import_id"], county)
    assert [(reject["line"], reject["code"]) for reject in found] == [
        (2, "person.duplicate"),
        (4, "household.duplicate"),
        (5, "person.duplicate"),
        (6, "person_no.duplicate"),
    ]


async def test_a_member_who_joins_by_hand_meanwhile_is_seen_by_the_next_try(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    """Domain rule 1.4: what another transaction commits between the look and the COPY."""
    await send(client, ndjson(household("99M9200001", member(31, "19700101"))), county)
    joining = member(32, "19700101")
    async with registry_database.transaction() as session:
        changed = text("UPDATE person SET person_no = :new WHERE person_no = :old")
        await session.execute(changed, {"new": joining["person_no"], "old": member(31, "19700101")["person_no"]})
        importing = asyncio.create_task(send(client, ndjson(household("99M9200002", joining)), county))
        await _until_it_waits(registry_database, "COPY person%")
    done = (await importing).json()
    assert (done["state"], done["created"]) == ("done", 0), done
    (reject,) = await rejects(client, done["import_id"], county)
    assert reject["code"] == "person_no.in_other_household"


async def _until_it_waits(database: Database, statement: str) -> None:
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE :statement")
    for _ in range(300):
        async with database.transaction() as session:
            if (await session.execute(waiting, {"statement": statement})).scalar_one():
                return
        await asyncio.sleep(0.1)
    pytest.fail("nothing waited")
