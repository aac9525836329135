"""Inflating, cutting, reading lines and workbooks, piece by piece."""

from __future__ import annotations

import csv
import gzip
import io
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import pytest
import zstandard
from hypothesis import example, given, settings
from hypothesis import strategies as st

from intake.inflate import inflater_of
from intake.layout import Column, Layout
from intake.lines import Lines, Reader
from intake.ndjson import NdjsonReader
from intake.refusals import BOMB, CHARSET, LINE_TOO_LONG, TOO_LARGE, TRUNCATED, WORKBOOK, Reason, RefusedError
from intake.tables import TableReader
from intake.text import Chunk, Text
from intake.workbook import cell_text, check_archive, render

cell = st.text(st.characters(codec="gb18030", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=12)
EXEMPT = Layout((
    Column("id_no", "证件号码"), Column("name", "姓名"), Column("reason", "原因"), Column("proof", "证明编号")
))  # fmt: skip


@contextmanager
def refused(reason: Reason, text: str | None = None) -> Iterator[None]:
    with pytest.raises(RefusedError, match=text) as caught:
        yield
    assert caught.value.reason is reason


def inflate(coding: str | None, data: bytes, size: int = 1000, **limits: int) -> bytes:
    inflater = inflater_of(coding, **({"max_bytes": 1 << 30, "max_ratio": 100} | limits))
    pieces = [piece for start in range(0, len(data), size) for piece in inflater.feed(data[start : start + size])]
    inflater.finish()
    return b"".join(pieces)


@given(st.lists(st.binary(max_size=3000), min_size=1, max_size=4), st.integers(1, 700))
@settings(max_examples=80, deadline=None)
def test_several_members_inflate_to_their_concatenation(parts: list[bytes], size: int) -> None:
    """RFC 1952 and RFC 8878 allow several members or frames after one another."""
    plain = b"".join(parts)
    assert inflate("gzip", b"".join(map(gzip.compress, parts)), size) == plain
    assert inflate("zstd", b"".join(map(zstandard.compress, parts)), size) == plain
    assert inflate(None, plain, size) == plain


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_a_bomb_is_met_long_before_it_is_inflated(coding: str) -> None:
    bomb = gzip.compress(bytes(200 << 20), 1) if coding == "gzip" else zstandard.compress(bytes(1 << 30))
    inflater = inflater_of(coding, max_bytes=1 << 40, max_ratio=100)
    given_out = 0

    def drain() -> None:
        nonlocal given_out
        for start in range(0, len(bomb), 4096):
            for piece in inflater.feed(bomb[start : start + 4096]):
                given_out += len(piece)

    with refused(BOMB):
        drain()
    assert given_out < 64 << 20
    with refused(TOO_LARGE):
        inflate(coding, gzip.compress(os.urandom(5000)) if coding == "gzip" else zstandard.compress(os.urandom(5000)),
                max_bytes=4000)  # fmt: skip


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
@given(keep=st.integers(0, 400))
@settings(max_examples=40, deadline=None)
def test_a_stream_cut_anywhere_is_told(coding: str, keep: int) -> None:
    whole = gzip.compress(os.urandom(500)) if coding == "gzip" else zstandard.compress(os.urandom(500))
    with refused(TRUNCATED):
        inflate(coding, whole[: min(keep, len(whole) - 1)])


TEXTS = st.text(max_size=9).map(lambda text: text.replace("\n", "").replace("\r", "").replace("\0", "").encode())


@given(st.lists(TEXTS, max_size=60), st.integers(5, 100), st.integers(1, 40))
@settings(max_examples=200, deadline=None)
@example([b"a", b"\x1a"], 100, 1)
def test_chunks_are_whole_lines_and_lose_nothing(lines: list[bytes], chunk_bytes: int, size: int) -> None:
    data = b"\n".join(lines)
    text = Text(chunk_bytes=chunk_bytes)
    found = [chunk for start in range(0, len(data), size) for chunk in text.feed(data[start : start + size])]
    last = list(text.finish())
    chunks, rest = [chunk.data for chunk in found], [chunk.data for chunk in last]
    before = 0
    for chunk in [*found, *last]:
        assert chunk.first_line == before + 1
        before += chunk.data.count(b"\n")
    assert b"".join([*chunks, *rest]) == data.removesuffix(b"\x1a")  # as DOS ended a text
    assert all(chunk.endswith(b"\n") for chunk in chunks)


WORDS = st.sampled_from(["", "a", "张", '"', '""', ",", '"x,y"', "\t", " ", "\r", "[", "{", "}", '{"id_no":"1"}', "\\"])
LINES = st.lists(st.lists(WORDS, max_size=8).map("".join), min_size=1, max_size=12)


@given(LINES, st.sampled_from(["csv", "ndjson"]))
@settings(max_examples=300, deadline=None)
def test_every_line_is_a_row_or_broken_or_blank_and_never_both(lines: list[str], kind: str) -> None:
    reader: Reader = TableReader(EXEMPT) if kind == "csv" else NdjsonReader(EXEMPT)
    head = "证件号码,姓名,原因,证明编号,x\n" if kind == "csv" else ""
    taken = reader.take(Chunk(1, (head + "\n".join(lines)).encode()))
    if taken is None:
        return
    read = taken.read()
    body = read.chunk
    rows, broken = read.line_no.to_list(), [number for number, _, _ in read.broken]
    assert read.cells.height == len(rows)
    assert not set(rows) & set(broken)
    seen = set(rows) | set(broken)
    seen |= {start + more for start, text in read.joined.items() for more in range(text.count("\n") + 1)}
    for number, line in enumerate(body.data.decode().split("\n"), start=body.first_line):
        if line.strip(", \t\r"):
            assert number in seen
    assert read.raw_of(broken) == [raw for _, raw, _ in read.broken]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("张", "张"), ("", ""), (None, ""), ("两\n行", "两 行"),
        (True, "true"), (3.0, "3"), (0.1 + 0.2, "0.3"), (1280.5, "1280.5"),
        (datetime(2026, 10, 31), "2026-10-31"), (date(2026, 1, 2), "2026-01-02"),  # noqa: DTZ001 - cells have no zone
        (datetime(2026, 10, 31, 8), "2026-10-31 08:00:00"), (46326.0, "46326"), (1e300, "1e+300"),  # noqa: DTZ001
    ],
)  # fmt: skip
def test_workbook_cells_become_the_text_that_a_csv_would_hold(value: Any, text: str) -> None:
    assert cell_text(value) == text


