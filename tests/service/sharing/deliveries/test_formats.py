"""The same rows as NDJSON, CSV (UTF-8, GBK), XLSX and XLS, with the dirt that departments send."""

from __future__ import annotations

import csv
import gzip
import io
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import python_calamine
import xlsxwriter
import xlwt  # type: ignore[import-untyped]  # ships no types

from department_files import workbook
from intake.declared import XLSX
from sharing.catalogue.service import dataset_of

from .conftest import PERIOD, Api, number18, person

LOW = "DS-CIV-LOW"
LABELS = ["证件号码", "姓名", "救助类型", "起始日期", "终止日期", "月金额", "变动", "原因"]


def cells() -> list[list[Any]]:
    """Rows of DS-CIV-LOW as a clerk types them; the last four are wrong."""
    a, b, c, d = (number18(index) for index in range(4))
    return [
        [a, "张伟", "低保", "2026-03-01", "2027/02/28", "410.50", "无", "因病"],
        [b[:6] + b[8:17], "李 娜", "tekun", "20260301", "", "600", "new", ""],
        [c + "43", "阿依·古丽", "低保边缘", "46082", "", "0", "新增", "其他"],
        [f" {d.lower()} ", "欧阳•建国", "刚性支出困难", "2026-3-1", "", "1.5", "调整", ""],
        [b[:17] + ("2" if b[17] != "2" else "1"), "王芳", "低保", "2026-03-01", "", "1", "无", ""],
        [number18(5), "", "低保", "2026-02-30", "", "1.005", "无", ""],
        [number18(6), "赵六", "五保", "2026-03-01", "", "-3", "", ""],
        ["12345", "=cmd()", "低保", "2026-03-01", "", "1", "无", ""],
    ]


EXPECTED = [
    ("dibao", date(2026, 3, 1), date(2027, 2, 28), "410.50", "none", "illness"),
    ("tekun", date(2026, 3, 1), None, "600.00", "new", None),
    ("marginal", date(2026, 3, 1), None, "0.00", "new", "other"),
    ("rigid", date(2026, 3, 1), None, "1.50", "adjusted", None),
]
REJECTED = [
    (5, [("id_no", "id_no.checksum")]),
    (6, [("name", "name.missing"), ("from_on", "from_on.no_date"), ("monthly_amount", "monthly_amount.decimals")]),
    (7, [("type", "type.code"), ("monthly_amount", "monthly_amount.range"), ("change", "change.missing")]),
    (8, [("id_no", "id_no.length")]),
]


def as_csv(rows: list[list[Any]], mark: str = ",") -> str:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=mark).writerows([[*LABELS, "经办人"], *([*row, "某"] for row in rows)])
    return buffer.getvalue()


