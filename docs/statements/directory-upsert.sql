-- Snapshots into the directory of sharing.
WITH newest AS MATERIALIZED (
    SELECT DISTINCT ON (s.household_id) s.*
    FROM json_to_recordset(%(snapshots)s::json) AS s(
        household_id VARCHAR, area_code VARCHAR, hh_type VARCHAR, status VARCHAR, housing_tenure VARCHAR,
        is_resettled BOOLEAN, monitor_category VARCHAR, is_monitored BOOLEAN, open_risks TEXT[],
        unsafe_statuses TEXT[], to_date_year INTEGER, to_date_quarters INTEGER, to_date_net NUMERIC(14, 2),
        moved_on DATE, moved_from VARCHAR, last_negative_decision_on DATE, version BIGINT,
        token_revision INTEGER, incomes json, members json)
    ORDER BY s.household_id, s.version DESC, s.token_revision DESC
), taken AS (
    INSERT INTO directory_household AS d (
        household_id, area_code, hh_type, status, housing_tenure, is_resettled, monitor_category,
        is_monitored, open_risks, unsafe_statuses, to_date_year, to_date_quarters, to_date_net, moved_on,
        moved_from, last_negative_decision_on, version, token_revision)
    SELECT household_id, area_code, hh_type, status, housing_tenure, is_resettled, monitor_category,
        is_monitored, open_risks, unsafe_statuses, to_date_year, to_date_quarters, to_date_net, moved_on,
        moved_from, last_negative_decision_on, version, token_revision
    FROM newest
    ON CONFLICT (household_id) DO UPDATE SET
        area_code = EXCLUDED.area_code, hh_type = EXCLUDED.hh_type, status = EXCLUDED.status,
        housing_tenure = EXCLUDED.housing_tenure, is_resettled = EXCLUDED.is_resettled,
        monitor_category = EXCLUDED.monitor_category, is_monitored = EXCLUDED.is_monitored,
        open_risks = EXCLUDED.open_risks, unsafe_statuses = EXCLUDED.unsafe_statuses,
        to_date_year = EXCLUDED.to_date_year, to_date_quarters = EXCLUDED.to_date_quarters,
        to_date_net = EXCLUDED.to_date_net, moved_on = EXCLUDED.moved_on, moved_from = EXCLUDED.moved_from,
        last_negative_decision_on = EXCLUDED.last_negative_decision_on, version = EXCLUDED.version,
        token_revision = EXCLUDED.token_revision
    WHERE (d.version, d.token_revision) < (EXCLUDED.version, EXCLUDED.token_revision)
    RETURNING household_id, old.version IS DISTINCT FROM new.version AS is_changed
), announced AS MATERIALIZED (
    SELECT n.household_id, m.*
    FROM newest n JOIN taken USING (household_id), json_to_recordset(n.members) AS m(
        person_id VARCHAR, birth_date DATE, sex VARCHAR, relation VARCHAR, labour VARCHAR,
        school_stage VARCHAR, has_finished_compulsory BOOLEAN, health TEXT[], relief VARCHAR, came_on DATE,
        came_from VARCHAR, id_token VARCHAR, person_token VARCHAR, token_key_id VARCHAR, other_tokens json)
), other_token AS MATERIALIZED (
    SELECT a.household_id, a.person_id, o.key_id, o.id_token, o.person_token
    FROM announced a, json_to_recordset(a.other_tokens) AS o(key_id text, id_token text, person_token text)
    WHERE a.id_token IS NOT NULL
), eldest AS MATERIALIZED (
    SELECT DISTINCT ON (household_id, person_id) * FROM other_token ORDER BY household_id, person_id, key_id
), member AS MATERIALIZED (
    -- The token under the first key stands for the person; which key is the current one does not matter here.
    SELECT a.household_id, a.person_id, COALESCE(e.id_token, a.id_token) AS id_token,
           COALESCE(e.person_token, a.person_token) AS person_token,
           COALESCE(e.key_id, a.token_key_id) AS token_key_id,
           a.birth_date, a.sex, a.relation, a.labour, a.school_stage, a.has_finished_compulsory, a.health,
        a.relief, a.came_on, a.came_from
    FROM announced a LEFT JOIN eldest e ON e.household_id = a.household_id AND e.person_id = a.person_id
                                       AND e.key_id < a.token_key_id
), further AS MATERIALIZED (
    SELECT t.* FROM (
        SELECT * FROM other_token UNION ALL
        SELECT household_id, person_id, token_key_id, id_token, person_token FROM announced WHERE id_token IS NOT NULL
    ) t JOIN member m USING (household_id, person_id) WHERE t.key_id <> m.token_key_id
), former_token AS (
    DELETE FROM directory_token d USING taken t
    WHERE d.household_id = t.household_id
      AND NOT EXISTS (SELECT 1 FROM further f WHERE f.household_id = d.household_id
                                                AND f.person_id = d.person_id AND f.key_id = d.key_id)
), token AS (
    INSERT INTO directory_token AS d (household_id, person_id, key_id, id_token, person_token)
    SELECT household_id, person_id, key_id, id_token, person_token FROM further
    ON CONFLICT (household_id, person_id, key_id) DO UPDATE SET
        id_token = EXCLUDED.id_token, person_token = EXCLUDED.person_token
    WHERE (d.id_token, d.person_token) IS DISTINCT FROM (EXCLUDED.id_token, EXCLUDED.person_token)
), income AS MATERIALIZED (
    SELECT n.household_id, i.*
    FROM newest n JOIN taken USING (household_id), json_to_recordset(n.incomes) AS i(
        year INTEGER, net NUMERIC(14, 2), per_capita_net NUMERIC(14, 2), ref_per_capita NUMERIC(14, 2),
        self_paid NUMERIC(14, 2))
), left_household AS (
    DELETE FROM directory_person p USING taken t
    WHERE p.household_id = t.household_id
      AND NOT EXISTS (SELECT 1 FROM member m WHERE m.household_id = p.household_id AND m.person_id = p.person_id)
), removed_income AS (
    DELETE FROM directory_income d USING taken t
    WHERE d.household_id = t.household_id
      AND NOT EXISTS (SELECT 1 FROM income i WHERE i.household_id = d.household_id AND i.year = d.year)
), person AS (
    INSERT INTO directory_person AS d (
        household_id, person_id, birth_date, sex, relation, labour, school_stage, has_finished_compulsory,
        health, relief, came_on, came_from, id_token, person_token, token_key_id)
    SELECT household_id, person_id, birth_date, sex, relation, labour, school_stage, has_finished_compulsory,
        health, relief, came_on, came_from, id_token, person_token, token_key_id
    FROM member
    ON CONFLICT (household_id, person_id) DO UPDATE SET
        birth_date = EXCLUDED.birth_date, sex = EXCLUDED.sex, relation = EXCLUDED.relation,
        labour = EXCLUDED.labour, school_stage = EXCLUDED.school_stage,
        has_finished_compulsory = EXCLUDED.has_finished_compulsory, health = EXCLUDED.health,
        relief = EXCLUDED.relief, came_on = EXCLUDED.came_on, came_from = EXCLUDED.came_from,
        id_token = EXCLUDED.id_token, person_token = EXCLUDED.person_token,
        token_key_id = EXCLUDED.token_key_id
    WHERE (d.birth_date, d.sex, d.relation, d.labour, d.school_stage, d.has_finished_compulsory, d.health,
        d.relief, d.came_on, d.came_from, d.id_token, d.person_token, d.token_key_id)
          IS DISTINCT FROM
          (EXCLUDED.birth_date, EXCLUDED.sex, EXCLUDED.relation, EXCLUDED.labour, EXCLUDED.school_stage,
        EXCLUDED.has_finished_compulsory, EXCLUDED.health, EXCLUDED.relief, EXCLUDED.came_on,
        EXCLUDED.came_from, EXCLUDED.id_token, EXCLUDED.person_token, EXCLUDED.token_key_id)
), yearly AS (
    INSERT INTO directory_income AS d (
        household_id, year, net, per_capita_net, ref_per_capita, self_paid)
    SELECT household_id, year, net, per_capita_net, ref_per_capita, self_paid FROM income
    ON CONFLICT (household_id, year) DO UPDATE SET
        net = EXCLUDED.net, per_capita_net = EXCLUDED.per_capita_net,
        ref_per_capita = EXCLUDED.ref_per_capita, self_paid = EXCLUDED.self_paid
    WHERE (d.net, d.per_capita_net, d.ref_per_capita, d.self_paid)
          IS DISTINCT FROM (EXCLUDED.net, EXCLUDED.per_capita_net, EXCLUDED.ref_per_capita, EXCLUDED.self_paid)
)
SELECT household_id FROM taken WHERE is_changed ORDER BY household_id
