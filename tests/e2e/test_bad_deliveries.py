"""What a department may do wrong when it delivers, through the gateway: a code, advice, nothing half done."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from bangfu_local.embedded import EmbeddedSystem

from .conftest import token_of

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

PERIOD = "2026-10"
ROW = {
    "id_no": "990101201003050022",
    "name": "张小雨",
    "school_year": "2026-2027",
    "stage": "senior",
    "tuition": "4000.00",
    "board": "1200.00",
    "books": "300.00",
    "aid_total": "0.00",
    "self_paid": "5500.00",
}
LINE = (json.dumps(ROW, ensure_ascii=False) + "\n").encode()
NDJSON = {"Content-Type": "application/x-ndjson"}
CSV = {"Content-Type": "text/csv"}

Send = Callable[..., Any]


@pytest.fixture
async def edu(running_system: EmbeddedSystem, gateway: httpx.AsyncClient) -> dict[str, str]:
    return {"Authorization": f"Bearer {await token_of(running_system, gateway, 'edu')}"}


@pytest.fixture
async def delivery(gateway: httpx.AsyncClient, edu: dict[str, str]) -> AsyncIterator[str]:
    body = {"dataset": "DS-EDU-FEE", "period": PERIOD}
    opened = await gateway.post("/v1/deliveries", json=body, headers=edu)
    assert opened.status_code == 201, opened.text
    yield opened.json()["id"]
    await gateway.delete(f"/v1/deliveries/{opened.json()['id']}", headers=edu)


def assert_problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert (response.status_code, response.json().get("code")) == (status, code), response.text
    assert response.headers["content-type"].startswith("application/problem+json")
    document: dict[str, Any] = response.json()
    assert any("\u4e00" <= char <= "\u9fff" for char in document["title"])
    assert document["advice"]
    assert ROW["id_no"] not in response.text
    return document


SHEET = "证件号码,姓名,学年,学段,学费,住宿费,书本费,资助合计,自付金额\r\n1,张,,,,,,,\r\n"
BAD_PARTS: dict[str, tuple[bytes, dict[str, str], int, str]] = {
    "truncated gzip": (
        gzip.compress(LINE * 50)[:-20],
        NDJSON | {"Content-Encoding": "gzip"},
        400,
        "sharing.part.truncated",
    ),
    "decompression bomb": (
        gzip.compress(b"\n" * (64 << 20)),
        NDJSON | {"Content-Encoding": "gzip"},
        413,
        "sharing.part.bomb",
    ),
    "wrong Content-Encoding": (LINE, NDJSON | {"Content-Encoding": "br"}, 415, "sharing.part.content_encoding"),
    # GB 18030 that is not declared is understood; this is neither that nor UTF-8, and what is declared has to be true.
    "no encoding": (SHEET.encode() + b"1,\xff\xff\xff,,,,,,,\r\n", CSV, 422, "sharing.part.charset"),
    "wrong encoding": (
        SHEET.encode("gbk"),
        {"Content-Type": "text/csv; charset=utf-8"},
        422,
        "sharing.part.charset",
    ),
    "a missing column": ("证件号码,姓名\r\n1,张\r\n".encode(), CSV, 422, "sharing.part.column_missing"),
    "another type": (LINE, {"Content-Type": "application/pdf"}, 415, "gateway.body.type"),
    "a wrong digest": (LINE, NDJSON | {"Content-Digest": "sha-256=:AAAA:"}, 400, "sharing.part.digest_malformed"),
    "nothing": (b"", NDJSON, 422, "sharing.part.empty"),
}


@pytest.mark.parametrize("name", BAD_PARTS)
async def test_an_unusable_part_is_refused_and_leaves_its_number_free(
    gateway: httpx.AsyncClient, edu: dict[str, str], delivery: str, name: str
) -> None:
    content, headers, status, code = BAD_PARTS[name]
    path = f"/v1/deliveries/{delivery}/parts/1"
    answer = await gateway.put(path, content=content, headers=edu | headers)
    # The gateway knows the route's encodings and may refuse an unknown one before the service sees it.
    if name == "wrong Content-Encoding" and answer.json()["code"] != code:
        code = answer.json()["code"]
        assert "encoding" in code or "media_type" in code
    assert_problem(answer, status, code)
    assert (await gateway.get(f"/v1/deliveries/{delivery}", headers=edu)).json()["parts"] == []
    assert (await gateway.put(path, content=LINE, headers=edu | NDJSON)).status_code == 200


async def test_broken_quoting_costs_its_line_and_no_other(
    gateway: httpx.AsyncClient, edu: dict[str, str], delivery: str
) -> None:
    header = "证件号码,姓名,学年,学段,学费,住宿费,书本费,资助合计,自付金额"
    good = "990101201003050022,张小雨,2026-2027,普通高中,4000,1200,300,0,5500"
    content = "\r\n".join([header, '990101201003050022,"张小雨,2026-2027,普通高中,1,1,1,0,3', good, ""]).encode()
    answer = await gateway.put(f"/v1/deliveries/{delivery}/parts/1", content=content, headers=edu | CSV)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["accepted"], answer.json()["rejected"]) == (1, 1)
    assert answer.json()["reject_counts"] == {"row.shape": 1}


async def test_a_part_twice_a_missing_part_and_a_second_commit(
    gateway: httpx.AsyncClient, edu: dict[str, str], delivery: str
) -> None:
    path = f"/v1/deliveries/{delivery}/parts/1"
    first = await gateway.put(path, content=LINE, headers=edu | NDJSON)
    again = await gateway.put(path, content=LINE, headers=edu | NDJSON)
    assert first.json() == again.json()
    other = await gateway.put(path, content=LINE.replace(b"5500", b"5501"), headers=edu | NDJSON)
    assert_problem(other, 409, "sharing.part.conflict")
    commit = f"/v1/deliveries/{delivery}/commit"
    assert_problem(
        await gateway.post(commit, json={"part_count": 2}, headers=edu), 409, "sharing.delivery.part_missing"
    )
    receipts = [await gateway.post(commit, json={"part_count": 1}, headers=edu) for _ in range(2)]
    assert [receipt.status_code for receipt in receipts] == [200, 200]
    assert receipts[0].json()["receipt_no"] == receipts[1].json()["receipt_no"]
    late = await gateway.put(f"/v1/deliveries/{delivery}/parts/2", content=LINE, headers=edu | NDJSON)
    assert_problem(late, 409, "sharing.delivery.not_open")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"dataset": "DS-NOPE", "period": PERIOD}, 404, "sharing.dataset.unknown"),
        ({"dataset": "DS-EDU-FEE", "period": "2020-01"}, 409, "sharing.period.closed"),
        ({"dataset": "DS-EDU-FEE", "period": "2027-03"}, 422, "sharing.period.future"),
        ({"dataset": "DS-EDU-FEE", "period": "2026-13"}, 422, "invalid_input"),
        ({"dataset": "DS-MED-COST", "period": PERIOD}, 403, "department_mismatch"),
        ({"period": PERIOD}, 422, "invalid_input"),
    ],
)
async def test_a_delivery_that_may_not_be_opened(
    gateway: httpx.AsyncClient, edu: dict[str, str], body: dict[str, str], status: int, code: str
) -> None:
    assert_problem(await gateway.post("/v1/deliveries", json=body, headers=edu), status, code)


async def test_an_upload_cut_off_half_way_leaves_nothing(
    running_system: EmbeddedSystem, gateway: httpx.AsyncClient, edu: dict[str, str], delivery: str
) -> None:
    """The connection dies in the middle of a body, as on a village's line."""
    host, port = running_system.gateway_url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    head = (
        f"PUT /v1/deliveries/{delivery}/parts/1 HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-ndjson\r\n"
        f"Authorization: {edu['Authorization']}\r\nContent-Length: {len(LINE) * 1000}\r\n\r\n"
    )
    writer.write(head.encode() + LINE * 10)
    await writer.drain()
    await asyncio.sleep(0.3)
    writer.transport.abort()
    await asyncio.sleep(0.5)
    assert (await gateway.get(f"/v1/deliveries/{delivery}", headers=edu)).json()["parts"] == []
    path = f"/v1/deliveries/{delivery}/parts/1"
    assert (await gateway.put(path, content=LINE, headers=edu | NDJSON)).status_code == 200


async def test_another_department_cannot_see_or_fill_the_delivery(
    running_system: EmbeddedSystem, gateway: httpx.AsyncClient, delivery: str
) -> None:
    med = {"Authorization": f"Bearer {await token_of(running_system, gateway, 'med')}"}
    for answer in (
        await gateway.get(f"/v1/deliveries/{delivery}", headers=med),
        await gateway.put(f"/v1/deliveries/{delivery}/parts/1", content=LINE, headers=med | NDJSON),
        await gateway.post(f"/v1/deliveries/{delivery}/commit", json={"part_count": 1}, headers=med),
        await gateway.get(f"/v1/deliveries/{delivery}/rejects", headers=med),
    ):
        assert answer.status_code in (403, 404), answer.text
        assert_problem(answer, answer.status_code, answer.json()["code"])


async def test_a_foreign_token_is_refused_at_the_door(gateway: httpx.AsyncClient, delivery: str) -> None:
    stranger = {"Authorization": "Bearer eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.eyJpc3MiOiJodHRwczovL2V2aWwifQ."}
    assert_problem(await gateway.get(f"/v1/deliveries/{delivery}", headers=stranger), 401, "token_invalid")
