"""Who is who where no number tells: the surest sign first, and nobody where two could be meant."""

from __future__ import annotations

import pytest

from registry.same_person import Candidate, pairs


def one(staged: str, person: str, signs: str, *, was_without_number: bool = False) -> Candidate:
    """Give a candidate; signs are letters: name, birth, sex, relation."""
    return Candidate(staged, person, "n" in signs, "b" in signs, "s" in signs, "r" in signs, was_without_number)


@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        ([one("s1", "p1", "nbs")], [("s1", "p1")]),
        ([one("s1", "p1", "nbr")], [("s1", "p1")]),  # a number that said another sex
        ([one("s1", "p1", "nb")], []),
        ([one("s1", "p1", "nsr")], [("s1", "p1")]),  # a birth date that was wrong
        ([one("s1", "p1", "bsr", was_without_number=True)], [("s1", "p1")]),  # named since
        ([one("s1", "p1", "bsr")], []),  # two persons with two numbers
        ([one("s1", "p1", "n")], []),
        ([one("s1", "p1", "bsr", was_without_number=True), one("s2", "p1", "bsr", was_without_number=True)], []),
        ([one("s1", "p1", "bsr", was_without_number=True), one("s1", "p2", "bsr", was_without_number=True)], []),
        (  # the name takes one of two, and leaves the other one alone
            [
                one("s1", "p1", "nbsr", was_without_number=True),
                one("s1", "p2", "bsr", was_without_number=True),
                one("s2", "p1", "bsr", was_without_number=True),
                one("s2", "p2", "bsr", was_without_number=True),
            ],
            [("s1", "p1"), ("s2", "p2")],
        ),
    ],
)
def test_pairs(candidates: list[Candidate], expected: list[tuple[str, str]]) -> None:
    assert pairs(candidates) == expected
    assert sorted(pairs(list(reversed(candidates)))) == sorted(expected)
