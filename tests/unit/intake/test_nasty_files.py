"""Files that nobody should send and somebody does: each is read right, refused with its cause and what to do, or what
was not used is named. No row of a file goes missing without a word.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
import xlsxwriter

from department_files import HEAD, read_file, row, table, workbook
from intake.declared import XLS, XLSX
from intake.refusals import RefusedError

CSV, NDJSON = "text/csv", "application/x-ndjson"
HERE = Path(__file__).parent
DAY = date(2026, 10, 31)
TWO = table(row("甲"), row("乙")).decode()
LINE = '{"id_no":"990101198001010014","name":"甲","amount":"1.00"}'
SHEET = "xl/worksheets/sheet1.xml"


class Case(NamedTuple):
    """A file and what becomes of it.

    Attributes:
        names: Of the rows that are read.
        faults: `(line, code)` of the rows that are not.
        told: Parts of the notes, each of another one.
        refused: The key of the refusal, and a part of what it says was seen.
    """

    body: bytes
    names: str = ""
    faults: tuple[tuple[int, str], ...] = ()
    told: tuple[str, ...] = ()
    refused: tuple[str, str] = ("", "")
    kind: str = CSV


def patched(body: bytes, change: Callable[[bytes], bytes], entry: str = SHEET) -> bytes:
    """Give a workbook with one of its entries changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == entry else old.read(name))
    return out.getvalue()


def archive(**entries: bytes) -> bytes:
    """Give an archive; `__` in a name stands for a dot, `_S_` for a slash."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in entries.items():
            made.writestr(name.replace("_S_", "/").replace("__", "."), content)
    return out.getvalue()


def dated(number_format: str | int, day: date = DAY, *, is_1904: bool = False) -> bytes:
    """Give a workbook whose day of payment has a format of its own."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"date_1904": is_1904}) as book:
        sheet = book.add_worksheet("一")
        sheet.write_row(0, 0, HEAD)
        sheet.write_row(1, 0, row("甲"))
        shown = book.add_format({"num_format": number_format})
        sheet.write_datetime(1, 2, datetime(day.year, day.month, day.day), shown)  # noqa: DTZ001
    return out.getvalue()


ONE = workbook(("一", [HEAD, row("甲"), row("乙")]))
VALUE = workbook(("一", [HEAD, row("甲", 总费用=777), row("乙")]))
ERROR = workbook(("一", [HEAD, row("甲", 总费用=("=NA()", "#N/A")), row("乙")]))


def under_a_merge(range_: str) -> bytes:
    """Give a workbook with a merged cell laid over values that are there."""
    body = workbook(("一", [HEAD, row("甲", 总费用=777), row("乙", 总费用=778)]))
    merge = f'<mergeCells count="1"><mergeCell ref="{range_}"/></mergeCells><pageMargins'.encode()
    return patched(body, lambda xml: xml.replace(b"<pageMargins", merge))


ERRORS_XLS = (HERE / "errors.xls").read_bytes()
_HIDDEN = "工作表“乙镇”是隐藏的"

