"""The requirements (docs/requirements.toml): a list for the terminal, tables for docs/requirements.md.

`make requirements` prints each row with the tests that cite it and ends with how many of each priority are done.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

ROOT = Path(__file__).resolve().parents[1]
ID = re.compile(r"\bF-[A-Z]\d{2}\b")
SECTIONS = {
    "A": "The life of a monitored household (监测对象全流程)",
    "B": "Three guarantees, water, low income (三保障、饮水、低收入)",
    "C": "Income, work, industry, credit (增收)",
    "D": "Resettlement (易地搬迁)",
    "E": "Funds, projects, assets (资金、项目、资产)",
    "F": "Scheduling, reports, inspection, rectification (调度、督查、整改、考核)",
    "G": "Across all (综合)",
}
Priority = Literal["core", "important", "later", "out"]
State = Literal["done", "part", "later"]


@dataclass(frozen=True)
class Requirement:
    """What a policy document asks for.

    Attributes:
        id: Section and number (F-A06).
        source: Place and year of the document; `quote` its words.
        statement: What the software must do, whole; of what is out of scope, why.
        state: How far it is; none of what is out of scope.
        missing: What of the statement does not work; of a part, and of nothing else.
    """

    id: str
    source: str
    quote: str
    priority: Priority
    statement: str
    services: tuple[str, ...] = ()
    state: State | None = None
    missing: str = ""

    def __post_init__(self) -> None:
        """Refuse what contradicts itself."""
        if self.priority not in get_args(Priority) or (self.state is None) != (self.priority == "out"):
            raise ValueError(f"{self.id}: a priority, and a state unless it is out of scope")
        if self.state not in (None, *get_args(State)) or bool(self.missing) != (self.state == "part"):
            raise ValueError(f"{self.id}: done, part or later; a part says what is missing")


def requirements() -> list[Requirement]:
    """Read every requirement, in the order of the file."""
    tables = tomllib.loads((ROOT / "docs" / "requirements.toml").read_text(encoding="utf-8"))
    return [Requirement(id=name, services=tuple(table.pop("services", ())), **table) for name, table in tables.items()]


def citing() -> dict[str, list[str]]:
    """Give the tests that cite each requirement: files below tests/, and rules, whose examples are tests."""
    files: dict[str, list[str]] = defaultdict(list)
    rules = ROOT.glob("services/sharing/src/sharing/catalogue/*/rules/*.toml")
    for path in (*sorted((ROOT / "tests").rglob("*.py")), *sorted(rules)):
        name = path.stem if path.suffix == ".toml" else path.relative_to(ROOT / "tests").as_posix()
        for cited in sorted(set(ID.findall(path.read_text(encoding="utf-8")))):
            files[cited].append(name)
    return files


def lines() -> Iterator[str]:
    """Give the tables of the page, one a section."""
    rows = requirements()
    for letter, title in SECTIONS.items():
        yield f"## {letter}. {title}\n"
        yield "| id | asked (source) | what the software must do | held by | priority | state |"
        yield "|---|---|---|---|---|---|"
        for row in rows:
            if row.id[2] == letter:
                state = f"part; missing: {row.missing}" if row.missing else row.state or "-"
                asked = f"{row.quote} ({row.source})"
                cells = (row.id, asked, row.statement, ", ".join(row.services) or "-", row.priority, state)
                yield f"| {' | '.join(cells)} |"
        yield ""


def main() -> int:
    """Print the rows and how many are done."""
    rows, tests = requirements(), citing()
    for row in rows:
        cited = ", ".join(tests[row.id]) or "-"
        print(f"{row.id}  {row.priority:9}  {'/'.join(row.services) or '-':18}  {row.state or '-':5}  {cited}")
    counts = (
        f"{priority} {sum(row.state == 'done' for row in of)}/{len(of)}"
        for priority in ("core", "important", "later")
        if (of := [row for row in rows if row.priority == priority])
    )
    print(f"requirements: {', '.join(counts)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
