"""What a limited run finds for some households is what the whole comparison finds for them."""

from __future__ import annotations

import csv
import json
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from sqlalchemy import text

from servicekit.tokens import Tokeniser
from sharing.catalogue.service import FieldDeclaration, load_datasets
from sharing.comparison import service
from sharing.comparison.evaluation import inputs

from .conftest import KEY, OLD_KEY, id_number

PERSONS = 40
VILLAGES = ("990101101201", "990101102201")
NAMES = ("张三", "李四")
COLUMNS = (
    "finding_id", "rule_id", "rule_version", "scope", "household_id", "person_id", "area_code", "risk_type",
    "severity", "evidence", "parameters", "profile_version", "deliveries",
)  # fmt: skip


def cell(random: Random, field: FieldDeclaration) -> Any:
    if not field.required and random.random() < 0.3:
        return None
    match field.type:
        case "enum":
            return random.choice(field.values).code
        case "int":
            if field.code == "year":
                return random.choice([2025, 2026])
            low = field.minimum if field.minimum is not None else 0
            return random.randint(low, min(field.maximum if field.maximum is not None else 9, low + 9))
        case "money":
            return f"{random.choice([0, 100, 4999, 8500, 12000, 30000])}.{random.randint(0, 99):02d}"
        case "date":
            return (date(2025, 9, 1) + timedelta(days=random.randint(0, 500))).isoformat()
        case "bool":
            return random.choice(["是", "否"])
        case "str":
            return f"{random.randint(2024, 2026)}-{random.randint(1, 3)}" if field.code == "school_year" else "H1"


def row(random: Random, dataset: str) -> dict[str, Any]:
    serial = random.randrange(PERSONS)
    cells = {field.code: cell(random, field) for field in load_datasets()[dataset].fields}
    if "house_ref" in cells:
        cells["house_ref"] = f"F{random.randrange(8)}"  # a house changes hands
    who = {"id_no": id_number(serial), "name": random.choice([NAMES[0], *NAMES])}
    return who | {code: value for code, value in cells.items() if value is not None}


async def deliver(world, random: Random, dataset: str, area: str) -> None:
    declaration = load_datasets()[dataset]
    headers = world.headers(department=declaration.department, areas=[area])
    period = random.choice(["2026-09", "2026-10", "2026-10"])
    opened = await world.client.post("/v1/deliveries", json={"dataset": dataset, "period": period}, headers=headers)
    if random.random() < 0.4:  # opened before the token key was changed
        await run_sql(world, "UPDATE delivery SET token_key_id = 'k0' WHERE id = :id", id=opened.json()["id"])
    url = f"/v1/deliveries/{opened.json()['id']}"
    parts = random.randint(1, 2)
    said: set[tuple[Any, ...]] = set()
    for number in range(1, parts + 1):
        rows = [row(random, dataset) for _ in range(random.randint(5, 40))]
        keys = [tuple(each.get(code) for code in declaration.key) for each in rows]
        # Most rows say something of their own; some contradict each other, and then none of them counts.
        kept = [
            each
            for each, key, place in zip(rows, keys, range(len(rows)), strict=True)
            if key not in said and (key not in keys[:place] or random.random() < 0.1)
        ]
        said |= set(keys)
        lines = "\n".join(json.dumps(each, ensure_ascii=False) for each in kept or rows[:1])
        part = await world.client.put(
            f"{url}/parts/{number}",
            content=lines.encode(),
            headers=headers | {"Content-Type": "application/x-ndjson"},
        )
        assert part.status_code == 200, part.text
    committed = await world.client.post(f"{url}/commit", json={"part_count": parts}, headers=headers)
    assert committed.status_code == 200, committed.text
    if committed.json()["state"] == "held" and committed.json()["rows_accepted"]:
        released = await world.client.post(f"{url}/release", json={"reason": "已核对"}, headers=headers)
        assert released.status_code == 200, released.text


async def run_sql(world, sql: str, **values: Any) -> None:
    async with world.database.transaction() as session:
        await session.execute(text(sql), values)


