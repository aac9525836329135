"""The child that reads uploads: what it gives, what it refuses, and that it ends with whoever wanted it."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from intake.declared import XLS, XLSX, Declared
from intake.layout import Column, Layout
from intake.lines import reader_of
from intake.parser import Limits, Parser, _nursery
from intake.refusals import UNREADABLE, WORKBOOK, RefusedError


def parse(kind: str, body: bytes, limits: Limits | None = None) -> bytes:
    parser = Parser(Declared.of(kind, None), limits or Limits())
    try:
        parser.write(body)
        parser.end()
        return b"".join(chunk.data for chunk in parser.chunks())
    finally:
        parser.close()


def workbook(*rows: list[object]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        for index, row in enumerate(rows):
            sheet.write_row(index, 0, row)
    return buffer.getvalue()


def altered(book: bytes, old: bytes, new: bytes) -> bytes:
    """Give a workbook with something else in its sheet."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as source, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.namelist():
            data = source.read(entry)
            assert entry != "xl/worksheets/sheet1.xml" or old in data
            target.writestr(entry, data.replace(old, new) if entry == "xl/worksheets/sheet1.xml" else data)
    return buffer.getvalue()


def test_rows_of_a_sheet_become_lines() -> None:
    assert parse(XLSX, workbook(["a", "b"], [1, "x"])).decode() == "a,b\n1,x\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'<row r="2"', b'<row r="1048576"'),
        (b'r="A2"', b'r="XFD1048576"'),
        (b'r="A2"', b'r="A4294967295"'),
        (b'<row r="2"', b'<row r="4294967290"'),
    ],
)
def test_a_sheet_that_claims_to_be_huge_is_refused_before_it_burns_a_core(old: bytes, new: bytes) -> None:
    began = time.monotonic()
    try:
        rows = parse(XLSX, altered(workbook(["a"], [1]), old, new)).decode().split()
    except RefusedError as refused:
        assert refused.reason is WORKBOOK
    else:
        assert [row for row in rows if row.strip(",")] == ["a", "1"]  # cells say where they are, rows do not
    assert time.monotonic() - began < 20


def test_an_old_workbook_is_read_where_a_new_one_is() -> None:
    old = Path(__file__).with_name("two_rows.xls").read_bytes()
    assert parse(XLS, old) == parse(XLSX, old) == "姓名,金额\n张伟,12.5\n".encode()
    reader = reader_of("workbook", Layout((Column("name", "姓名", is_required=True), Column("sum", "金额", "money"))))
    parser = Parser(Declared.of(XLS, None), Limits())
    parser.write(old)
    parser.end()
    (chunk,) = parser.chunks()
    rows = reader.take(chunk)
    assert rows is not None
    assert rows.read().cells.rows() == [("张伟", "12.5")]
    parser.close()


@pytest.mark.parametrize(
    ("memory_bytes", "error", "text"),
    [(1 << 31, RefusedError, "no XLSX"), (1 << 20, RuntimeError, "no room within its limits")],
)
def test_a_reader_that_cannot_start_does_not_blame_the_workbook(
    memory_bytes: int, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        parse(XLSX, b"no workbook", Limits(memory_bytes=memory_bytes))


def test_a_child_that_is_ended_from_outside_is_a_file_that_cannot_be_read() -> None:
    parser = Parser(Declared.of("text/csv", None), Limits())
    os.kill(parser.pid, signal.SIGKILL)
    with pytest.raises(RefusedError) as caught:
        list(parser.chunks())
    assert caught.value.reason is UNREADABLE
    parser.close()


def test_closing_ends_the_child_in_the_middle_of_its_work() -> None:
    parser = Parser(Declared.of("application/x-ndjson", None), Limits())
    parser.write(b'{"a":1}\n' * 100_000)
    parser.close()
    parser.close()
    assert not _is_running(parser.pid)
    assert parser.write(b"x") is False


def test_a_nursery_that_was_ended_is_followed_by_another() -> None:
    assert parse("text/csv", b"a\n1\n") == b"a\n1\n"
    first = _nursery._process
    assert first is not None
    first.kill()
    first.wait()
    assert parse("text/csv", b"a\n2\n") == b"a\n2\n"
    assert _nursery._process is not first


def test_the_child_dies_with_the_process_that_wanted_it(tmp_path: Path) -> None:
    """Killed in the middle of an upload, a service leaves no process behind."""
    script = tmp_path / "service.py"
    script.write_text(
        "import time\n"
        "from intake.declared import Declared\n"
        "from intake.parser import Limits, Parser\n"
        "parser = Parser(Declared.of('text/csv', None), Limits())\n"
        "parser.write(b'a\\n')\n"
        "print(parser.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    service = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert service.stdout is not None
    child = int(service.stdout.readline())
    service.kill()
    service.wait()
    deadline = time.monotonic() + 10
    while _is_running(child):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False
