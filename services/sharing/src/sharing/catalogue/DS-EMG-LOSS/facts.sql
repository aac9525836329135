-- A loss may be told under several members' names: it is one household's, and the worst that is told counts.
SELECT
    emg_loss.hn,
    max(deaths) AS loss_deaths,
    max(injured) AS loss_injured,
    bool_or(house_damage IN ('collapsed', 'serious')) AS has_lost_house,
    max(crop_loss_pct) AS crop_loss,
    max(ended_on) AS disaster_ended_on
FROM emg_loss
CROSS JOIN run
JOIN household ON household.hn = emg_loss.hn
JOIN parameter ON parameter.area_code = household.area_code
WHERE is_match AND ended_on > add_months(run.as_of, -parameter."emg.new_months") AND ended_on <= run.as_of
GROUP BY emg_loss.hn;
