-- Persons of former poor households; returned is a household whose risk is not eliminated and whose newest known income
-- a head, of a year up to this one, is below the county's monitoring line. Others are counted without a list.
WITH former AS (
    SELECT h.id, h.area_code, h.population, EXISTS (
        SELECT FROM episode e WHERE e.household_id = h.id AND e.identified_on <= :last_on
          AND coalesce(e.eliminated_on > :last_on, true)
          AND (e.is_active OR NOT EXISTS (
              SELECT FROM episode_step s WHERE s.episode_id = e.id AND s.occurred_on <= :last_on
                AND s.state IN ('ENDED_NATURAL', 'CORRECTED', 'STABLE', 'REJECTED', 'WITHDRAWN')))
    ) AS is_unresolved
    FROM household_at(:ends_at) h JOIN household r ON r.id = h.id WHERE h.status = 'active' AND r.hh_type = '1'
), judged AS (
    SELECT f.*, f.is_unresolved AND coalesce((
        SELECT i.per_capita_net < (
            SELECT CAST(p.parameters ->> 'income.monitoring_line' AS numeric) FROM policy_profile p
            WHERE left(f.area_code, length(rtrim(p.region, '0'))) = rtrim(p.region, '0')
              AND p.effective_from <= :last_on AND jsonb_exists(p.parameters, 'income.monitoring_line')
            ORDER BY length(rtrim(p.region, '0')) DESC, p.effective_from DESC, p.version DESC LIMIT 1)
        FROM income i WHERE i.household_id = f.id AND i.year <= extract(year FROM :last_on)
          AND i.recorded_at < :ends_at AND coalesce(i.superseded_at >= :ends_at, true)
        ORDER BY i.year DESC LIMIT 1), false) AS has_returned
    FROM former f
)
SELECT j.area_code, j.id::text, j.id::text, '{}'::jsonb, CAST(0 AS numeric), CAST(j.population AS numeric)
FROM judged j WHERE j.has_returned AND j.population > 0
UNION ALL
SELECT j.area_code, NULL, NULL, '{}'::jsonb, sum(j.population), sum(j.population)
FROM judged j WHERE NOT j.has_returned GROUP BY j.area_code