async def push(world, random: Random, dataset: str, area: str) -> bool:
    headers = world.headers(department=load_datasets()[dataset].department, areas=[area])
    answer = await world.client.post(
        f"/v1/datasets/{dataset}/records",
        json={"period": world.period, "record": row(random, dataset)},
        headers=headers,
    )
    return answer.status_code == 201


def tokens_of(serial: int, *, is_rotated: bool) -> dict[str, Any]:
    """A person's tokens under the current key and the one before: the two ways that a snapshot may say it."""
    number = id_number(serial)
    of_key = {
        key_id: {"id_token": tokeniser.id_token(number), "person_token": tokeniser.person_token(number, NAMES[0])}
        for key_id, tokeniser in (("k0", Tokeniser(OLD_KEY)), ("k1", Tokeniser(KEY)))
    }
    first, other = ("k1", "k0") if is_rotated else ("k0", "k1")
    return of_key[first] | {"token_key_id": first, "other_tokens": [{"key_id": other} | of_key[other]]}


async def settle(world, random: Random) -> None:
    """Households of all kinds, each person in one of them, some in two."""
    for index in range(14):
        members = [
            {
                "serial": serial,
                "birth_date": date(2010 + serial % 8, 9, 1) if serial % 2 else date(1980, 1, 1),  # half of school age
                "labour": random.choice("1235"),
                "relief": random.choice(["none", "dibao"]),
                "has_finished_compulsory": random.random() < 0.3,
                **tokens_of(serial, is_rotated=random.random() < 0.5),
            }
            for serial in {random.randrange(PERSONS) for _ in range(4)}
        ]
        await world.household(
            f"h{index}",
            *members,
            area_code=random.choice(VILLAGES),
            hh_type=random.choice("01"),
            housing_tenure=random.choice(["owned", "none"]),
            is_monitored=random.random() < 0.3,
            incomes={
                year: Decimal(random.choice([7000, 8500, 9000, 20000]))
                for year in (2024, 2025, 2026)
                if random.random() < 0.8
            },
        )


async def compare_all_by_limited_runs(world) -> None:
    """Some households at a time: what is read for one must not depend on who else is compared."""
    households = [row[0] for row in await world.rows("SELECT household_id FROM directory_household ORDER BY 1")]
    for some in (households[:1], households[1:5], households[5:]):
        tokens = await world.rows(
            "SELECT id_token FROM directory_person WHERE household_id = ANY(CAST(:ids AS text[]))", ids=list(some)
        )
        async with world.database.transaction() as session:
            await service.enqueue_households(session, [token for (token,) in tokens], world.period)
        while await world.executor.work_once(("limited",)):
            pass
    assert await world.rows("SELECT DISTINCT state, error_code FROM comparison_run") == [("done", None)]


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
async def test_limited_runs_find_what_the_whole_comparison_finds(world, seed):
    """P2: the same ids, evidence, parameters and deliveries, whatever was delivered, pushed, superseded or missing."""
    random = Random(seed)
    await settle(world, random)
    await world.profile(2, agr__rigid_share="0.5", income__drop_red_share="0.25")
    datasets = sorted(load_datasets())
    withdrawn = 0
    for _ in range(2):  # the second time around lists are superseded, and findings no longer hold
        for dataset in random.sample(datasets, random.randint(4, len(datasets))):
            for _ in range(random.randint(1, 2)):
                await deliver(world, random, dataset, random.choice(["990101000000", "990101101000"]))
        pushed = [await push(world, random, random.choice(datasets), "990101000000") for _ in range(30)]
        assert sum(pushed) > 10
        await compare_all_by_limited_runs(world)
        stored = await world.rows(f"SELECT {', '.join(COLUMNS)} FROM finding WHERE withdrawn_at IS NULL")
        announced = await world.events(rules=None)
        raised = {data["finding_id"] for kind, data in announced if kind == "raised"}
        assert raised
        withdrawn += sum(kind == "withdrawn" for kind, _ in announced)
        await check_whole_comparison(world, stored, raised)
    assert withdrawn


