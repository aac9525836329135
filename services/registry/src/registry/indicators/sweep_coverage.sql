-- Of campaigns that ended within the period: who was met by its last day. Who left before anybody came is not owed.
-- Those who were met are counted without a list, as they are nearly all of the county: the campaign's tasks have them.
WITH task AS (
    SELECT h.area_code, t.campaign_id, t.household_id, c.kind, t.state,
        t.state IN ('no_risk', 'risk_found') AND coalesce(t.happened_on <= c.until_on, false) AS is_met
    FROM campaign c JOIN campaign_task t ON t.campaign_id = c.id JOIN household_at(:ends_at) h ON h.id = t.household_id
    WHERE c.until_on BETWEEN :first_on AND :last_on AND coalesce(c.cancelled_at >= :ends_at, true)
      AND coalesce(t.left_on > c.until_on, true)
)
SELECT area_code, campaign_id || '/' || household_id, household_id::text,
    jsonb_build_object('campaign', kind, 'visit', state), CAST(0 AS numeric), CAST(1 AS numeric)
FROM task WHERE NOT is_met
UNION ALL
SELECT area_code, NULL, NULL, jsonb_build_object('campaign', kind, 'visit', state), count(*), count(*)
FROM task WHERE is_met GROUP BY area_code, kind, state