TEXTS = {
    # What stands beside the data.
    "a total below": Case(table(row("甲"), ["合计", "", "", "12.50", ""]), "甲", told=("第3行是合计行",)),
    "a total in the second column": Case(table(row("甲"), ["", "合 计", "", "1", ""]), "甲", told=("第3行是合计行",)),
    "subtotals between": Case(
        table(row("甲"), ["青石镇小计", "1人", "", "12.5", "-"], row("乙"), ["总计:2人", "", "", "25", ""]),
        "甲乙", told=("第3行是合计行", "第5行是合计行"),
    ),
    "a person named like a total": Case(table(row("甲"), row("合计")), "甲合计"),
    "what may be somebody is no total": Case(
        table(["", "合计", "青石村", "1", ""]), "", ((2, "id_no.missing"), (2, "paid_on.type"))
    ),
    "signatures below": Case(
        table(row("甲"), ["填表人:李四", "", "审核人:王五", "", ""]), "甲", told=("第3行是表下的说明或签名",)
    ),
    "a remark of one cell below": Case(
        table(row("甲")) + "注:数据截至10月底\n".encode(), "甲", told=("第3行是表下的说明",)
    ),
    "a remark that names another unit": Case(
        table(row("甲")) + "注:本表金额单位为万元\n".encode(), refused=("unreadable", "另一个金额单位")
    ),
    "a title in the middle": Case(
        table(row("甲"), ["乙镇", "", "", "", ""], row("乙")), "甲乙", ((3, "amount.missing"), (3, "name.missing"))
    ),
    "the heading again": Case(table(row("甲"), HEAD, row("乙")), "甲乙", told=("第3行重复了列标题",)),
    "two files put together": Case(
        b"\xef\xbb\xbf" + TWO.encode() + b"\xef\xbb\xbf" + TWO.encode(), "甲乙甲乙", told=("第4行重复了列标题",)
    ),
    "another heading in the middle": Case(
        table(row("甲"), [*HEAD[:3], HEAD[4], HEAD[3]], row("乙")), refused=("unreadable", "不同的列标题")
    ),
    "another unit in the middle": Case(
        table(row("甲"), [*HEAD[:3], "金额(万元)", HEAD[4]], row("乙")), refused=("unreadable", "不同的列标题")
    ),
    "blank rows in the middle": Case(table(row("甲"), ["", " ", "", "", ""], row("乙")), "甲乙"),
    "a heading and no rows": Case(table(), refused=("empty", "")),
    "two unknown columns of one name": Case(
        table([*row("甲"), "a", "b"], head=[*HEAD, "备注", "备注"]), "甲", told=("列“备注”不属于本表",)
    ),
    "one meaning twice": Case(table([*row("甲"), "1"], head=[*HEAD, "身份证号"]), refused=("column_duplicate", "")),
    "columns out of order": Case(table(row("甲")[::-1], head=HEAD[::-1]), "甲"),
    # How it was saved.
    "sep=": Case(b"sep=;\n" + table(row("甲"), mark=";"), "甲", told=("第1行在标题行之前",)),
    "returns, and a line feed at the end": Case((TWO.replace("\n", "\r") + "\n").encode(), "甲乙"),
    "returns, and a line feed in a cell": Case(TWO.replace("\n", "\r").replace("甲", '"甲\n"').encode(), "甲乙"),
    "line ends of all kinds": Case(TWO.replace("\n", "\r\n", 1).replace("\n", "\r", 2).encode(), "甲乙"),
    "the end of a DOS file": Case(TWO.encode() + b"\x1a", "甲乙"),
    "NUL characters": Case(TWO.replace("乙", "乙\0").encode(), refused=("charset", "空字符")),
    "UTF-32": Case(TWO.encode("utf-32"), refused=("charset", "空字符")),
    "rare characters of GB 18030": Case(TWO.replace("甲", "㛃𠮷").encode("gb18030"), "㛃𠮷乙", told=("GB18030",)),
    "UTF-16 without a mark": Case(TWO.encode("utf-16-le"), "甲乙"),
    "declared as what it is not": Case(TWO.encode("gbk"), refused=("charset", ""), kind="text/csv; charset=utf-8"),
    "cut off in the last row": Case(TWO.encode()[:-6], "甲", ((3, "row.shape"),)),
    "no line end after the last row": Case(TWO.encode()[:-1], "甲乙"),
    "an unclosed quote": Case(TWO.replace("甲", '"甲').encode(), "乙", ((2, "row.shape"),)),
    "commas of full width": Case(TWO.replace(",", "，").encode(), refused=("column_missing", "没有找到分隔符")),
    "blank cells behind the table": Case(TWO.replace("\n", ",,,\n").encode(), "甲乙"),
    # What stands in cells.
    "placeholders": Case(
        table(*(row("甲", 总费用=cell) for cell in ("-", "——", "/", "无", "NULL", "N/A", "nan"))),
        faults=tuple((line, "total.placeholder") for line in range(2, 9)),
    ),
    "placeholders for a name": Case(
        table(row("NULL"), row("-"), row("TRUE")),
        faults=((2, "name.placeholder"), (3, "name.placeholder"), (4, "name.type")),
    ),
    "a percentage, a negative amount, one with blanks": Case(
        table(row("甲", 金额="12%"), row("乙", 金额="(12.5)"), row("丙", 金额="12 600")),
        faults=((2, "amount.type"), (3, "amount.range"), (4, "amount.grouping")),
    ),
    "days as departments write them": Case(
        table(*(row("甲", 缴费日期=day) for day in (
            "2026.10.31", "20261031", "20261031235959", "46326", "２０２６年１０月３１日", "2026/10/31 8:30",
        ))),
        "甲" * 6,
    ),
    "days that may be several": Case(
        table(*(row("甲", 缴费日期=day) for day in (
            "26.10.31", "10/31/2026", "2026-10", "2026", "2026-10-31T00:00:00Z",
        ))),
        faults=(
            (2, "paid_on.ambiguous"), (3, "paid_on.ambiguous"), (4, "paid_on.month_only"), (5, "paid_on.year_only"),
            (6, "paid_on.type"),
        ),
    ),
}  # fmt: skip

