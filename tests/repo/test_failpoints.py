"""Every failpoint of the code has a row in the catalogue, every row a failpoint, and no service hides one."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from faults.catalogue import BUSES, load

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("libs", "services", "clients", "tools")
NAME = re.compile(r"[a-z]+\.[a-z]+(?:_[a-z]+)*")
PROMISES = {f"P{number}" for number in range(1, 10)}
LEAST = 40


def failpoints_of(text: str) -> list[str | None]:
    """The names of the calls in a module; None for a name that is not written out."""
    found: list[str | None] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CALLS:
            name = node.args[0] if node.args else None
            is_text = isinstance(name, ast.Constant) and isinstance(name.value, str)
            found.append(str(name.value) if is_text else None)  # type: ignore[union-attr]  # is_text narrows it
    return found


_CALLS = {"failpoint", "failpoint_async"}


def in_code() -> list[str | None]:
    return [
        name
        for folder in SOURCES
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "failpoint" in (text := path.read_text(encoding="utf-8"))
        for name in failpoints_of(text)
    ]


def test_code_and_catalogue_name_the_same_failpoints() -> None:
    names = in_code()
    assert None not in names, "a failpoint's name must be written out where it is called"
    assert set(names) == load().keys()


def test_there_are_enough_of_them_and_each_row_says_what_it_is_for() -> None:
    catalogue = load()
    assert len(catalogue) >= LEAST
    for name, row in catalogue.items():
        assert NAME.fullmatch(name), name
        assert len(row.where) > 20, name
        assert row.rows, name
        assert all(1 <= number <= 30 for number in row.rows), name
        assert set(row.promises) <= PROMISES, name
        assert row.promises, name
        assert set(row.buses) <= set(BUSES), name


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("failpoint('a.b')", ["a.b"]),
        ("async def f():\n    await failpoint_async('c.d')", ["c.d"]),
        ("failpoint(name)", [None]),
        ("failpoints.arm({})", []),
    ],
)
def test_the_walk_sees_what_is_planted(text: str, names: list[str | None]) -> None:
    assert failpoints_of(text) == names
