-- Each resettlement site of a county: of its households that can work, those in which nobody does. A member works who has months
-- of work this year, or a public post; somebody of whom neither is registered is unknown, and so is the household, unless
-- another member works. A site stands in the village that it is registered in, or else where its households live.
WITH lives AS MATERIALIZED (
    SELECT h.resettlement_site AS site, coalesce(p.village_code, h.village_code) AS area_code, h.id
    FROM household h LEFT JOIN place p ON p.kind = 'site' AND p.scope = left(h.village_code, 6)
        AND p.name = h.resettlement_site AND p.valid_from <= CAST(:today AS date)
        AND (p.valid_to IS NULL OR p.valid_to >= CAST(:today AS date))
    WHERE h.village_code >= :low AND h.village_code < :high AND h.status = 'active' AND h.resettlement_site IS NOT NULL
), able AS (
    SELECT l.site, l.area_code,
        bool_or(m.work_months > 0 OR m.public_post IS NOT NULL) AS works,
        bool_or(m.work_months IS NULL AND m.public_post IS NULL) AS is_unknown
    FROM lives l JOIN person m ON m.household_id = l.id AND m.is_active AND m.labour IN ('1', '2')
    GROUP BY l.id, l.site, l.area_code
), told AS (
    SELECT min(a.area_code) AS area_code, a.site, count(*) FILTER (WHERE a.works OR NOT a.is_unknown) AS able,
        count(*) FILTER (WHERE NOT coalesce(a.works, false) AND NOT a.is_unknown) AS idle
    FROM able a GROUP BY a.site
), beside AS (
    SELECT t.*, t.able * (sum(t.idle) OVER () - t.idle) / nullif(sum(t.able) OVER () - t.able, 0) AS expected
    FROM told t
)
SELECT b.area_code, CAST(:county AS text) AS county, 'site:' || b.site AS cause, CAST(b.able AS int) AS site_able,
    CAST(b.idle AS int) AS site_idle,
    CAST(CASE WHEN b.expected > 0 THEN (
        SELECT greatest(0, 1 - coalesce(sum(exp(k * ln(b.expected::float8) - b.expected::float8 - lgamma(k + 1))), 0))
        FROM generate_series(0, b.idle - 1) k
    ) WHEN b.expected = 0 AND b.idle > 0 THEN 0 END AS numeric(9, 4)) AS site_chance
FROM beside b
