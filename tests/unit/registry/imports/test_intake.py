"""Readers of imports: decompression, lines, CSV records, cells. Any cut of the stream gives the same result."""

from __future__ import annotations

import csv
import gzip
import io
from itertools import pairwise

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from registry.imports.columns import read_date
from registry.imports.inflate import GuardedInflater
from registry.imports.lines import LineReader, RecordReader
from registry.imports.problems import BodyBroken, BodyTooLarge, DecompressionBomb, LineTooLong, WrongEncoding

cell = st.text(st.characters(codec="gb18030", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=12)


def inflate(encoding: str, body: bytes, cut: int, **limits: int) -> bytes:
    settings = {"max_bytes": 10**8, "max_plain_bytes": 10**9, "max_ratio": 200} | limits
    inflater = GuardedInflater(encoding, **settings)
    plain = b"".join(piece for start in range(0, len(body), cut) for piece in inflater.feed(body[start : start + cut]))
    inflater.finish()
    return plain


@given(st.binary(max_size=4000), st.integers(1, 999), st.sampled_from(["gzip", "zstd", "identity"]))
def test_any_cut_of_a_compressed_body_gives_the_plain_one(plain: bytes, cut: int, encoding: str) -> None:
    pack = {"gzip": gzip.compress, "zstd": zstandard.ZstdCompressor().compress, "identity": bytes}[encoding]
    assert inflate(encoding, pack(plain) + pack(plain), cut) == plain + plain


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_a_truncated_body_is_broken_wherever_it_ends(encoding: str) -> None:
    packed = gzip.compress(b"x" * 500) if encoding == "gzip" else zstandard.ZstdCompressor().compress(b"x" * 500)
    for end in range(len(packed)):
        with pytest.raises(BodyBroken):
            inflate(encoding, packed[:end], 7)


def test_caps_hold_in_both_directions() -> None:
    with pytest.raises(BodyTooLarge):
        inflate("identity", b"x" * 101, 10, max_bytes=100)
    with pytest.raises(BodyTooLarge):
        inflate("gzip", gzip.compress(b"x" * 1001), 10, max_plain_bytes=1000)
    bomb = zstandard.ZstdCompressor().compress(bytes(40 * 1024 * 1024))
    with pytest.raises(DecompressionBomb):
        inflate("zstd", bomb, 65536)


@given(
    st.lists(st.lists(cell, min_size=3, max_size=3), min_size=1, max_size=20),
    st.integers(1, 40),
    st.sampled_from(["utf-8", "gbk"]),
)
def test_csv_is_read_as_the_csv_module_wrote_it(rows: list[list[str]], cut: int, charset: str) -> None:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    body = buffer.getvalue().encode("gb18030" if charset == "gbk" else charset)
    lines, records = LineReader(charset), RecordReader()
    found = [
        record for start in range(0, len(body), cut) for record in records.feed(lines.feed(body[start : start + cut]))
    ]
    found += records.feed(lines.feed(b"", is_last=True), is_last=True)
    assert [list(record.cells or ()) for record in found] == rows
    assert all(one.number < two.number for one, two in pairwise(found))


def test_an_unclosed_quote_costs_one_line() -> None:
    text = 'a,b\n1,"2\n' + "".join(f"{n},x\n" for n in range(3, 40))
    lines, records = LineReader("utf-8"), RecordReader()
    found = list(records.feed(lines.feed(text.encode())))
    found += records.feed(lines.feed(b"", is_last=True), is_last=True)
    broken = [record.number for record in found if record.cells is None]
    assert broken == [2]
    assert len(found) == 39
    assert [record.number for record in found] == sorted(record.number for record in found)


def test_a_quoted_cell_may_hold_line_breaks() -> None:
    lines, records = LineReader("utf-8"), RecordReader()
    found = list(records.feed(lines.feed(b'a,"two\nlines"\nb,c\n')))
    assert [(record.number, record.cells) for record in found] == [(1, ["a", "two\nlines"]), (3, ["b", "c"])]


def test_the_wrong_character_set_names_its_line() -> None:
    with pytest.raises(WrongEncoding, match="line 3 is not valid utf-8"):
        LineReader("utf-8").feed("a\nb\n张\n".encode("gbk"))
    with pytest.raises(WrongEncoding, match="must be utf-8"):
        LineReader("utf-16")
    assert LineReader("utf-8").feed("\ufeff户编号\n".encode())[0].text == "户编号"


def test_a_line_without_end_is_refused() -> None:
    reader = LineReader("utf-8")
    for _ in range(10):
        assert reader.feed(b"x" * 100_000) == []
    with pytest.raises(LineTooLong):
        reader.feed(b"x" * 100_000)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-10-31", "2026-10-31"),
        ("2026/1/3", "2026-01-03"),
        ("20261031", "2026-10-31"),
        ("2026年1月3日", "2026-01-03"),
        ("29221", "1980-01-01"),
        ("tomorrow", "tomorrow"),
        ("9999999", "9999999"),
    ],
)
def test_dates_are_read_as_people_write_them(written: str, read: str) -> None:
    assert read_date(written) == read
