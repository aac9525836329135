"""The register in the national form: masked, of the caller's areas, as CSV and as a workbook."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx
import python_calamine
from registry_world import OTHER_TOWN, OTHER_VILLAGE, TOWN, VILLAGE, household, id_no, member, ndjson, send

EXPORT = "/v1/households/export"


async def _table(client: httpx.AsyncClient, headers: dict[str, str], **wanted: str) -> list[dict[str, str]]:
    answer = await client.get(EXPORT, params=wanted, headers=headers)
    assert answer.status_code == 200, answer.text
    if wanted.get("format") == "xlsx":
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
        heading, *rows = book.get_sheet_by_index(0).to_python()
        return [dict(zip(map(str, heading), map(str, row), strict=True)) for row in rows]
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def test_the_register_goes_out_in_the_form_it_came_in(
    client: httpx.AsyncClient, county: dict[str, str], headers: Any
) -> None:
    """F-E11: 数据一致 is checked beside a table of the same form; nothing in it is a full identity."""
    monitor = {"category": "2", "identified_on": "2025-06-01", "risk_types": ["01", "03"]}
    child = member(702 - 500, "20150101", relation="child", labour="5", name="张小明")
    done = await send(
        client,
        ndjson(
            household("99X001", member(201), child, monitor=monitor, group_name="=1+1"),
            household("99X002", member(203), village_code=OTHER_VILLAGE),
        ),
        county,
    )
    assert done.json()["rows_rejected"] == 0, done.text
    rows = await _table(client, county, area=TOWN)
    mine = [row for row in rows if row["户编号"] == "99X001"]
    assert [row["姓名"] for row in mine] == ["张**", "张**"]
    head = mine[0]
    assert {name: head[name] for name in ("行政村代码", "村民小组", "户类型", "监测对象类别", "识别监测时间")} == {
        "行政村代码": VILLAGE, "村民小组": "'=1+1", "户类型": "一般农户", "监测对象类别": "突发严重困难户",
        "识别监测时间": "2025-06-01",
    }  # fmt: skip
    assert (head["风险类型"], head["出生日期"], head["联系电话"], head["2026年工资性收入"]) == (
        "因病、因残", "1980", "139****5678", "30000.00",
    )  # fmt: skip
    assert head["证件号码"] == "990101************"
    assert "家庭住址" not in head
    assert {row["行政村代码"] for row in rows} == {VILLAGE}
    book = await _table(client, county, area=TOWN, format="xlsx")
    assert [dict(row) for row in book] == rows
    everything = (await client.get(EXPORT, headers=county)).text
    assert not [number for number in (id_no(201), id_no(203)) if number in everything]
    other = headers(areas=[OTHER_TOWN], client_id="other")
    assert {row["户编号"] for row in await _table(client, other)} == {"99X002"}
    outside = await client.get(EXPORT, params={"area": TOWN}, headers=other)
    assert outside.status_code == 404
    reader = headers(scopes=["households:read"])
    assert (await client.get(EXPORT, headers=reader)).json()["code"] == "scope_missing"


async def test_what_is_masked_is_never_taken_for_what_it_hides(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    await send(client, ndjson(household("99X011", member(211))), county)
    exported = (await client.get(EXPORT, headers=county)).content
    answer = await send(client, exported, county, kind="text/csv", path="/v1/reconciliations/import")
    told = answer.json()
    assert (told["state"], told["households"]) == ("done", 0), told
    assert told["households_rejected"] > 0
