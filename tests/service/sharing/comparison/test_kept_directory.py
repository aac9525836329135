"""The directory's export that is kept between comparisons, and what may happen to it (P2, P3)."""

from __future__ import annotations

import asyncio
import os
import random
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import text

from sharing.catalogue.service import load_catalogue
from sharing.comparison import folders, store
from sharing.comparison.directory import KEPT, open_directory
from sharing.comparison.engine import Comparison
from sharing.comparison.kept_directory import KeptDirectory, changed_since

VILLAGES = ("990101101201", "990101102201")


def kept_of(world, folder: str = "directory") -> KeptDirectory:
    return KeptDirectory(world.database, world.folder / folder, memory_bytes=256 << 20)


def files(world) -> list[Path]:
    return sorted((world.folder / folders.DIRECTORY).glob("*"))


async def read(world, folder: Path, kept: KeptDirectory | None, most_changed: float = 1.0) -> dict[str, list[tuple]]:
    """Give the directory as a run sees it: by an export and what changed since, or exported as a whole."""
    folders.fresh(folder)
    base = await kept.bring_up_to_date(most_changed=most_changed, into=folder) if kept else None
    async with world.database.transaction() as session:
        changed = await changed_since(session, base) if base else None
        await store.export_directory(session, folder, changed)
        await store.export_records(session, [], folder)
    with duckdb.connect() as db:
        open_directory(db, folder)
        shown = {
            "household": "* EXCLUDE (hn)",
            "person": "household_id, p.* EXCLUDE (hn, pn)",
            "income": "household_id, p.* EXCLUDE (hn)",
            "token": "household_id, p.* EXCLUDE (hn)",
        }
        for name, number in (("household", "hn"), ("person", "pn")):
            assert db.execute(f"SELECT count(*) = count(DISTINCT {number}) FROM {name}").fetchone() == (True,)
        return {
            name: sorted(
                db.execute(
                    f"SELECT {columns} FROM {name} p" + (" JOIN household USING (hn)" if name != "household" else "")
                ).fetchall(),
                key=repr,
            )
            for name, columns in shown.items()
        }


async def change(world, drawn: random.Random) -> None:
    """Take in a snapshot that changes anything a snapshot can change."""
    serials = drawn.sample(range(1, 40), drawn.randint(0, 4))
    members = [
        {"serial": serial, "labour": drawn.choice("1234"), "relief": drawn.choice(("none", "dibao"))}
        for serial in serials
    ]
    for member in members:
        if drawn.random() < 0.4:  # the token key is being changed
            tokens = {"key_id": "k2", "id_token": f"{member['serial']:032x}", "person_token": "f" * 32}
            member["other_tokens"] = [tokens]
    years = drawn.sample(range(2023, 2027), drawn.randint(0, 3))
    await world.household(
        f"h{drawn.randint(1, 12)}",
        *members,
        area_code=drawn.choice(VILLAGES),
        status=drawn.choice(("active", "active", "active", "ended")),
        hh_type=drawn.choice("01"),
        incomes={year: Decimal(drawn.randint(0, 20_000)) for year in years},
    )


@pytest.mark.parametrize("seed", range(6))
async def test_export_and_changes_are_the_directory_whatever_changed(world, tmp_path, seed):
    drawn = random.Random(seed)
    kept = kept_of(world)
    for _ in range(8):
        for _ in range(drawn.randint(0, 6)):
            await change(world, drawn)
        most_changed = drawn.choice((0.0, 0.3, 1.0))
        assert await read(world, tmp_path / "a", kept, most_changed) == await read(world, tmp_path / "b", None)


async def test_export_is_made_once_while_little_changes(world):
    await world.household("h1", {"serial": 1}, housing_tenure="none")
    for number in range(2, 12):
        await world.household(f"h{number}", {"serial": number})
    await world.compare()
    (first,) = files(world)
    await world.household("h2", {"serial": 2}, housing_tenure="none")
    await world.compare()
    assert files(world) == [first]
    assert {data["household_id"] for _, data in await world.events()} == {"h1", "h2"}
    for number in range(3, 12):
        await world.household(f"h{number}", {"serial": number}, housing_tenure="none")
    run = await world.compare()
    (second,) = files(world)
    assert second != first
    assert len(await world.findings()) == 11
    assert await world.rows("SELECT id FROM directory_export") == [(second.stem,)]
    # The run keeps what it read, under a name of its own.
    assert (world.folder / run["id"] / KEPT).samefile(second)


async def test_run_can_be_replayed_after_its_export_was_replaced(world):
    await world.household("h1", {"serial": 1}, housing_tenure="none")
    run = await world.compare()
    before = {finding["finding_id"] for finding in await world.findings()}
    await world.household("h1", {"serial": 1})
    await world.compare()
    folder = world.folder / run["id"]
    Comparison(folder, load_catalogue()).run()
    assert {line.split(",")[0] for line in (folder / "findings.csv").read_text().splitlines()} == before


