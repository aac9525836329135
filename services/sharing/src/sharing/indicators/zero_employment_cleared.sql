-- Of the households that the list before told of, those that the month's list tells of no more. Who is not on the register
-- any more has left, and is in no denominator.
WITH before AS (
    SELECT DISTINCT ON (f.household_id) coalesce(h.area_code, f.area_code) AS area_code, f.household_id, f.severity,
        v.period, coalesce(h.status = 'active', false) AS is_here
    FROM finding f LEFT JOIN directory_household h ON h.household_id = f.household_id
    JOIN village_told(:last_on, 'work') v ON v.area_code = coalesce(h.area_code, f.area_code)
        AND f.period = months_before(v.period, 1)
    WHERE f.rule_id = 'R-HRS-02' AND f.withdrawn_at IS NULL
    ORDER BY f.household_id, v.period DESC
), told AS (
    SELECT b.*, EXISTS (SELECT FROM finding f WHERE f.household_id = b.household_id AND f.rule_id = 'R-HRS-02'
        AND f.period >= b.period AND f.withdrawn_at IS NULL) AS stands
    FROM before b
)
SELECT t.area_code, t.household_id, t.household_id, jsonb_build_object(
        'resettled', CASE WHEN t.severity = 'RED' THEN 'yes' ELSE 'no' END,
        'outcome', CASE WHEN NOT t.is_here THEN 'left' WHEN t.stands THEN 'stands' ELSE 'cleared' END),
    CASE WHEN t.is_here AND NOT t.stands THEN 1 ELSE 0 END, CASE WHEN t.is_here THEN 1 ELSE 0 END
FROM told t
