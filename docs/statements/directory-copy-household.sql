-- The directory for a comparison.
SELECT household_id, area_code, hh_type, status, housing_tenure, is_resettled, monitor_category,
        is_monitored, open_risks, unsafe_statuses, to_date_year, to_date_quarters, to_date_net, moved_on,
        moved_from, last_negative_decision_on
FROM directory_household
