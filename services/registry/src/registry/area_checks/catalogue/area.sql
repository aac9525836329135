-- Each village and township of a county where households are registered, with what has happened there lately; how unusual
-- it is, against the rest of the county: the chance of so many or more newly identified households, if they came as often
-- as among everybody else (Poisson).
WITH homes AS MATERIALIZED (
    SELECT h.id, a.level, a.area_code, h.is_monitored
    FROM household h
    CROSS JOIN LATERAL (VALUES ('village', h.village_code), ('town', left(h.village_code, 9) || '000')) a (level, area_code)
    WHERE h.village_code >= :low AND h.village_code < :high AND h.status = 'active'
), told AS (
    SELECT h.level, h.area_code,
        count(*) AS households, count(*) FILTER (WHERE h.is_monitored) AS unresolved,
        count(*) FILTER (WHERE e.newest_on > CAST(:today AS date) - CAST(:window AS int)) AS new_households,
        coalesce(sum(e.identified), 0) AS identified, coalesce(sum(c.clues), 0) AS clues,
        coalesce(sum(e.decided), 0) AS decided, coalesce(sum(e.refused), 0) AS refused
    FROM homes h
    LEFT JOIN (
        SELECT n.household_id, max(n.identified_on) AS newest_on,
            count(*) FILTER (WHERE n.identified_on > :since) AS identified,
            count(*) FILTER (WHERE n.state = 'REJECTED' AND n.updated_at >= :month AND n.updated_at < :month_end
                OR n.identified_on >= CAST(:month AS date) AND n.identified_on < CAST(:month_end AS date)) AS decided,
            count(*) FILTER (WHERE n.state = 'REJECTED' AND n.updated_at >= :month AND n.updated_at < :month_end)
                AS refused
        FROM episode n GROUP BY n.household_id
    ) e ON e.household_id = h.id
    LEFT JOIN (
        SELECT n.household_id, count(*) AS clues FROM clue n WHERE n.found_at >= :since GROUP BY n.household_id
    ) c ON c.household_id = h.id::text
    GROUP BY h.level, h.area_code
), beside AS (
    SELECT t.*, t.households * (sum(t.new_households) OVER level - t.new_households)
        / nullif(sum(t.households) OVER level - t.households, 0) AS expected
    FROM told t WINDOW level AS (PARTITION BY t.level)
)
SELECT b.area_code, CAST(:county AS text) AS county, CAST(NULL AS text) AS cause, b.level,
    CAST(b.households AS int) AS households, CAST(b.unresolved AS int) AS unresolved,
    CAST(b.new_households AS int) AS new_households, CAST(b.identified AS int) AS identified,
    CAST(b.clues AS int) AS clues, CAST(b.decided AS int) AS decided, CAST(b.refused AS int) AS refused,
    CAST(round(b.expected, 4) AS numeric(14, 4)) AS expected,
    CAST(CASE WHEN b.expected > 0 THEN (
        SELECT greatest(0, 1 - coalesce(sum(exp(k * ln(b.expected::float8) - b.expected::float8 - lgamma(k + 1))), 0))
        FROM generate_series(0, b.new_households - 1) k
    ) WHEN b.expected = 0 AND b.new_households > 0 THEN 0 END AS numeric(9, 4)) AS chance
FROM beside b
