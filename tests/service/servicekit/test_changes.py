"""Feeds of changes on a table of their own: nothing is missed, whatever is open meanwhile, or shown outside."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
import pytest

from contracts.vocabulary import Department
from servicekit import changes
from servicekit.auth import Principal
from servicekit.changed import ChangesQuery
from servicekit.changes import Followed, StartAgain
from servicekit.db import Database
from servicekit.paging import encode_cursor, read_cursor
from servicekit.problems import InvalidInput

TOWNS = ("990101101000", "990101102000")
VILLAGES = ("990101101201", "990101101202", "990101102201")
COUNTY = "990101000000"
THINGS = Followed("thing", area="area_code", department="department", key=str)
TOWN = Principal("town", areas=(TOWNS[0],))


@dataclass
class Statements:
    """What a migration would carry out."""

    said: list[str] = field(default_factory=list)

    def execute(self, sqltext: str) -> None:
        self.said.append(sqltext)


@pytest.fixture
async def database(alerts_database: Database) -> AsyncIterator[Database]:
    """A table that is followed, empty."""
    statements = Statements()
    changes.follow(statements, "thing", area="area_code", department="department")
    name, definition = changes.index_of("thing", area="area_code", key='id COLLATE "C"')
    async with await alerts_database.connect_raw() as connection:
        await connection.execute(
            'CREATE TABLE thing (id text PRIMARY KEY, area_code text COLLATE "C" NOT NULL, department text, value int)'
        )
        for statement in (*statements.said, f"CREATE INDEX {name} {definition}"):
            await connection.execute(statement)
        yield alerts_database
        gone = Statements()
        changes.unfollow(gone, "thing")
        for statement in (*gone.said, "DROP TABLE thing", "DELETE FROM departure WHERE subject = 'thing'"):
            await connection.execute(statement)


@dataclass
class Reader:
    """Keeps what it is told of the rows that it may see."""

    database: Database
    principal: Principal
    since: str | None = None
    limit: int = 3
    copy: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)

    async def read(self) -> bool:
        """Keep a page; tell whether there is more."""
        wanted = ChangesQuery(changed_since=self.since, limit=self.limit)
        told = await changes.page(self.database, THINGS, self.principal, wanted)
        assert len(told.ids) + len(told.rest.gone) <= self.limit
        self.copy |= {key: row for key, row in (await self.seen()).items() if key in told.ids}
        for key in told.rest.gone:
            self.copy.pop(key, None)
        self.gone += told.rest.gone
        self.since = told.rest.changed_since
        return told.rest.is_more

    async def catch_up(self) -> None:
        while await self.read():
            pass

    async def seen(self) -> dict[str, tuple[Any, ...]]:
        """What the reader would see in a list now."""
        scope, values = self.principal.area_clause("area_code")
        if self.principal.department:
            scope += f" AND department = '{self.principal.department}'"
        rows = await self.database.read(f"SELECT id, area_code, department, value FROM thing WHERE {scope}", values)
        return {row[0]: row[1:] for row in rows}

    async def until_equal(self) -> None:
        """Catch up until the copy is what a list would show: anything open anywhere in the server holds it back."""
        async with asyncio.timeout(30):
            while True:
                await self.catch_up()
                if self.copy == await self.seen():
                    return
                await asyncio.sleep(0.02)


@dataclass
class Writer:
    """A transaction that is open; which rows it holds, so that no other one waits for it."""

    connection: psycopg.AsyncConnection[Any]
    holds: set[str] = field(default_factory=set)


async def write(chance: random.Random, writer: Writer, known: set[str], held: set[str], number: int) -> None:
    """Insert a row, or change, move or hand over one that nobody else holds."""
    area = chance.choice(VILLAGES)
    department = chance.choice(("EDU", "MED", None))
    free = sorted(known - held)
    if not free or chance.random() < 0.3:
        key = f"t-{number:04d}"
        await writer.connection.execute("INSERT INTO thing VALUES (%s, %s, %s, %s)", (key, area, department, number))
    else:
        key = chance.choice(free)
        if chance.random() < 0.5:
            await writer.connection.execute("UPDATE thing SET value = %s WHERE id = %s", (number, key))
        else:
            await writer.connection.execute(
                "UPDATE thing SET value = %s, area_code = %s, department = %s WHERE id = %s",
                (number, area, department, key),
            )
    writer.holds.add(key)


@pytest.mark.parametrize("seed", range(6))
async def test_nothing_is_missed_and_nothing_shown_outside_whatever_is_open(database: Database, seed: int) -> None:
    """Random interleavings of long and short transactions, committed and rolled back, with three readers."""
    chance = random.Random(seed)
    readers = [
        Reader(database, TOWN),
        Reader(database, Principal("county", areas=(COUNTY,)), limit=2),
        Reader(database, Principal("edu", areas=TOWNS, department=Department("EDU")), limit=50),
    ]
    known: set[str] = set()
    writers: list[Writer] = []
    connections = [await database.connect_raw(autocommit=False) for _ in range(4)]
    idle = list(connections)
    for number in range(150):
        held = {key for writer in writers for key in writer.holds}
        step = chance.random()
        if step < 0.55:
            if idle and (not writers or chance.random() < 0.3):
                writers.append(Writer(idle.pop()))
            await write(chance, chance.choice(writers), known, held, number)
        elif step < 0.75 and writers:
            writer = writers.pop(chance.randrange(len(writers)))
            if chance.random() < 0.75:
                await writer.connection.commit()
                known |= writer.holds
            else:
                await writer.connection.rollback()
            idle.append(writer.connection)
        else:
            reader = chance.choice(readers)
            await reader.read()
            areas = {area for area, *_ in reader.copy.values()}
            assert all(reader.principal.covers(area) for area in areas)
    for writer in writers:
        await writer.connection.commit()
    for connection in connections:
        await connection.close()
    for reader in readers:
        await reader.until_equal()
    assert readers[1].copy, "the county sees all that was written"


async def test_what_an_open_transaction_wrote_is_told_when_it_commits(database: Database) -> None:
    """It began before another one that committed first: neither is passed over."""
    reader = Reader(database, TOWN)
    async with (
        await database.connect_raw(autocommit=False) as early,
        await database.connect_raw(autocommit=False) as late,
    ):
        await early.execute("INSERT INTO thing VALUES ('early', %s, NULL, 1)", (VILLAGES[0],))
        await late.execute("INSERT INTO thing VALUES ('late', %s, NULL, 1)", (VILLAGES[0],))
        await late.commit()
        await reader.catch_up()
        assert reader.copy == {}, "what comes after an open transaction waits for it"
        await early.commit()
    await reader.until_equal()
    assert set(reader.copy) == {"early", "late"}


async def test_what_leaves_is_told_to_those_who_saw_it_and_to_nobody_else(database: Database) -> None:
    town, county = Reader(database, TOWN), Reader(database, Principal("county", areas=(COUNTY,)))
    edu = Reader(database, Principal("edu", areas=(COUNTY,), department=Department("EDU")))
    other = Reader(database, Principal("other", areas=(TOWNS[1],)))
    everybody = (town, county, edu, other)

    async def done(statement: str, *values: Any) -> None:
        async with await database.connect_raw() as connection:
            await connection.execute(statement, values)
        for reader in everybody:
            await reader.until_equal()

    await done("INSERT INTO thing VALUES ('a', %s, 'EDU', 1)", VILLAGES[0])
    await done("UPDATE thing SET area_code = %s", VILLAGES[1])
    assert [reader.gone for reader in everybody] == [[], [], [], []], "it moved within the township"
    await done("UPDATE thing SET department = 'MED'")
    assert [reader.gone for reader in everybody] == [[], [], ["a"], []]
    await done("UPDATE thing SET area_code = %s", VILLAGES[2])
    assert [reader.gone for reader in everybody] == [["a"], [], ["a"], []]
    await done("UPDATE thing SET area_code = %s", VILLAGES[0])
    assert set(town.copy) == {"a"}
    assert other.gone == ["a"]

    late = Reader(database, other.principal)
    await late.catch_up()
    assert (late.copy, late.gone) == ({}, []), "what left before the first page is nothing to who comes later"


async def test_what_leaves_while_the_first_pages_are_read_is_told(database: Database) -> None:
    reader = Reader(database, TOWN, limit=1)
    async with await database.connect_raw() as connection:
        for key in "abc":
            await connection.execute("INSERT INTO thing VALUES (%s, %s, NULL, 1)", (key, VILLAGES[0]))
        await reader.until_equal()
        again = Reader(database, TOWN, limit=1)
        assert await again.read()
        assert set(again.copy) == {"a"}
        await connection.execute("UPDATE thing SET area_code = %s WHERE id = 'a'", (VILLAGES[2],))
    await again.until_equal()
    assert again.gone == ["a"]


async def test_a_token_serves_its_own_reach_alone(database: Database) -> None:
    reader = Reader(database, Principal("town", areas=TOWNS))
    await reader.catch_up()
    same = replace(reader, principal=Principal("another", areas=TOWNS[::-1]))
    await same.read()
    for principal in (TOWN, Principal("town", areas=TOWNS, department=Department("EDU"))):
        with pytest.raises(StartAgain):
            await replace(reader, principal=principal).read()
    with pytest.raises(InvalidInput) as refused:
        await replace(reader, since="nonsense").read()
    assert refused.value.errors[0].pointer == "query:changed_since"


async def test_a_restore_begins_a_new_era(database: Database) -> None:
    """A restored database counts its transactions anew: what it holds comes first, and no token from before serves."""
    reader = Reader(database, TOWN)
    async with await database.connect_raw() as connection:
        await connection.execute(
            "INSERT INTO thing (id, area_code, value, changed_in)"
            " SELECT 'of-old', %s, 1, change_position() + 1000000000 ",
            (VILLAGES[0],),
        )
        await reader.catch_up()
        assert reader.copy == {}, "written by a transaction that this server has not come to"
        await connection.execute(changes.NEW_ERA)
        with pytest.raises(StartAgain):
            await reader.read()
        reader = Reader(database, TOWN)
        await reader.until_equal()
        assert set(reader.copy) == {"of-old"}
        await connection.execute("INSERT INTO thing VALUES ('new', %s, NULL, 1)", (VILLAGES[0],))
    await reader.until_equal()
    assert set(reader.copy) == {"of-old", "new"}


async def test_a_token_from_a_time_that_was_lost_is_refused(database: Database) -> None:
    """As a copy of the disk that was put back gives: neither another timeline nor another era."""
    reader = Reader(database, TOWN)
    await reader.catch_up()
    era, reach, position, after, began = read_cursor(reader.since, str, str, int, str, int) or []
    reader.since = encode_cursor([era, reach, position + 1_000_000, after, began])
    with pytest.raises(StartAgain):
        await reader.read()
