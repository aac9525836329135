"""What the generator planted: hardship that must be found, near-misses that must not, and dirt for intake to catch."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Planted:
    """Hardship put into the county on purpose; `person_no` is None for rules about households."""

    rule: str
    hh_no: str
    person_no: str | None
    severity: str
    story: str
    story_en: str


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A case just beside a rule: this rule must not find this person (or household)."""

    rule: str
    hh_no: str
    person_no: str | None
    why: str
    why_en: str


@dataclass(slots=True)
class Dirt:
    """How the rows of a dataset should come out of intake and matching."""

    rows: int = 0
    accepted: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    quarantined: int = 0
    unmatched: int = 0

    def reject(self, code: str) -> None:
        """Count a row that intake refuses."""
        self.rows += 1
        self.rejected[code] = self.rejected.get(code, 0) + 1


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file, and how to send it."""

    dataset: str
    department: str
    path: str
    part: int
    rows: int
    media_type: str
    charset: str | None
    content_encoding: str | None


@dataclass(slots=True)
class Manifest:
    """The county in one page; paths are relative to its folder."""

    seed: int
    period: str
    counts: dict[str, int | float]
    planted: list[Planted]
    near_misses: list[NearMiss]
    dirt: dict[str, Dirt]
    files: list[FileEntry]

    def write(self, path: Path) -> None:
        """Write the manifest as JSON."""
        path.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Manifest:
        """Read a manifest that `write` wrote."""
        raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            seed=raw["seed"],
            period=raw["period"],
            counts=raw["counts"],
            planted=[Planted(**item) for item in raw["planted"]],
            near_misses=[NearMiss(**item) for item in raw["near_misses"]],
            dirt={code: Dirt(**item) for code, item in raw["dirt"].items()},
            files=[FileEntry(**item) for item in raw["files"]],
        )