def test_every_row_of_a_sheet_is_a_line() -> None:
    rows = [["", ""], ["姓名 ", ""], ["a", 1.0], ["", None], ['b"', "x,y"]]
    assert "".join(render(rows)) == ',\n姓名 ,\na,1\n,\n"b""","x,y"\n'


def test_archives_that_promise_too_much_are_refused_unopened() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", os.urandom(10_000))
    check_archive(buffer, 20_000)
    with refused(WORKBOOK):
        check_archive(buffer, 9_999)


def read_of(reader: Reader, text: str, line: int = 1) -> Lines:
    taken = reader.take(Chunk(line, text.encode()))
    assert taken is not None
    return taken.read()


def read_csv(text: str, cut: int = 1 << 20, *, charset: str | None = None) -> list[Lines]:
    """Read a CSV of columns a, b, c that comes in pieces of `cut` bytes, in chunks of about as many."""
    body = text.encode(charset or "utf-8")
    source = Text(charset, joins_lines=True, chunk_bytes=max(cut, 16))
    chunks = [chunk for start in range(0, len(body), cut) for chunk in source.feed(body[start : start + cut])]
    chunks += source.finish()
    reader = TableReader(Layout(tuple(Column(name, name.upper()) for name in "abc")))
    return [taken.read() for chunk in chunks if (taken := reader.take(chunk)) is not None]


