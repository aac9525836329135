"""The access audit: complete, ordered, and not to be changed unseen."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
from base64 import b64decode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy import text

from gateway.audit.rules import mac_key
from gateway.audit.service import Verification, read_anchors, seal_pending, verify


def key_of(gateway: Any) -> bytes:
    return mac_key(b64decode(gateway.key_encryption_key))


async def run_sql(gateway: Any, *statements: str) -> None:
    """Do what only somebody with rights on the tables can: the triggers are switched off."""
    async with gateway.database.transaction() as session:
        tables = ("audit_entry", "audit_outcome", "audit_seal")
        for table in tables:
            await session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        for statement in statements:
            await session.execute(text(statement))
        for table in tables:
            await session.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))


async def checked(gateway: Any, **options: Any) -> Verification:
    return await verify(gateway.database, key_of(gateway), **options)


@contextlib.asynccontextmanager
async def recorded(gateway: Any) -> AsyncIterator[None]:
    """At the end, wait until each audited request of the block has its outcome in the record."""

    async def one(sql: str) -> int:
        async with gateway.database.transaction() as session:
            return int((await session.execute(text(sql))).scalar_one())

    last = await one("SELECT COALESCE(max(id), 0) FROM audit_entry")
    yield
    async with asyncio.timeout(10):
        while True:
            if not await one(
                f"SELECT count(*) FROM audit_entry e WHERE id > {last}"
                " AND NOT EXISTS (SELECT FROM audit_outcome o WHERE o.entry_id = e.entry_id)"
            ):
                return
            await asyncio.sleep(0.02)


async def some_requests(gateway: Any, http: httpx.AsyncClient, count: int = 5) -> None:
    async with recorded(gateway):
        for number in range(count):
            assert (await http.get(f"/v1/people/person-{number}")).status_code == 200


async def entries(http: httpx.AsyncClient, **filters: Any) -> list[dict[str, Any]]:
    answer = await http.get("/v1/audit", params={"limit": 200} | filters)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_each_use_of_personal_data_has_exactly_one_entry(gateway: Any, http: httpx.AsyncClient) -> None:
    """F-F18, F-F23: who, for what, which object, with what result."""
    async with recorded(gateway):
        read = await http.get("/v1/people/p-1", headers={"X-Request-Id": "audited-01"})
        write = await http.post("/v1/people", json={"name": "x"}, headers={"X-Request-Id": "audited-02"})
        other = await http.get("/v1/things", headers={"X-Request-Id": "unaudited-1"})
    assert (read.status_code, write.status_code, other.status_code) == (200, 201, 200)
    found = {entry["request_id"]: entry for entry in await entries(http)}
    assert "unaudited-1" not in found
    entry = found["audited-01"]
    assert entry == entry | {
        "client_id": "everything", "method": "GET", "route": "/v1/people/{person_id}", "scope": "people:read",
        "purpose": "family visits", "object_path": "/v1/people/p-1", "status": 200, "issuer": gateway.url,
    }  # fmt: skip
    assert (found["audited-02"]["scope"], found["audited-02"]["status"]) == ("people:write", 201)


async def test_refused_requests_do_not_count_as_use_but_failed_ones_do(gateway: Any, http: httpx.AsyncClient) -> None:
    async with recorded(gateway):
        refused = await http.get("/v1/people?area=110000000000", headers={"X-Request-Id": "outside-01"})
        assert refused.status_code == 404
        assert (await http.post("/v1/people", json={}, headers={"X-Request-Id": "invalid-01"})).status_code == 422
    found = {entry["request_id"]: entry for entry in await entries(http)}
    assert (found["outside-01"]["status"], found["outside-01"]["code"]) == (404, "area_outside")
    assert (found["invalid-01"]["status"], found["invalid-01"]["code"]) == (422, "invalid_input")
    used = {entry["request_id"] for entry in await entries(http, refused=False)}
    assert {"outside-01", "invalid-01"}.isdisjoint(used)


async def test_many_requests_at_once_leave_one_entry_each(gateway: Any, http: httpx.AsyncClient) -> None:
    async def one(number: int) -> None:
        answer = await http.get("/v1/people", headers={"X-Request-Id": f"crowd-{number:05d}"})
        assert answer.status_code == 200

    async with recorded(gateway):
        await asyncio.gather(*(one(number) for number in range(150)))
    seen = [entry["request_id"] for entry in await entries(http, route="/v1/people")]
    assert sum(name.startswith("crowd-") for name in seen) == len({name for name in seen if name.startswith("crowd-")})
    assert sum(name.startswith("crowd-") for name in seen) == 150


async def test_reading_the_audit_needs_its_scope_and_is_recorded(gateway: Any, http: httpx.AsyncClient) -> None:
    await gateway.client("curious", scopes=["people:read"])
    token = await gateway.token("curious")
    async with httpx.AsyncClient(base_url=gateway.url, headers={"Authorization": f"Bearer {token}"}) as other:
        assert (await other.get("/v1/audit")).status_code == 403
    await entries(http)
    assert any(entry["route"].startswith("/v1/audit") for entry in await entries(http, client_id="everything"))


async def test_pages_of_the_audit_do_not_overlap(gateway: Any, http: httpx.AsyncClient) -> None:
    await some_requests(gateway, http, 6)
    first = (await http.get("/v1/audit", params={"limit": 3})).json()
    second = (await http.get("/v1/audit", params={"limit": 3, "cursor": first["next_cursor"]})).json()
    ids = [item["id"] for item in first["items"] + second["items"]]
    assert len(set(ids)) == 6
    assert (await http.get("/v1/audit", params={"cursor": "bm8"})).status_code == 422


async def test_record_refuses_changes_even_from_its_owner(gateway: Any) -> None:
    for statement in ("UPDATE audit_entry SET client_id = 'x'", "DELETE FROM audit_outcome", "TRUNCATE audit_seal"):
        with pytest.raises(Exception, match="append-only"):
            async with gateway.database.transaction() as session:
                await session.execute(text(statement))


async def test_sealed_record_verifies_and_two_sealers_do_not_disturb_each_other(
    gateway: Any, http: httpx.AsyncClient
) -> None:
    await some_requests(gateway, http)
    await asyncio.gather(*(seal_pending(gateway.database, key_of(gateway)) for _ in range(4)))
    found = await checked(gateway)
    assert found.fault is None
    assert found.seals >= 1
    assert found.entries >= 5
    newest = (await http.get("/v1/audit/seals")).json()["items"][0]
    assert (newest["seq"], newest["hash"]) == (found.seals, found.head)
    assert all(entry["seal_seq"] for entry in (await entries(http))[2:])


async def test_seals_of_a_retired_key_still_hold_and_those_of_a_stranger_do_not(
    gateway: Any, http: httpx.AsyncClient
) -> None:
    """The key-encryption key was changed: what was sealed before is checked with the key it was sealed with."""
    await some_requests(gateway, http)
    await seal_pending(gateway.database, key_of(gateway))
    new, stranger = mac_key(b"n" * 32), mac_key(b"s" * 32)
    assert (await verify(gateway.database, new, retired=[key_of(gateway)])).fault is None
    found = (await verify(gateway.database, new, retired=[stranger])).fault
    assert found is not None
    assert found.what == "seal_forged"


LAST_ENTRY = "(SELECT max(entry_to_id) FROM audit_seal)"
LAST_OUTCOME = "(SELECT max(outcome_to_id) FROM audit_seal)"
LAST_SEAL = "(SELECT max(seq) FROM audit_seal)"
TAMPERINGS = {  # by what verification calls them
    "entry_changed": "UPDATE audit_entry SET client_id = 'somebody' WHERE id = " + LAST_ENTRY,
    "entry_deleted": "DELETE FROM audit_entry WHERE id = " + LAST_ENTRY,
    "outcome_changed": "UPDATE audit_outcome SET status = 500 WHERE id = " + LAST_OUTCOME,
    "outcome_deleted": "DELETE FROM audit_outcome WHERE id = " + LAST_OUTCOME,
    "seal_forged": "UPDATE audit_seal SET entries = entries + 1 WHERE seq = " + LAST_SEAL,
    "chain_broken": "UPDATE audit_seal SET previous_hash = repeat('a', 64) WHERE seq = " + LAST_SEAL,
    "seal_missing": "DELETE FROM audit_seal WHERE seq = (SELECT max(seq) - 1 FROM audit_seal)",
}


@pytest.mark.parametrize("what", TAMPERINGS)
async def test_tampering_is_found_and_named(gateway: Any, http: httpx.AsyncClient, what: str) -> None:
    for _ in range(2):
        await some_requests(gateway, http, 2)
        await seal_pending(gateway.database, key_of(gateway))
    assert (await checked(gateway)).fault is None
    kept = [f"CREATE TABLE kept_{table} AS SELECT * FROM audit_{table}" for table in ("entry", "outcome", "seal")]
    await run_sql(gateway, *kept, TAMPERINGS[what])
    found = await checked(gateway)
    # Put everything back for the next case.
    back: list[str] = []
    for table in ("entry", "outcome", "seal"):
        overriding = "" if table == "seal" else "OVERRIDING SYSTEM VALUE"
        back += [
            f"DELETE FROM audit_{table}",
            f"INSERT INTO audit_{table} {overriding} SELECT * FROM kept_{table}",
            f"DROP TABLE kept_{table}",
        ]
    await run_sql(gateway, *back)
    assert found.fault is not None
    assert found.fault.what == what
    assert (await checked(gateway)).fault is None


async def test_cut_off_seals_show_against_the_anchors(gateway: Any, http: httpx.AsyncClient, tmp_path: Path) -> None:
    anchors = tmp_path / "anchors.jsonl"
    for _ in range(2):
        await some_requests(gateway, http, 2)
        await seal_pending(gateway.database, key_of(gateway), anchor_file=str(anchors))
    known = read_anchors(anchors)
    assert (await checked(gateway, anchors=known)).fault is None
    assert (await checked(gateway, anchors=known | {max(known): "0" * 64})).fault.what == "anchor_differs"
    later = await checked(gateway, anchors=known | {max(known) + 1: "0" * 64})
    assert later.fault is not None
    assert later.fault.what == "seals_cut_off"


async def test_verify_command_tells_by_its_exit_status(gateway: Any, http: httpx.AsyncClient) -> None:
    await some_requests(gateway, http, 1)
    await seal_pending(gateway.database, key_of(gateway))

    def run(**variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "gateway", "verify-audit"],
            env=gateway.environment | variables, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    good = await asyncio.to_thread(run)
    assert good.returncode == 0, good.stdout + good.stderr
    other_key = await asyncio.to_thread(run, GATEWAY_KEY_ENCRYPTION_KEY="MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
    assert other_key.returncode == 1
    assert json.loads(other_key.stdout)["fault"] == "seal_forged"


async def test_personal_data_is_refused_while_the_audit_cannot_be_written(
    gateway: Any, http: httpx.AsyncClient
) -> None:
    created = (await http.get("/v1/things")).json()["created"]
    admin = await psycopg.AsyncConnection.connect(gateway.database.url, autocommit=False)
    try:
        # Whoever holds the append lock exclusively keeps every entry waiting.
        await admin.execute("SELECT pg_advisory_xact_lock(7205759404)")
        read, write = await asyncio.gather(
            http.get("/v1/people"), http.post("/v1/people", json={"name": "x"})
        )  # fmt: skip
        assert (await http.get("/v1/things")).status_code == 200
    finally:
        await admin.close()
    for answer in (read, write):
        assert (answer.status_code, answer.json()["code"]) == (503, "gateway.audit.unavailable")
        assert answer.headers["retry-after"]
    assert (await http.get("/v1/things")).json()["created"] == created
    assert (await http.get("/v1/people")).status_code == 200
