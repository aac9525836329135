WITH member AS (
    SELECT
        person.hn,
        count(*) AS living_members,
        count(CASE WHEN psb_roll.pn IS NULL THEN person.pn END) AS members_off_roll,
        bool_or(person.id_token IS NULL OR psb_roll.pn IS NOT NULL AND NOT psb_roll.is_match
            OR psb_roll.pn IS NULL AND newcomer.pn IS NOT NULL) AS is_doubtful_on_roll
    FROM person
    LEFT JOIN psb_roll ON psb_roll.pn = person.pn
    LEFT JOIN newcomer ON newcomer.pn = person.pn AND newcomer.dataset = 'DS-PSB-ROLL'
    WHERE NOT person.is_dead
    GROUP BY person.hn
),
book AS (
    SELECT hn, household_ref, max(size) AS size FROM psb_roll WHERE is_match GROUP BY hn, household_ref
),
registered AS (
    SELECT hn, count(*) AS hukou_count, sum(size) AS hukou_size FROM book GROUP BY hn
)
SELECT
    member.hn,
    registered.hukou_count,
    registered.hukou_size,
    member.members_off_roll,
    member.living_members,
    member.is_doubtful_on_roll
FROM member
LEFT JOIN registered ON registered.hn = member.hn;
