"""Documents: what is printed is text, numbers of a workbook are numbers, and the same document is the same file."""

from __future__ import annotations

import base64
import re
import zlib
from dataclasses import replace
from decimal import Decimal
from html import unescape
from io import BytesIO

from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from servicekit.documents import FORMS, Document, Lines, Rows, html, pdf, xlsx

TEXT = st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), max_size=30)


def sheet(rows: list[list[str]]) -> Document:
    table = Rows(["户主姓名", "所在村"], rows, is_numbered=True)
    return Document("公示", [Lines(["说明"]), table, Lines(["时间"]), Lines(["村委会"], is_signature=True)])


def text_of(page: bytes) -> str:
    """Give what a reader of the PDF reads: its streams are packed, its Chinese strings are UTF-16."""
    found = ""
    for packed in re.findall(rb"stream\r?\n(.*?)endstream", page, re.DOTALL):
        stream = zlib.decompress(base64.a85decode(b"<~" + packed.strip(), adobe=True))
        for written in re.findall(rb"\(((?:[^()\\]|\\.)*)\) Tj", stream, re.DOTALL):
            plain = re.sub(rb"\\([0-7]{3}|.)", _unescaped, written, flags=re.DOTALL)
            found += plain.decode("utf-16-be", "replace")
    return found


def _unescaped(found: re.Match[bytes]) -> bytes:
    code = found[1]
    if len(code) == 3:
        return bytes([int(code, 8)])
    return {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}.get(code, code)


def test_the_pdf_says_what_the_document_says() -> None:
    found = text_of(pdf(sheet([["赵某某", "青石村"], ["尚缺", "隐去"]])))
    for said in ("公示", "说明", "户主姓名", "赵某某", "青石村", "尚缺", "隐去", "村委会"):
        assert said in found, found


@given(st.lists(TEXT, min_size=2, max_size=2))
def test_what_is_printed_is_text_whatever_it_holds(row: list[str]) -> None:
    page = html(sheet([row])).decode()
    assert [unescape(cell) for cell in re.findall(r"<td>(.*?)</td>", page, re.DOTALL)] == ["1", *row]
    assert page.count("<") == html(sheet([["", ""]])).decode().count("<")
    assert pdf(sheet([row])).startswith(b"%PDF-")


def test_a_long_list_goes_over_pages_and_the_same_document_is_the_same_file() -> None:
    long = sheet([[f"户{place}", "青石村"] for place in range(120)])
    for _, make in FORMS.values():
        assert make(long) == make(long)
    assert pdf(long).count(b"/Type /Page\n") > 1
    assert b"841.8898 595.2756" in pdf(replace(long, is_wide=True)), "wide ones lie on their side"


def test_a_workbook_has_a_page_for_each_table_and_computes_nothing() -> None:
    first = Rows(["乡镇", "户数", "率"], [["=1+1", 3, Decimal("0.5")], ["<5", 0, ""]], title="一、线索[1]")
    book = CalamineWorkbook.from_filelike(
        BytesIO(xlsx(Document("月调度表", [Lines(["截至月底"]), first, replace(first, is_numbered=True)])))
    )
    assert book.sheet_names == ["说明", "一、线索1", "一、线索1(2)"]
    assert book.get_sheet_by_index(0).to_python() == [["月调度表"], ["截至月底"]]
    assert book.get_sheet_by_index(1).to_python() == [["乡镇", "户数", "率"], ["=1+1", 3.0, 0.5], ["<5", 0.0, ""]]
    assert book.get_sheet_by_index(2).to_python()[2] == [2.0, "<5", 0.0, ""]
