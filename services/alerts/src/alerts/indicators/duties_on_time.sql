-- A duty whose ground is gone is nobody's; the others were due within the period, done or not.
SELECT d.area_code, d.id, d.household_id, jsonb_build_object('duty', d.kind, 'department', d.department),
    CAST(coalesce(d.state = 'done' AND d.closed_on <= d.due_on, false) AS int), 1
FROM duty d
WHERE d.due_on BETWEEN :first_on AND :last_on AND d.state <> 'cancelled' AND NOT d.is_paused
