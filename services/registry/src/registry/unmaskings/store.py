"""Queries of unmasking in bulk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import select

from registry.unmaskings.tables import UnmaskingRequest
from servicekit.db import any_of, array_text

OF_HOUSEHOLDS = f"h.id = {any_of('households', 'uuid')}"
OF_PERSONS = f"p.id = {any_of('persons', 'uuid')}"
_ON_THE_REGISTER = "p.is_active AND h.status = 'active'"


async def count_households(
    session: AsyncSession, condition: str, values: Mapping[str, str], ids: Sequence[UUID]
) -> int:
    """Count those of some households that are on the register and meet a condition over `h`."""
    query = f"SELECT count(*) FROM household h WHERE {OF_HOUSEHOLDS} AND h.status = 'active' AND {condition}"
    found = await session.execute(text(query), {**values, "households": array_text(map(str, ids))})
    return int(found.scalar_one())


async def chosen(
    session: AsyncSession, conditions: Sequence[str], values: Mapping[str, Any], most: int
) -> Sequence[Row[Any]]:
    """Give `id`, `household_id`, `village_code` of persons `p` of households `h`, in their order; one more at most."""
    query = f"""
        SELECT p.id, p.household_id, h.village_code FROM person p JOIN household h ON h.id = p.household_id
        WHERE {_ON_THE_REGISTER} AND {" AND ".join(conditions)}
        ORDER BY h.village_code, h.id, p.ordinal, p.id LIMIT :limit"""
    return (await session.execute(text(query), {**values, "limit": most + 1})).all()


async def is_case_of_any(session: AsyncSession, case_id: UUID, household_ids: Sequence[UUID]) -> bool:
    """Tell whether an episode or a clue of one of these households has this id."""
    homes = array_text(str(each) for each in household_ids)
    found = await session.execute(
        text(
            f"SELECT EXISTS (SELECT FROM episode WHERE id = :case AND household_id = {any_of('homes', 'uuid')})"
            f" OR EXISTS (SELECT FROM clue WHERE clue_id = :case_text AND household_id = {any_of('homes')})"
        ),
        {"case": case_id, "case_text": str(case_id), "homes": homes},
    )
    return bool(found.scalar_one())


async def keep(session: AsyncSession, request: UnmaskingRequest, person_ids: Sequence[UUID]) -> None:
    """Keep a request and whom it is about."""
    session.add(request)
    await session.flush()
    await session.execute(
        text(
            "INSERT INTO unmasking_choice (request_id, place, person_id)"
            " SELECT :request, c.place, c.person"
            " FROM unnest(CAST(:persons AS uuid[])) WITH ORDINALITY AS c(person, place)"
        ),
        {"request": request.id, "persons": array_text(str(each) for each in person_ids)},
    )


async def get(session: AsyncSession, request_id: UUID) -> UnmaskingRequest | None:
    """Lock and give a request."""
    return await session.get(UnmaskingRequest, request_id, with_for_update=True, populate_existing=True)


async def page(session: AsyncSession, conditions: Sequence[str], values: Mapping[str, Any]) -> list[UnmaskingRequest]:
    """Give requests `r`, the newest first, `:limit` at most."""
    query = f"SELECT r.* FROM unmasking_request r WHERE {' AND '.join(conditions)} ORDER BY r.id DESC LIMIT :limit"
    found = await session.execute(select(UnmaskingRequest).from_statement(text(query).bindparams(**values)))
    return list(found.scalars())


async def persons(session: AsyncSession, sees: str, values: Mapping[str, Any]) -> Sequence[Row[Any]]:
    """Give the next of whom a request is about, `:limit` after `:after`; `is_seen`: the condition over `h` holds."""
    query = f"""
        SELECT c.place, p.id, p.identity, p.id_index, p.id_index_even, h.id AS household_id, h.hh_no, h.village_code,
               h.contact, coalesce({_ON_THE_REGISTER} AND {sees}, false) AS is_seen
        FROM unmasking_choice c LEFT JOIN person p ON p.id = c.person_id LEFT JOIN household h ON h.id = p.household_id
        WHERE c.request_id = :request AND c.place > :after ORDER BY c.place LIMIT :limit"""
    return (await session.execute(text(query), dict(values))).all()
