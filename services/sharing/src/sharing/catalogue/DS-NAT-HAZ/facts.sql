-- A point threatens the household of whoever is on its list until it is ended; the newest check of each counts.
SELECT
    nat_haz.hn,
    count(DISTINCT nat_haz.point_no) AS hazard_points,
    bool_or(nat_haz.level IN ('great', 'large')) AS is_great_hazard,
    bool_or(
        month(run.as_of) >= parameter."nat.flood_from_month" AND month(run.as_of) <= parameter."nat.flood_to_month"
    ) AS is_flood_season
FROM nat_haz
CROSS JOIN run
JOIN household ON household.hn = nat_haz.hn
JOIN parameter ON parameter.area_code = household.area_code
WHERE nat_haz.is_match AND nat_haz.checked_on <= run.as_of
    AND (nat_haz.ended_on IS NULL OR nat_haz.ended_on > run.as_of)
GROUP BY nat_haz.hn;
