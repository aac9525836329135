"""Queries of the cohorts: set by set, whatever the number of households."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.plan_codes import IncomeCohort, IncomeReason
from registry.duty import Tally
from registry.households.service import path_of
from servicekit import areas

_REASONED = 5_000
_DIGITS = {"village": 12, "town": 9, "county": 6}
_HERE = "h.village_code >= :low AND h.village_code < :high"
_FELL = (IncomeCohort.FELL.value, IncomeCohort.FELL_TWICE.value)  # labels of the same name tell of them

_FOLLOW = f"""
WITH wanted AS MATERIALIZED (
    SELECT h.id, array_remove(
        ARRAY[CASE WHEN h.is_monitored OR h.hh_type = '1' THEN '{IncomeCohort.FORMER_POOR}' END] || l.fell, NULL
    ) AS cohorts
    FROM household h CROSS JOIN LATERAL (
        SELECT array_agg(l.label ORDER BY l.label) AS fell FROM household_label l
        WHERE l.household_id = h.id AND l.label IN {_FELL!r}) l
    WHERE {_HERE} AND h.status = 'active' AND (h.is_monitored OR h.hh_type = '1' OR l.fell IS NOT NULL)
), gone AS (
    UPDATE income_cohort_member m SET left_on = :today FROM household h
    WHERE m.year = :year AND m.left_on IS NULL AND h.id = m.household_id AND {_HERE}
      AND NOT EXISTS (SELECT FROM wanted w WHERE w.id = h.id)
), changed AS (
    UPDATE income_cohort_member m SET cohorts = w.cohorts, left_on = NULL FROM wanted w
    WHERE m.year = :year AND m.household_id = w.id AND (m.cohorts <> w.cohorts OR m.left_on IS NOT NULL)
)
INSERT INTO income_cohort_member (year, household_id, cohorts, joined_on)
SELECT :year, w.id, w.cohorts, :today FROM wanted w
WHERE NOT EXISTS (SELECT FROM income_cohort_member m WHERE m.year = :year AND m.household_id = w.id)
ON CONFLICT DO NOTHING
"""

# Whose reason was read from other versions of the two incomes than those that hold, if from any.
_UNREASONED = f"""
SELECT m.household_id, now.version || '/' || before.version AS compared
FROM income_cohort_member m JOIN household h ON h.id = m.household_id
LEFT JOIN income now ON now.household_id = h.id AND now.year = m.year - 1 AND now.superseded_at IS NULL
LEFT JOIN income before ON before.household_id = h.id AND before.year = m.year - 2 AND before.superseded_at IS NULL
WHERE m.year = :year AND m.left_on IS NULL AND {_HERE}
  AND (now.version || '/' || before.version) IS DISTINCT FROM m.compared
LIMIT {_REASONED}
"""
_REASON = """
UPDATE income_cohort_member m SET reason = n.reason, compared = n.compared
FROM unnest(CAST(:ids AS uuid[]), CAST(:reasons AS text[]), CAST(:compared AS text[])) AS n (id, reason, compared)
WHERE m.year = :year AND m.household_id = n.id
"""

# A plan that is of a later year makes up for one that was missed; a monitored household's own plan counts as well.
_MEMBERS = """
income_cohort_member m JOIN household h ON h.id = m.household_id AND h.status = 'active'
LEFT JOIN LATERAL (
    SELECT min(planned.on_day) AS on_day FROM (
        SELECT p.made_on AS on_day FROM income_plan p WHERE p.household_id = h.id AND p.year >= m.year
        UNION ALL
        SELECT CAST(p.recorded_at AT TIME ZONE 'Asia/Shanghai' AS date)
        FROM episode e JOIN plan p ON p.episode_id = e.id
        WHERE e.household_id = h.id
          AND CAST(p.recorded_at AT TIME ZONE 'Asia/Shanghai' AS date) >= make_date(m.year, 1, 1)
    ) planned) done ON true