async def check_whole_comparison(world, stored: list[tuple[Any, ...]], raised: set[str]) -> None:
    """Compare everything, and hold it against what the limited runs left, and raised just now."""
    run = await world.compare()
    assert run["state"] == "done"
    assert await world.events(rules=None) == []
    with (world.folder / run["id"] / "findings.csv").open(newline="") as file:
        whole = {row[0]: dict(zip(COLUMNS, row, strict=True)) for row in csv.reader(file)}
    assert len(whole) > 10
    assert sum(each["matched"] for each in run["matching"]) > 10
    assert sum(each["quarantined"] for each in run["matching"]) > 0
    assert {str(row[0]) for row in stored} == whole.keys()
    for values in (dict(zip(COLUMNS, row, strict=True)) for row in stored):
        there = whole[str(values["finding_id"])]
        deliveries = sorted(filter(None, there["deliveries"].strip("{}").split(",")))
        # A finding that stands keeps the deliveries that it was raised with.
        assert sorted(values.pop("deliveries")) == deliveries or str(values["finding_id"]) not in raised
        for name in ("evidence", "parameters"):
            assert values.pop(name) == json.loads(there[name])
        assert {name: "" if value is None else str(value) for name, value in values.items()} == {
            name: there[name] for name in values
        }


async def test_limited_run_withdraws_only_findings_of_its_households(world):
    for name in ("h1", "h2"):
        await world.household(name, {"serial": int(name[1])}, housing_tenure="none")
    await world.compare()
    await world.events()
    for name in ("h1", "h2"):
        await world.household(name, {"serial": int(name[1])})
    (token,) = (await world.rows("SELECT id_token FROM directory_person WHERE household_id = 'h1'"))[0]
    async with world.database.transaction() as session:
        await service.enqueue_households(session, [token], world.period)
    assert await world.executor.work_once()
    assert [(kind, data["household_id"]) for kind, data in await world.events()] == [("withdrawn", "h1")]


async def test_database_that_broke_inside_is_not_kept(world):
    await world.household("h1", {"serial": 1}, housing_tenure="none")
    (token,) = (await world.rows("SELECT id_token FROM directory_person"))[0]
    world.executor._kept.close()
    for _ in range(2):
        async with world.database.transaction() as session:
            await service.enqueue_households(session, [token], world.period)
        assert await world.executor.work_once()
    ended = await world.rows("SELECT state, error_code FROM comparison_run ORDER BY id")
    assert ended == [("failed", "sharing.comparison.internal"), ("done", None)]
    assert len(await world.events()) == 1


async def test_limited_run_leaves_no_folder_and_a_whole_one_packs_its_tables(world):
    await world.household("h1", {"serial": 1}, housing_tenure="none")
    (token,) = (await world.rows("SELECT id_token FROM directory_person"))[0]
    async with world.database.transaction() as session:
        await service.enqueue_households(session, [token], world.period)
    assert await world.executor.work_once()
    assert inputs.runs_in(world.folder) == []
    run = await world.compare()
    kept = {path.name for path in (world.folder / run["id"]).iterdir()}
    read = ("household", "person", "income", "token", "record", "decision")
    tables = {f"{name}.csv.zst" for name in (*read, "status", "ledger", "occupation", "insurance", "aid")}
    assert kept == {"run.json", "findings.csv", "unused.csv", *tables}


async def test_records_that_wait_together_are_compared_in_one_run(world):
    for serial in (1, 2, 3):
        await world.household(f"h{serial}", {"serial": serial}, housing_tenure="none")
    tokens = [row[0] for row in await world.rows("SELECT id_token FROM directory_person ORDER BY household_id")]
    for token in [*tokens, "f" * 32]:
        async with world.database.transaction() as session:
            await service.enqueue_households(session, [token], world.period)
    assert await world.rows("SELECT count(*) FROM comparison_run") == [(1,)]
    assert await world.rows("SELECT count(*) FROM comparison_run_household") == [(3,)]
    assert await world.executor.work_once()
    assert not await world.executor.work_once()
    assert len(await world.events()) == 3


async def test_person_that_nobody_registered_queues_nothing(world):
    async with world.database.transaction() as session:
        await service.enqueue_households(session, ["f" * 32], world.period)
    assert await world.rows("SELECT count(*) FROM comparison_run") == [(0,)]
