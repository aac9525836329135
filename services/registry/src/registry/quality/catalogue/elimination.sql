-- The newest elimination of each chosen household while it is looked back on, with all that is known of the household.
SELECT h.*, e.id AS episode_id, coalesce(p.mode = 'assistance', false) AS is_by_assistance,
    CAST(extract(year FROM age(e.eliminated_on, e.identified_on)) * 12
        + extract(month FROM age(e.eliminated_on, e.identified_on)) AS int) AS months_helped
FROM quality_household h
JOIN LATERAL (
    SELECT n.* FROM episode n WHERE n.household_id = h.household_id ORDER BY n.created_at DESC, n.id DESC LIMIT 1
) e ON e.state IN ('ELIMINATED', 'LOOKED_BACK')
LEFT JOIN LATERAL (
    SELECT s.record ->> 'mode' AS mode FROM episode_step s
    WHERE s.episode_id = e.id AND s.state = 'ELIM_PROPOSED' ORDER BY s.sequence DESC LIMIT 1
) p ON true
