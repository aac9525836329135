"""The pages hold together: links lead somewhere, requirement ids exist, decisions are numbered."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts import requirements, statements
from scripts.docs import stale

ROOT = Path(__file__).resolve().parents[2]
SKIPPED = {".venv", ".tools", "build", "node_modules"}
PAGES = [path for path in sorted(ROOT.rglob("*.md")) if not SKIPPED & set(path.relative_to(ROOT).parts)]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s#]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_relative_links_lead_to_files(page: Path) -> None:
    prose = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = [link for link in LINK.findall(prose) if "://" not in link and not link.startswith("mailto:")]
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_requirement_ids_cited_in_tests_and_code_exist() -> None:
    known = {row.id for row in requirements.requirements()}
    unknown = {
        f"{path.relative_to(ROOT)}: {cited}"
        for folder in ("tests", "libs", "services", "clients", "tools", "scripts")
        for path in (ROOT / folder).rglob("*.py")
        for cited in requirements.ID.findall(path.read_text(encoding="utf-8"))
        if cited not in known
    }
    assert unknown == set()


def test_what_is_said_to_be_done_is_cited_by_a_test() -> None:
    tests = requirements.citing()
    assert [row.id for row in requirements.requirements() if row.state == "done" and not tests[row.id]] == []


def test_the_list_of_requirements_ends_with_how_many_are_done(capsys: pytest.CaptureFixture[str]) -> None:
    assert requirements.main() == 0
    *rows, total = capsys.readouterr().out.splitlines()
    assert len(rows) == len({row[:5] for row in rows}) == 226
    assert re.fullmatch(r"requirements: core \d+/68, important \d+/58, later \d+/74", total)


def test_decisions_are_numbered_without_gaps_and_told_once() -> None:
    """A decision whose subject is gone leaves its number and the one that superseded it."""
    folder = ROOT / "docs" / "decisions"
    rows = re.findall(r"^\| \[?(\d{4})\b(.*)$", (folder / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(int(number) for number, _ in rows) == list(range(1, len(rows) + 1))
    standing = {number for number, rest in rows if "superseded by" not in rest}
    assert {path.name[:4] for path in folder.glob("[0-9]*.md")} == standing


def test_parts_made_from_declarations_are_as_the_declarations_say() -> None:
    """F-G04: among others the page of the policy profile and the parameters that ship name the same numbers."""
    assert stale() == {}, "make docs"


def test_a_part_that_differs_from_the_declarations_is_stale(tmp_path: Path) -> None:
    page = tmp_path / "docs" / "policy-profile.md"
    page.parent.mkdir()
    text = (ROOT / "docs" / "policy-profile.md").read_text(encoding="utf-8")
    page.write_text(text.replace("| 8500 |", "| 8600 |"), encoding="utf-8")
    found = stale(tmp_path)
    assert found.pop(page) == text
    assert found.keys() == {tmp_path / "docs" / "statements" / name for name in statements.files()}
