"""Hostile and broken uploads: a stable code, a Chinese title, what to do, and nothing half done."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import xlsxwriter
import zstandard

from intake.declared import XLSX
from intake.text import CHUNK_BYTES, MAX_LINE_BYTES

from .conftest import PERIOD, Api, fee

GOOD = (json.dumps(fee(1), ensure_ascii=False) + "\n").encode()
HEADER = "证件号码,姓名,学年,学段,学费,住宿费,书本费,资助合计,自付金额"


def assert_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["code"] == code
    assert any("\u4e00" <= char <= "\u9fff" for char in body["title"])
    assert body["advice"]
    return body


async def assert_nothing_half_done(api: Api, delivery: str, lake_files: Callable[[str], list[Path]]) -> None:
    assert lake_files(delivery) == []
    assert list(api.intake.lake.incoming(".").glob("*")) == []
    assert (await api.get(f"/v1/deliveries/{delivery}")).json()["parts"] == []
    assert (await api.put(delivery, 1, GOOD)).status_code == 200  # the part number is still free


def workbook(rows: list[list[Any]]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        for index, row in enumerate(rows):
            sheet.write_row(index, 0, row)
    return buffer.getvalue()


def zip_of(entries: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def far_cell() -> bytes:
    """A tiny workbook whose two cells span a sheet of 17 billion."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "证件号码")
        sheet.write(1_048_575, 16_383, "x")
    return buffer.getvalue()


def csv_of(*lines: str, header: str = HEADER) -> bytes:
    return "\r\n".join([header, *lines, ""]).encode()


CSV, NDJSON = "text/csv", "application/x-ndjson"

