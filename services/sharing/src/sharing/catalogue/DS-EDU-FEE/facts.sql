SELECT pn, max(self_paid) AS fee_self_paid_max
FROM edu_fee
WHERE is_match
GROUP BY pn;
