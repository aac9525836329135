SELECT
    hn,
    max(CASE WHEN grade IN ('C', 'D') AND measure <> 'finished' THEN grade END) AS unsafe_house_grade,
    coalesce(
        max(CASE WHEN grade IN ('C', 'D') AND measure <> 'finished' THEN appraised_on END),
        max(appraised_on)
    ) AS house_appraised_on
FROM hou_grade
WHERE is_match AND sole_residence
GROUP BY hn;
