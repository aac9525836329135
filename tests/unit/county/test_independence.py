"""The county runs no service, and the oracle shares nothing with the generator but the manifest's shape."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import bangfu_county

COUNTY = Path(bangfu_county.__file__).parent


def imports_of(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, path
            names.add(node.module or "")
    return names


def test_county_uses_the_standard_library_and_two_writers_only() -> None:
    for path in COUNTY.rglob("*.py"):
        if path == COUNTY / "cli.py":  # the command around it
            continue
        for name in imports_of(path):
            top = name.split(".")[0]
            assert (
                top in sys.stdlib_module_names or top in {"xlsxwriter", "zstandard"} or name.startswith("bangfu_county")
            )


def test_oracle_takes_nothing_from_the_generator_but_the_manifest() -> None:
    for path in (COUNTY / "oracle").glob("*.py"):
        own = {name for name in imports_of(path) if name.startswith("bangfu")}
        assert {name for name in own if not name.startswith("bangfu_county.oracle")} <= {"bangfu_county.manifest"}


def test_generator_does_not_ask_the_oracle() -> None:
    for path in COUNTY.rglob("*.py"):
        if path.parent.name != "oracle":
            assert not {name for name in imports_of(path) if name.startswith("bangfu_county.oracle")}
