-- The chosen households that are on the register, with their members counted and their newest income.
SELECT h.id AS household_id, h.id AS subject_id, left(h.village_code, 6) || '000000' AS county,
    h.hh_type, h.monitor_category, h.is_monitored, h.is_willing,
    coalesce(btrim(h.risk_note), '') <> '' AS has_risk_note,
    CAST(coalesce(m.members, 0) AS int) AS members, CAST(coalesce(m.heads, 0) AS int) AS heads,
    CAST(coalesce(m.spouses, 0) AS int) AS spouses, CAST(coalesce(m.able, 0) AS int) AS able, CAST(coalesce(m.hands, 0) AS int) AS hands,
    CAST(coalesce(m.ill, 0) AS int) AS ill, CAST(coalesce(m.disabled, 0) AS int) AS disabled,
    CAST(coalesce(m.on_relief, 0) AS int) AS on_relief, CAST(coalesce(m.working, 0) AS int) AS working,
    i.year AS income_year, i.wage, i.business, i.business_cost, i.transfer, i.self_paid, i.per_capita_net,
    CAST(i.items ->> 'd2' AS numeric) AS allowance, CAST(i.items ->> 'd4' AS numeric) AS pension,
    CAST(extract(year FROM CAST(:today AS date)) AS int) - i.year AS income_age,
    CAST(:today AS date) - CAST(i.recorded_at AT TIME ZONE 'Asia/Shanghai' AS date) AS income_days,
    CAST(coalesce(u.unsafe, 0) AS int) AS unsafe, CAST(:today AS date) - u.unsafe_since AS unsafe_days,
    coalesce(r.is_in_procedure, false) AS is_in_procedure,
    CAST(:today AS date) - greatest(r.declined_on, k.declined_on) AS declined_days,
    CAST(coalesce(k.open_clues, 0) AS int) AS open_clues, CAST(:today AS date) - k.last_clue_on AS last_clue_days,
    CAST(:today AS date) - l.relief_since AS relief_days, CAST(:today AS date) - v.second_on AS second_risk_visit_days
FROM quality_chosen c
JOIN household h ON h.id = c.household_id AND h.status = 'active'
LEFT JOIN (
    SELECT household_id, count(*) AS members,
        count(*) FILTER (WHERE relation = 'head') AS heads,
        count(*) FILTER (WHERE relation = 'spouse') AS spouses,
        count(*) FILTER (WHERE labour IN ('1', '2')) AS able,
        count(*) FILTER (WHERE labour IN ('1', '2', '3')) AS hands,
        count(*) FILTER (WHERE is_working) AS working,
        count(*) FILTER (WHERE is_ill) AS ill,
        count(*) FILTER (WHERE is_disabled) AS disabled,
        count(*) FILTER (WHERE relief IN ('dibao', 'tekun')) AS on_relief
    FROM quality_person GROUP BY household_id
) m ON m.household_id = h.id
LEFT JOIN (
    SELECT DISTINCT ON (n.household_id) n.*
    FROM income n JOIN quality_chosen c ON c.household_id = n.household_id
    WHERE n.superseded_at IS NULL
    ORDER BY n.household_id, n.year DESC
) i ON i.household_id = h.id
LEFT JOIN (
    -- Of each guarantee the newest day's value counts, then the one that was told last.
    SELECT g.household_id, count(*) AS unsafe,
        min(CAST(g.recorded_at AT TIME ZONE 'Asia/Shanghai' AS date)) AS unsafe_since
    FROM (
        SELECT DISTINCT ON (s.household_id, s.kind) s.*
        FROM (
            SELECT household_id, kind, is_safe, checked_on, recorded_at FROM guarantee_status WHERE superseded_at IS NULL
            UNION ALL
            SELECT household_id, kind, is_safe, checked_on, recorded_at FROM guarantee_claim WHERE superseded_at IS NULL
        ) s JOIN quality_chosen c ON c.household_id = s.household_id
        ORDER BY s.household_id, s.kind, s.checked_on DESC, s.recorded_at DESC
    ) g WHERE NOT g.is_safe GROUP BY g.household_id
) u ON u.household_id = h.id
LEFT JOIN (
    SELECT e.household_id, bool_or(e.is_active) AS is_in_procedure,
        max(CAST(e.updated_at AT TIME ZONE 'Asia/Shanghai' AS date))
            FILTER (WHERE e.state IN ('REJECTED', 'WITHDRAWN', 'CORRECTED')) AS declined_on
    FROM episode e JOIN quality_chosen c ON c.household_id = e.household_id GROUP BY e.household_id
) r ON r.household_id = h.id
LEFT JOIN (
    SELECT n.household_id, count(*) FILTER (WHERE n.state IN ('new', 'dispatched', 'verifying', 'unreachable')) AS open_clues,
        max(CAST(n.found_at AT TIME ZONE 'Asia/Shanghai' AS date)) AS last_clue_on,
        max(n.decided_on) FILTER (WHERE n.state = 'excluded') AS declined_on
    FROM clue n JOIN quality_chosen c ON n.household_id = c.household_id::text GROUP BY n.household_id
) k ON k.household_id = h.id::text
LEFT JOIN (
    SELECT b.household_id, max(b.since_on) AS relief_since
    FROM household_label b JOIN quality_chosen c ON c.household_id = b.household_id
    WHERE b.label IN ('dibao', 'tekun') GROUP BY b.household_id
) l ON l.household_id = h.id
LEFT JOIN (
    SELECT n.household_id, (array_agg(n.happened_on ORDER BY n.happened_on DESC))[2] AS second_on
    FROM contact n JOIN quality_chosen c ON c.household_id = n.household_id
    WHERE n.risk_types <> '{}' GROUP BY n.household_id
) v ON v.household_id = h.id
