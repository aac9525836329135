-- What a household draws from projects is summed over its members; of a project under several numbers nothing is joined.
WITH linked AS (
    SELECT
        agr_link.hn,
        agr_link.yearly_amount,
        agr_proj.state = 'failed' AS has_failed,
        agr_proj.price_fall_pct
    FROM agr_link
    JOIN agr_proj ON agr_proj.project_no = agr_link.project_no
    WHERE agr_link.is_match AND agr_proj.is_match
)
SELECT
    linked.hn,
    sum(CASE WHEN has_failed THEN yearly_amount END) AS linked_failed_amount,
    sum(CASE WHEN 100 * parameter."agr.price_fall_share" <= price_fall_pct THEN yearly_amount END) AS linked_price_amount,
    max(price_fall_pct) AS linked_price_fall
FROM linked
JOIN household ON household.hn = linked.hn
JOIN parameter ON parameter.area_code = household.area_code
GROUP BY linked.hn;
