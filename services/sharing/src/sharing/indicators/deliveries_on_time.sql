-- A county's data of a dataset and month, due within the period: in time is a list that was complete by the day, be it
-- replaced since. A duty that closed without any list is not owed any more.
WITH owed AS (
    SELECT d.id, d.is_open, d.said ->> 'area_code' AS county, d.said ->> 'department' AS department,
        split_part(d.said ->> 'subject_id', '/', 1) AS dataset, split_part(d.said ->> 'subject_id', '/', 2) AS month,
        CAST(d.said ->> 'due_on' AS date) AS due_on
    FROM duty_said d WHERE d.said ->> 'kind' = 'D01' AND CAST(d.said ->> 'due_on' AS date) BETWEEN :first_on AND :last_on
), came AS (
    SELECT o.id, min(CAST(l.closed_at AT TIME ZONE 'Asia/Shanghai' AS date)) AS on_day
    FROM owed o JOIN delivery l ON l.dataset = o.dataset AND l.period = o.month
        AND l.area_code >= o.county AND l.area_code < left(o.county, 6) || ':'
    WHERE l.state = 'committed' AND l.kind <> 'record' AND NOT l.is_addition
    GROUP BY o.id
)
SELECT o.county, o.id, CAST(NULL AS text), jsonb_build_object('department', o.department, 'dataset', o.dataset),
    CAST(coalesce(c.on_day <= o.due_on, false) AS int), 1
FROM owed o LEFT JOIN came c USING (id)
WHERE o.is_open OR c.on_day IS NOT NULL
