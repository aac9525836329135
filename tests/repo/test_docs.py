"""The pages hold together: links lead somewhere, requirement ids exist, decisions are numbered."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SKIPPED = {".venv", ".tools", "build", "node_modules"}
PAGES = [path for path in sorted(ROOT.rglob("*.md")) if not SKIPPED & set(path.relative_to(ROOT).parts)]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s#]+)(?:#[^)]*)?\)")
REQUIREMENT = re.compile(r"\bF-[A-Z]\d{2}\b")


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_relative_links_lead_to_files(page: Path) -> None:
    prose = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = [link for link in LINK.findall(prose) if "://" not in link and not link.startswith("mailto:")]
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_requirement_ids_cited_in_tests_and_code_exist() -> None:
    known = set(REQUIREMENT.findall((ROOT / "docs" / "requirements.md").read_text(encoding="utf-8")))
    assert known
    unknown = {
        f"{path.relative_to(ROOT)}: {cited}"
        for folder in ("tests", "libs", "services", "clients", "tools", "scripts")
        for path in (ROOT / folder).rglob("*.py")
        for cited in REQUIREMENT.findall(path.read_text(encoding="utf-8"))
        if cited not in known
    }
    assert unknown == set()


def test_requirements_are_told_once_with_a_known_state() -> None:
    rows = re.findall(
        r"^\| (F-[A-Z]\d{2}) \|.*\| (\S+) \|$", (ROOT / "docs/requirements.md").read_text("utf-8"), re.MULTILINE
    )
    ids = [identifier for identifier, _ in rows]
    assert len(ids) == len(set(ids))
    assert {state for _, state in rows} <= {"done", "part", "later"}


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_policy_page_tells_the_parameters_and_defaults_that_ship() -> None:
    """F-G04: the page and the shipped profile name the same numbers."""
    shipped = tomllib.loads((ROOT / "services/registry/src/registry/policy/national.toml").read_text(encoding="utf-8"))
    defaults = {
        f"{group}.{name}": entry["value"]
        for group, entries in shipped.items()
        if isinstance(entries, dict)
        for name, entry in entries.items()
    }
    page = (ROOT / "docs" / "policy-profile.md").read_text(encoding="utf-8")
    assert dict(re.findall(r"^\| `([a-z.0-9_]+)` \| (\S+) \|", page, re.MULTILINE)) == defaults
