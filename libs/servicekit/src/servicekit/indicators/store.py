"""Queries of the lists behind numbers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.indicators import WHOLE
from servicekit.auth import Principal
from servicekit.indicators.schemas import MemberQuery

_RUN = """
SELECT id::text, version, as_of, computed_at FROM indicator_run
WHERE indicator_id = :indicator_id AND period = :period AND version = coalesce(
    :version, (SELECT max(version) FROM indicator_run WHERE indicator_id = :indicator_id AND period = :period))
"""
_AMOUNTS = {"numerator": "m.numerator", "denominator": "m.denominator", "rest": "m.denominator - m.numerator"}


async def run(session: AsyncSession, indicator_id: str, wanted: MemberQuery) -> Any:
    """Give the run of a version, or of the newest; None where it was not computed."""
    values = {"indicator_id": indicator_id, "period": wanted.period, "version": wanted.version}
    return (await session.execute(text(_RUN), values)).first()


async def page(
    session: AsyncSession, principal: Principal, run_id: str, wanted: MemberQuery, after: tuple[str, str] | None
) -> tuple[list[Any], int, str]:
    """Give members of the caller's areas and department, one more than a page, their number and their sum."""
    amount = _AMOUNTS[wanted.counted]
    scope, parameters = principal.within(wanted.area_code).area_clause("m.area_code")
    where, values = [scope, f"{amount} <> 0"], dict[str, Any](parameters, run_id=run_id, limit=wanted.limit + 1)
    if wanted.dimension is not None:
        where.append("jsonb_exists(m.breakdowns -> CAST(:dimension AS text), CAST(:part AS text))")
        values |= {"dimension": wanted.dimension, "part": wanted.part}
    if principal.department is not None:
        where.append("jsonb_exists(m.breakdowns -> 'department', CAST(:own_department AS text))")
        values["own_department"] = principal.department.value
    source = f"FROM indicator_member m WHERE m.run_id = CAST(:run_id AS uuid) AND {' AND '.join(where)}"
    number, total = (
        await session.execute(text(f"SELECT count(*), coalesce(sum({amount}), 0)::text {source}"), values)
    ).one()
    if after is not None:
        source += " AND (m.area_code, m.subject_id) > (:after_area, :after_id)"
        values |= {"after_area": after[0], "after_id": after[1]}
    found = await session.execute(
        text(
            "SELECT m.subject_id, m.household_id, m.area_code, m.breakdowns, m.numerator::text AS numerator,"
            f" m.denominator::text AS denominator {source} ORDER BY m.area_code, m.subject_id LIMIT :limit"
        ),
        values,
    )
    return list(found.mappings()), int(number), total


async def counted(session: AsyncSession, principal: Principal, run_id: str, wanted: MemberQuery) -> str:
    """Give the number itself, within the caller's areas and department, as it was frozen."""
    amount = _AMOUNTS[wanted.counted].replace("m.", "v.")
    scope, parameters = principal.within(wanted.area_code).area_clause("v.area_code")
    values: dict[str, Any] = {
        **parameters, "run_id": run_id, "dimension": wanted.dimension or WHOLE, "part": wanted.part or WHOLE
    }  # fmt: skip
    found = await session.execute(
        text(
            f"SELECT coalesce(sum({amount}), 0)::text FROM indicator_value v WHERE v.run_id = CAST(:run_id AS uuid)"
            f" AND v.dimension = :dimension AND v.part = :part AND {scope}"
        ),
        values,
    )
    return str(found.scalar_one())