def as_xlsx(rows: list[list[Any]]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy/m/d"})
        sheet.write_row(0, 0, [*LABELS, "经办人"])
        for index, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                if index == 1 and column == 3:
                    sheet.write_datetime(index, column, datetime(2026, 3, 1), day)  # noqa: DTZ001 - cells have no zone
                elif index == 3 and column == 3:
                    sheet.write_number(index, column, 46082)
                elif column == 5 and index <= 4:
                    sheet.write_number(index, column, float(cell))
                elif cell:
                    sheet.write_string(index, column, cell)
            sheet.write_string(index, 8, "某")
    return buffer.getvalue()


def as_xls(rows: list[list[Any]]) -> bytes:
    buffer = io.BytesIO()
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("Sheet1")
    for line, cells in enumerate([[*LABELS, "经办人"], *([*row, "某"] for row in rows)]):
        for column, cell in enumerate(cells):
            if cell:
                sheet.write(line, column, cell)
    book.save(buffer)
    return buffer.getvalue()


def as_ndjson(rows: list[list[Any]]) -> str:
    codes = [dataset_of(LOW).layout.headers[label] for label in LABELS]
    lines = []
    for index, row in enumerate(rows):
        names = codes if index % 2 else LABELS  # codes and labels, mixed in one file
        lines.append(json.dumps(dict(zip(names, row, strict=True)) | {"经办人": "某"}, ensure_ascii=False))
    return "\n".join(lines) + "\n"


BODIES: dict[str, tuple[Any, dict[str, str], int]] = {
    "ndjson": (lambda: as_ndjson(cells()).encode(), {}, 0),
    "csv": (lambda: as_csv(cells()).encode(), {"Content-Type": "text/csv"}, 1),
    "csv with mark": (lambda: b"\xef\xbb\xbf" + as_csv(cells()).encode(), {"Content-Type": "text/csv"}, 1),
    "utf-16": (lambda: as_csv(cells()).encode("utf-16"), {"Content-Type": "text/csv"}, 1),
    "semicolons": (lambda: as_csv(cells(), ";").encode(), {"Content-Type": "text/csv"}, 1),
    "tabs": (lambda: as_csv(cells(), "\t").encode(), {"Content-Type": "text/csv"}, 1),
    "gb18030": (lambda: as_csv(cells()).encode("gb18030"), {"Content-Type": 'text/csv; charset="GB18030"'}, 1),
    "gbk gzip": (
        lambda: gzip.compress(as_csv(cells()).replace("•", "·").encode("gbk")),
        {"Content-Type": "text/csv;charset=gbk", "Content-Encoding": "gzip"}, 1,
    ),
    "bars": (lambda: as_csv(cells(), "|").encode(), {"Content-Type": "text/csv"}, 1),
    "utf-16 without a mark": (lambda: as_csv(cells(), "\t").encode("utf-16-le"), {"Content-Type": "text/csv"}, 1),
    "gb18030 not declared": (lambda: as_csv(cells()).encode("gb18030"), {"Content-Type": "text/csv"}, 1),
    "carriage returns": (lambda: as_csv(cells()).replace("\r\n", "\r").encode(), {"Content-Type": "text/csv"}, 1),
    "xlsx": (lambda: as_xlsx(cells()), {"Content-Type": XLSX}, 1),
    "xls": (lambda: as_xls(cells()), {"Content-Type": "application/vnd.ms-excel"}, 1),
    "xlsx gzip": (lambda: gzip.compress(as_xlsx(cells())), {"Content-Type": XLSX, "Content-Encoding": "gzip"}, 1),
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
async def test_every_format_gives_the_same_rows_and_the_same_rejects(api_of: Any, name: str, lake_files: Any) -> None:
    make, headers, header_lines = BODIES[name]
    civ: Api = api_of("CIV")
    delivery = await civ.open(LOW)
    answer = await civ.put(delivery, 1, make(), **headers)
    assert answer.status_code == 200, answer.text
    part = answer.json()
    assert (part["rows"], part["accepted"], part["rejected"]) == (8, 4, 4)
    assert part["reject_counts"] == {"id_no.checksum": 1, "name.missing": 1, "type.code": 1, "id_no.length": 1}
    assert [warning["column"] for warning in part["warnings"] if warning["code"] == "column.unknown"] == ["经办人"]
    (parquet,) = (file for file in lake_files(delivery) if file.suffix == ".parquet")
    stored = duckdb.sql(
        "SELECT type, from_on, to_on, monthly_amount::text, change, reason, line_no, id_token"
        f" FROM '{parquet}' ORDER BY line_no"
    ).fetchall()
    assert [row[:6] for row in stored] == EXPECTED
    assert [row[6] for row in stored] == [1 + header_lines, 2 + header_lines, 3 + header_lines, 4 + header_lines]
    rejects = [json.loads(line) for line in (await civ.get(f"/v1/deliveries/{delivery}/rejects")).text.splitlines()]
    assert [(row["line"], [(error["field"], error["code"]) for error in row["errors"]]) for row in rejects] == [
        (line + header_lines, errors) for line, errors in REJECTED
    ]
    assert rejects[0]["message"] == "证件号码校验位错误,请核对"
    assert "王芳" in rejects[0]["row"].values()


async def test_rejected_rows_download_as_csv_that_no_spreadsheet_executes(api_of: Any) -> None:
    civ: Api = api_of("CIV")
    delivery = await civ.open(LOW)
    await civ.put(delivery, 1, as_csv(cells()).encode(), Content_Type="text/csv")
    answer = await civ.get(f"/v1/deliveries/{delivery}/rejects", params={"format": "csv"})
    assert answer.headers["cache-control"] == "no-store"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["行号"] for row in rows] == ["6", "7", "8", "9"]
    assert rows[3]["姓名"] == "'=cmd()"
    assert rows[2]["月金额"] == "-3"
    assert "救助类型只能填:低保、特困供养、低保边缘、刚性支出困难" in rows[2]["错误说明"]


async def test_rejected_rows_download_as_the_original_columns_with_one_of_errors(api_of: Any) -> None:
    civ: Api = api_of("CIV")
    delivery = await civ.open(LOW)
    await civ.put(delivery, 1, as_xlsx(cells()), Content_Type=XLSX)
    answer = await civ.get(f"/v1/deliveries/{delivery}/rejects", params={"format": "xlsx"})
    book = python_calamine.load_workbook(io.BytesIO(answer.content))
    header, *rows = book.get_sheet_by_index(0).to_python()
    assert set(LABELS) <= set(header)
    assert header[-5:] == ["分片", "行号", "所在工作表", "错误说明", "更正批次"]
    assert [row[-4] for row in rows] == [6, 7, 8, 9]
    assert rows[0][-3] == "Sheet1 第6行"
    assert {row[-1] for row in rows} == {delivery}
    assert rows[3][header.index("姓名")] == "=cmd()"  # text, not a formula
    corrected = [header[: len(LABELS)]] + [row[: len(LABELS)] for row in rows]
    assert len(corrected) == 5


def two_sheets() -> bytes:
    """A workbook of two townships, the second one hidden, with a bad row and a total."""
    good, bad, other = cells()[0], cells()[4], cells()[3]
    total = ["合计", None, None, None, None, 412, None, None]
    sheets = ("青石镇", [LABELS, good]), ("白水镇", [["十月报表"], LABELS, other, bad, total])
    return workbook(*sheets, then=lambda book: book.worksheets()[1].hide())


async def test_a_rejected_row_names_its_sheet_and_a_total_is_named(api_of: Any) -> None:
    civ: Api = api_of("CIV")
    delivery = await civ.open(LOW)
    part = (await civ.put(delivery, 1, two_sheets(), Content_Type=XLSX)).json()
    assert (part["accepted"], part["rejected"]) == (2, 1)
    told = {warning["code"]: warning["message"] for warning in part["warnings"]}
    assert told["line.total"] == "白水镇 第5行是合计行,未使用"
    assert "隐藏" in told["sheet.hidden"]
    (reject,) = map(json.loads, (await civ.get(f"/v1/deliveries/{delivery}/rejects")).text.splitlines())
    assert (reject["sheet"], reject["sheet_row"], reject["line"]) == ("白水镇", 4, 6)
    sheet = await civ.get(f"/v1/deliveries/{delivery}/rejects", params={"format": "csv"})
    (row,) = csv.DictReader(io.StringIO(sheet.content.decode("utf-8-sig")))
    assert row["所在工作表"] == "白水镇 第4行"


async def test_hidden_sheets_are_skipped_by_explicit_choice_only(api_of: Any) -> None:
    civ: Api = api_of("CIV")
    delivery, body = await civ.open(LOW), two_sheets()
    part = (await civ.put(delivery, 1, body, Content_Type=f"{XLSX}; hidden=skip")).json()
    assert (part["accepted"], part["rejected"]) == (1, 0)
    assert [w["message"] for w in part["warnings"]] == ["工作表“白水镇”是隐藏的,按报送方的选择(hidden=skip)未读取"]
    same = await civ.put(delivery, 1, body, Content_Type=f"{XLSX}; hidden=skip")
    other = await civ.put(delivery, 1, body, Content_Type=XLSX)
    assert (same.status_code, other.status_code) == (200, 409)


async def test_a_name_of_a_private_font_is_named(api_of: Any) -> None:
    civ: Api = api_of("CIV")
    delivery = await civ.open(LOW)
    body = as_csv([[*cells()[0][:1], "王\ue1a0", *cells()[0][2:]], cells()[3]])
    part = (await civ.put(delivery, 1, body.encode(), Content_Type="text/csv")).json()
    assert part["accepted"] == 2
    assert [w["column"] for w in part["warnings"] if w["code"] == "name.private"] == ["第2行"]


async def test_a_filled_template_is_accepted(api_of: Any, tmp_path: Path) -> None:
    """Headers of the generated template, values of its drop-down lists."""
    civ: Api = api_of("CIV")
    template = await civ.get(f"/v1/datasets/{LOW}/template", params={"format": "xlsx"})
    header = python_calamine.load_workbook(io.BytesIO(template.content)).get_sheet_by_index(0).to_python()[0]
    values = person(9)
    row = {"证件号码": values["id_no"], "姓名": values["name"], "救助类型": "低保", "起始日期": "2026-03-01",
           "月金额": "1", "变动": "无"}  # fmt: skip
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, header)
        sheet.write_row(3, 0, [row.get(label, "") for label in header])  # two blank rows above
    delivery = await civ.open(LOW)
    answer = await civ.put(delivery, 1, buffer.getvalue(), Content_Type=XLSX)
    assert answer.json()["accepted"] == 1, answer.text
    csv_template = (await civ.get(f"/v1/datasets/{LOW}/template", params={"format": "csv"})).content
    assert csv_template.decode("utf-8-sig").strip().split(",") == header