LINES = {
    "a number that is none": Case(LINE.replace('"1.00"', "NaN").encode(), "", ((1, "amount.placeholder"),)),
    "a number without end": Case(LINE.replace('"1.00"', "1e400").encode(), "", ((1, "amount.scientific"),)),
    "an integer of 400 digits": Case(LINE.replace('"1.00"', "9" * 400).encode(), "", ((1, "amount.range"),)),
    "a list in a field": Case(LINE.replace('"1.00"', "[1]").encode(), "", ((1, "amount.type"),)),
    "a comma too many": Case((LINE[:-1] + ",}").encode(), "", ((1, "row.shape"),)),
    "two objects in a line": Case((LINE + LINE).encode(), "", ((1, "row.shape"),)),
    "a key twice, once escaped": Case((LINE[:-1] + ',"na\\u006de":"乙"}').encode(), "", ((1, "row.repeated"),)),
    "a number for a day": Case((LINE[:-1] + ',"paid_on":20261031}').encode(), "", ((1, "paid_on.type"),)),
    "a number for a name": Case(LINE.replace('"甲"', "123").encode(), "", ((1, "name.type"),)),
    "a truth for a name": Case(LINE.replace('"甲"', "true").encode(), "", ((1, "name.type"),)),
    "half a character": Case(LINE.replace("甲", "\\ud800").encode(), "", ((1, "name.type"),)),
    "an array": Case(f"[{LINE},{LINE}]".encode(), refused=("unreadable", "JSON 数组")),
    "an array of lines": Case(f"[\n{LINE},\n{LINE}\n]".encode(), refused=("unreadable", "JSON 数组")),
    "an object over lines": Case(LINE.replace(",", ",\n").encode(), refused=("unreadable", "写成了多行")),
    "a wrapper": Case(f'{{"data":[{LINE}]}}'.encode(), "", ((1, "amount.missing"), (1, "id_no.missing"),
                      (1, "name.missing")), ("列“data”",)),
    "UTF-16": Case((LINE + "\n").encode("utf-16"), "甲"),
}  # fmt: skip

