"""Files that are refused as a whole, and what a client leaves that goes away."""

from __future__ import annotations

import gzip
import io
from typing import Any

import httpx
import zstandard
from fastapi import FastAPI
from import_files import XLSX, as_csv, as_xlsx, flat_rows
from registry_world import (
    household,
    member,
    ndjson,
    outbox,
    send,
)

from servicekit.db import Database


async def refused(response: httpx.Response, status: int, code: str) -> None:
    """Told at once, or by the progress resource of an import that failed."""
    told = response.json()
    assert response.status_code == 200 or "state" not in told
    problem = told["problem"] if "state" in told else told
    assert (problem["status"], problem["code"]) == (status, code), response.text
    assert problem["advice"]


async def test_files_that_cannot_be_trusted_are_refused_whole(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    good = ndjson(household("99H0009131", member(131)))
    before = len(await outbox(registry_database, "registry.household.v1"))
    packed = gzip.compress(good * 50)
    zipped = {"Content-Encoding": "gzip"}
    await refused(await send(client, packed[: len(packed) // 2], county, **zipped), 400, "registry.import.truncated")
    await refused(await send(client, b"not gzip at all", county, **zipped), 400, "registry.import.truncated")
    frame = zstandard.ZstdCompressor().compress(good)
    await refused(
        await send(client, frame[:-4], county, **{"Content-Encoding": "zstd"}), 400, "registry.import.truncated"
    )
    await refused(
        await send(client, good, county, **{"Content-Encoding": "br"}), 415, "registry.import.content_encoding"
    )
    await refused(await send(client, good, county, kind="application/pdf"), 415, "registry.import.content_type")
    bomb = gzip.compress(b"\n" * 64 * 1024 * 1024)
    await refused(await send(client, bomb, county, **zipped), 413, "registry.import.bomb")
    zbomb = zstandard.ZstdCompressor().compress(b"\n" * 64 * 1024 * 1024)
    await refused(await send(client, zbomb, county, **{"Content-Encoding": "zstd"}), 413, "registry.import.bomb")
    await refused(await send(client, b"x" * (3 * 1024 * 1024), county), 422, "registry.import.line_too_long")
    await refused(await send(client, good + b"\xff\xfe\n", county), 422, "registry.import.charset")
    table = as_csv(flat_rows(133, "99H0000133"))
    told = "text/csv; charset=utf-8"
    await refused(await send(client, table.encode("gbk"), county, kind=told), 422, "registry.import.charset")
    await refused(
        await send(client, table.encode(), county, kind="text/csv; charset=latin1"), 415, "registry.import.content_type"
    )
    headless = table.replace("姓名", "称呼", 1).encode()
    await refused(await send(client, headless, county, kind="text/csv"), 422, "registry.import.column_missing")
    await refused(await send(client, b"PK\x03\x04rubbish", county, kind=XLSX), 422, "registry.import.workbook")
    assert len(await outbox(registry_database, "registry.household.v1")) == before
    listed = (await client.get("/v1/households", params={"hh_no": "99H0009131"}, headers=county)).json()
    assert listed["items"] == []


async def test_a_workbook_that_unpacks_too_far_is_refused(client: httpx.AsyncClient, county: dict[str, str]) -> None:
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 64 * 1024 * 1024)
    await refused(await send(client, buffer.getvalue(), county, kind=XLSX), 422, "registry.import.workbook")
    lying = bytearray(as_xlsx([["a"] * 200] * 50))
    place = lying.rfind(b"PK\x01\x02")
    lying[place + 24 : place + 28] = (17).to_bytes(4, "little")
    await refused(await send(client, bytes(lying), county, kind=XLSX), 422, "registry.import.workbook")


async def test_a_client_that_goes_away_leaves_nothing(
    app: FastAPI, client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    received = iter(
        [
            {"type": "http.request", "body": ndjson(household("99H0000141", member(141))), "more_body": True},
            {"type": "http.disconnect"},
        ]
    )
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return next(received)

    async def collect(message: Any) -> None:
        sent.append(message)

    headers = county | {"content-type": "application/x-ndjson"}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": "/v1/imports",
        "raw_path": b"/v1/imports",
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("service", 80),
    }
    await app(scope, receive, collect)
    assert sent[0]["status"] == 400
    assert b"registry.import.truncated" in sent[1]["body"]
    listed = (await client.get("/v1/households", params={"hh_no": "99H0000141"}, headers=county)).json()
    assert listed["items"] == []
