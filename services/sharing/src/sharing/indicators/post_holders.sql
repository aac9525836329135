SELECT DISTINCT ON (o.person_id) o.area_code, o.person_id, o.household_id,
    jsonb_build_object('post', array_remove(ARRAY[
        CASE WHEN o.posts > 0 THEN 'post' END, CASE WHEN o.rangers > 0 THEN 'ranger' END], NULL)),
    1, CAST(NULL AS numeric)
FROM village_told(:last_on, 'posts') v JOIN occupation o ON o.period = v.period AND o.area_code = v.area_code
WHERE o.posts + o.rangers > 0
ORDER BY o.person_id, o.period DESC
