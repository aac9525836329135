-- Rows that somebody must decide about; those that are counted and not listed are no members.
SELECT w.area_code, w.id::text, w.household_id, jsonb_build_object('department', w.department, 'dataset', w.dataset,
    'row', w.kind), CAST(1 AS numeric), CAST(NULL AS numeric)
FROM worklist_row w
WHERE w.opened_at < :ends_at AND (w.state = 'open' OR w.changed_at >= :ends_at)
