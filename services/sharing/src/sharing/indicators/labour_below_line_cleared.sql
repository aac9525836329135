-- The curve: of the households that were found first in a month of the last twelve (`cohort`), those that are above the line
-- when the period ends. One value a month and cohort: the values of the months that follow are its curve. What was withdrawn
-- on the day on which it was found was a mistake and in no cohort; who is not on the register any more has left.
WITH cohort AS (
    SELECT f.household_id, min(f.period) AS month
    FROM finding f
    WHERE f.rule_id = 'R-AGR-04b' AND f.period <= to_char(CAST(:last_on AS date), 'YYYY-MM')
      AND f.period > months_before(to_char(CAST(:last_on AS date), 'YYYY-MM'), 12)
      AND (f.withdrawn_at IS NULL OR f.withdrawn_at >= f.found_at + interval '1 day')
    GROUP BY f.household_id
), told AS (
    SELECT c.month, h.area_code, h.household_id, h.status = 'active' AS is_here,
        EXISTS (SELECT FROM finding f WHERE f.household_id = c.household_id AND f.rule_id = 'R-AGR-04b'
            AND f.withdrawn_at IS NULL AND f.period >= v.period
            AND f.period <= to_char(CAST(:last_on AS date), 'YYYY-MM')) AS stands
    FROM cohort c JOIN directory_household h ON h.household_id = c.household_id
    JOIN village_told(:last_on, 'income') v ON v.area_code = h.area_code
)
SELECT t.area_code, t.household_id, t.household_id, jsonb_build_object(
        'cohort', t.month, 'outcome', CASE WHEN NOT t.is_here THEN 'left' WHEN t.stands THEN 'stands' ELSE 'cleared' END),
    CASE WHEN t.is_here AND NOT t.stands THEN 1 ELSE 0 END, CASE WHEN t.is_here THEN 1 ELSE 0 END
FROM told t
