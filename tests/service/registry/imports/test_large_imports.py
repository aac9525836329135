"""Imports of several blocks, parsed by processes beside the service."""

from __future__ import annotations

import multiprocessing

import httpx
import pytest
from registry_world import household, member, ndjson, rejects, send


async def test_a_large_file_is_parsed_by_several_processes_line_for_line(
    client: httpx.AsyncClient, county: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry.imports.runner._CHUNK_BYTES", 4096)
    rows = [household(f"99H08{number:05d}", member(number, "19550303")) for number in range(60)]
    rows[47]["village_code"] = "99010199"
    response = await send(client, ndjson(*rows), county)
    assert response.status_code == 200, response.text
    receipt = response.json()
    assert (receipt["created"], receipt["persons"], receipt["rows_rejected"]) == (59, 59, 1)
    (rejected,) = await rejects(client, receipt["import_id"], county)
    assert (rejected["line"], rejected["hh_no"]) == (48, "99H0800047")
    assert multiprocessing.active_children() == []

    lines = ndjson(*rows).splitlines(keepends=True)
    broken = await send(client, b"".join([*lines[:52], b"\xff\xfe\n", *lines[52:]]), county)
    problem = broken.json()["problem"]
    assert (problem["status"], problem["code"], problem["line"]) == (422, "registry.import.charset", 53)
    assert multiprocessing.active_children() == []
