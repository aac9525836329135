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
HOMES = Followed("home", area="area_code", in_grid="t.grid = :own_grid", key=str)
THINGS = Followed(
    "thing",
    area="area_code",
    in_grid="EXISTS (SELECT FROM home g WHERE g.home_id = t.home_id AND g.grid = :own_grid)",
    department="department",
    key=str,
)
GRIDS = ("东一网格", "东二网格", None)
TOWN = Principal("town", areas=(TOWNS[0],))
GRID_WORKER = Principal("grid", areas=(VILLAGES[0],), grid=GRIDS[0])


@dataclass
class Statements:
    """What a migration would carry out."""

    said: list[str] = field(default_factory=list)

    def execute(self, sqltext: str) -> None:
        self.said.append(sqltext)


@pytest.fixture
async def database(alerts_database: Database) -> AsyncIterator[Database]:
    """Homes, and things about some of them, that are followed; empty."""
    statements, gone = Statements(), Statements()
    home = changes.Holder("home", "home_id")
    changes.follow(statements, "home", area="area_code")
    changes.follow_grid(statements, "home", area="area_code")
    changes.follow(statements, "thing", area="area_code", department="department")
    changes.follow_grid(statements, "thing", area="area_code", department="department", holder=home)
    changes.unfollow_grid(gone, "thing", area="area_code", department="department", holder=home)
    changes.unfollow_grid(gone, "home", area="area_code")
    for table in ("thing", "home"):
        changes.unfollow(gone, table)
        name, definition = changes.index_of(table, area="area_code", key='id COLLATE "C"')
        statements.execute(f"CREATE INDEX {name} {definition}")
        gone.execute(f"DROP TABLE {table}")
        for departures in ("departure", "grid_departure"):
            gone.execute(f"DELETE FROM {departures} WHERE subject = '{table}'")
    async with await alerts_database.connect_raw() as connection:
        await connection.execute(
            'CREATE TABLE thing (id text PRIMARY KEY, area_code text COLLATE "C" NOT NULL, department text, value int,'
            " home_id text)"
        )
        await connection.execute(
            "CREATE TABLE home (home_id text PRIMARY KEY, id text NOT NULL GENERATED ALWAYS AS (home_id) STORED,"
            ' area_code text COLLATE "C" NOT NULL, grid text, value int)'
        )
        for statement in statements.said:
            await connection.execute(statement)
        yield alerts_database
        for statement in gone.said:
            await connection.execute(statement)


@dataclass
class Reader:
    """Keeps what it is told of the rows that it may see."""

    database: Database
    principal: Principal
    since: str | None = None
    limit: int = 3
    followed: Followed = THINGS
    copy: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)

    async def read(self) -> bool:
        """Keep a page; tell whether there is more."""
        wanted = ChangesQuery(changed_since=self.since, limit=self.limit)
        told = await changes.page(self.database, self.followed, self.principal, wanted)
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
        scope, values = self.principal.area_clause("t.area_code", self.followed.in_grid)
        columns = "t.department, t.value" if self.followed is THINGS else "t.grid, t.value"
        if self.principal.department and self.followed is THINGS:
            scope += f" AND t.department = '{self.principal.department}'"
        rows = await self.database.read(
            f"SELECT t.id, t.area_code, {columns} FROM {self.followed.table} t WHERE {scope}", values
        )
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
    """A transaction that is open; which homes it holds, with the things about them, so that no other one waits."""

    connection: psycopg.AsyncConnection[Any]
    holds: set[str] = field(default_factory=set)

    async def do(self, statement: str, *values: Any) -> None:
        await self.connection.execute(statement, values)


async def write(chance: random.Random, writer: Writer, homes: set[str], number: int) -> None:
    """Do something to a home that nobody else holds, or to a thing about it; the home is locked first."""
    if not homes:
        return
    home = chance.choice(sorted(homes))
    writer.holds.add(home)
    await writer.do("SELECT FROM home WHERE home_id = %s FOR NO KEY UPDATE", home)
    department, one = chance.choice(("EDU", "MED", None)), "(SELECT min(id) FROM thing WHERE home_id = %s)"
    match chance.choice(("new", "new", "value", "hand over", "give", "grid", "move")):
        case "new":
            of_home = "SELECT %s, area_code, %s, %s, home_id FROM home WHERE home_id = %s"
            await writer.do(f"INSERT INTO thing {of_home}", f"t-{number:04d}", department, number, home)
        case "value":
            await writer.do(f"UPDATE thing SET value = %s WHERE id = {one}", number, home)
            await writer.do("UPDATE home SET value = %s WHERE home_id = %s", number, home)
        case "hand over":
            await writer.do(f"UPDATE thing SET department = %s WHERE id = {one}", department, home)
        case "give" if len(homes) > 1:
            to = chance.choice(sorted(homes - {home}))
            writer.holds.add(to)
            await writer.do("SELECT FROM home WHERE home_id = %s FOR NO KEY UPDATE", to)
            given = "UPDATE thing t SET home_id = h.home_id, area_code = h.area_code FROM home h WHERE h.home_id = %s"
            await writer.do(f"{given} AND t.id = {one}", to, home)
        case "grid":
            await writer.do("UPDATE home SET grid = %s WHERE home_id = %s", chance.choice(GRIDS), home)
        case _:
            area = chance.choice(VILLAGES)
            statements: list[tuple[Any, ...]] = [
                ("UPDATE home SET area_code = %s, grid = %s WHERE home_id = %s", area, chance.choice(GRIDS), home),
                ("UPDATE thing SET area_code = %s WHERE home_id = %s", area, home),
            ]
            for statement in chance.sample(statements, 2):
                await writer.do(*statement)


