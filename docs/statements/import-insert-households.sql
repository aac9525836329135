-- New households out of staging.
INSERT INTO household (
    id, contact, phone_masked, population, fingerprint, monitor_category, is_monitored, open_risks,
    known_on, created_at, updated_at, hh_no, village_code, group_name, grid, hh_type, housing_tenure,
    is_resettled, poverty_exit_year, is_military_family, is_whole_no_labour, resettlement_site,
    risk_note, is_willing, last_negative_decision_on)
SELECT s.id, s.contact, s.phone_masked, s.population, s.fingerprint, s.monitor_category, s.is_monitored,
    s.open_risks, s.known_on, s.created_at, s.updated_at, s.hh_no, s.village_code, s.group_name, s.grid,
    s.hh_type, s.housing_tenure, s.is_resettled, s.poverty_exit_year, s.is_military_family,
    s.is_whole_no_labour, s.resettlement_site, s.risk_note, s.is_willing, s.last_negative_decision_on
FROM s_map m JOIN s_household s ON s.id = m.staged_id
WHERE m.is_new ORDER BY s.village_code, s.hh_no
