-- Of campaigns that ended within the period: who was met by its last day. Who left before anybody came is not owed.
SELECT h.area_code, t.campaign_id || '/' || t.household_id, t.household_id::text,
    jsonb_build_object('campaign', c.kind, 'visit', t.state),
    CAST(t.state IN ('no_risk', 'risk_found') AND coalesce(t.happened_on <= c.until_on, false) AS int), 1
FROM campaign c JOIN campaign_task t ON t.campaign_id = c.id JOIN household_at(:ends_at) h ON h.id = t.household_id
WHERE c.until_on BETWEEN :first_on AND :last_on AND coalesce(c.cancelled_at >= :ends_at, true)
  AND coalesce(t.left_on > c.until_on, true)
