SELECT d.area_code, d.id, d.household_id, '{}'::jsonb,
    CAST(coalesce(d.state = 'done' AND d.closed_on <= d.due_on, false) AS int), 1
FROM duty d
WHERE d.kind = 'D10' AND d.due_on BETWEEN :first_on AND :last_on AND d.state <> 'cancelled' AND NOT d.is_paused
