-- Names are compared as they were written: who works for a closed entity at the end of the month, or has lost that work
-- with it, and who draws benefit from one.
WITH closed AS (
    SELECT entity, min(closed_on) AS closed_on
    FROM mkt_ent
    CROSS JOIN run
    WHERE is_match AND closed_on <= run.as_of
    GROUP BY entity
),
worked AS (
    SELECT hrs_work.hn, TRUE AS has_closed
    FROM hrs_work
    JOIN closed ON closed.entity = hrs_work.employer
    WHERE hrs_work.is_match AND (hrs_work.to_on IS NULL OR hrs_work.to_on >= closed.closed_on)
    GROUP BY hrs_work.hn
),
drew AS (
    SELECT agr_link.hn, TRUE AS has_closed
    FROM agr_link
    JOIN closed ON closed.entity = agr_link.entity
    WHERE agr_link.is_match
    GROUP BY agr_link.hn
)
SELECT
    household.hn,
    coalesce(worked.has_closed, FALSE) AS closed_employer,
    coalesce(drew.has_closed, FALSE) AS closed_partner,
    CASE WHEN worked.has_closed THEN '07' WHEN drew.has_closed THEN '06' END AS closed_risk
FROM household
LEFT JOIN worked ON worked.hn = household.hn
LEFT JOIN drew ON drew.hn = household.hn;
