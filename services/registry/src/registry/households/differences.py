"""What changed in a household between two snapshots of it: its fields, its members, their fields, its incomes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.fields import HOUSEHOLD, INCOME, PERSON, shown
from servicekit.differences import Changed, differences, titled

_MEMBER = ("户内成员", "member of the household")
_YEARLY = tuple(field for field in shown(INCOME) if field.name != "year")


def of_record(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Changed]:
    """Give what changed in the household and its members; what its incomes are is told by themselves."""
    found = differences(before, after, shown(HOUSEHOLD))
    were, are = ({member["person_id"]: member for member in document["members"]} for document in (before, after))
    for person in sorted(were.keys() | are.keys()):
        if person in were and person in are:
            found += differences(were[person], are[person], shown(PERSON), person_id=person)
        else:
            found.append(titled("member", *_MEMBER, person in were, person in are, person_id=person))
    return found


def of_whole(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Changed]:
    """Give what changed in everything that the history keeps."""
    were, are = ({income["year"]: income for income in document["incomes"]} for document in (before, after))
    found = of_record(before, after)
    for year in sorted(are.keys() | were.keys(), reverse=True):
        nothing = dict.fromkeys((were.get(year) or are[year]).keys())
        found += differences(were.get(year, nothing), are.get(year, nothing), _YEARLY, year=year)
    return found
