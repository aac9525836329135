-- Rows of a file.
COPY household (
        id, contact, phone_masked, population, fingerprint, monitor_category, is_monitored, open_risks,
        known_on, created_at, updated_at, hh_no, village_code, group_name, grid, hh_type, housing_tenure,
        is_resettled, poverty_exit_year, is_military_family, is_whole_no_labour, resettlement_site,
        risk_note, is_willing, last_negative_decision_on
) FROM STDIN
