"""Use cases of coverage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from servicekit import clock
from servicekit.areas import prefix_of
from servicekit.auth import Principal
from servicekit.paging import Page, encode_cursor, read_cursor
from sharing.catalogue.service import load_catalogue
from sharing.coverage import store
from sharing.coverage.schemas import CoverageOut, CoverageQuery
from sharing.coverage.tables import TownshipCoverage
from sharing.gaps import because

_TOWN_DIGITS = 9


async def take(
    session: AsyncSession, *, run_id: str, period: str, area_code: str, townships: Sequence[dict[str, Any]]
) -> None:
    """Keep what a whole run said of each township; a run of a village says nothing of its township."""
    if len(prefix_of(area_code)) <= _TOWN_DIGITS:
        await store.take(session, run_id, period, area_code, townships, clock.now())


async def page(session: AsyncSession, principal: Principal, wanted: CoverageQuery) -> Page[CoverageOut]:
    """Give a page of rows, by township and rule; a department sees its own rules."""
    read = read_cursor(wanted.cursor, str, str)
    after = (read[0], read[1]) if read else ("", "")
    found: list[CoverageOut] = []
    for row in await store.of_period(session, principal, wanted.period, wanted.area, after[0]):
        shown = [each for each in _rows(row, principal, wanted) if (each.area_code, each.rule_id) > after]
        found += shown
        if len(found) > wanted.limit:
            break
    items = found[: wanted.limit]
    more = encode_cursor([items[-1].area_code, items[-1].rule_id]) if len(found) > wanted.limit else None
    return Page(items=items, next_cursor=more)


def _rows(row: TownshipCoverage, principal: Principal, wanted: CoverageQuery) -> list[CoverageOut]:
    catalogue = load_catalogue().by_id
    found = []
    for rule_id, told in sorted(row.rules.items()):
        compiled = catalogue.get(rule_id)
        if principal.department is not None and (compiled is None or compiled.rule.department != principal.department):
            continue
        if wanted.rule not in (None, rule_id) or wanted.status not in (None, told["status"]):
            continue
        first = next(iter(told["gaps"]), None)
        words = because(first["reason"], first["dataset"], first["period"], row.period) if first else None
        found.append(
            CoverageOut(
                **told,
                rule_id=rule_id,
                because=words,
                **row.model_dump(include={"area_code", "period", "villages", "households", "run_id", "told_at"}),
            )
        )
    return found
