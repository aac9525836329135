-- Of those who held a post so many months before, who holds one still. Who is not on the register any more is in no
-- denominator: who died or moved away did not lose the post.
WITH earlier AS (
    SELECT DISTINCT ON (o.person_id) o.area_code, o.person_id, o.household_id, v.period
    FROM village_told(:last_on, 'posts') v
    JOIN occupation_village w ON w.area_code = v.area_code AND w.knows_posts
        AND w.period = months_before(v.period, v.post_stay_months)
    JOIN occupation o ON o.period = w.period AND o.area_code = w.area_code
    WHERE o.posts + o.rangers > 0
    ORDER BY o.person_id, v.period DESC
), found AS (
    SELECT e.*, EXISTS (SELECT FROM occupation o WHERE o.period = e.period AND o.person_id = e.person_id
            AND o.posts + o.rangers > 0) AS holds,
        EXISTS (SELECT FROM directory_person p JOIN directory_household h USING (household_id)
            WHERE p.person_id = e.person_id AND h.status = 'active') AS is_here
    FROM earlier e
)
SELECT f.area_code, f.person_id, f.household_id,
    jsonb_build_object('outcome', CASE WHEN f.holds THEN 'holds' WHEN f.is_here THEN 'ended' ELSE 'left' END),
    CASE WHEN f.holds THEN 1 ELSE 0 END, CASE WHEN f.holds OR f.is_here THEN 1 ELSE 0 END
FROM found f
