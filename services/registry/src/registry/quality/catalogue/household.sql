-- The chosen households that are on the register, with their members counted and their newest income.
SELECT h.id AS household_id, h.id AS subject_id, left(h.village_code, 6) || '000000' AS county,
    h.hh_type, h.monitor_category,
    coalesce(btrim(h.risk_note), '') <> '' AS has_risk_note,
    CAST(coalesce(m.members, 0) AS int) AS members, CAST(coalesce(m.heads, 0) AS int) AS heads,
    CAST(coalesce(m.spouses, 0) AS int) AS spouses, CAST(coalesce(m.able, 0) AS int) AS able,
    CAST(coalesce(m.ill, 0) AS int) AS ill, CAST(coalesce(m.disabled, 0) AS int) AS disabled,
    CAST(coalesce(m.on_relief, 0) AS int) AS on_relief, CAST(coalesce(m.working, 0) AS int) AS working,
    i.year AS income_year, i.wage, i.business, i.business_cost, i.transfer, i.self_paid, i.per_capita_net,
    CAST(i.items ->> 'd2' AS numeric) AS allowance, CAST(i.items ->> 'd4' AS numeric) AS pension
FROM quality_chosen c
JOIN household h ON h.id = c.household_id AND h.status = 'active'
LEFT JOIN (
    SELECT household_id, count(*) AS members,
        count(*) FILTER (WHERE relation = 'head') AS heads,
        count(*) FILTER (WHERE relation = 'spouse') AS spouses,
        count(*) FILTER (WHERE labour IN ('1', '2')) AS able,
        count(*) FILTER (WHERE is_working) AS working,
        count(*) FILTER (WHERE is_ill) AS ill,
        count(*) FILTER (WHERE is_disabled) AS disabled,
        count(*) FILTER (WHERE relief <> 'none') AS on_relief
    FROM quality_person GROUP BY household_id
) m ON m.household_id = h.id
LEFT JOIN (
    SELECT DISTINCT ON (n.household_id) n.*
    FROM income n JOIN quality_chosen c ON c.household_id = n.household_id
    WHERE n.superseded_at IS NULL
    ORDER BY n.household_id, n.year DESC
) i ON i.household_id = h.id
