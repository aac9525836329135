"""The file of a household, merged from three services: by time, whatever the pages; what is refused is named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bangfu.cli.household import row_of
from bangfu.sdk import Bangfu, Forbidden
from bangfu.sdk.timeline import TimelineEntry

START = datetime(2026, 11, 1, tzinfo=UTC)
WORDS = {"zh": "登记入册", "en": "registered"}
FILE, CLUES, FINDINGS = "/v1/households/h1/timeline", "/v1/clues/timeline", "/v1/findings/timeline"


def entry(service: str, number: int, minute: int) -> dict[str, Any]:
    at = (START + timedelta(minutes=minute)).isoformat()
    return {"id": f"{service}/{number}", "kind": service, "title": WORDS, "text": WORDS, "at": at,
            "household_id": "h1", "link": "/v1/households/h1"}  # fmt: skip


def gateway(told: dict[str, list[dict[str, Any]]], *, size: int = 2, refuses: str = "") -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        path, query = request.url.path, request.url.params
        if path == "/oauth2/token":
            return httpx.Response(200, json={"access_token": "t", "expires_in": 300})
        if path == refuses:
            problem = {"code": "scope_missing", "title": "缺少权限范围", "status": 403}
            return httpx.Response(403, json=problem, headers={"Content-Type": "application/problem+json"})
        whose = path if path != FINDINGS else f"{path}:{query['household_id']}"
        items = sorted(told.get(whose, []), key=lambda each: (each["at"], each["id"]), reverse=True)
        start = int(query.get("cursor", 0))
        more = str(start + size) if len(items) > start + size else None
        page = {"household_ids": ["h1", "h0"], "items": items[start : start + size], "next_cursor": more}
        return httpx.Response(200, json=page)

    return httpx.MockTransport(answer)


async def read(transport: httpx.MockTransport, refused: list[str] | None = None) -> list[TimelineEntry]:
    async with Bangfu("http://gateway", "bureau", "s", transport=transport) as bangfu:
        return [each async for each in bangfu.timeline.of("h1", refused=refused)]


@settings(max_examples=30)
@given(
    st.dictionaries(
        st.sampled_from([FILE, CLUES, f"{FINDINGS}:h1", f"{FINDINGS}:h0"]),
        st.lists(st.integers(0, 20), max_size=7),
    )
)
async def test_every_entry_comes_once_and_the_newest_first(minutes: dict[str, list[int]]) -> None:
    told = {
        path: [entry(path, number, minute) for number, minute in enumerate(given)] for path, given in minutes.items()
    }
    found = await read(gateway(told))
    assert [(each.at, each.id) for each in found] == sorted(
        ((datetime.fromisoformat(each["at"]), each["id"]) for entries in told.values() for each in entries),
        reverse=True,
    )


async def test_a_part_that_is_refused_is_named_or_is_an_error() -> None:
    told = {FILE: [entry("registry", 1, 1)], CLUES: [entry("alerts", 1, 2)]}
    with pytest.raises(Forbidden):
        await read(gateway(told, refuses=CLUES))
    refused: list[str] = []
    found = await read(gateway(told, refuses=CLUES), refused)
    assert [each.kind for each in found] == ["registry"]
    assert refused == ["clues: scope_missing"]


def test_an_entry_is_a_row_in_chinese_with_what_changed() -> None:
    change = {"field": "hh_type", "title": {"zh": "户类型", "en": "type"}, "before": "0", "after": None}
    shown = row_of(TimelineEntry.model_validate(entry("registry", 1, 1) | {"changes": [change], "by": "bureau"}))
    assert shown == ("2026-11-01 08:01(UTC+8)", "", "登记入册", "登记入册户类型：0→-", "bureau")
