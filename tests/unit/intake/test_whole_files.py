"""All of a file is used, or named as not used: sheets, rows, columns, cells."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import xlsxwriter

from department_files import HEAD, LAYOUT, read_file, row, table, workbook
from intake.declared import XLS, XLSX, Declared
from intake.refusals import COLUMN_DUPLICATE, COLUMN_MISSING, CONTENT_TYPE, UNREADABLE, WORKBOOK, Reason, RefusedError

CSV, NDJSON = "text/csv", "application/x-ndjson"


def names(body: bytes, kind: str = XLSX) -> list[str]:
    return [found["name"] for found in read_file(body, kind).rows]


def test_every_sheet_of_the_layout_is_read_and_the_others_are_named() -> None:
    read = read_file(
        workbook(
            ("封面", [["填报说明"], ["请于15日前报送"]]),
            ("青石镇", [HEAD, row("甲"), row("乙")]),
            ("白水镇", [["十月份报表"], HEAD[::-1], row("丙")[::-1]]),
            ("空表", []),
        ),
        XLSX,
    )
    assert [found["name"] for found in read.rows] == ["甲", "乙", "丙"]
    assert read.faults == []
    for told in ("工作表“封面”没有本表的标题行,未使用", "白水镇 第1行在标题行之前", "工作表“青石镇”已读取"):
        assert any(told in note for note in read.notes), (told, read.notes)


def test_lines_go_on_from_sheet_to_sheet() -> None:
    read = read_file(workbook(("一", [HEAD, row("甲")]), ("二", [HEAD, row("乙"), row("丙", 金额="x")])), XLSX)
    assert read.faults == [(5, "amount", "amount.type")]


def test_a_hidden_sheet_is_read_and_said_to_be_hidden() -> None:
    body = workbook(("明", [HEAD, row("甲")]), ("暗", [HEAD, row("乙")]), then=lambda book: book.worksheets()[1].hide())
    read = read_file(body, XLSX)
    assert [found["name"] for found in read.rows] == ["甲", "乙"]
    assert "工作表“暗”是隐藏的,已按本表读取(不要它就在 Content-Type 后加 ; hidden=skip)" in read.notes


def test_a_hidden_sheet_is_skipped_by_choice_only_and_named() -> None:
    body = workbook(("明", [HEAD, row("甲")]), ("暗", [HEAD, row("乙")]), then=lambda book: book.worksheets()[1].hide())
    read = read_file(body, f"{XLSX}; hidden=skip")
    assert [found["name"] for found in read.rows] == ["甲"]
    assert "工作表“暗”是隐藏的,按报送方的选择(hidden=skip)未读取" in read.notes
    for kind in (f"{XLSX}; hidden=yes", "text/csv; hidden=skip"):
        with pytest.raises(RefusedError) as refused:
            Declared.of(kind, None)
        assert refused.value.reason is CONTENT_TYPE


def test_hidden_rows_filters_and_comments_leave_nothing_out() -> None:
    def dress(book: xlsxwriter.Workbook) -> None:
        sheet = book.worksheets()[0]
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.autofilter(0, 0, 3, 4)
        sheet.write_comment(1, 0, "请核对")
        sheet.set_column(2, 2, None, None, {"hidden": True})

    read = read_file(workbook(("一", [HEAD, row("甲"), row("乙"), row("丙")]), then=dress), XLSX)
    assert [(found["name"], found["paid_on"]) for found in read.rows] == [
        (name, date(2026, 10, 31)) for name in ("甲", "乙", "丙")
    ]


def test_a_sheet_that_lacks_one_column_refuses_the_file_instead_of_going_unread() -> None:
    body = workbook(("一", [HEAD, row("甲")]), ("二", [HEAD[:3], row("乙")[:3]]))
    with pytest.raises(RefusedError) as refused:
        read_file(body, XLSX)
    assert refused.value.reason is COLUMN_MISSING
    assert refused.value.extensions["sheet"] == "二"
    assert [column["code"] for column in refused.value.extensions["columns"]] == ["amount"]


def test_a_merged_cell_is_the_value_of_each_of_its_rows() -> None:
    body = workbook(
        ("一", [HEAD, row("甲", 缴费日期=None), row("乙", 缴费日期=None), row("丙")]),
        then=lambda book: book.worksheets()[0].merge_range(1, 2, 2, 2, "2026-09-30"),
    )
    read = read_file(body, XLSX)
    assert [found["paid_on"] for found in read.rows] == [date(2026, 9, 30), date(2026, 9, 30), date(2026, 10, 31)]
    assert any("缴费日期" in note and "合并单元格" in note for note in read.notes)


def test_an_amount_merged_over_rows_is_nobodys_by_guess() -> None:
    body = workbook(
        ("一", [HEAD, row("甲", 金额=None), row("乙", 金额=None), row("丙")]),
        then=lambda book: book.worksheets()[0].merge_range(1, 3, 2, 3, 100),
    )
    assert read_file(body, XLSX).faults == [(3, "amount", "amount.merged")]


@pytest.mark.parametrize("field", ["缴费日期", "金额", "总费用", "姓名"])
@pytest.mark.parametrize(
    "cell",
    [("=NA()", "#N/A"), ("=1/0", "#DIV/0!"), ("=X9", "#REF!"), ("=B1", ""), "#N/A", "#VALUE!", "#####", "Err:502"],
)
def test_an_error_or_an_uncomputed_formula_is_never_an_empty_cell(field: str, cell: Any) -> None:
    read = read_file(workbook(("一", [HEAD, row("甲"), row("乙", **{field: cell})])), XLSX)
    code = {"缴费日期": "paid_on", "金额": "amount", "总费用": "total", "姓名": "name"}[field]
    assert read.faults == [(3, code, f"{code}.error_cell")]


def test_a_formula_with_its_result_is_its_result() -> None:
    read = read_file(workbook(("一", [HEAD, row("甲", 金额=("=1+1", 2), 总费用=('=""', ""))])), XLSX)
    assert read.faults == [(2, "total", "total.error_cell")]  # nothing was stored
    read = read_file(workbook(("一", [HEAD, row("甲", 金额=("=1+1", 2))])), XLSX)
    assert read.rows[0]["amount"] == Decimal(2)


def test_a_row_of_nothing_but_errors_is_a_row() -> None:
    rows = [HEAD, row("甲"), [None, None, None, None, None], [None, None, None, ("=NA()", "#N/A"), None]]
    assert (4, "amount", "amount.error_cell") in read_file(workbook(("一", rows)), XLSX).faults


def test_an_error_is_found_wherever_the_xml_is_cut() -> None:
    """The scanner sees the sheet in pieces."""
    from intake.sheet_xml import Scanner

    with zipfile.ZipFile(io.BytesIO(workbook(("一", [HEAD, row("甲", 总费用=("=NA()", "#N/A")), row("乙")])))) as book:
        xml = book.read("xl/worksheets/sheet1.xml")
    for size in (1, 7, 64, 300, len(xml)):
        scanner = Scanner()
        for start in range(0, len(xml), size):
            scanner.feed(xml[start : start + size])
        assert scanner.faulty == {1: {4: "#N/A"}}, size


def test_columns_that_mean_nothing_here_or_have_no_heading_are_named() -> None:
    read = read_file(table([*row("甲"), "某", "x"], [*row("乙"), "", ""], head=[*HEAD, "经办人", ""]), CSV)
    assert len(read.rows) == 2
    assert read.notes == ["列“经办人”不属于本表,未使用", "第7列没有标题,其中的内容未使用"]
    assert read_file(table([*row("甲"), " "], head=[*HEAD, ""]), CSV).notes == []


def test_a_row_with_more_cells_than_headings_is_refused_and_one_with_blank_ones_is_not() -> None:
    read = read_file(table([*row("甲"), "多"], [*row("乙"), "", ""], row("丙")), CSV)
    assert [found["name"] for found in read.rows] == ["乙", "丙"]
    assert read.faults == [(2, "", "row.shape")]


def test_what_stands_above_the_headings_is_named() -> None:
    body = "示例县十月报表,,,,\n填报单位:示例县医保局,,,,\n".encode() + table(row("甲"))
    read = read_file(body, CSV)
    assert len(read.rows) == 1
    assert [note[:3] for note in read.notes] == ["第1行", "第2行"]


def test_headings_of_several_rows_are_one() -> None:
    rows = [
        ["一览表"],
        ["身份证号", "姓名", "费用", "", ""],
        ["", "", "缴费日期", "金额(元)", "总费用"],
        row("甲", 总费用=30),
    ]
    read = read_file(workbook(("一", rows)), XLSX)
    assert read.rows[0] | {"id_no": ""} == {
        "id_no": "", "name": "甲", "paid_on": date(2026, 10, 31), "amount": Decimal("12.50"), "total": Decimal(30)
    }  # fmt: skip


@pytest.mark.parametrize(
    ("heading", "cell", "amount"),
    [
        ("金额(元)", "12.5", "12.50"), ("金额（万元）", "1.26", "12600.00"), ("金额[千元]", "1.5", "1500.00"),
        ("金额:万元", "0.000001", "0.01"), ("*金额（必填）", "7", "7.00"), ("1.金额", "7", "7.00"),
        ("金 额", "7", "7.00"),
        ("金额(单位:元)", "7", "7.00"), ("金额(万元)", "1.26万元", "12600.00"),
    ],
)  # fmt: skip
def test_units_in_headings_count_exactly(heading: str, cell: str, amount: str) -> None:
    head = [*HEAD[:3], heading, HEAD[4]]
    assert [found["amount"] for found in read_file(table(row(金额=cell), head=head), CSV).rows] == [Decimal(amount)]


def test_a_unit_that_cannot_be_converted_exactly_is_refused() -> None:
    head = [*HEAD[:3], "金额(万元)", HEAD[4]]
    read = read_file(table(row(金额="1.2345678"), row(金额="12600元"), row(金额="#N/A"), head=head), CSV)
    assert [code for _, _, code in read.faults] == ["amount.decimals", "amount.unit", "amount.error_cell"]


def test_a_unit_above_the_table_holds_for_all_amounts_without_one() -> None:
    body = "报表,,,,单位:万元\n".encode() + table(row(金额="1.26", 总费用="3元"))
    read = read_file(body, CSV)
    assert read.faults == [(3, "total", "total.unit")]
    assert "表头写明金额单位为万元,没有单位的金额都按此换算成元" in read.notes
    assert read_file("填报单位:元谋县医保局,,,,\n".encode() + table(row()), CSV).rows[0]["amount"] == Decimal("12.50")


@pytest.mark.parametrize("heading", ["金额(美元)", "金额(不含门诊)", "金额(%)"])
def test_a_heading_that_says_something_else_is_another_column(heading: str) -> None:
    with pytest.raises(RefusedError) as refused:
        read_file(table(row(), head=[*HEAD[:3], heading, HEAD[4]]), CSV)
    assert refused.value.reason is COLUMN_MISSING
    assert refused.value.extensions["headings"] == [heading]


def test_two_headings_that_mean_the_same_are_refused_by_name() -> None:
    with pytest.raises(RefusedError) as refused:
        read_file(table([*row(), "1"], head=[*HEAD, "身份证号"]), CSV)
    assert refused.value.reason is COLUMN_DUPLICATE
    assert refused.value.extensions["columns"][0]["headings"] == ["证件号码", "身份证号"]


@pytest.mark.parametrize(
    ("body", "kind", "reason", "seen"),
    [
        (table(row(), head=row()), CSV, COLUMN_MISSING, "没有列标题行"),
        (table(["x"], head=["只有标题"]), CSV, COLUMN_MISSING, "没有找到分隔符"),
        (workbook(("一", [HEAD, row()])), CSV, UNREADABLE, "XLSX"),
        (b"%PDF-1.7", CSV, UNREADABLE, "PDF"),
        (b"\x1f\x8b\x08\x00xxxxx", CSV, UNREADABLE, "gzip"),
        (table(row()), XLSX, WORKBOOK, "text/csv"),
        (b"<html><table><tr><td>1", XLS, WORKBOOK, "网页"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), CSV, UNREADABLE, "XLS"),
    ],
)  # fmt: skip
def test_a_refusal_says_what_was_seen_and_none_of_it(body: bytes, kind: str, reason: Reason, seen: str) -> None:
    with pytest.raises(RefusedError) as refused:
        read_file(body, kind)
    assert refused.value.reason is reason
    assert seen in refused.value.extensions["seen"]
    told = refused.value.detail + str(refused.value.extensions)
    assert "990101" not in told
    assert "张伟" not in told


@pytest.mark.parametrize(
    "encoded",
    [
        table(row("甲")).decode().encode("gb18030"),
        table(row("甲")).decode().encode("utf-8-sig"),
        table(row("甲"), mark="\t").decode().encode("utf-16"),
        table(row("甲"), mark="\t").decode().encode("utf-16-le"),
        table(row("甲"), mark="\t").decode().encode("utf-16-be"),
        table(row("甲"), mark=";"),
        table(row("甲"), mark="|"),
        table(row("甲")).replace(b"\n", b"\r"),
        table(row("甲")).replace(b"\n", b"\r\n"),
        table(row("甲")).replace("甲".encode(), '"甲\n"'.encode()),
    ],
)
def test_text_is_read_however_it_was_saved(encoded: bytes) -> None:
    read = read_file(encoded, CSV)
    assert [(found["name"], found["amount"]) for found in read.rows] == [("甲", Decimal("12.50"))]
    assert read.faults == []


def test_a_large_table_of_carriage_returns_in_gb18030_is_read_in_chunks() -> None:
    rows = [row(f"甲{number}") for number in range(9_000)]
    body = table(*rows).decode().replace("\n", "\r").encode("gb18030")
    read = read_file(body, CSV, chunk_bytes=1 << 16)
    assert [found["name"] for found in read.rows] == [one[1] for one in rows]
    assert read.notes == ["文件没有声明编码,按 GB18030 读取"]


LINE = '{"id_no":"990101198001010014","name":"甲","amount":"1.00"}'


@pytest.mark.parametrize(
    ("second", "code"),
    [
        (LINE[:-1] + ',"amount":"2.00"}', "row.repeated"),
        (LINE[:-1] + ',"金额":"2.00"}', "row.repeated"),
        (LINE[:-1] + ',"amount":null}', "row.repeated"),
        (LINE.replace('"amount"', '"amount":null,"amount"'), "row.repeated"),
        (LINE.replace(",", " , ").replace(":", " : ")[:-1] + ' , "name" : "乙"}', "row.repeated"),
        (LINE.replace('"990101198001010014"', "990101198001010014"), ""),
        ("[1]", "row.shape"),
    ],
)
def test_a_line_that_names_a_field_twice_is_refused_among_good_ones(second: str, code: str) -> None:
    body = "\n".join([LINE, second, LINE.replace('"1.00"', "null"), LINE]).encode()
    read = read_file(body, NDJSON)
    assert [fault for fault in read.faults if fault[2] == code] == ([(2, "", code)] if code else [])
    assert (3, "amount", "amount.missing") in read.faults


def test_a_key_that_only_one_line_has_is_named() -> None:
    body = "\n".join([LINE] * 3 + [LINE[:-1] + ',"selfpaid":"9"}'] + [LINE] * 3).encode()
    read = read_file(body, NDJSON)
    assert len(read.rows) == 7
    assert read.notes == ["列“selfpaid”不属于本表,未使用"]


@pytest.mark.parametrize("number", ["990101198001010014", "9.90101198001010E+17", "990101198001010014.0"])
def test_digits_that_came_as_a_json_number_are_not_taken_for_exact(number: str) -> None:
    body = (LINE + "\n" + LINE.replace('"990101198001010014"', number) + "\n").encode()
    cells = [found["id_no"] for found in read_file(body, NDJSON, LAYOUT).rows]
    assert cells[0] == "990101198001010014"
    assert "E" in cells[1]  # what reads ID numbers refuses it by that
