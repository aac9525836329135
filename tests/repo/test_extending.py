"""docs/extending.md is carried out in a copy of the tree: few files by hand, nothing else fails, and it works."""

from __future__ import annotations

from pathlib import Path

import pytest

from repo.planting import Copy, files_of, sections

pytestmark = pytest.mark.timeout(900)  # it runs the tests of several services, in one process

PLANTED = Path(__file__).parent / "planted"

REGISTRY, SHARING = "tests/service/registry", "tests/service/sharing"
# The tests of what each section promises: file of `planted` -> folder of the copy where it runs.
PROMISED = {
    "A field of a household": {
        "household_field": f"{REGISTRY}/imports",
        "household_field_rule": f"{SHARING}/comparison",
    },
    "A field of a person": {"person_field": f"{REGISTRY}/imports"},
    "A field of an income": {"income_field": f"{REGISTRY}/imports"},
    "A policy parameter": {"parameter": f"{REGISTRY}/policy"},
    "A dataset with its rules": {"dataset": f"{SHARING}/comparison"},
    "A rule": {"rule": f"{SHARING}/comparison"},
    "A rule of data quality": {"quality_rule": f"{REGISTRY}/quality"},
    "A step of an episode": {"step": f"{REGISTRY}/episodes"},
    "An event": {"event": f"{REGISTRY}/episodes"},
    "An indicator": {"indicator": "tests/service/alerts/figures"},
}
# What reads declarations, and so could fail when one is added.
NEARBY = (
    "tests/contract",
    "tests/unit/contracts",
    "tests/unit/sharing/catalogue",
    "tests/unit/registry",
    "tests/unit/servicekit/indicators",
    "tests/repo/test_docs.py",
    "tests/repo/test_migrations.py",
    "tests/service/registry/policy",
    "tests/service/registry/episodes",
    "tests/service/registry/quality/test_quality_rules.py",
    "tests/service/registry/imports/test_mixed_imports.py",
    "tests/service/sharing/directory",
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A copy in which every section was carried out."""
    copy = Copy(tmp_path_factory.mktemp("planted") / "tree")
    for heading, tests in PROMISED.items():
        copy.plant(sections()[heading])
        for name, folder in tests.items():
            copy.add(PLANTED / f"{name}.py", f"{folder}/test_planted_{name}.py")
    return copy


@pytest.mark.parametrize("heading", sections())
def test_a_section_asks_for_at_most_four_files_by_hand(heading: str) -> None:
    assert 1 <= len(files_of(sections()[heading])) <= 4


def test_what_was_planted_works_and_no_other_test_or_page_fails(copy: Copy) -> None:
    assert sections().keys() == PROMISED.keys(), "a section that nobody carries out"
    planted = [f"{folder}/test_planted_{name}.py" for tests in PROMISED.values() for name, folder in tests.items()]
    copy.pytest(*NEARBY, *planted)
