"""The processes of the registry: migrate, worker on a bus, refusal of unsafe settings; tables equal migrations."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import orjson
from registry_world import KEYS, household, household_id, member, ndjson, send
from sqlalchemy import inspect

import registry.areas.tables
import registry.episodes.tables
import registry.guarantees.tables
import registry.households.tables
import registry.imports.tables
import registry.incomes.tables
import registry.plans.tables
import registry.policy.tables  # noqa: F401
from contracts import topics
from contracts.alerts import ClueMoved
from contracts.envelope import envelope_of
from contracts.vocabulary import Channel, ClueState, RiskType, Severity
from servicekit import clock
from servicekit.bus.embedded import EmbeddedBus
from servicekit.bus.port import OutMessage
from servicekit.db import Database
from servicekit.ids import new_id
from servicekit.tables import metadata_of


def environment(database_url: str, bus_url: str, folder: Path) -> dict[str, str]:
    keys = {f"REGISTRY_{name.upper()}": value for name, value in KEYS.items()}
    return {
        **os.environ,
        **keys,
        "REGISTRY_MODE": "embedded",
        "REGISTRY_DATABASE_URL": database_url,
        "REGISTRY_BUS_URL": f"embedded:{bus_url}",
        "REGISTRY_DATA_DIR": str(folder),
    }


async def test_the_worker_opens_episodes_from_the_bus_and_publishes_everything(
    client: httpx.AsyncClient,
    county: dict[str, str],
    registry_database: Database,
    postgres: Any,
    tmp_path: Path,
) -> None:
    await send(client, ndjson(household("99W0000001", member(1))), county)
    number = await household_id(client, "99W0000001", county)
    bus_url = postgres.create_database(f"bus_{new_id().replace('-', '')[-12:]}")
    bus = EmbeddedBus(bus_url, client="tests")
    await bus.start()
    with (tmp_path / "worker.log").open("wb") as output:
        worker = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "registry",
            "worker",
            env=environment(registry_database.url, bus_url, tmp_path),
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
        )
    try:
        clue = ClueMoved(
            clue_id=new_id(),
            household_id=number,
            area_code="990101101201",
            state=ClueState.CONFIRMED_IDENTIFY,
            previous_state=ClueState.VERIFYING,
            version=3,
            risk_type=RiskType.HOUSING,
            severity=Severity.RED,
            channels=[Channel.DEPARTMENT],
            rule_ids=["R-HOU-01"],
        )
        event = envelope_of(clue, event_id=new_id(), source="/bangfu/alerts", at=clock.now())
        message = OutMessage(topic=clue.topic.name, key=clue.key, value=event.model_dump_json().encode())
        await bus.publish([message, message])
        names = [topic.name for topic in (topics.EPISODE, topics.HOUSEHOLD, topics.AREA, topics.POLICY)]
        reader = await bus.consumer("test-reader", names)
        seen: dict[str, list[Any]] = {name: [] for name in names}
        deadline = time.monotonic() + 60
        while not all(seen.values()):
            assert time.monotonic() < deadline, (tmp_path / "worker.log").read_text()[-2000:]
            for item in await reader.fetch(max_messages=100, wait_s=0.5):
                seen[item.topic].append(orjson.loads(item.value))
        await reader.close()
        (moved,) = seen["registry.episode.v1"]
        assert (moved["data"]["household_id"], moved["data"]["state"]) == (number, "APPLIED")
        assert moved["source"] == "/bangfu/registry"
        assert number in {event["data"]["household_id"] for event in seen["registry.household.v1"]}
    finally:
        worker.send_signal(signal.SIGTERM)
        await asyncio.wait_for(worker.wait(), 30)
        await bus.close()
    assert worker.returncode == 0, (tmp_path / "worker.log").read_text()[-2000:]
    log = (tmp_path / "worker.log").read_text()
    assert "张伟明" not in log


def run(command: str, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "registry", command],
        env=variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_production_refuses_example_keys_and_names_what_is_missing(tmp_path: Path) -> None:
    sent = environment("postgresql://registry:s3cr3t-enough@127.0.0.1:1/registry", "x", tmp_path)
    sent |= {
        "REGISTRY_MODE": "production",
        "REGISTRY_TOKEN_KEY": "aes-cmac:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=",
    }
    for change, name in (({}, "token_key"), ({"REGISTRY_ENCRYPTION_KEY": "c2hvcnQ="}, "REGISTRY_ENCRYPTION_KEY")):
        ended = run("api", sent | change)
        assert ended.returncode == 2
        assert name in ended.stderr
    del sent["REGISTRY_BLIND_INDEX_KEY"]
    assert "REGISTRY_BLIND_INDEX_KEY" in run("migrate", sent).stderr


async def test_table_classes_say_what_the_migration_made(registry_database: Database) -> None:
    def described(connection: Any) -> dict[str, dict[str, bool]]:
        inspector = inspect(connection)
        return {
            name: {column["name"]: bool(column["nullable"]) for column in inspector.get_columns(name)}
            for name in inspector.get_table_names()
        }

    async with registry_database.engine.connect() as connection:
        made = await connection.run_sync(described)
    declared = {
        table.name: {column.name: bool(column.nullable) for column in table.columns}
        for table in metadata_of("registry").sorted_tables
    }
    kept_apart = {"outbox", "inbox", "idempotency", "key_use", "key_rotation", "refused_decision", "alembic_version"}
    kept_apart |= {"change_era", "departure", "grid_departure"}
    kept_apart |= {"indicator_run", "indicator_member", "indicator_value"}
    assert {name: columns for name, columns in made.items() if name not in kept_apart} == declared


async def test_openapi_shows_the_import_formats_and_every_scope(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    body = document["paths"]["/v1/imports"]["post"]["requestBody"]["content"]
    assert {"application/x-ndjson", "text/csv"} < body.keys()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation["x-bangfu-access"], f"{method} {path}"
    assert "registry.import.bomb" in json.dumps(document)
