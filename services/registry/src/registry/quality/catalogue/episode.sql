-- The running episodes of the chosen households that are monitored, with all that is known of the household.
SELECT h.*, e.id AS episode_id, e.identified_on, CAST(extract(year FROM e.identified_on) AS int) AS identified_year,
    e.risk_types && CAST(:named_risks AS text[]) AS has_named_risk,
    '01' = ANY(e.risk_types) AS has_illness,
    '03' = ANY(e.risk_types) AS has_disability,
    '04' = ANY(e.risk_types) AS lacks_labour,
    '07' = ANY(e.risk_types) AS has_unstable_work,
    '99' = ANY(e.risk_types) AS has_other_risk,
    CAST(coalesce(g.statuses, 0) AS int) AS statuses,
    coalesce(s.per_capita_net, i.per_capita_net) AS identification_income,
    CAST(m.measures AS int) AS measures, CAST(m.development AS int) AS development_measures,
    CAST(m.going AS int) AS going_measures, CAST(f.unanswered AS int) AS unanswered_risks, m.work_helped_year, m.relief_helped_year
FROM quality_household h
JOIN episode e ON e.household_id = h.household_id AND e.is_active
JOIN household o ON o.id = h.household_id AND o.is_monitored
LEFT JOIN (
    SELECT s.household_id, count(DISTINCT s.kind) AS statuses FROM (
        SELECT household_id, kind FROM guarantee_status WHERE superseded_at IS NULL
        UNION ALL SELECT household_id, kind FROM guarantee_claim WHERE superseded_at IS NULL
    ) s JOIN quality_chosen c ON c.household_id = s.household_id
    GROUP BY s.household_id
) g ON g.household_id = h.household_id
LEFT JOIN LATERAL (
    SELECT n.per_capita_net FROM income_snapshot n
    WHERE n.household_id = h.household_id AND n.kind = 'identification' AND n.superseded_at IS NULL
    ORDER BY n.period_to DESC LIMIT 1
) s ON true
LEFT JOIN LATERAL (
    SELECT n.per_capita_net FROM income n
    WHERE n.household_id = h.household_id AND n.superseded_at IS NULL
      AND n.year IN (extract(year FROM e.identified_on), extract(year FROM e.identified_on) - 1)
    ORDER BY n.year DESC LIMIT 1
) i ON true
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE n.state = 'implemented') AS measures,
        count(*) FILTER (WHERE n.state = 'implemented' AND n.category IN ('M01', 'M02', 'M03', 'M04')
            AND btrim(n.item) <> ALL(CAST(:training AS text[]))) AS development,
        count(*) AS going,
        CAST(min(extract(year FROM n.implemented_on)) FILTER (WHERE n.state = 'implemented' AND n.category IN ('M02', 'M04')) AS int)
            AS work_helped_year,
        CAST(min(extract(year FROM n.implemented_on))
            FILTER (WHERE n.state = 'implemented' AND n.category = 'M10' AND n.item ~ '低保|最低生活保障|特困') AS int) AS relief_helped_year
    FROM measure n WHERE n.episode_id = e.id AND n.state IN ('planned', 'in_progress', 'implemented')
) m
CROSS JOIN LATERAL (
    SELECT count(*) AS unanswered FROM unnest(e.risk_types) AS risk
    WHERE risk = ANY(CAST(:named_risks AS text[])) AND NOT EXISTS (
        SELECT FROM measure n WHERE n.episode_id = e.id AND n.state IN ('planned', 'in_progress', 'implemented')
          AND CAST(:fitting AS jsonb) -> risk ? n.category)
) f
