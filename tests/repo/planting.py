"""Carry out a section of docs/extending.md in a copy of the tree, and run things there.

The page is read literally. A sentence says where a block of text goes, and these sentences exist:

    New file `path`:
    At the end of `path`:
    In `path`, after `words`:     (the line below the one that holds the words)
    In `path`, before `words`:
    Run:                          (commands, one a line)

In a path and in a text, `NNNN` is the number after the newest migration of that folder and `MMMM` that newest one.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "extending.md"
_LEFT_OUT = (
    ".git",
    ".venv",
    ".tools",
    "build",
    "dist",
    "node_modules",
    "__pycache__",
    "*.pyc",
    ".*_cache",
    ".hypothesis",
)
_SECTION = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(
    r"^(?P<where>New file|At the end of|In|Run):? ?(?:`(?P<path>[^`]+)`)?"
    r"(?:, (?P<side>after|before) `(?P<anchor>[^`]+)`)?:?\n\n?```\w*\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Step:
    """A block of the page: text that goes somewhere, or commands."""

    where: str
    path: str | None
    side: str | None
    anchor: str | None
    text: str


def sections() -> dict[str, list[Step]]:
    """Give the steps of each section of the page by its heading."""
    page = PAGE.read_text(encoding="utf-8")
    return {
        heading: [Step(**block.groupdict()) for block in _BLOCK.finditer(body)]
        for heading, body in _SECTION.findall(page)
    }


def files_of(steps: list[Step]) -> set[str]:
    """Give the files that somebody writes by hand."""
    return {step.path for step in steps if step.path is not None}


class Copy:
    """A copy of the tree whose packages are the ones that its commands import."""

    def __init__(self, root: Path) -> None:
        """Copy the tree to a folder that does not exist yet."""
        self.root = root
        shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns(*_LEFT_OUT))

    def plant(self, steps: list[Step]) -> None:
        """Do what the steps say, in their order."""
        for step in steps:
            if step.path is None:
                for command in step.text.splitlines():
                    self.run(*command.split())
            else:
                self._write(step)

    def _write(self, step: Step) -> None:
        assert step.path is not None
        path, text = self._numbered(step.path, step.text)
        if step.where == "New file":
            assert not path.exists(), f"{path} exists"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            return
        old = path.read_text(encoding="utf-8")
        if step.anchor is None:
            path.write_text(old + text, encoding="utf-8")
            return
        lines = old.splitlines(keepends=True)
        found = [number for number, line in enumerate(lines) if step.anchor in line]
        assert len(found) == 1, f"{step.path}: {len(found)} lines hold {step.anchor!r}"
        lines.insert(found[0] + (step.side == "after"), text)
        path.write_text("".join(lines), encoding="utf-8")

    def _numbered(self, path: str, text: str) -> tuple[Path, str]:
        target = self.root / path
        if "NNNN" in path:
            newest = max(int(file.name[:4]) for file in target.parent.glob("[0-9]*.py"))
            for name, number in (("NNNN", newest + 1), ("MMMM", newest)):
                target = target.with_name(target.name.replace(name, f"{number:04}"))
                text = text.replace(name, f"{number:04}")
        return target, text

    def add(self, file: Path, path: str) -> None:
        """Put a file of ours, such as a test of what was planted, into the copy."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)

    def run(self, *command: str) -> str:
        """Run a command in the copy; `make` takes the packages of this environment.

        Raises:
            AssertionError: with its output, if it fails.
        """
        if command[0] == "make":
            command = ("make", "-o", "setup", "UV=true", "RUN=", *command[1:])
        sources = sorted(str(path) for path in self.root.glob("*/*/src"))
        done = subprocess.run(
            command,
            cwd=self.root,
            env={
                **os.environ,
                "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
                "PYTHONPATH": os.pathsep.join([*sources, str(self.root)]),
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        output = done.stdout + done.stderr
        assert done.returncode == 0, f"{' '.join(command)}\n{output[-8000:]}"
        return output

    def pytest(self, *arguments: str) -> str:
        """Run tests of the copy; none may fail."""
        return self.run("pytest", "-q", "-x", "-p", "no:cacheprovider", "-m", "not kafka and not soak", *arguments)
