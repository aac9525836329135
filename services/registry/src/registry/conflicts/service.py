"""Use case of conflicts: whoever may read what one is about sees it, its author and whoever was first alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from registry.conflicts import store
from registry.conflicts.schemas import ConflictOut, ConflictQuery, ConflictSubject
from registry.households import service as households
from servicekit.auth import Principal
from servicekit.paging import encode_cursor

_PLACES = {
    ConflictSubject.HOUSEHOLD: "/v1/households/{}",
    ConflictSubject.EPISODE: "/v1/episodes/{}",
    ConflictSubject.CHANGE_REQUEST: "/v1/change-requests/{}",
}
READS_EPISODES = "episodes:read"


async def page(
    session: AsyncSession, principal: Principal, wanted: ConflictQuery, after: Sequence[str] | None
) -> tuple[list[ConflictOut], int, str | None]:
    """Give a page of the conflicts about the caller's households, how many there are, and where the next page begins.

    What is about an episode is told to whoever may read episodes.

    Raises:
        OutsideArea
    """
    clause, parameters = principal.within(wanted.area).area_clause("h.village_code", households.IN_GRID)
    conditions, values = [clause], dict[str, Any](parameters)
    if READS_EPISODES not in principal.scopes:
        conditions.append("c.subject <> 'episode'")
    for column, value in (("h.grid", wanted.grid), ("c.subject", wanted.subject)):
        if value is not None:
            name = column.partition(".")[2]
            conditions.append(f"{column} = :{name}")
            values[name] = value
    if wanted.mine is not None:
        conditions.append("c.by = :actor" if wanted.mine else "c.by <> :actor")
        values["actor"] = principal.actor
    total = await store.count(session, conditions, values)
    if after is not None:
        conditions.append("c.id < CAST(:after AS uuid)")
        values["after"] = after[0]
    limits = {"actor": principal.actor, "limit": wanted.limit + 1}
    rows = await store.rows(session, conditions, values | limits)
    items = [_out(row) for row in rows[: wanted.limit]]
    return items, total, encode_cursor([items[-1].id]) if len(rows) > wanted.limit else None


def _out(row: Any) -> ConflictOut:
    place = _PLACES[ConflictSubject(row.subject)].format(row.subject_id)
    return ConflictOut.model_validate({**row._mapping, "link": place})
