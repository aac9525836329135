"""The kinds of failure that no input may bring back (`docs/kinds/*.toml`): every place where one could occur, and the
tests that hold there. The page of promises prints them; `tests/repo/test_promises.py` refuses a place without a test.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "kinds"


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Place(_Declared):
    """A place where the kind could occur; `tests` are `path::name`."""

    place: str = Field(min_length=1)
    tests: tuple[str, ...] = Field(min_length=1)


class Kind(_Declared):
    """A kind of failure: what must not happen, and what users may rely on instead."""

    title: str
    title_zh: str
    promise: str
    places: tuple[Place, ...] = Field(min_length=1)


def load(folder: Path = FOLDER) -> dict[str, Kind]:
    """Give the kinds by their letters.

    Raises:
        pydantic.ValidationError: a place without a test, or anything else that is missing.
    """
    return {
        path.stem: Kind.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        for path in sorted(folder.glob("*.toml"))
    }


def missing_tests(kinds: dict[str, Kind], root: Path = ROOT) -> list[str]:
    """Give the tests that a place names and that do not exist."""

    @cache
    def defined(path: str) -> frozenset[str]:
        file = root / path
        text = file.read_text(encoding="utf-8") if file.is_file() else ""
        return frozenset(re.findall(r"^\s*(?:async )?def (test_\w+)\(", text, re.MULTILINE))

    return [
        f"{letter}: {place.place}: {test}"
        for letter, kind in kinds.items()
        for place in kind.places
        for test in place.tests
        if test.partition("::")[2] not in defined(test.partition("::")[0])
    ]


def lines() -> Iterator[str]:
    """Give a section for each kind, with the table of its places."""
    for letter, kind in load().items():
        yield f"### {letter}. {kind.title} / {kind.title_zh}\n"
        yield f"{kind.promise}\n"
        yield "| place | held by |"
        yield "|---|---|"
        for place in kind.places:
            yield f"| {place.place} | {', '.join(f'`{test}`' for test in place.tests)} |"
        yield ""
