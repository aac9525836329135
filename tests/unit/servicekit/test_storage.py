"""A full disk is told from a fault of ours, and a log that cannot be written stops nobody."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import duckdb
import psycopg
import pytest

from servicekit.db import is_transient
from servicekit.storage import is_disk_full


def _write_to_full_device() -> OSError:
    with pytest.raises(OSError) as caught, Path("/dev/full").open("wb", buffering=0) as file:  # noqa: PT011
        file.write(b"x")
    return caught.value


@pytest.mark.parametrize(
    "error",
    [
        _write_to_full_device(),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        psycopg.errors.DiskFull('could not extend file "base/5/16384": No space left on device'),
        duckdb.IOException("IO Error: Could not write all bytes to file: No space left on device"),
    ],
)
def test_a_full_disk_is_the_worlds_fault_whoever_reports_it(error: Exception) -> None:
    assert is_disk_full(error)
    assert is_transient(error)


@pytest.mark.parametrize("error", [OSError(errno.EACCES, "Permission denied"), ValueError("full of errors")])
def test_another_failure_is_not_a_full_disk(error: Exception) -> None:
    assert not is_disk_full(error)
    assert not is_transient(error)


@pytest.mark.parametrize("buffering", ["-u", "-B"])
def test_a_process_whose_log_is_full_goes_on_and_counts_what_was_lost(buffering: str) -> None:
    code = """
import logging, os, sys
from servicekit.telemetry import configure_logging, log_lines_lost_total
import structlog
configure_logging("test")
for _ in range(200):
    structlog.get_logger().info("a line", text="x" * 500)
    logging.getLogger("other").warning("another line")
sys.stderr.write(f"went on, {log_lines_lost_total._value.get() > 0}")
sys.stderr.flush()
os._exit(0)
"""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([sys.executable, buffering, "-c", code], stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.stderr.decode() == "went on, True"