@pytest.mark.parametrize("magic", ["x\x01", "x^", "x\u0680"])
def test_text_that_begins_like_a_zlib_stream_is_text(magic: str) -> None:
    layout = Layout(tuple(Column(name, name.upper()) for name in "abc"))
    reader = TableReader(layout)
    assert reader.take(Chunk(1, b"a,b,c\n")) is None
    assert read_of(reader, f"{magic},1,2\ny,3,4\n", 2).cells.rows() == [(magic, "1", "2"), ("y", "3", "4")]
    assert read_of(reader, f'"{magic}",1,2\n', 2).cells.rows() == [(magic, "1", "2")]
    lines = read_of(NdjsonReader(layout), f'{magic}{{"a": "1"}}\n{{"a": "2"}}\n')
    assert [number for number, _, _ in lines.broken] == [1]


@given(
    st.lists(st.lists(cell, min_size=3, max_size=3), min_size=1, max_size=20),
    st.integers(1, 400),
    st.sampled_from(["utf-8", "gb18030", "utf-16"]),
    st.sampled_from(",;\t"),
)
@settings(deadline=None)
def test_csv_is_read_as_the_csv_module_wrote_it(rows: list[list[str]], cut: int, charset: str, mark: str) -> None:
    rows = [["x" + first, *others] for first, *others in rows]  # so that no row is blank
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=mark).writerows([["a", "B", "c"], *rows])
    read = read_csv(buffer.getvalue(), cut, charset=charset)
    assert [list(row) for lines in read for row in lines.cells.fill_null("").iter_rows()] == rows
    assert {lines.separator for lines in read} == {mark}
    numbers = [number for lines in read for number in lines.line_no]
    assert all(one < two for one, two in pairwise(numbers))


def test_an_unclosed_quote_costs_one_line() -> None:
    (read,) = read_csv('a,b,c\n1,"2,3\n' + "".join(f"{n},x,y\n" for n in range(3, 40)))
    assert [number for number, _, _ in read.broken] == [2]
    assert read.line_no.to_list() == list(range(3, 40))


@pytest.mark.parametrize("cut", [40, 50, 64, 1 << 20])
def test_a_quoted_cell_may_hold_line_breaks_wherever_the_bytes_are_cut(cut: int) -> None:
    read = read_csv('a,b,c\n1,"two\nlines",x\n2,"and\r\nthree\r\nof them",y\r\n3,z,z\n', cut)
    rows = [row for lines in read for row in lines.cells.iter_rows()]
    assert [row[0] for row in rows] == ["1", "2", "3"]
    assert rows[0][1] == "two\nlines"
    assert [number for lines in read for number in lines.line_no] == [2, 4, 7]
    assert [raw for lines in read if 2 in lines.joined for raw in lines.raw_of([2])] == ['1,"two\nlines",x']


def test_the_wrong_character_set_names_its_line() -> None:
    text = Text(chunk_bytes=1)
    list(text.feed("a\n张三李四\n".encode() + "张\n".encode("gbk")))
    with refused(CHARSET, "line 3 is not valid utf-8"):
        list(text.finish())
    for body, charset in (
        ("a\n".encode("utf-16"), "utf-8"), ("\ufeffa\n".encode(), "gb18030"), (b"a\n", "utf-16"),
        ("a\n".encode("utf-16") + b"x", None), ("a\n".encode("utf-32"), None),
    ):  # fmt: skip
        text = Text(charset)
        with refused(CHARSET):
            assert not [*text.feed(body), *text.finish()]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_says_what_nobody_declared(codec: str) -> None:
    text = Text()
    chunks = [chunk for byte in "户编号\n𠮷\n".encode(codec) for chunk in text.feed(bytes([byte]))]
    assert b"".join(chunk.data for chunk in [*chunks, *text.finish()]).decode() == "户编号\n𠮷\n"


def test_a_line_without_end_is_refused() -> None:
    text = Text()
    for _ in range(10):
        assert list(text.feed(b"x" * 100_000)) == []
    with refused(LINE_TOO_LONG):
        list(text.feed(b"x" * 100_000))
