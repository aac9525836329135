"""The page of promises names tests that exist, and says what is not promised."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from scripts import kinds

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")
CITED = re.compile(r"^- `(tests/[\w/]+\.py)::(\w+)`$", re.MULTILINE)


def _sections() -> dict[str, str]:
    promises, _, _ = PAGE.partition("\n## Kinds of failure")
    parts = re.split(r"^## (P\d+): .*$", promises, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_promise_has_tests_and_limits() -> None:
    sections = _sections()
    assert list(sections) == [f"P{number}" for number in range(1, 12)]
    for name, section in sections.items():
        held, _, limits = section.partition("Not promised:")
        assert CITED.findall(held), name
        assert re.search(r"^- \S", limits, re.MULTILINE), name


def test_the_tests_that_hold_promises_exist() -> None:
    missing = [
        f"{path}::{name}"
        for path, name in CITED.findall(PAGE)
        if not (ROOT / path).exists() or not re.search(rf"def {name}\(", (ROOT / path).read_text(encoding="utf-8"))
    ]
    assert missing == []


def test_every_place_where_a_kind_of_failure_could_occur_has_its_test() -> None:
    assert kinds.missing_tests(kinds.load()) == []


def test_a_place_without_a_test_or_with_one_that_is_gone_is_refused(tmp_path: Path) -> None:
    kind = tmp_path / "A.toml"
    kind.write_text('title = "t"\ntitle_zh = "t"\npromise = "p"\nplaces = [{ place = "here", tests = [] }]')
    with pytest.raises(ValidationError, match="tests"):
        kinds.load(tmp_path)
    kind.write_text(kind.read_text().replace("[]", '["tests/repo/test_promises.py::test_gone"]'))
    assert kinds.missing_tests(kinds.load(tmp_path)) == ["A: here: tests/repo/test_promises.py::test_gone"]
