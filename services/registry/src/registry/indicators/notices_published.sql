SELECT n.area_code, n.id::text, CAST(NULL AS text), jsonb_build_object('notice', n.kind), 1, CAST(NULL AS numeric)
FROM notice n
WHERE n.first_on BETWEEN :first_on AND :last_on AND coalesce(n.withdrawn_at >= :ends_at, true)
