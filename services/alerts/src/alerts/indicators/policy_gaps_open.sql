-- Open until it was closed or withdrawn; what came back to the township is open.
SELECT coalesce(m.area_code, c.area_code), g.id::text, c.household_id,
    jsonb_build_object('department', g.department, 'risk', c.risk_type), 1, CAST(NULL AS numeric)
FROM policy_gap g JOIN clue c ON c.id = g.clue_id LEFT JOIN clue_moved_since(:ends_at) m ON m.clue_id = c.id
WHERE g.counts_from <= :last_on AND (g.state IN ('open', 'returned') OR g.updated_at >= :ends_at)