UNREADABLE: dict[str, tuple[bytes, dict[str, str], int, str]] = {
    "truncated gzip": (gzip.compress(GOOD * 50)[:-20], {"Content-Encoding": "gzip"}, 400, "sharing.part.truncated"),
    "empty gzip": (b"", {"Content-Encoding": "gzip"}, 400, "sharing.part.truncated"),
    "plain text as gzip": (GOOD, {"Content-Encoding": "gzip"}, 400, "sharing.part.truncated"),
    "damaged gzip": (
        bytearray(gzip.compress(GOOD * 50))[:40] + b"\xff" * 30, {"Content-Encoding": "gzip"}, 400,
        "sharing.part.truncated",
    ),
    "truncated zstd": (
        zstandard.compress(GOOD * 50)[:-9], {"Content-Encoding": "zstd"}, 400, "sharing.part.truncated"
    ),
    "plain text as zstd": (GOOD, {"Content-Encoding": "zstd"}, 400, "sharing.part.truncated"),
    "unknown encoding": (GOOD, {"Content-Encoding": "br"}, 415, "sharing.part.content_encoding"),
    "two encodings": (GOOD, {"Content-Encoding": "gzip, gzip"}, 415, "sharing.part.content_encoding"),
    "gzip bomb": (
        gzip.compress(b"\n" * (64 << 20)), {"Content-Encoding": "gzip"}, 413, "sharing.part.bomb"
    ),
    "zstd bomb": (
        zstandard.compress(b"\n" * (64 << 20)), {"Content-Encoding": "zstd"}, 413, "sharing.part.bomb"
    ),
    "unknown type": (GOOD, {"Content-Type": "application/pdf"}, 415, "sharing.part.content_type"),
    "unknown charset": (GOOD, {"Content-Type": "text/csv; charset=ebcdic"}, 415, "sharing.part.content_type"),
    "wrong digest": (
        GOOD, {"Content-Digest": f"sha-256=:{base64.b64encode(hashlib.sha256(b'x').digest()).decode()}:"}, 400,
        "sharing.part.digest_mismatch",
    ),
    "malformed digest": (GOOD, {"Content-Digest": "sha-256=abc"}, 400, "sharing.part.digest_malformed"),
    "gbk declared as utf-8": (
        csv_of("1,张伟,,,,,,,").decode().encode("gbk"), {"Content-Type": "text/csv; charset=utf-8"}, 422,
        "sharing.part.charset",
    ),
    "gbk inside ndjson": (GOOD * 3 + '{"id_no":"张"}\n'.encode("gbk"), {}, 422, "sharing.part.charset"),
    "utf-8 mark declared as gbk": (
        b"\xef\xbb\xbf" + csv_of(), {"Content-Type": "text/csv; charset=gbk"}, 422, "sharing.part.charset"
    ),
    "utf-16 declared as utf-8": (
        csv_of("1").decode().encode("utf-16"), {"Content-Type": "text/csv; charset=utf-8"}, 422, "sharing.part.charset"
    ),
    "binary": (b"\x00\x01\x02" * 50, {}, 422, "sharing.part.charset"),
    "empty": (b"", {}, 422, "sharing.part.empty"),
    "blank lines only": (b"\n\n  \n", {}, 422, "sharing.part.empty"),
    "header only": (csv_of(), {"Content-Type": CSV}, 422, "sharing.part.empty"),
    "no header": (b"\r\n,,\r\n", {"Content-Type": CSV}, 422, "sharing.part.empty"),
    "missing column": (
        csv_of("1,张", header="证件号码,姓名"), {"Content-Type": CSV}, 422, "sharing.part.column_missing"
    ),
    "missing key": (b'{"id_no":"1"}\n', {}, 422, "sharing.part.column_missing"),
    "column twice": (
        csv_of(header=HEADER + ",self_paid"), {"Content-Type": CSV}, 422, "sharing.part.column_duplicate"
    ),
    "broken header": (b'"id_no,name\r\n1,2\r\n', {"Content-Type": CSV}, 422, "sharing.part.column_missing"),
    "endless line": (b'{"id_no":"' + b"x" * (CHUNK_BYTES + MAX_LINE_BYTES + 10), {}, 422, "sharing.part.line_too_long"),
    "too large": (b"x" * ((32 << 20) + 1), {}, 413, "sharing.part.too_large"),
    "a workbook as text": (zip_of({"xl/workbook.xml": b"a"}), {"Content-Type": CSV}, 422, "sharing.part.unreadable"),
    "text as a workbook": (csv_of("1"), {"Content-Type": XLSX}, 422, "sharing.part.workbook"),
    "a page as a workbook": (b"<html><table><tr><td>1", {"Content-Type": XLSX}, 422, "sharing.part.workbook"),
    "no workbook": (b"PK nonsense", {"Content-Type": XLSX}, 422, "sharing.part.workbook"),
    "other zip": (zip_of({"a.txt": b"a"}), {"Content-Type": XLSX}, 422, "sharing.part.workbook"),
    "workbook bomb": (
        zip_of({"xl/workbook.xml": b"x", "xl/worksheets/sheet1.xml": b"0" * (48 << 20)}), {"Content-Type": XLSX}, 422,
        "sharing.part.workbook",
    ),
    "workbook of too many entries": (
        zip_of({f"e{i}": b"" for i in range(2_001)}), {"Content-Type": XLSX}, 422, "sharing.part.workbook"
    ),
    "damaged workbook": (
        zip_of({"xl/workbook.xml": b"<nonsense"}), {"Content-Type": XLSX}, 422, "sharing.part.workbook"
    ),
    "workbook without header": (workbook([[]]), {"Content-Type": XLSX}, 422, "sharing.part.empty"),
    "workbook with missing columns": (
        workbook([["证件号码"], ["1"]]), {"Content-Type": XLSX}, 422, "sharing.part.column_missing"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", UNREADABLE)
async def test_an_unusable_part_is_told_apart_and_leaves_nothing(
    edu: Api, lake_files: Callable[[str], list[Path]], name: str
) -> None:
    content, headers, status, code = UNREADABLE[name]
    delivery = await edu.open()
    answer = await edu.put(delivery, 1, bytes(content), **headers)
    assert_problem(answer, status, code)
    await assert_nothing_half_done(edu, delivery, lake_files)


async def test_a_sheet_of_seventeen_billion_cells_ends_its_own_process_only(edu: Api) -> None:
    delivery = await edu.open()
    assert_problem(await edu.put(delivery, 1, far_cell(), Content_Type=XLSX), 422, "sharing.part.workbook")


async def test_missing_columns_and_charset_are_named(edu: Api) -> None:
    delivery = await edu.open()
    answer = await edu.put(delivery, 1, csv_of(header="证件号码,姓名,学年"), Content_Type=CSV)
    body = assert_problem(answer, 422, "sharing.part.column_missing")
    assert body["columns"][0] == {"code": "stage", "label": "学段"}
    wrong = csv_of("1,张,,,,,,,", "2,李").decode().encode("gbk")
    body = assert_problem(
        await edu.put(delivery, 1, wrong, Content_Type="text/csv; charset=utf-8"), 422, "sharing.part.charset"
    )
    assert (body["charset"], body["line"]) == ("utf-8", 1)


async def test_an_interrupted_upload_leaves_nothing(edu: Api, lake_files: Callable[[str], list[Path]]) -> None:
    """The client goes away in the middle of the body: the ASGI server then says `http.disconnect`."""
    delivery = await edu.open()
    messages: Iterator[dict[str, Any]] = iter(
        [{"type": "http.request", "body": GOOD * 2000, "more_body": True}] * 3 + [{"type": "http.disconnect"}]
    )
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return next(messages)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    path = f"/v1/deliveries/{delivery}/parts/1"
    headers = [(b"content-type", b"application/x-ndjson"), (b"authorization", edu.headers["Authorization"].encode())]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "PUT", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "headers": headers,
        "client": ("127.0.0.1", 1), "server": ("service", 80), "state": {},
    }  # fmt: skip
    await edu.http._transport.app(scope, receive, send)  # type: ignore[attr-defined]  # the ASGI app under test
    assert sent[0]["status"] == 400
    await assert_nothing_half_done(edu, delivery, lake_files)


async def test_a_body_longer_than_announced_limits_is_cut_while_streaming(edu: Api) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(80):
            yield GOOD * 2500

    delivery = await edu.open()
    answer = await edu.put(delivery, 1, endless())
    assert_problem(answer, 413, "sharing.part.too_large")


async def test_deeply_nested_lines_cost_one_row_each(edu: Api) -> None:
    deep = b'{"id_no":"1","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n"
    objects = b'{"id_no":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_001 + b"\n"
    delivery = await edu.open()
    answer = await edu.put(delivery, 1, GOOD + deep + objects)
    assert answer.status_code == 200
    assert (answer.json()["accepted"], answer.json()["reject_counts"]) == (1, {"row.shape": 2})


async def test_broken_quoting_costs_its_line_only(edu: Api) -> None:
    good = ",".join(str(value) for value in list(fee(1).values()))
    also = '"' + '","'.join(str(value) for value in list(fee(2).values())) + '"'
    delivery = await edu.open()
    content = csv_of(good, '"1,open quote', 'a"b,c,,,,,,,', "too,few", also)
    answer = await edu.put(delivery, 1, content, Content_Type=CSV)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["accepted"], answer.json()["reject_counts"]) == (2, {"row.shape": 3})
    rejects = (await edu.get(f"/v1/deliveries/{delivery}/rejects")).text.splitlines()
    assert [json.loads(row)["line"] for row in rejects] == [3, 4, 5]


