"""What single records and changes of the register mean for the worklist, before a whole run meets the rows.

A limited run begins only for somebody who is registered, and reads no row of anybody else: who a record met is told
from the directory, once it has been received.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from servicekit.areas import is_within
from sharing.deliveries.service import Pushed, pushed
from sharing.directory import service as directory
from sharing.directory.service import Registered
from sharing.worklist import service as worklist


async def take(session: AsyncSession, delivery_ids: Sequence[str]) -> None:
    """Put the rows of single records on the worklist that meet nobody, or somebody of another name."""
    rows = await pushed(session, delivery_ids)
    if not rows:
        return
    by_token: dict[str, list[Registered]] = {}
    for person in await directory.registered(session, id_tokens=[row.id_token for row in rows]):
        by_token.setdefault(person.token, []).append(person)
    found = [(row, _unused(row, by_token.get(row.id_token, []))) for row in rows]
    for period, group in groupby(found, key=lambda each: each[0].period):
        if unused := [row for _, row in group if row]:
            await worklist.take_pushed(session, period, unused)


async def follow_register(session: AsyncSession, households: Sequence[str]) -> None:
    """Let rows wait no longer that are about members of households, under the name that is registered now."""
    members = await directory.registered(session, households=households)
    if members:
        pairs = [(member.id_token, name) for member in members for name in member.person_tokens]
        await worklist.settle_registered(session, list(dict.fromkeys(pairs)))


def _unused(row: Pushed, persons: Sequence[Registered]) -> dict[str, Any] | None:
    """Give a row as the worklist takes it; `None`: it is used, or about somebody of another area, which it is not told.

    As a whole run has it: `linking`.
    """
    here = [person for person in persons if is_within(person.area_code, row.area_code)]
    if any(row.person_token in person.person_tokens for person in persons) or (persons and not here):
        return None
    unused = {
        "dataset": row.dataset, "delivery_id": row.delivery_id, "part_no": 1, "line_no": 1,
        "person_token": row.person_token,
    }  # fmt: skip
    if not here:
        return unused | {"kind": "unmatched", "id_token": row.id_token, "area_code": row.area_code}
    person = here[0]
    return unused | {
        "kind": "name_differs", "id_token": person.id_token, "area_code": person.area_code,
        "household_id": person.household_id, "person_id": person.person_id,
    }  # fmt: skip
