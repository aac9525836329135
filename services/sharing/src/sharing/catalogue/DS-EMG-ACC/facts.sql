SELECT
    emg_acc.pn,
    max(happened_on) AS accident_on,
    bool_or(consequence = 'death') AS has_died_in_accident,
    bool_or(consequence = 'disabled') AS is_disabled_by_accident,
    bool_or(consequence = 'serious') AS is_hurt_by_accident
FROM emg_acc
CROSS JOIN run
JOIN household ON household.hn = emg_acc.hn
JOIN parameter ON parameter.area_code = household.area_code
WHERE is_match AND happened_on > add_months(run.as_of, -parameter."emg.new_months") AND happened_on <= run.as_of
GROUP BY emg_acc.pn;