"""
_OF_YEAR = "m.year = :year AND m.left_on IS NULL"


async def follow(session: AsyncSession, area: str, year: int, today: date) -> None:
    """Let the cohorts of an area be what register and labels say: who is in none leaves, who left may come back."""
    low, high = areas.range_of(area)
    await session.execute(text(_FOLLOW), {"low": low, "high": high, "year": year, "today": today})


async def unreasoned(session: AsyncSession, area: str, year: int) -> dict[UUID, str | None]:
    """Give households whose incomes are others than when their reason was read, with the versions of both; some."""
    low, high = areas.range_of(area)
    rows = await session.execute(text(_UNREASONED), {"low": low, "high": high, "year": year})
    return {row.household_id: row.compared for row in rows}


async def reason(
    session: AsyncSession, year: int, compared: Mapping[UUID, str | None], reasons: Mapping[UUID, IncomeReason]
) -> None:
    """Keep why the incomes of households fell, and from which versions that was read."""
    values = {
        "ids": list(compared),
        "reasons": [reasons[each].value if each in reasons else None for each in compared],
        "compared": list(compared.values()),
    }
    await session.execute(text(_REASON), values | {"year": year})


async def tallies(session: AsyncSession, area: str, year: int, due_on: date) -> list[Tally]:
    """Give how far each village of an area has come with those that were in the cohorts of a year by a day."""
    low, high = areas.range_of(area)
    result = await session.execute(
        text(
            "SELECT h.village_code AS village, count(*) AS due, count(*) - count(done.on_day) AS waiting,"
            f" max(done.on_day) AS last_on FROM {_MEMBERS} WHERE {_OF_YEAR} AND {_HERE} AND m.joined_on <= :due_on"
            " GROUP BY 1 ORDER BY 1"
        ),
        {"low": low, "high": high, "year": year, "due_on": due_on},
    )
    return [Tally(**row) for row in result.mappings()]


async def progress(session: AsyncSession, condition: str, values: Mapping[str, Any], by: str) -> Sequence[Any]:
    """Give the counts by area, cohort and reason: each household once where the cohort is null, all areas together
    where the area is null.

    Args:
        values: Among them `year`.
    """
    result = await session.execute(
        text(
            f"SELECT n.*, {path_of('n.area_code')} AS area_path FROM ("
            f"SELECT rpad(left(h.village_code, {_DIGITS[by]:d}), 12, '0') AS area_code, c.cohort, m.reason,"
            " count(*) AS due, count(done.on_day) AS planned"
            f" FROM {_MEMBERS} CROSS JOIN unnest(m.cohorts || CAST(NULL AS text)) AS c (cohort)"
            f" WHERE {_OF_YEAR} AND {condition}"
            " GROUP BY GROUPING SETS ((1, 2, 3), (2, 3))) n"
            " ORDER BY n.area_code NULLS LAST, n.cohort NULLS FIRST, n.due DESC, n.reason"
        ),
        dict(values),
    )
    return result.mappings().all()


async def page(
    session: AsyncSession, conditions: Sequence[str], values: Mapping[str, Any]
) -> tuple[Sequence[Any], int]:
    """Give households by village, and how many there are; `:year`, `:after_area` and `:after` or null, `:limit`."""
    source = f"{_MEMBERS} WHERE {' AND '.join([_OF_YEAR, *conditions])}"
    count = await session.execute(text(f"SELECT count(*) FROM {source}"), dict(values))
    rows = await session.execute(
        text(
            "SELECT h.id::text AS household_id, h.hh_no, h.village_code AS area_code, h.grid, m.cohorts, m.reason,"
            f" done.on_day AS planned_on FROM {source}"
            " AND (CAST(:after AS uuid) IS NULL OR (h.village_code, h.id) > (:after_area, CAST(:after AS uuid)))"
            " ORDER BY h.village_code, h.id LIMIT :limit"
        ),
        dict(values),
    )
    return rows.mappings().all(), int(count.scalar_one())
