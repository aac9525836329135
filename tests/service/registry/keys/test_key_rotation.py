"""Keys of the registry are changed while it serves: nothing is lost, nobody is registered twice (F-A05, P1, P2)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from psycopg.rows import dict_row
from registry_world import AREAS, household, id_no, member, ndjson, send

from contracts.registry import HouseholdSnapshotTaken
from registry.app import create_app
from registry.settings import RegistrySettings
from servicekit.etags import etag_of
from servicekit.keys import KeyMismatch
from servicekit.tokens import tokenisers

HOUSEHOLDS = 30
PURPOSES = ("encryption", "blind_index", "token")
NAMES = {"encryption": "encryption_key", "blind_index": "blind_index_key", "token": "token_key"}


def key(purpose: str) -> str:
    """Give a new key."""
    algorithm = "aes-cmac:" if purpose == "token" else ""
    return algorithm + base64.b64encode(os.urandom(32)).decode()


@dataclass
class Keys:
    """The keys of all three purposes by id; which one is current, and which further ones a process has."""

    made: dict[str, dict[str, str]] = field(
        default_factory=lambda: {purpose: {f"k{n}": key(purpose) for n in (1, 2, 3)} for purpose in PURPOSES}
    )

    def values(self, **chosen: Sequence[str]) -> dict[str, Any]:
        """Settings: `blind_index=("k2", "k1")` writes with k2 and reads with k1; `k1` alone where nothing is said."""
        values: dict[str, Any] = {}
        for purpose, name in NAMES.items():
            current, *others = chosen.get(purpose, ("k1",))
            values[name] = self.made[purpose][current]
            values[f"{name}_id"] = current
            values[f"other_{name}s"] = {key_id: self.made[purpose][key_id] for key_id in others}
        return values


@dataclass
class World:
    """A registry with a small village, which can be started again with other keys."""

    url: str
    folder: Path
    issuers: list[Any]
    make_client: Callable[[FastAPI], AbstractAsyncContextManager[httpx.AsyncClient]]
    county: dict[str, str]
    keys: Keys = field(default_factory=Keys)

    def settings(self, **chosen: Sequence[str]) -> RegistrySettings:
        return RegistrySettings.model_validate(
            {
                "mode": "embedded",
                "database_url": self.url,
                "bus_url": "embedded:unused",
                "issuers": self.issuers,
                "data_dir": self.folder,
                "unmask_per_minute": 1000,
                **self.keys.values(**chosen),
            }
        )

    def api(self, **chosen: Sequence[str]) -> AbstractAsyncContextManager[httpx.AsyncClient]:
        return self.make_client(create_app(self.settings(**chosen)))

    def environment(self, **chosen: Sequence[str]) -> dict[str, str]:
        settings = {
            "mode": "embedded",
            "database_url": self.url,
            "bus_url": "embedded:unused",
            "data_dir": str(self.folder),
        } | self.keys.values(**chosen)
        import json

        return os.environ | {
            f"REGISTRY_{name.upper()}": json.dumps(value) if isinstance(value, dict) else value
            for name, value in settings.items()
        }

    def command(self, *arguments: str, **chosen: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "registry", *arguments],
            env=self.environment(**chosen), capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

    def rows(self, sql: str) -> list[dict[str, Any]]:
        with psycopg.connect(self.url, row_factory=dict_row) as connection:
            return connection.execute(sql).fetchall()  # type: ignore[arg-type]  # SQL of this file


@pytest.fixture
async def world(
    service_database_url: Callable[[str], str],
    tmp_path: Path,
    test_issuers: list[Any],
    make_client: Any,
    county: dict[str, str],
) -> World:
    opened = World(service_database_url("registry"), tmp_path, test_issuers, make_client, county)
    async with opened.api() as client:
        await send(client, AREAS.encode(), county, kind="text/csv", path="/v1/areas/import")
        imported = await send(client, village(), county)
        assert imported.json()["created"] == HOUSEHOLDS, imported.text
    with psycopg.connect(opened.url) as connection:  # the clue of a household has its id here
        connection.execute(
            "INSERT INTO clue (clue_id, household_id, risk_type, found_at) SELECT id, id, '01', now() FROM household"
        )
    return opened


def village() -> bytes:
    return ndjson(
        *(
            household(
                f"H{n:03d}",
                member(10 * n),
                member(10 * n + 1, relation="spouse", female=True, name="李小花"),
                member(10 * n + 2, born="20200101", relation="child", labour="5"),
            )
            for n in range(HOUSEHOLDS)
        )
    )


async def found(client: httpx.AsyncClient, world: World, number: str) -> list[dict[str, Any]]:
    answer = await client.post("/v1/persons/search", json={"id_no": number}, headers=world.county)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def assert_everybody_is_found_and_readable(client: httpx.AsyncClient, world: World) -> None:
    for n in range(HOUSEHOLDS):
        number = id_no(10 * n)
        (person,) = await found(client, world, number)
        answer = await client.post(
            f"/v1/persons/{person['id']}/unmask",
            json={"purpose_code": "verification", "case_id": person["household_id"]},
            headers=world.county,
        )
        assert answer.status_code == 200, answer.text
        assert (answer.json()["id_no"], answer.json()["name"]) == (number, "张伟明")
        assert answer.json()["phone"] == "13912345678"


def key_ids(world: World) -> dict[str, int]:
    rows = world.rows(
        "SELECT split_part(identity, '.', 3) AS key, count(*) FROM person GROUP BY 1"
        " UNION ALL SELECT 'contact ' || split_part(contact, '.', 3), count(*) FROM household GROUP BY 1"
    )
    return {row["key"]: row["count"] for row in rows}


async def test_a_killed_re_encryption_goes_on_where_it_stopped_while_both_keys_are_read(world: World) -> None:
    """P1: kill -9 in the middle leaves a mixture that reads well; the next run does the rest only."""
    ring = {"encryption": ("k2", "k1")}
    async with world.api(**ring) as client:
        blocker = psycopg.connect(world.url)
        middle = world.rows("SELECT id FROM household ORDER BY id OFFSET 12 LIMIT 1")[0]["id"]
        blocker.execute("SELECT 1 FROM household WHERE id = %s FOR UPDATE", (middle,))
        process = subprocess.Popen(  # noqa: ASYNC220 - returns at once
            [sys.executable, "-m", "registry", "rotate-encryption", "--batch", "4"], env=world.environment(**ring)
        )
        for _ in range(1200):
            if key_ids(world).get("contact k2", 0) >= 12:
                break
            await asyncio.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
        blocker.close()
        assert key_ids(world) == {"k1": 54, "k2": 36, "contact k1": 18, "contact k2": 12}
        await assert_everybody_is_found_and_readable(client, world)
        refused = world.command("retire-key", "encryption", "k1", **ring)
        assert refused.returncode == 1
        assert "54 identities, 18 contacts" in refused.stderr

        resumed = world.command("rotate-encryption", "--batch", "4", **ring)
        assert resumed.returncode == 0, resumed.stderr
        assert resumed.stdout.startswith("72 ")
        await assert_everybody_is_found_and_readable(client, world)
    assert key_ids(world) == {"k2": 90, "contact k2": 30}
    assert world.command("retire-key", "encryption", "k1", **ring).returncode == 0
    async with world.api(encryption=("k2",)) as client:
        await assert_everybody_is_found_and_readable(client, world)
    journal = world.rows("SELECT purpose, action, key_ids, rows, finished_at, run_by FROM key_rotation ORDER BY id")
    assert [(row["purpose"], row["action"], row["key_ids"], row["rows"]) for row in journal] == [
        ("encryption", "rotate", ["k2", "k1"], 120),
        ("encryption", "retire", ["k1"], 0),
    ]
    assert all(row["finished_at"] and "@" in row["run_by"] for row in journal)


async def test_new_values_have_the_new_key_at_once_and_a_rotation_finds_what_an_old_process_wrote(world: World) -> None:
    async with world.api(encryption=("k1", "k2")) as old, world.api(encryption=("k2", "k1")) as new:
        await send(new, ndjson(household("N1", member(400))), world.county)
        assert key_ids(world)["k2"] == 1
        assert world.command("rotate-encryption", encryption=("k2", "k1")).returncode == 0
        await send(old, ndjson(household("N2", member(401))), world.county)
        assert (await found(new, world, id_no(401)))[0]["hh_no"] == "N2"
        assert world.command("rotate-encryption", encryption=("k2", "k1")).stdout.startswith("2 ")
        assert set(key_ids(world)) == {"k2", "contact k2"}


async def test_nobody_is_registered_twice_while_the_index_is_built_anew(world: World) -> None:
    """The unique index of one of the two columns always covers everybody, whichever process writes."""
    only_old, both, turned, only_new = ("k1",), ("k1", "k2"), ("k2", "k1"), ("k2",)

    async def refused(client: httpx.AsyncClient, number: int, hh_no: str) -> None:
        answer = await client.post("/v1/households", json=household(hh_no, member(number)), headers=world.county)
        assert answer.status_code == 409, answer.text
        (taken,) = await found(client, world, id_no(number))
        listed = (await client.get("/v1/households", params={"hh_no": taken["hh_no"]}, headers=world.county)).json()
        outsider = member(number, relation="other", person_no=None)
        other = (await client.get("/v1/households", params={"hh_no": "H029"}, headers=world.county)).json()["items"][0]
        assert listed["items"][0]["id"] != other["id"]
        moved = await client.patch(
            f"/v1/households/{other['id']}",
            json={"members": [outsider]},
            headers=world.county | {"If-Match": etag_of(other["version"])},
        )
        assert moved.status_code == 409, moved.text

    async with world.api(blind_index=only_old) as first, world.api(blind_index=both) as second:
        await send(second, ndjson(household("N1", member(400))), world.county)  # has both
        await send(first, ndjson(household("N2", member(401))), world.county)  # has the old one
        for client in (first, second):
            for number in (0, 400, 401):
                await refused(client, number, f"X{number}")
    process = subprocess.Popen(  # noqa: ASYNC220 - returns at once
        [sys.executable, "-m", "registry", "rotate-index", "--batch", "2"], env=world.environment(blind_index=both)
    )
    async with world.api(blind_index=both) as second, world.api(blind_index=turned) as third:
        while process.poll() is None:
            await refused(second, 20, "X1")
            await refused(third, 280, "X2")
            await asyncio.sleep(0.05)
        assert process.returncode == 0
        assert world.command("retire-key", "blind_index", "k1", blind_index=turned).returncode == 0
        async with world.api(blind_index=only_new) as last:
            for client in (second, third, last):
                await refused(client, 0, "X3")
                await refused(client, 400, "X4")
            await assert_everybody_is_found_and_readable(last, world)
            with pytest.raises(KeyMismatch, match="still holds values of k1"):
                async with world.api(blind_index=("k2", "k3")):
                    pass
            assert world.command("rotate-index", blind_index=only_new).returncode == 0
            assert world.rows("SELECT count(*) FROM person WHERE id_index IS NOT NULL") == [{"count": 0}]
            await assert_everybody_is_found_and_readable(last, world)
            async with world.api(blind_index=("k2", "k3")) as next_time:
                await refused(next_time, 0, "X5")


async def test_the_same_file_again_changes_nothing_while_two_index_keys_are_in_use(world: World) -> None:
    async with world.api(blind_index=("k1", "k2")) as client:
        again = (await send(client, village(), world.county)).json()
    assert (again["unchanged"], again["created"], again["updated"]) == (HOUSEHOLDS, 0, 0)


async def test_snapshots_carry_tokens_of_both_keys_and_nobody_who_edits_notices(world: World) -> None:
    made = tokenisers(world.settings(token=("k1", "k2")).keyring("token_key"))
    before = {row["hh_no"]: row["version"] for row in world.rows("SELECT hh_no, version FROM household")}

    def newest() -> dict[str, HouseholdSnapshotTaken]:
        rows = world.rows(
            "SELECT DISTINCT ON (key) key, data FROM outbox WHERE topic = 'registry.household.v1' ORDER BY key, id DESC"
        )
        return {row["key"]: HouseholdSnapshotTaken.model_validate(row["data"]) for row in rows}

    assert all(each.token_revision == 0 and not each.members[0].other_tokens for each in newest().values())
    assert world.command("rotate-tokens", "--batch", "7", token=("k1", "k2")).stdout.startswith("90 ")
    assert world.command("rotate-tokens", token=("k1", "k2")).stdout.startswith("0 ")
    assert before == {row["hh_no"]: row["version"] for row in world.rows("SELECT hh_no, version FROM household")}
    heads = {id_no(10 * n) for n in range(HOUSEHOLDS)}
    for key_id in ("k1", "k2"):
        seen = set()
        for snapshot in newest().values():
            head = snapshot.members[0]
            assert (snapshot.token_revision, snapshot.version, head.token_key_id) == (1, 1, "k1")
            tokens = {head.token_key_id: (head.id_token, head.person_token)} | {
                each.key_id: (each.id_token, each.person_token) for each in head.other_tokens
            }
            seen.add(tokens[key_id])
        assert seen == {
            (made[key_id].id_token(number), made[key_id].person_token(number, "张伟明")) for number in heads
        }
    assert world.command("rotate-tokens", token=("k2", "k1")).stdout.startswith("90 ")
    assert world.command("retire-key", "token", "k1", token=("k2", "k1")).returncode == 0
    assert world.command("rotate-tokens", token=("k2",)).stdout.startswith("90 ")
    for snapshot in newest().values():
        assert [(each.token_key_id, each.other_tokens) for each in snapshot.members] == [("k2", [])] * 3
    history = world.rows("SELECT count(*) FROM household_history WHERE snapshot::text LIKE '%token%'")
    assert history == [{"count": 0}]


async def test_a_process_with_a_missing_or_another_key_does_not_start(world: World) -> None:
    async with world.api(token=("k1", "k2")):
        pass
    with pytest.raises(KeyMismatch, match="token key k2 is missing"):
        async with world.api():
            pass
    world.keys.made["encryption"]["k1"] = key("encryption")
    refused = world.command("api", token=("k1", "k2"))
    assert refused.returncode != 0
    assert "the encryption key k1 is another one" in refused.stderr + refused.stdout
    status = world.command("key-status", token=("k1", "k2"))
    assert status.returncode == 1


async def test_attachments_open_after_the_key_that_sealed_theirs_is_gone(world: World) -> None:
    data = b"%PDF-1.7\n" + b"scan" * 30
    household_id = world.rows("SELECT id FROM household LIMIT 1")[0]["id"]
    place = f"/v1/households/{household_id}/attachments/{hashlib.sha256(data).hexdigest()}"
    async with world.api() as client:
        sent = world.county | {"Content-Type": "application/pdf"}
        assert (await client.put(place, content=data, headers=sent)).status_code == 201
    ring = {"encryption": ("k2", "k1")}
    assert "1 attachments" in world.command("retire-key", "encryption", "k1", **ring).stderr
    for command in (("rotate-encryption",), ("retire-key", "encryption", "k1")):
        done = world.command(*command, **ring)
        assert done.returncode == 0, done.stderr
    async with world.api(encryption=("k2",)) as client:
        seen = await client.get(place, params={"purpose_code": "audit"}, headers=world.county)
        assert (seen.status_code, seen.content) == (200, data)
