"""What happened in a run, a JSON object a line: written as it happens, so that a crash of the harness keeps it."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any


class History:
    """An append-only record; `t` is seconds since the run began."""

    def __init__(self, path: Path) -> None:
        """Begin a new record at `path`."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.began_at = time.time()
        self._file = path.open("w", encoding="utf-8", buffering=1)

    def now_s(self) -> float:
        """Seconds since the run began."""
        return time.time() - self.began_at

    def append(self, kind: str, /, **facts: Any) -> None:
        """Note that `kind` happened now; `facts` must be JSON, ids and codes only."""
        line = {"t": round(self.now_s(), 3), "kind": kind, **facts}
        self._file.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @staticmethod
    def lines_of(path: Path, kinds: set[str], limit: int = 80) -> list[str]:
        """The last lines of some kinds of a record."""
        lines = path.read_text(encoding="utf-8").splitlines()
        return [line for line in lines if json.loads(line)["kind"] in kinds][-limit:]
