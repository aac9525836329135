"""Cutting files into parts."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from bangfu.sdk import UnreadableFile
from bangfu.sdk.files import FilePart, cut, kind_of


def raw_of(part: FilePart) -> bytes:
    if part.encoding == "zstd":
        return zstandard.ZstdDecompressor().decompress(part.body)
    if part.encoding == "gzip":
        return gzip.decompress(part.body)
    return part.body


@pytest.mark.parametrize("compression", ["zstd", "gzip", "none"])
def test_ndjson_parts_end_at_line_borders_and_join_to_the_file(tmp_path: Path, compression: str) -> None:
    raw = b"".join(b'{"n":%d,"name":"\xe5\xbc\xa0"}\n' % n for n in range(20_000))
    path = tmp_path / "rows.ndjson"
    path.write_bytes(raw)
    parts = list(cut([path], part_bytes=70_000, compression=compression))  # type: ignore[arg-type]
    assert len(parts) > 3
    assert b"".join(raw_of(part) for part in parts) == raw
    assert all(raw_of(part).endswith(b"\n") for part in parts)
    assert [part.number for part in parts] == list(range(1, len(parts) + 1))


def test_each_csv_part_repeats_the_header_and_knows_its_lines_in_the_file(tmp_path: Path) -> None:
    lines = ["姓名,数"] + [f"张{n},{n}" for n in range(2, 30_000)]
    path = tmp_path / "rows.csv"
    path.write_bytes("\n".join(lines).encode("gb18030"))
    parts = list(cut([path], part_bytes=66_000))
    assert len(parts) > 2
    for part in parts:
        assert part.media_type == "text/csv; charset=gb18030"
        rows = raw_of(part).decode("gb18030").splitlines()
        assert rows[0] == "姓名,数"
        assert rows[1] == lines[part.file_line(2) - 1]
        assert rows[-1] == lines[part.file_line(len(rows)) - 1]


def test_a_quoted_cell_with_line_ends_is_never_cut(tmp_path: Path) -> None:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["a", "b"])
    rows = [[str(n), "first\nsecond\n" * 40] for n in range(3_000)]
    writer.writerows(rows)
    path = tmp_path / "rows.csv"
    path.write_text(out.getvalue(), newline="")
    found: list[list[str]] = []
    parts = list(cut([path], part_bytes=70_000, compression="none"))
    for part in parts:
        found += list(csv.reader(io.StringIO(part.body.decode(), newline="")))[1:]
    assert len(parts) > 5
    assert found == rows


@pytest.mark.parametrize(
    "head",
    ["丙县2026年10月统计表\n姓名,数\n", "姓名,费用,\n,甲,乙\n", "sep=,\n姓名,数\n"],
)
def test_a_text_that_begins_with_a_title_is_one_part(tmp_path: Path, head: str) -> None:
    """Cut, its further parts would have a title and no headings."""
    raw = (head + "".join(f"张{n},{n}\n" for n in range(30_000))).encode()
    path = tmp_path / "rows.csv"
    path.write_bytes(raw)
    (part,) = cut([path], part_bytes=66_000)
    assert raw_of(part) == raw


def test_utf_16_is_sent_whole_and_said_to_be_it(tmp_path: Path) -> None:
    raw = ("姓名\t数\n" + "".join(f"张{n}\t{n}\n" for n in range(30_000))).encode("utf-16")
    path = tmp_path / "rows.csv"
    path.write_bytes(raw)
    (part,) = cut([path], part_bytes=66_000)
    assert (raw_of(part), part.media_type) == (raw, "text/csv; charset=utf-16")


def test_a_stray_quote_does_not_make_one_part_of_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('a,b\n1,"2\n' + "3,4\n" * 2_000_000)
    sizes = [part.raw_bytes for part in cut([path], part_bytes=1 << 20, compression="none")]
    assert max(sizes) < 3 << 20


@pytest.mark.parametrize("packed", ["gz", "zst"])
def test_packed_files_are_cut_like_plain_ones(tmp_path: Path, packed: str) -> None:
    raw = b"".join(b"%d,x\n" % n for n in range(50_000))
    plain, small = tmp_path / "a.csv", tmp_path / f"a.csv.{packed}"
    plain.write_bytes(raw)
    small.write_bytes(gzip.compress(raw) if packed == "gz" else zstandard.ZstdCompressor().compress(raw))
    assert [p.sha256 for p in cut([plain], part_bytes=65_536)] == [p.sha256 for p in cut([small], part_bytes=65_536)]


def test_a_broken_archive_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson.gz"
    path.write_bytes(gzip.compress(b"{}\n" * 1000)[:-20])
    with pytest.raises(UnreadableFile):
        list(cut([path]))


def test_an_empty_file_is_one_empty_part(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(b"")
    assert [part.raw_bytes for part in cut([path])] == [0]


def test_workbooks_are_sent_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"PK..")
    (part,) = cut([path])
    assert (part.body, part.encoding) == (b"PK..", None)


def test_hidden_sheets_are_skipped_where_the_sender_says_so(tmp_path: Path) -> None:
    path = tmp_path / "rows.xlsx"
    path.write_bytes(b"PK")
    (part,) = cut([path], skip_hidden=True)
    assert part.media_type.endswith("; hidden=skip")


def test_unknown_kinds_are_named() -> None:
    with pytest.raises(UnreadableFile, match=r"a\.docx"):
        kind_of(Path("a.docx"))


@given(cells=st.lists(st.text(alphabet='ab"\n,张', max_size=30), min_size=1, max_size=60))
def test_any_well_quoted_csv_survives_cutting(tmp_path_factory: pytest.TempPathFactory, cells: list[str]) -> None:
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(["h"])
    rows = [[cell] for cell in cells] * 40
    writer.writerows(rows)
    path = tmp_path_factory.mktemp("cut") / "rows.csv"
    path.write_text(out.getvalue(), newline="", encoding="utf-8")
    found: list[list[str]] = []
    for part in cut([path], part_bytes=1, compression="none"):
        found += list(csv.reader(io.StringIO(part.body.decode(), newline="")))[1:]
    assert found == rows
