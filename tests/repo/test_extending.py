"""docs/extending.md is carried out in a copy of the tree: few files by hand, nothing else fails, and it works."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from repo.planting import Copy, files_of, sections

PLANTED = Path(__file__).parent / "planted"


@dataclass(frozen=True)
class Planted:
    """A section of the page, the test of what it promises, and the tests nearby that must still pass."""

    heading: str
    test: str
    becomes: str


ALL = (Planted("A policy parameter", "parameter.py", "tests/service/registry/policy/test_planted_parameter.py"),)
# What reads declarations, and so could fail when one is added.
NEARBY = ("tests/unit/contracts", "tests/repo/test_docs.py", "tests/service/registry/policy")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A copy in which every section was carried out."""
    copy = Copy(tmp_path_factory.mktemp("planted") / "tree")
    for planted in ALL:
        copy.plant(sections()[planted.heading])
        copy.add(PLANTED / planted.test, planted.becomes)
    return copy


@pytest.mark.parametrize("heading", sections())
def test_a_section_asks_for_at_most_four_files_by_hand(heading: str) -> None:
    assert 1 <= len(files_of(sections()[heading])) <= 4


def test_what_was_planted_works_and_no_other_test_or_page_fails(copy: Copy) -> None:
    assert set(sections()) == {planted.heading for planted in ALL}, "a section that nobody carries out"
    copy.pytest(*NEARBY, *(planted.becomes for planted in ALL))
