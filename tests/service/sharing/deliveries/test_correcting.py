"""The sheet of rejected rows comes back mended: it says itself what it corrects, and joins the month."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from typing import Any

import duckdb
import pytest
import python_calamine
import xlsxwriter

from intake.declared import XLSX
from servicekit.db import Database
from sharing.deliveries.service import effective_parts

from .conftest import PERIOD, Api, person

ENROL = "DS-MED-ENROL"
CSV = {"Content_Type": "text/csv"}
HEADER = ["证件号码", "姓名", "参保年度", "险种", "缴费日期", "个人缴费", "资助金额"]
_counties = iter(range(200, 999))


@pytest.fixture
def med(api_of: Callable[..., Api]) -> Api:
    """A client of a county of its own."""
    return api_of("MED", areas=(f"990{next(_counties)}000000",))


def row(index: int, **changes: str) -> list[str]:
    who = person(index)
    values = dict(
        zip(HEADER, [who["id_no"], who["name"], "2026", "城乡居民", "2025-12-01", "400.00", "0.00"], strict=True)
    )
    return list((values | changes).values())


def as_csv(rows: Sequence[Sequence[str]], header: Sequence[str] = HEADER) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows])
    return out.getvalue().encode()


async def send(api: Api, content: bytes, content_type: str = "text/csv", **fields: Any) -> dict[str, Any]:
    delivery = await api.open(ENROL, **fields)
    part = await api.put(delivery, 1, content, Content_Type=content_type)
    assert part.status_code == 200, part.text
    receipt = await api.commit(delivery)
    assert receipt.status_code == 200, receipt.text
    return dict(receipt.json())


async def sheet_of(api: Api, delivery: str, kind: str) -> bytes:
    answer = await api.get(f"/v1/deliveries/{delivery}/rejects", params={"format": kind})
    assert answer.status_code == 200, answer.text
    return answer.content


def mend(sheet: bytes, kind: str, heading: str, value: str) -> bytes:
    """Write a value into a column of a sheet, as somebody does with a spreadsheet; nothing else is touched."""
    if kind == "csv":
        header, *rows = list(csv.reader(io.StringIO(sheet.decode("utf-8-sig"))))
        for each in rows:
            each[header.index(heading)] = value
        return as_csv(rows, header)
    header, *rows = python_calamine.load_workbook(io.BytesIO(sheet)).get_sheet_by_index(0).to_python()
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as workbook:
        page = workbook.add_worksheet()
        for line, cells in enumerate([header, *rows]):
            for column, cell in enumerate(cells):
                page.write(line, column, value if line and header[column] == heading else cell)
    return out.getvalue()


async def counting(database: Database, delivery: str, api: Api) -> int:
    """Give how many persons count of the month that a delivery belongs to."""
    async with database.transaction() as session:
        sources = await effective_parts(session, [ENROL], PERIOD, api.intake.lake)
    area = next(source.area_code for source in sources if source.delivery_id == delivery)
    paths = [path for source in sources if source.area_code == area for path in source.paths]
    return int(duckdb.sql(f"SELECT count(DISTINCT id_token) FROM read_parquet({paths!r})").fetchall()[0][0])


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("refused", [1, 2])
async def test_the_mended_sheet_joins_its_month_by_itself(
    med: Api, sharing_database: Database, kind: str, refused: int
) -> None:
    rows = [row(index, **({"险种": "?"} if index < refused else {})) for index in range(10)]
    month = await send(med, as_csv(rows))
    assert (month["rows_accepted"], month["rows_rejected"]) == (10 - refused, refused)
    sheet = await sheet_of(med, month["delivery_id"], kind)
    content = mend(sheet, kind, "险种", "城乡居民")
    mended = await send(med, content, "text/csv" if kind == "csv" else XLSX)
    assert (mended["mode"], mended["corrects"]) == ("correction", month["delivery_id"])
    assert (mended["rows_accepted"], mended["rows_rejected"], mended["supersedes"]) == (refused, 0, None)
    assert await counting(sharing_database, month["delivery_id"], med) == 10


async def test_the_sheet_as_it_is_is_refused_row_by_row_and_takes_nothing_away(
    med: Api, sharing_database: Database
) -> None:
    rows = [row(index, **({"险种": "?"} if index == 0 else {})) for index in range(10)]
    month = await send(med, as_csv(rows))
    again = await send(med, await sheet_of(med, month["delivery_id"], "csv"))
    assert (again["mode"], again["rows_accepted"], again["rows_rejected"]) == ("correction", 0, 1)
    assert await counting(sharing_database, month["delivery_id"], med) == 9
    header, *_ = list(csv.reader(io.StringIO((await sheet_of(med, again["delivery_id"], "csv")).decode("utf-8-sig"))))
    assert header[-5:] == ["分片", "行号", "所在工作表", "错误说明", "更正批次"]
    assert len(set(header)) == len(header)


async def test_the_sheet_keeps_the_cells_as_they_came(med: Api) -> None:
    mark = "=1+1"
    rows = [[*row(index, **({"险种": "?"} if index == 3 else {})), mark, "甲,乙\n丙"] for index in range(10)]
    month = await send(med, as_csv(rows, [*HEADER, "备注", "联系人"]))
    header, kept = list(
        csv.reader(io.StringIO((await sheet_of(med, month["delivery_id"], "csv")).decode("utf-8-sig"), newline=""))
    )
    shown = dict(zip(header, kept, strict=True))
    assert [shown[name] for name in HEADER[:2]] == list(person(3).values())
    assert (shown["险种"], shown["备注"], shown["联系人"]) == ("?", f"'{mark}", "甲,乙\n丙")
    assert shown["更正批次"] == month["delivery_id"]


async def test_cells_made_safe_for_a_spreadsheet_are_read_as_they_were(
    api_of: Callable[..., Api], sharing_database: Database
) -> None:
    edu = api_of("EDU", areas=(f"990{next(_counties)}000000",))
    columns = ["证件号码", "姓名", "原因", "证明编号"]
    body = as_csv([[*person(1).values(), "?", "-ZM-1"], [*person(2).values(), "身体原因", "A"]], columns)
    delivery = await edu.open("DS-EDU-EXEMPT")
    await edu.put(delivery, 1, body, **CSV)
    await edu.commit(delivery)
    sheet = mend(await sheet_of(edu, delivery, "csv"), "csv", "原因", "身体原因")
    assert b"'-ZM-1" in sheet
    again = await edu.open("DS-EDU-EXEMPT")
    await edu.put(again, 1, sheet, **CSV)
    assert (await edu.commit(again)).json()["rows_accepted"] == 1
    async with sharing_database.transaction() as session:
        sources = await effective_parts(session, ["DS-EDU-EXEMPT"], PERIOD, edu.intake.lake)
    path = next(source.paths[0] for source in sources if source.delivery_id == again)
    assert duckdb.sql(f"SELECT evidence_no FROM '{path}'").fetchall() == [("-ZM-1",)]


async def test_rows_of_parts_with_other_headings_stand_in_one_sheet(med: Api) -> None:
    codes = ["id_no", "name", "year", "scheme", "paid_on", "personal_paid", "subsidy"]
    delivery = await med.open(ENROL)
    await med.put(delivery, 1, as_csv([row(0, 险种="?")]), **CSV)
    await med.put(delivery, 2, as_csv([row(1, 险种="!"), row(2)], codes), **CSV)
    await med.commit(delivery, part_count=2)
    header, *rows = list(csv.reader(io.StringIO((await sheet_of(med, delivery, "csv")).decode("utf-8-sig"))))
    assert sorted(each[header.index("险种")] for each in rows) == ["!", "?"]
    assert all(each[header.index("证件号码")] for each in rows)


async def test_a_sheet_is_not_a_whole_list_nor_mixed_with_other_rows(med: Api) -> None:
    month = await send(med, as_csv([row(index, **({"险种": "?"} if index == 0 else {})) for index in range(10)]))
    sheet = mend(await sheet_of(med, month["delivery_id"], "csv"), "csv", "险种", "城乡居民")
    whole = await med.open(ENROL, mode="full")
    refused = await med.put(whole, 1, sheet, **CSV)
    assert (refused.status_code, refused.json()["code"]) == (409, "sharing.part.mixed_correction")
    mixed = await med.open(ENROL)
    await med.put(mixed, 1, as_csv([row(20)]), **CSV)
    assert (await med.put(mixed, 2, sheet, **CSV)).json()["code"] == "sharing.part.mixed_correction"
    other_way = await med.open(ENROL)
    assert (await med.put(other_way, 1, sheet, **CSV)).status_code == 200
    assert (await med.get(f"/v1/deliveries/{other_way}")).json()["mode"] == "correction"
    assert (await med.put(other_way, 2, as_csv([row(20)]), **CSV)).json()["code"] == "sharing.part.mixed_correction"


@pytest.mark.parametrize("change", ["period", "superseded", "unknown", "foreign"])
async def test_a_sheet_for_something_else_is_refused(med: Api, api_of: Callable[..., Api], change: str) -> None:
    month = await send(med, as_csv([row(index, **({"险种": "?"} if index == 0 else {})) for index in range(10)]))
    sheet = mend(await sheet_of(med, month["delivery_id"], "csv"), "csv", "险种", "城乡居民")
    sender, period = med, PERIOD
    if change == "period":
        period = "2026-09"
    elif change == "superseded":
        await send(med, as_csv([row(index) for index in range(11)]))
    elif change == "unknown":
        sheet = sheet.replace(month["delivery_id"].encode(), b"no-such-delivery")
    else:
        sender = api_of("MED", areas=("990999000000",))
    delivery = await sender.open(ENROL, period=period)
    answer = await sender.put(delivery, 1, sheet, **CSV)
    assert (answer.status_code, answer.json()["code"]) == (409, "sharing.delivery.corrects_nothing")
    assert (await sender.get(f"/v1/deliveries/{delivery}")).json()["parts"] == []


async def test_ndjson_of_mended_rows_is_a_correction_by_its_mode(med: Api, sharing_database: Database) -> None:
    month = await send(med, as_csv([row(index, **({"险种": "?"} if index == 0 else {})) for index in range(10)]))
    rejects = (await sheet_of(med, month["delivery_id"], "ndjson")).decode().splitlines()
    mended = "\n".join(json.dumps(json.loads(line)["row"] | {"险种": "城乡居民"}) for line in rejects).encode()
    receipt = await med.deliver(mended, ENROL, mode="correction", corrects=month["delivery_id"])
    assert receipt["rows_accepted"] == 1
    assert await counting(sharing_database, month["delivery_id"], med) == 10
