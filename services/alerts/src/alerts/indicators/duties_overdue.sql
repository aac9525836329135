-- Late on the day on which one looks; what is paused has no day.
SELECT d.area_code, d.id, d.household_id, jsonb_build_object('duty', d.kind, 'department', d.department), 1,
    CAST(NULL AS numeric)
FROM duty d
WHERE d.due_on < :seen_on AND d.opened_at < :ends_at AND NOT d.is_paused AND coalesce(d.closed_on > :last_on, true)
