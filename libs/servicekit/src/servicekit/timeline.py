"""A page of a household's file (一户一档): one statement over the sources of a service's features."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from servicekit.auth import Principal
from servicekit.db import array_text
from servicekit.entries import Source, TimelinePage, TimelineQuery, entry_of, statement
from servicekit.paging import encode_cursor, read_cursor


def shown_to(principal: Principal, sources: Iterable[Source]) -> tuple[list[Source], list[str]]:
    """Give the sources that the caller's scopes show, and the kinds that they do not."""
    shown, hidden = [], list[str]()
    for source in sources:
        if principal.scopes.isdisjoint(source.scopes):
            hidden += source.kinds
        else:
            shown.append(source)
    return shown, sorted(set(hidden))


async def page(
    session: AsyncSession,
    principal: Principal,
    sources: Iterable[Source],
    query: TimelineQuery,
    household_ids: Sequence[str],
    more: Mapping[str, Any] | None = None,
) -> TimelinePage:
    """Give a page of the entries of these households, which the caller may see.

    Args:
        more: Parameters of the sources beside those that all have.

    Raises:
        InvalidInput: the cursor is none of ours.
    """
    before = read_cursor(query.cursor, datetime, str)
    shown, left_out = shown_to(principal, sources)
    wanted = [source for source in shown if query.kind is None or query.kind in source.kinds]
    rows: Sequence[Any] = []
    if wanted:
        values: dict[str, Any] = {
            "households": array_text(household_ids),
            "own_department": principal.department and principal.department.value,
            "limit": query.limit + 1,
            **(more or {}),
            **query.model_dump(include={"kind", "recorded_from", "recorded_to"}),
        }
        if before is not None:
            values |= {"before_at": before[0], "before_id": before[1]}
        rows = (await session.execute(text(statement(wanted, query, goes_on=before is not None)), values)).all()
    items = [entry_of(wanted[row.source], row) for row in rows[: query.limit]]
    is_last = len(rows) <= query.limit
    return TimelinePage(
        household_ids=list(household_ids),
        items=items,
        left_out=left_out,
        next_cursor=None if is_last else encode_cursor([items[-1].at.isoformat(), items[-1].id]),
    )
