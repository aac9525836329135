"""The business clock: when things happen for the county, apart from when tokens expire.

In embedded mode a file may move it (`{"offset_s": 86400.0}`), so that a demonstration can wait out
a five-day publicity period. Production settings refuse such a file.
"""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")

_RECHECK_S = 0.1


class _OffsetFile:
    """Reads the offset again when the file changed, at most ten times a second."""

    def __init__(self) -> None:
        self.path: Path | None = None
        self._mtime_ns = -1
        self._checked_at = 0.0
        self._offset_s = 0.0

    def offset_s(self) -> float:
        if self.path is None:
            return 0.0
        ticks = time.monotonic()
        if ticks - self._checked_at >= _RECHECK_S:
            self._checked_at = ticks
            try:
                mtime_ns = os.stat(self.path).st_mtime_ns  # noqa: PTH116 - a syscall on a hot path
                if mtime_ns != self._mtime_ns:
                    self._offset_s = float(json.loads(self.path.read_text())["offset_s"])
                    self._mtime_ns = mtime_ns
            except (OSError, ValueError, KeyError):
                pass  # a file being replaced: the last known offset stands
        return self._offset_s


_offset = _OffsetFile()


def use_clock_file(path: Path | None) -> None:
    """Follow the offset in `path` from now on (None: real time)."""
    _offset.path = path
    _offset._mtime_ns = -1
    _offset._checked_at = 0.0
    _offset._offset_s = 0.0


def now() -> datetime:
    """Give the business instant, aware, UTC."""
    return datetime.now(UTC) + timedelta(seconds=_offset.offset_s())


def today() -> date:
    """Give the business date in China, where every deadline is counted."""
    return now().astimezone(CHINA).date()
