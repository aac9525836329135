"""No row of a database is read by index, no function takes more than seven arguments; each with a planted violation."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("libs", "services", "clients", "tools", "scripts")
MOST_ARGUMENTS = 7

# Commands: typer makes each parameter an option, and has no way to take a group of them.
COMMANDS = {
    "clients/python/src/bangfu/cli/people.py:login",
    "clients/python/src/bangfu/cli/push.py:push",
    "tools/backup/src/bangfu_backup/cli/backup.py:restore",
}

_ROW = {"first", "one", "one_or_none", "fetchone"}
_ROWS = {"all", "fetchall", "fetchmany", "execute", "read", "stream", "rows", "partitions"}
Kind = Literal["row", "rows"]


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Path and syntax of each module that ships."""
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


class _Rows:
    """What in a function is a row of a result, or several, as far as one can see it without running it."""

    def __init__(self, function: ast.AST) -> None:
        self._known: dict[str, Kind] = {}
        for _ in range(2):  # a name may be used above the loop that gives it its value
            for node in ast.walk(function):
                self._note(node)

    def _note(self, node: ast.AST) -> None:
        pairs: list[tuple[ast.expr, ast.expr]] = []
        if isinstance(node, ast.Assign):
            pairs = [(target, node.value) for target in node.targets]
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
            pairs = [(node.target, node.value)]
        for target, value in pairs:
            if isinstance(target, ast.Name) and (kind := self.kind(value)):
                self._known[target.id] = kind
        is_loop = isinstance(node, ast.For | ast.AsyncFor | ast.comprehension)
        if is_loop and isinstance(node.target, ast.Name) and self.kind(node.iter) == "rows":
            self._known[node.target.id] = "row"

    def kind(self, node: ast.expr) -> Kind | None:
        """Tell what an expression gives."""
        while isinstance(node, ast.Await | ast.NamedExpr):
            node = node.value
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            return "row" if node.func.attr in _ROW else "rows" if node.func.attr in _ROWS else None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            return self.kind(node.args[0]) if node.func.id in ("list", "tuple", "sorted", "reversed") else None
        if isinstance(node, ast.Name):
            return self._known.get(node.id)
        if isinstance(node, ast.Subscript) and self.kind(node.value) == "rows":
            return "rows" if isinstance(node.slice, ast.Slice) else "row"
        return None


def by_index(tree: ast.AST) -> list[int]:
    """Lines that take a value out of a row by its place."""
    found: set[int] = set()
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            rows = _Rows(function)
            for node in ast.walk(function):
                if isinstance(node, ast.Subscript) and _is_place(node.slice):
                    is_named_row = isinstance(node.value, ast.Name) and node.value.id == "row"
                    if is_named_row or rows.kind(node.value) == "row":
                        found.add(node.lineno)
    return sorted(found)


def _is_place(index: ast.expr) -> bool:
    if isinstance(index, ast.UnaryOp):
        index = index.operand
    return isinstance(index, ast.Slice) or (isinstance(index, ast.Constant) and isinstance(index.value, int))


def with_many_arguments(tree: ast.AST) -> list[str]:
    """Functions that take more arguments than a reader can hold, `self` and `cls` left out."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            given = node.args
            names = [argument.arg for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
            if len([name for name in names if name not in ("self", "cls")]) > MOST_ARGUMENTS:
                found.append(node.name)
    return found


def test_no_row_is_read_by_index() -> None:
    found = {path: lines for path, tree in modules() if (lines := by_index(tree))}
    assert found == {}


def test_no_function_takes_more_than_seven_arguments() -> None:
    found = {f"{path}:{name}" for path, tree in modules() for name in with_many_arguments(tree)}
    assert found == COMMANDS


@pytest.mark.parametrize(
    "planted",
    [
        "row = result.first()\n    return row[0]",
        "return (await session.execute(query)).one()[1]",
        "return [row[0] for row in result]",
        "rows = await cursor.fetchall()\n    return rows[0][2]",
        "for found in result.all():\n        use(found[:3])",
        "found = connection.execute(sql).fetchone()\n    return found[-1] if found else None",
    ],
)
def test_planted_index_is_caught(planted: str) -> None:
    assert by_index(ast.parse(f"async def get(session, result, cursor, connection):\n    {planted}\n"))


@pytest.mark.parametrize(
    "fine",
    [
        "return {row.id: row.name for row in result.all()}",
        "[(count,)] = await cursor.fetchall()\n    return count",
        "rows = result.all()\n    return rows[:20], rows[-1].id",
        "return parts[0], line.split()[1]",
    ],
)
def test_names_and_lists_are_let_through(fine: str) -> None:
    assert by_index(ast.parse(f"async def get(result, cursor, parts, line):\n    {fine}\n")) == []


def test_planted_eighth_argument_is_caught() -> None:
    eight = (
        "class A:\n    def of(self, a, b, c, d, *, e, f, g, h): ...\n    def seven(self, a, b, c, d, e, f, g): ...\n"
    )
    assert with_many_arguments(ast.parse(eight)) == ["of"]
