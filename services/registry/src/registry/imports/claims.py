"""What a household claims for itself alone: its number, its members' numbers and their blind indexes. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set

from registry.imports.prepare import Entry


def of_persons(entries: Sequence[Entry]) -> dict[str, list[str]]:
    """Give what the members of these households claim, by the column that it stands in."""
    return {
        "person_no": [claim for entry in entries for claim in entry.person_nos],
        "id_index": [claim for entry in entries for claim in entry.id_indexes],
        "id_index_even": [claim for entry in entries for claim in entry.id_indexes_even],
    }


def repeated(claims: Iterable[str]) -> set[str]:
    """Give what is claimed more than once."""
    return {claim for claim, count in Counter(claims).items() if count > 1}


def is_contested(entry: Entry, contested: Mapping[str, Set[str]]) -> bool:
    """Tell whether something that a household's members claim is among what others hold or claim."""
    return not (
        contested["person_no"].isdisjoint(entry.person_nos)
        and contested["id_index"].isdisjoint(entry.id_indexes)
        and contested["id_index_even"].isdisjoint(entry.id_indexes_even)
    )
