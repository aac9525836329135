SELECT pn, min(run.as_of - lost_on) AS days_since_loss
FROM hrs_unemp CROSS JOIN run
WHERE is_match AND lost_on <= run.as_of
GROUP BY pn;
