"""Imports of several blocks, parsed by processes beside the service."""

from __future__ import annotations

import multiprocessing
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import httpx
import pytest
from registry_world import household, member, ndjson, rejects, send

from intake.refusals import UNREADABLE, RefusedError
from intake.text import Chunk
from registry.imports.crew import crew
from registry.imports.prepare import Occasion
from registry.settings import IdentityKeys, RegistrySettings


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


async def test_what_the_limit_on_memory_does_not_hold_is_refused(settings: RegistrySettings) -> None:
    async def chunks() -> AsyncIterator[Chunk]:
        for _ in range(2):  # the second goes to a process
            yield Chunk(1, b'{"hh_no": "' + b"9" * (32 << 20) + b'"}\n')

    tight = settings.model_copy(update={"workbook_memory_bytes": 1 << 20})
    occasion = Occasion(datetime(2026, 10, 1, tzinfo=UTC), date(2026, 10, 1), "test")
    async with crew(tight, IdentityKeys.of(tight), occasion) as parsing:
        with pytest.raises(RefusedError) as caught:
            async for _ in parsing.batches(chunks()):
                pass
    assert caught.value.reason is UNREADABLE
    assert multiprocessing.active_children() == []
