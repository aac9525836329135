"""Receiving imports: in one piece or in parts, durable before they are carried out, by one worker, whatever dies."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from registry_world import AT_ONCE, carried_out, household, member, ndjson, rejects, send
from sqlalchemy import text

from registry.imports import spool
from registry.imports.runner import LeaseLost, Runner
from servicekit.db import Database

NDJSON = {"Content-Type": "application/x-ndjson"}
LEASE_IS_OVER = text("UPDATE import_run SET lease_until = now() - interval '1 s' WHERE state = 'running'")


@pytest.fixture
def runner(app: FastAPI) -> Runner:
    """A runner that gives no sign of life: whoever is slow must not win a lease back that a test has ended."""
    made = Runner(app.state.database, app.state.keys, app.state.settings)
    made.look_s = 3600.0
    return made


async def scalars(database: Database, query: str) -> list[Any]:
    async with database.transaction() as session:
        return list((await session.execute(text(query))).scalars())


async def test_no_transaction_and_no_lock_is_open_while_bytes_arrive(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    lines = ndjson(*(household(f"99R{n:07d}", member(n, "19710101")) for n in range(400)))
    seen: list[Any] = []

    async def trickle() -> AsyncIterator[bytes]:
        for start in range(0, len(lines), len(lines) // 4 + 1):
            yield lines[start : start + len(lines) // 4 + 1]
            await asyncio.sleep(0)
            seen.extend(
                await scalars(
                    registry_database,
                    "SELECT query FROM pg_stat_activity WHERE datname = current_database()"
                    " AND xact_start IS NOT NULL AND pid <> pg_backend_pid()",
                )
            )
            seen.extend(await scalars(registry_database, "SELECT objid FROM pg_locks WHERE locktype = 'advisory'"))
            other = await send(client, ndjson(household("99R1000001", member(450, "19710101"))), county)
            assert other.json()["state"] == "done"

    answer = await client.post("/v1/imports", params=AT_ONCE, content=trickle(), headers=county | NDJSON)
    assert seen == []
    assert answer.json()["state"] == "received"
    assert (await carried_out(client, answer, county)).json()["created"] == 400


async def test_a_file_in_parts_is_the_parts_in_the_order_of_their_numbers(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    """Parts may be cut anywhere, come in any order and again; the commit says when all are here."""
    body = gzip.compress(ndjson(*(household(f"99R2{n:06d}", member(n, "19720101")) for n in range(50))) + b"broken\n")
    parts = [body[:1000], body[1000:1001], body[1001:]]
    headers = county | NDJSON | {"Content-Encoding": "gzip"}
    opened = await client.post("/v1/imports", params={"in_parts": True}, headers=headers)
    assert (opened.status_code, opened.json()["state"]) == (201, "open")
    place = opened.headers["location"]
    for number in (3, 1, 1):
        part = parts[number - 1]
        digest = {"Content-Digest": f"sha-256=:{base64.b64encode(hashlib.sha256(part).digest()).decode()}:"}
        answer = await client.put(f"{place}/parts/{number}", content=part, headers=county | digest)
        assert (answer.status_code, answer.json()["size_bytes"]) == (200, len(part)), answer.text
    missing = await client.post(f"{place}/commit", json={"part_count": 3}, headers=county)
    assert (missing.status_code, missing.json()["code"]) == (409, "registry.import.part_missing")
    assert missing.json()["missing"] == [2]
    other = await client.put(f"{place}/parts/1", content=b"other", headers=county)
    assert (other.status_code, other.json()["code"]) == (409, "registry.import.part_conflict")
    wrong = await client.put(f"{place}/parts/2", content=b"x", headers=county | digest)
    assert (wrong.status_code, wrong.json()["code"]) == (400, "registry.import.digest_mismatch")
    assert (await client.put(f"{place}/parts/2", content=parts[1], headers=county)).status_code == 200
    for _ in range(2):
        committed = await client.post(f"{place}/commit", json={"part_count": 3}, headers=county)
        assert (committed.status_code, committed.json()["state"]) == (202, "received"), committed.text
    done = (await carried_out(client, committed, county)).json()
    assert (done["state"], done["created"], done["rows_read"], len(done["parts"])) == ("done", 50, 51, 3)
    assert [(reject["line"], reject["code"]) for reject in await rejects(client, done["import_id"], county)] == [
        (51, "row.shape")
    ]
    late = await client.put(f"{place}/parts/4", content=b"late", headers=county)
    assert (late.status_code, late.json()["code"]) == (409, "registry.import.not_open")
    assert await scalars(registry_database, "SELECT count(*) FROM import_block") == [0]


async def test_a_repeated_key_gives_the_first_import_and_keeps_no_second_one(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    body = ndjson(household("99R3000001", member(1, "19730101")))
    headers = county | NDJSON | {"Idempotency-Key": "imports-1"}
    first, second = [await client.post("/v1/imports", params=AT_ONCE, content=body, headers=headers) for _ in range(2)]
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["import_id"] == second.json()["import_id"]
    assert first.headers["location"] == second.headers["location"]
    reused = await client.post("/v1/imports", params=AT_ONCE, content=body + body, headers=headers)
    assert (reused.status_code, reused.json()["code"]) == (422, "idempotency_key_reused")
    assert await scalars(registry_database, "SELECT count(*) FROM import_run WHERE state = 'open'") == [0]
    assert (await carried_out(client, second, county)).json()["created"] == 1
    assert await scalars(registry_database, "SELECT count(*) FROM import_block") == [0]


async def test_what_waits_cannot_be_read_in_the_database(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    body = ndjson(household("99R4000001", member(1, "19740101")))
    answer = await client.post("/v1/imports", params=AT_ONCE, content=body, headers=county | NDJSON)
    (stored,) = await scalars(registry_database, "SELECT data FROM import_block")
    assert b"99R4000001" not in stored
    assert member(1, "19740101")["id_no"].encode() not in stored
    await carried_out(client, answer, county)


async def test_an_import_whose_worker_was_killed_is_begun_again_and_done_once(
    client: httpx.AsyncClient,
    county: dict[str, str],
    registry_database: Database,
    runner: Runner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answer = await client.post(
        "/v1/imports",
        params=AT_ONCE,
        content=ndjson(household("99R5000001", member(1, "19750101"))),
        headers=county | NDJSON,
    )
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def stop_at(name: str) -> None:
        if name == "registry.import_merged":
            reached.set()
            await go_on.wait()

    monkeypatch.setattr("registry.imports.households_file.failpoint_async", stop_at)
    killed = asyncio.create_task(runner.work_once())
    await reached.wait()  # all households are written, nothing committed
    shown = (await client.get(answer.headers["location"], headers=county)).json()
    assert (shown["state"], shown["created"]) == ("running", 0)
    assert await runner.work_once() is False, "another worker leaves it alone while the first one lives"
    async with registry_database.transaction() as session:
        await session.execute(LEASE_IS_OVER)
    monkeypatch.setattr("registry.imports.households_file.failpoint_async", lambda _: asyncio.sleep(0))
    second = asyncio.create_task(runner.work_once())
    await asyncio.sleep(0.3)  # it waits for the households that the first one has locked
    killed.cancel()
    await asyncio.wait({killed, second})
    done = (await client.get(answer.headers["location"], headers=county)).json()
    assert (done["state"], done["created"]) == ("done", 1)
    assert await runner.work_once() is False


async def test_a_worker_that_lost_its_import_writes_nothing(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database, runner: Runner
) -> None:
    answer = await client.post(
        "/v1/imports",
        params=AT_ONCE,
        content=ndjson(household("99R6000001", member(1, "19760101"))),
        headers=county | NDJSON,
    )
    async with registry_database.transaction() as session:
        run = await spool.claim(session, (await scalars(registry_database, "SELECT now()"))[0], 60.0)
    assert run is not None
    async with registry_database.transaction() as session:
        await session.execute(text("UPDATE import_run SET lease_token = gen_random_uuid() WHERE state = 'running'"))
    with pytest.raises(LeaseLost):
        await runner._carry_out(run)
    listed = await client.get("/v1/households", params={"hh_no": "99R6000001"}, headers=county)
    assert listed.json()["items"] == []
    async with registry_database.transaction() as session:
        await session.execute(LEASE_IS_OVER)
    assert (await carried_out(client, answer, county)).json()["created"] == 1


async def test_imports_that_never_came_to_their_end_are_forgotten(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    opened = await client.post("/v1/imports", params={"in_parts": True}, headers=county | NDJSON)
    place = opened.headers["location"]
    await client.put(f"{place}/parts/1", content=b"x", headers=county)
    async with registry_database.transaction() as session:
        await spool.sweep(session)
    assert (await client.get(place, headers=county)).status_code == 200
    async with registry_database.transaction() as session:
        await session.execute(text("UPDATE import_run SET opened_at = now() - interval '4 days' WHERE state = 'open'"))
        await spool.sweep(session)
    assert (await client.get(place, headers=county)).status_code == 404
    assert await scalars(registry_database, "SELECT count(*) FROM import_block") == [0]


async def test_who_sends_one_file_is_told_what_became_of_it(
    client: httpx.AsyncClient, county: dict[str, str], runner: Runner
) -> None:
    sending = asyncio.create_task(
        client.post(
            "/v1/imports",
            params={"wait_s": 30},
            content=ndjson(household("99R7000001", member(1, "19770101"))),
            headers=county | NDJSON,
        )
    )
    while not sending.done():
        await runner.work_once()
        await asyncio.sleep(0.02)
    answer = await sending
    assert (answer.status_code, answer.json()["state"], answer.json()["households"]) == (200, "done", 1)


async def test_what_takes_longer_is_accepted_and_told_later(client: httpx.AsyncClient, county: dict[str, str]) -> None:
    body = ndjson(household("99R8000001", member(1, "19780101")))
    answer = await client.post("/v1/imports", params={"wait_s": 0.3}, content=body, headers=county | NDJSON)
    assert (answer.status_code, answer.json()["state"]) == (202, "received")
    done = await carried_out(client, answer, county)
    assert (done.json()["state"], done.json()["households"]) == ("done", 1)