BOOKS = {
    "a total below": Case(
        workbook(("一", [HEAD, row("甲"), ["合计", None, None, 12.5, None]])), "甲", told=("一 第3行是合计行",)
    ),
    "sheets of another order, one hidden": Case(
        workbook(("一", [HEAD, row("甲")]), ("二", [HEAD[::-1], row("乙")[::-1]]), ("三", [["别的", "表"], [1, 2]]),
                 then=lambda book: book.worksheets()[1].hide()),
        "甲乙", told=("工作表“二”是隐藏的", "工作表“三”没有本表的标题行"),
    ),
    "a value below a merged cell": Case(under_a_merge("E2:E3"), "甲", ((3, "total.error_cell"),)),
    "a name below a merged cell": Case(under_a_merge("B2:B3"), "甲", ((3, "name.error_cell"),)),
    "an amount merged over columns": Case(
        workbook(("一", [HEAD, row("甲", 金额=None, 总费用=None)]),
                 then=lambda book: book.worksheets()[0].merge_range(1, 3, 1, 4, 30)),
        "", ((2, "total.merged"),), ("合并单元格",),
    ),
    "a day shown as a month": Case(dated('yyyy"年"m"月"'), "", ((2, "paid_on.month_only"),)),
    "a day shown as a month in English": Case(dated("mmm-yy"), "", ((2, "paid_on.month_only"),)),
    "a day shown as a month by a known format": Case(dated(57), "", ((2, "paid_on.month_only"),)),
    "a day shown as a year": Case(dated("yyyy"), "", ((2, "paid_on.year_only"),)),
    "a year typed into a cell of days": Case(dated("yyyy/m/d", date(1905, 6, 2)), "", ((2, "paid_on.year_only"),)),
    "a day shown whole": Case(dated('[$-804]yyyy"年"m"月"d"日"'), "甲"),
    "days from 1904": Case(dated("yyyy/m/d", is_1904=True), refused=("workbook", "1904")),
    "an error in single quotes": Case(
        patched(ERROR, lambda xml: xml.replace(b't="e"', b"t='e'")), "乙", ((2, "total.error_cell"),)
    ),
    "a text formula without its result": Case(
        patched(VALUE, lambda xml: xml.replace(b'<c r="E2"><v>777</v>', b'<c r="E2" t="str"><f>A1</f>')),
        "乙", ((2, "total.error_cell"),),
    ),
    "a shared formula without its result": Case(
        patched(VALUE, lambda xml: xml.replace(b"<v>777</v>", b'<f t="shared" si="0"/>')),
        "乙", ((2, "total.error_cell"),),
    ),
    "a formula whose result is empty": Case(
        patched(VALUE, lambda xml: xml.replace(b'<c r="E2"><v>777</v>', b'<c r="E2" t="str"><f>A1</f><v></v>')), "甲乙"
    ),
    "sheets named in single quotes, errors in them": Case(
        patched(ERROR, lambda xml: re.sub(rb'<sheet name="(.*?)"', rb"<sheet name='\1'", xml), "xl/workbook.xml"),
        "乙", ((2, "total.error_cell"),),
    ),
    "a truth in a cell": Case(workbook(("一", [HEAD, row(True), row("乙", 金额=True)])), "",
                              ((2, "name.type"), (3, "amount.type"))),
    "what a double does to a sum": Case(workbook(("一", [HEAD, row("甲", 金额=0.1 + 0.2)])), "甲"),
    "two rows of one number": Case(
        patched(ONE, lambda xml: re.sub(rb'r="([A-E]?)3"', rb'r="\g<1>2"', xml)), refused=("workbook", "重复的行号")
    ),
    "a formatted row at the end of the sheet": Case(
        patched(ONE, lambda xml: xml.replace(
            b"</sheetData>", b'<row r="1048576"><c r="A1048576" s="1"/></row></sheetData>')), "甲乙",
    ),
    "a value in the last cell of the sheet": Case(
        patched(ONE, lambda xml: xml.replace(
            b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')),
        refused=("workbook", "超出读取限制"),
    ),
    "macros": Case(
        patched(ONE, lambda xml: xml.replace(b"sheet.main+xml", b"sheet.macroEnabled.main+xml"), "[Content_Types].xml"),
        "甲乙",
    ),
    "XLSX named .xls": Case(ONE, "甲乙", kind=XLS),
    "XLS named .xlsx": Case(
        ERRORS_XLS, "甲戊己甲戊己",
        ((3, "total.error_cell"), (4, "amount.error_cell"), (5, "paid_on.month_only"), (10, "total.error_cell"),
         (11, "amount.error_cell"), (12, "paid_on.month_only")),
        (_HIDDEN, "工作表“甲镇”已读取", "合并单元格"),
    ),
    "XLS without its hidden sheet": Case(
        ERRORS_XLS, "甲戊己", ((3, "total.error_cell"), (4, "amount.error_cell"), (5, "paid_on.month_only")),
        (f"{_HIDDEN},按报送方的选择(hidden=skip)未读取",), kind=f"{XLS}; hidden=skip",
    ),
    "a web page": Case(b"<html><table><tr><td>1</td></tr></table>", refused=("workbook", "网页"), kind=XLS),
    "UTF-16 text": Case(TWO.replace(",", "\t").encode("utf-16"), refused=("workbook", "文本"), kind=XLS),
    "no bytes": Case(b"", refused=("empty", "")),
    "cut off": Case(ONE[: len(ONE) // 2], refused=("workbook", "没有传完")),
    "a text that is not there": Case(
        patched(ONE, lambda xml: xml.replace(b't="s"><v>0</v>', b't="s"><v>99999</v>')), refused=("workbook", "已损坏")
    ),
    "workbooks in an archive": Case(archive(a__xlsx=ONE), refused=("workbook", "压缩包")),
    "OpenDocument": Case(archive(mimetype=b"x", content__xml=b"<x/>"), refused=("workbook", "OpenDocument")),
    "XLSB": Case(archive(xl_S_workbook__bin=b"x"), refused=("workbook", ".xlsb")),
    "a letter": Case(archive(word_S_document__xml=b"x"), refused=("workbook", "文档")),
    "a bomb": Case(archive(xl_S_workbook__xml=bytes(40 << 20)), refused=("workbook", "压缩比异常")),
}  # fmt: skip

CASES = {
    f"{group}: {name}": case._replace(kind=case.kind if case.kind != CSV else kind)
    for group, kind, cases in (("text", CSV, TEXTS), ("lines", NDJSON, LINES), ("workbook", XLSX, BOOKS))
    for name, case in cases.items()
}


@pytest.mark.parametrize("name", CASES)
def test_a_file_is_read_right_or_says_what_is_wrong(name: str) -> None:
    case = CASES[name]
    if case.refused[0]:
        with pytest.raises(RefusedError) as refused:
            read_file(case.body, case.kind)
        assert refused.value.reason.key == case.refused[0]
        assert case.refused[1] in refused.value.extensions.get("seen", "")
        return
    read = read_file(case.body, case.kind)
    assert "".join(found["name"] for found in read.rows) == case.names
    assert [(line, code) for line, _, code in read.faults] == list(case.faults)
    for told in case.told:
        assert any(told in note for note in read.notes), (told, read.notes)


def test_days_are_the_same_in_every_form() -> None:
    assert {found["paid_on"] for found in read_file(TEXTS["days as departments write them"].body, CSV).rows} == {DAY}
