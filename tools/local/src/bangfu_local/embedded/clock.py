"""The business clock of an embedded system: real time plus an offset in a file that the services follow."""

from __future__ import annotations

import json
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

_CHINA = ZoneInfo("Asia/Shanghai")
_SEEN_AFTER_S = 0.2
"""Services look at the file ten times a second."""


class BusinessClock:
    """Moves the time that deadlines and publicity periods are counted in; tokens keep real time."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def offset(self) -> timedelta:
        """How far business time is from real time."""
        if not self.path.exists():
            return timedelta()
        return timedelta(seconds=float(json.loads(self.path.read_text())["offset_s"]))

    def now(self) -> datetime:
        """The business instant, aware, UTC."""
        return datetime.now(UTC) + self.offset

    def today(self) -> date:
        """The business date in China."""
        return self.now().astimezone(_CHINA).date()

    def set_to(self, instant: datetime) -> None:
        """Make it `instant` now, running on from there."""
        self._write(instant - datetime.now(UTC))

    def forward(self, by: timedelta) -> None:
        """Let time pass; when this returns, every service has seen it."""
        self._write(self.offset + by)
        time.sleep(_SEEN_AFTER_S)

    def _write(self, offset: timedelta) -> None:
        draft = self.path.with_suffix(".new")
        draft.write_text(json.dumps({"offset_s": offset.total_seconds()}))
        draft.replace(self.path)
