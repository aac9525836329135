SELECT pn, min(level) AS disability_level, max(CASE WHEN change = 'new' THEN issued_on END) AS new_certificate_on
FROM dpf_cert
CROSS JOIN run
WHERE is_match AND change <> 'cancelled' AND issued_on <= run.as_of
GROUP BY pn;
