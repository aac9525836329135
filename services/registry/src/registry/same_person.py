"""Who is who in a household whose members were given again, where no number tells. Pure.

A newborn gets its number, a number was written wrong, a name was not known yet: the person stays the same. Nobody is
guessed: where two could be meant, neither is taken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member as given and one as registered, of one household, who may be the same.

    Attributes:
        was_without_number: The registered one had no number.
    """

    staged_id: str
    person_id: str
    is_same_name: bool
    is_same_birth: bool
    is_same_sex: bool
    is_same_relation: bool
    was_without_number: bool


# The surest first. A name with the birth date or with the place in the family; or, where a number comes for somebody
# who had none (often without a name yet), all of birth date, sex and place in the family.
_SIGNS: tuple[Callable[[Candidate], bool], ...] = (
    lambda one: one.is_same_name and one.is_same_birth and (one.is_same_sex or one.is_same_relation),
    lambda one: one.is_same_name and one.is_same_relation and one.is_same_sex,
    lambda one: one.was_without_number and one.is_same_birth and one.is_same_sex and one.is_same_relation,
)


def pairs(candidates: Sequence[Candidate]) -> list[tuple[str, str]]:
    """Choose who is who: `(staged_id, person_id)`, each at most once."""
    chosen: list[tuple[str, str]] = []
    left = list(candidates)
    for is_sign in _SIGNS:
        signed = [one for one in left if is_sign(one)]
        staged, persons = Counter(one.staged_id for one in signed), Counter(one.person_id for one in signed)
        alone = [one for one in signed if staged[one.staged_id] == persons[one.person_id] == 1]
        chosen += [(one.staged_id, one.person_id) for one in alone]
        told = {one.staged_id for one in alone} | {one.person_id for one in alone}
        left = [one for one in left if one.staged_id not in told and one.person_id not in told]
    return chosen
