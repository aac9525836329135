"""Queries of calendars."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# One step of the index a county, however many households there are; ':' follows '9'.
_COUNTIES = """
WITH RECURSIVE county (code) AS (
    SELECT left(min(village_code), 6) FROM household
    UNION ALL
    SELECT (SELECT left(min(h.village_code), 6) FROM household h WHERE h.village_code >= c.code || ':')
    FROM county c WHERE c.code IS NOT NULL)
SELECT code || '000000' FROM county WHERE code IS NOT NULL
"""


async def counties(session: AsyncSession) -> list[str]:
    """Give the counties that households are registered in."""
    return list((await session.execute(text(_COUNTIES))).scalars())
