"""Reading clues: lists leave the database as JSON, no object is built for a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from alerts.clues.schemas import ClueOut, ClueQuery
from alerts.clues.tables import Clue, ClueSource, ExclusionDecision, VerificationRecord
from alerts.directory import service as directory
from contracts.vocabulary import ClueState
from servicekit import areas, conflicts
from servicekit.auth import Principal
from servicekit.db import any_of, array_text

CLUE = "clue"  # the kind of subject that a refused decision was about

# Times as RFC 3339 UTC with microseconds, as everywhere in the API.
_TIME = "to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"

_IN_GRID = directory.in_grid("c.household_id")
_DERIVED = {"awaits_confirmation": f"(c.exclusion_id IS NOT NULL AND c.state = '{ClueState.VERIFYING}')"}
_FIELDS = {
    name: _DERIVED.get(name) or (_TIME.format(f"c.{name}") if name.endswith("_at") else f"c.{name}")
    for name in ClueOut.model_fields
}
_OBJECT = "json_build_object(" + ", ".join(f"'{name}', {column}" for name, column in _FIELDS.items()) + ")"


@dataclass(frozen=True, slots=True)
class ClueText:
    """A clue of a list as a JSON text, and whom it is about."""

    id: str
    household_id: str
    area_code: str
    body: bytes


async def page(
    session: AsyncSession, principal: Principal, wanted: ClueQuery, before: str | None
) -> tuple[list[ClueText], str | None]:
    """Give a page, newest clue first, and the id to go on before; None on the last page."""
    where, parameters = _conditions(principal, wanted)
    if before is not None:
        where.append("c.id < CAST(:before AS uuid)")
        parameters["before"] = before
    parameters["limit"] = wanted.limit + 1
    rows = await _texts(session, f"{' AND '.join(where)} ORDER BY c.id DESC LIMIT :limit", parameters)
    items = rows[: wanted.limit]
    return items, (items[-1].id if len(rows) > wanted.limit else None)


async def given(session: AsyncSession, principal: Principal, clue_ids: Sequence[str]) -> list[ClueText]:
    """Give those of these clues that the caller covers."""
    scope, parameters = principal.area_clause("c.area_code", _IN_GRID)
    where = f"{scope} AND c.id = {any_of('ids', 'uuid')}"
    return await _texts(session, where, {**parameters, "ids": array_text(clue_ids)})


async def open_states(session: AsyncSession, principal: Principal, clue_ids: Sequence[str]) -> dict[str, bool]:
    """Tell of these clues, as far as they are the caller's, whether they are open."""
    scope, values = principal.area_clause("c.area_code", _IN_GRID)
    query = text(f"SELECT c.id::text AS id, c.is_open FROM clue c WHERE c.id = ANY(CAST(:ids AS uuid[])) AND {scope}")
    found = await session.execute(query, {**values, "ids": array_text(sorted(set(clue_ids)))})
    return {row.id: row.is_open for row in found}


async def _texts(session: AsyncSession, where: str, parameters: Mapping[str, Any]) -> list[ClueText]:
    result = await session.execute(
        text(
            "SELECT c.id::text, c.household_id, c.area_code,"
            f" convert_to({_OBJECT}::text, 'UTF8') AS body FROM clue c WHERE {where}"
        ),
        parameters,
    )
    return [ClueText(row.id, row.household_id, row.area_code, bytes(row.body)) for row in result]


def _conditions(principal: Principal, wanted: ClueQuery) -> tuple[list[str], dict[str, Any]]:
    values: dict[str, Any] = {}
    where: list[str] = []
    if wanted.area is None or not principal.covers(wanted.area):
        scope, parameters = principal.area_clause("c.area_code", _IN_GRID)
        where.append(scope)
        values |= parameters
    if wanted.area is not None:  # which the caller may name: the route has checked that
        where.append(_area(wanted.area, values))
    for column, value in (
        ("state", wanted.state),
        ("risk_type", wanted.risk_type),
        ("severity", wanted.severity),
        ("household_id", wanted.household),
    ):
        if value is not None:
            where.append(f"c.{column} = :{column}")
            values[column] = value
    if wanted.overdue is not None:
        where.append("c.is_overdue = :is_overdue AND c.is_open" if wanted.overdue else "c.is_overdue = :is_overdue")
        values["is_overdue"] = wanted.overdue
    if wanted.awaits_confirmation is not None:
        where.append(f"{'' if wanted.awaits_confirmation else 'NOT '}{_DERIVED['awaits_confirmation']}")
    if wanted.has_refused is not None:
        where.append(f"{'' if wanted.has_refused else 'NOT '}{conflicts.has_open(CLUE, 'c.id::text')}")
    return where, values


def _area(area: str, values: dict[str, Any]) -> str:
    """Write the area so that its list is one stretch of an index: a township by its own column, in order of ids."""
    level = areas.level_of(area)
    if level == "town":
        values["town"] = area
        return "c.town_code = :town"
    if level == "village":
        values["village"] = area
        return "c.area_code = :village"
    values["low"], values["high"] = areas.range_of(area)
    return "c.area_code >= :low AND c.area_code < :high"


async def detail(session: AsyncSession, clue_id: str) -> dict[str, Any] | None:
    """Give a clue with its sources and verifications; None when there is none."""
    clue = await session.get(Clue, clue_id, populate_existing=True)
    if clue is None:
        return None
    sources = await session.execute(
        select(ClueSource).where(col(ClueSource.clue_id) == clue_id).order_by(col(ClueSource.found_at), ClueSource.id)
    )
    verifications = await session.execute(
        select(VerificationRecord)
        .where(col(VerificationRecord.clue_id) == clue_id)
        .order_by(col(VerificationRecord.clue_version))
    )
    said = {
        item.verification_id: item.model_dump()
        for item in (
            await session.execute(select(ExclusionDecision).where(col(ExclusionDecision.clue_id) == clue_id))
        ).scalars()
    }
    alerts = await session.execute(
        text("SELECT position FROM alert WHERE clue_id = CAST(:id AS uuid) ORDER BY position"), {"id": clue_id}
    )
    return {
        **clue.model_dump(),
        "sources": [source.model_dump() for source in sources.scalars()],
        "awaits_confirmation": clue.exclusion_id is not None and clue.state == ClueState.VERIFYING,
        "verifications": [
            verification.model_dump() | {"confirmation": said.get(verification.id)}
            for verification in verifications.scalars()
        ],
        "refused": [item.model_dump() for item in await conflicts.refused(session, CLUE, clue_id)],
        "alerts": list(alerts.scalars()),
    }
