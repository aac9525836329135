-- A household drinks one water: its newest check counts, under whichever member's name it came.
WITH newest AS (
    SELECT hn, max(checked_on) AS checked_on
    FROM wat_status
    CROSS JOIN run
    WHERE is_match AND checked_on <= run.as_of
    GROUP BY hn
)
SELECT
    wat_status.hn,
    max(newest.checked_on) AS water_checked_on,
    bool_or(NOT quantity_ok) AS is_water_short,
    bool_or(NOT quality_ok) AS is_water_unfit,
    bool_or(NOT convenience_ok) AS is_water_far,
    bool_or(NOT guarantee_ok) AS is_water_unreliable
FROM wat_status
JOIN newest ON newest.hn = wat_status.hn AND newest.checked_on = wat_status.checked_on
WHERE is_match
GROUP BY wat_status.hn;
