"""How a household is shown as it was: from what the history kept of it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from contracts.fields import HOUSEHOLD, PERSON, Field, shown
from registry.fields import coarsened


def as_kept(
    kept: Mapping[str, Any], now: Mapping[str, Any], people: Mapping[str, Mapping[str, Any]]
) -> tuple[dict[str, Any], list[str]]:
    """Give a kept household as answers show it, and the names of the fields that the history did not keep then.

    Those are shown as they are now.

    Args:
        now: The household as it is.
        people: Its members of then as they are now, by id, wherever they belong.
    """
    as_now: list[str] = []
    household, missing = _filled(kept, now, shown(HOUSEHOLD))
    as_now += missing
    members = []
    for member in kept["members"]:
        person = people[member["person_id"]]
        filled, missing = _filled(member, person, shown(PERSON))
        members.append({"id": member["person_id"], "joined_on": member.get("joined_on", person["joined_on"]), **filled})
        as_now += [name for field in missing if (name := f"members/{field}") not in as_now]
    if "population" in as_now:
        household["population"] = len(members)
        as_now.remove("population")
    incomes = sorted(kept["incomes"], key=lambda income: -income["year"])
    return {**household, "members": members, "incomes": incomes}, as_now


def _filled(
    kept: Mapping[str, Any], now: Mapping[str, Any], fields: Collection[Field]
) -> tuple[dict[str, Any], list[str]]:
    names = [field.public_name for field in fields]
    document = {name: kept[name] if name in kept else now[name] for name in names}
    return coarsened(document, fields), [name for name in names if name not in kept]


def was_there(member: Mapping[str, Any], day: date) -> bool:
    """Tell whether somebody was a member on a day, as far as the register knows.

    Whoever came with the household's first registration has been there from the start, a newborn since birth.

    Args:
        member: `birth_date`, `joined_on`, `came_on` (None: from the start), `left_on` (None: has not left).
    """
    born, joined, came, left = (member[name] for name in ("birth_date", "joined_on", "came_on", "left_on"))
    if born > day or (left is not None and left <= day):
        return False
    return joined <= day or came in (None, born)