async def test_line_numbers_are_those_of_the_file_in_large_parts(api_of: Any) -> None:
    """Rows far beyond one chunk keep their line numbers, blank lines included."""
    civ: Api = api_of("CIV")
    good = as_csv(cells()[:1]).splitlines()
    lines = [good[0], *[good[1]] * 70_000, "", "broken", *[good[1]] * 70_000, "last"]
    delivery = await civ.open(LOW)
    answer = await civ.put(delivery, 1, "\n".join(lines).encode(), Content_Type="text/csv")
    assert answer.json()["accepted"] == 140_000, answer.text
    rejects = (await civ.get(f"/v1/deliveries/{delivery}/rejects")).text.splitlines()
    assert [json.loads(row)["line"] for row in rejects] == [70_003, 140_004]
    receipt = (await civ.commit(delivery)).json()
    assert (receipt["rows_accepted"], receipt["rows_duplicate"]) == (1, 139_999)


async def test_default_date_of_the_data_is_the_last_day_of_the_period(api_of: Any, lake_files: Any) -> None:
    civ: Api = api_of("CIV")
    rows = [
        person(1) | {"granted_on": "2026-09-01", "amount": "1", "reason": "因病"},
        person(2) | {"granted_on": "2026-09-01", "amount": "1", "reason": "因病", "as_of": "2026/9/15"},
    ]
    receipt = await civ.deliver("\n".join(map(json.dumps, rows)).encode(), "DS-CIV-TEMP", period="2026-09")
    (parquet,) = lake_files(receipt["delivery_id"])
    days = duckdb.sql(f"SELECT as_of FROM '{parquet}' ORDER BY line_no").fetchall()
    assert days == [(date(2026, 9, 30),), (date(2026, 9, 15),)]
    assert receipt["period"] < PERIOD