@pytest.mark.parametrize("nested", [False, True])
async def test_change_under_way_while_the_export_is_made_is_not_missed(world, nested):
    """A transaction that began before the export, and even wrote before it, commits after it."""
    for number in (1, 2, 3):
        await world.household(f"h{number}", {"serial": number})
    kept = kept_of(world)
    async with await world.database.connect_raw(autocommit=False) as slow:
        await slow.execute("SELECT pg_current_xact_id()")
        if nested:  # snapshots do not list the ids of subtransactions
            await slow.execute("SAVEPOINT inner_one")
        await slow.execute("UPDATE directory_household SET housing_tenure = 'none' WHERE household_id = 'h1'")
        await world.household("h2", {"serial": 2}, hh_type="1")
        export = await kept.bring_up_to_date(most_changed=0.0)
        await slow.commit()
    await world.household("h3", {"serial": 3}, hh_type="1")
    async with world.database.transaction() as session:
        assert {"h1", "h3"} <= set(await changed_since(session, export))


async def test_export_of_a_database_that_went_back_does_not_count(world):
    """As after restoring a backup: the database does not know the export, whatever its file says."""
    await world.household("h1", {"serial": 1}, housing_tenure="none")
    await world.compare()
    (first,) = files(world)
    async with world.database.transaction() as session:
        await session.execute(text("DELETE FROM directory_export"))
    await world.compare()
    (second,) = files(world)
    assert second != first


# The last: transactions of this cluster have not come so far yet.
@pytest.mark.parametrize("column", ["cluster = cluster + 1", "format = 'older'", "watermark = '4294967296000'"])
async def test_export_of_another_cluster_or_shape_does_not_count(world, column):
    await world.household("h1", {"serial": 1}, housing_tenure="none")
    kept = kept_of(world)
    first = await kept.bring_up_to_date(most_changed=1.0)
    assert await kept.bring_up_to_date(most_changed=1.0) == first
    async with world.database.transaction() as session:
        await session.execute(text(f"UPDATE directory_export SET {column}"))
    assert await kept.bring_up_to_date(most_changed=1.0) != first


@pytest.mark.parametrize("harm", ["missing", "cut", "flipped", "foreign"])
async def test_harmed_export_is_made_again(world, harm):
    await world.household("h1", {"serial": 1}, housing_tenure="none")
    await world.compare()
    await world.events()
    (file,) = files(world)
    content = file.read_bytes()
    if harm == "missing":
        file.unlink()
    elif harm == "cut":
        file.write_bytes(content[: len(content) // 2])
    elif harm == "flipped":
        file.write_bytes(content[:9000] + bytes([content[9000] ^ 1]) + content[9001:])
    else:
        file.rename(file.with_name("0000.duckdb"))
    run = await world.compare()
    assert run["state"] == "done"
    assert await world.events() == []
    assert len(files(world)) == 1
    assert files(world)[0].stem in {key for (key,) in await world.rows("SELECT id FROM directory_export")}


async def test_households_taken_out_by_hand_are_noticed(world):
    for number in (1, 2):
        await world.household(f"h{number}", {"serial": number}, housing_tenure="none")
    await world.compare()
    await world.events()
    async with world.database.transaction() as session:
        await session.execute(text("DELETE FROM directory_household WHERE household_id = 'h1'"))
    assert (await world.compare())["state"] == "done"
    assert [(kind, data["household_id"]) for kind, data in await world.events()] == [("withdrawn", "h1")]


async def test_workers_that_share_a_folder_do_not_disturb_each_other(world, tmp_path):
    for number in range(8):
        await world.household(f"h{number}", {"serial": number})
    workers = [kept_of(world) for _ in range(3)]
    folder = [tmp_path / f"r{number}" for number in range(12)]
    for each in folder:
        each.mkdir()

    async def run(number: int) -> None:
        await world.household(f"h{number % 8}", {"serial": number % 8}, hh_type=str(number % 2))
        await workers[number % 3].bring_up_to_date(most_changed=0.0, into=folder[number])

    await asyncio.gather(*(run(number) for number in range(12)))
    for each in folder:
        with duckdb.connect(each / KEPT, read_only=True) as db:
            assert db.execute("SELECT count(*) FROM household").fetchone() == (8,)
    assert files(world)
    assert all(file.suffix == ".duckdb" for file in files(world))


async def test_old_exports_and_what_crashed_workers_left_are_deleted(world):
    await world.household("h1", {"serial": 1})
    kept = kept_of(world)
    await kept.sweep(0.0)  # there is nothing yet
    left = world.folder / folders.DIRECTORY / "dead.draft"
    left.mkdir(parents=True)
    os.utime(left, (0, 0))
    await kept.bring_up_to_date(most_changed=1.0)
    (file,) = files(world)
    await kept.sweep(file.stat().st_mtime - 60)
    assert files(world) == [file]
    await kept.sweep(file.stat().st_mtime + 60)
    assert files(world) == []
    assert await world.rows("SELECT id FROM directory_export") == []


async def test_list_that_arrives_makes_the_export_ready(world):
    await world.household("h1", {"serial": 1}, hh_type="1")
    stop = asyncio.Event()
    preparing = asyncio.create_task(world.executor.prepare()(stop))
    await asyncio.sleep(0.3)
    assert files(world) == []  # nothing is near
    enrolled = {"serial": 1, "year": 2026, "scheme": "resident", "personal_paid": "1", "subsidy": "1"}
    await world.deliver("DS-MED-ENROL", enrolled)
    async with asyncio.timeout(10):
        while not any(file.suffix == ".duckdb" for file in files(world)):
            await world.rows("SELECT pg_sleep(0.05)")
    stop.set()
    await preparing