@pytest.mark.parametrize(
    ("dataset", "period", "status", "code"),
    [
        ("DS-XXX-NONE", PERIOD, 404, "sharing.dataset.unknown"),
        ("DS-MED-COST", PERIOD, 403, "department_mismatch"),
        ("DS-EDU-FEE", "2099-12", 422, "sharing.period.future"),
        ("DS-EDU-FEE", "2026-03", 409, "sharing.period.closed"),
        ("DS-EDU-FEE", "2026-13", 422, "invalid_input"),
        ("DS-EDU-FEE", "october", 422, "invalid_input"),
    ],
)
async def test_a_delivery_opens_only_for_a_known_own_dataset_and_an_open_period(
    edu: Api, dataset: str, period: str, status: int, code: str
) -> None:
    answer = await edu.post("/v1/deliveries", json={"dataset": dataset, "period": period})
    assert_problem(answer, status, code)


async def test_wrong_shapes_have_pointers(edu: Api) -> None:
    answer = await edu.post("/v1/deliveries", json={"dataset": 7, "period": PERIOD, "sloppy": True})
    body = assert_problem(answer, 422, "invalid_input")
    assert {error["pointer"] for error in body["errors"]} == {"/dataset", "/sloppy"}
    delivery = await edu.open()
    for wrong in ({}, {"part_count": 0}, {"part_count": 1, "parts": []}, {"parts": [{"number": 1, "sha256": "x"}]}):
        answer = await edu.post(f"/v1/deliveries/{delivery}/commit", json=wrong)
        assert_problem(answer, 422, "invalid_input")
    for number in ("0", "-1", "x", "100001"):
        answer = await edu.call("PUT", f"/v1/deliveries/{delivery}/parts/{number}", content=GOOD)
        assert_problem(answer, 422, "invalid_input")
    assert_problem(await edu.get("/v1/deliveries/not-an-id"), 422, "invalid_input")


async def test_another_department_or_area_sees_no_delivery(edu: Api, api_of: Callable[..., Api]) -> None:
    delivery = await edu.open()
    await edu.put(delivery, 1, GOOD + b"broken\n")
    for stranger in (api_of("MED"), api_of("EDU", areas=("990102000000",)), api_of("EDU", areas=())):
        for method, path in (
            ("GET", ""), ("DELETE", ""), ("GET", "/rejects"), ("PUT", "/parts/2"), ("POST", "/commit"),
        ):  # fmt: skip
            options: dict[str, Any] = {"json": {"part_count": 1}} if path == "/commit" else {}
            if method == "PUT":
                options = {"content": GOOD, "headers": {"Content-Type": NDJSON}}
            answer = await stranger.call(method, f"/v1/deliveries/{delivery}{path}", **options)
            assert_problem(answer, 404, "sharing.delivery.unknown")
    bureau = api_of(None)
    assert (await bureau.get(f"/v1/deliveries/{delivery}")).status_code == 200
    assert_problem(await bureau.get(f"/v1/deliveries/{delivery}/rejects"), 404, "sharing.delivery.unknown")
    anybody = api_of(None, "deliveries:read", "departments:any")
    assert (await anybody.get(f"/v1/deliveries/{delivery}/rejects")).status_code == 200
    assert_problem(await api_of("EDU", "datasets:read").get("/v1/deliveries"), 403, "scope_missing")