@pytest.mark.parametrize("seed", range(8))
async def test_nothing_is_missed_and_nothing_shown_outside_whatever_is_open(database: Database, seed: int) -> None:
    """Random interleavings of long and short transactions, committed and rolled back, with readers of all kinds."""
    chance = random.Random(seed)
    readers = [
        Reader(database, TOWN),
        Reader(database, Principal("county", areas=(COUNTY,)), limit=2),
        Reader(database, Principal("edu", areas=TOWNS, department=Department("EDU")), limit=50),
        Reader(database, GRID_WORKER),
        Reader(database, replace(GRID_WORKER, grid=GRIDS[1]), limit=1),
        Reader(database, replace(GRID_WORKER, department=Department("EDU"))),
        Reader(database, GRID_WORKER, followed=HOMES),
        Reader(database, TOWN, followed=HOMES, limit=1),
    ]
    homes = {f"h-{place}" for place in range(6)}
    async with await database.connect_raw() as connection:
        for home in sorted(homes):
            place = (home, chance.choice(VILLAGES[:2]), chance.choice(GRIDS[:2]))
            await connection.execute("INSERT INTO home (home_id, area_code, grid) VALUES (%s, %s, %s)", place)
    writers: list[Writer] = []
    connections = [await database.connect_raw(autocommit=False) for _ in range(4)]
    idle = list(connections)
    for number in range(150):
        step = chance.random()
        if step < 0.55:
            if idle and (not writers or chance.random() < 0.3):
                writers.append(Writer(idle.pop()))
            writer = chance.choice(writers)
            held = {home for other in writers if other is not writer for home in other.holds}
            await write(chance, writer, homes - held, number)
        elif step < 0.75 and writers:
            writer = writers.pop(chance.randrange(len(writers)))
            await (writer.connection.commit() if chance.random() < 0.75 else writer.connection.rollback())
            idle.append(writer.connection)
        else:
            reader = chance.choice(readers)
            await reader.read()
            assert all(reader.principal.reaches(area) for area, *_ in reader.copy.values())
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


async def test_what_leaves_a_grid_is_told_where_it_was_and_nowhere_that_it_never_was(database: Database) -> None:
    """A home takes its things along; where the steps of one transaction put them nobody saw them."""
    next_village = replace(GRID_WORKER, areas=(VILLAGES[1],))
    own, beside = Reader(database, GRID_WORKER), Reader(database, replace(GRID_WORKER, grid=GRIDS[1]))
    between, there = Reader(database, replace(next_village, grid=GRIDS[1])), Reader(database, next_village)
    town, home = Reader(database, TOWN), Reader(database, GRID_WORKER, followed=HOMES)
    everybody = (own, beside, between, there, town, home)

    async def done(*said: str) -> list[set[str]]:
        async with await database.connect_raw(autocommit=False) as connection:
            for statement in said:
                await connection.execute(statement)
        for reader in everybody:
            await reader.until_equal()
        return [set(reader.gone) for reader in everybody]

    nothing: set[str] = set()
    told = await done(
        f"INSERT INTO home (home_id, area_code) VALUES ('h', '{VILLAGES[0]}')",
        f"INSERT INTO thing (id, area_code, home_id) VALUES ('a', '{VILLAGES[0]}', 'h')",
    )
    assert (told, own.copy, set(town.copy)) == ([nothing] * 6, {}, {"a"})
    told = await done(f"UPDATE home SET grid = '{GRIDS[0]}'")
    assert (told, set(own.copy), set(home.copy)) == ([nothing] * 6, {"a"}, {"h"})
    moves = [f"UPDATE {table} SET area_code = '{VILLAGES[1]}'" for table in ("home", "thing")]
    told = await done(f"UPDATE home SET grid = '{GRIDS[1]}'", *moves, f"UPDATE home SET grid = '{GRIDS[0]}'")
    assert told == [{"a"}, nothing, nothing, nothing, nothing, {"h"}]
    assert set(there.copy) == {"a"}
    await done("UPDATE thing SET home_id = NULL")
    assert (there.gone, town.gone) == (["a"], [])


async def test_what_is_raised_while_its_home_changes_the_grid_is_not_passed_over(database: Database) -> None:
    """Who raised it had the home locked: the change of the grid waits, and takes it along."""
    reader = Reader(database, GRID_WORKER)
    async with (
        await database.connect_raw() as connection,
        await database.connect_raw(autocommit=False) as raising,
        await database.connect_raw(autocommit=False) as moving,
    ):
        await connection.execute("INSERT INTO home (home_id, area_code) VALUES ('h', %s)", (VILLAGES[0],))
        await raising.execute("SELECT FROM home WHERE home_id = 'h' FOR NO KEY UPDATE")
        await raising.execute("INSERT INTO thing (id, area_code, home_id) VALUES ('a', %s, 'h')", (VILLAGES[0],))
        move = asyncio.create_task(moving.execute("UPDATE home SET grid = %s", (GRIDS[0],)))
        await raising.commit()
        await move
        await reader.catch_up()
        assert reader.copy == {}
        await moving.commit()
    await reader.until_equal()
    assert set(reader.copy) == {"a"}


async def test_a_token_serves_its_own_reach_alone(database: Database) -> None:
    reader = Reader(database, Principal("town", areas=TOWNS))
    await reader.catch_up()
    same = replace(reader, principal=Principal("another", areas=TOWNS[::-1]))
    await same.read()
    town = Principal("town", areas=TOWNS)
    for principal in (TOWN, replace(town, department=Department("EDU")), replace(town, grid="EDU")):
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
