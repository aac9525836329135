-- Persons by the blind index of a number.
SELECT json_build_object(
    'id', p.id,
    'person_no', p.person_no,
    'name', p.name_masked,
    'id_no', rpad(left(p.id_no_masked, 6), length(p.id_no_masked), '*'),
    'birth_date', to_char(p.birth_date, 'YYYY'),
    'sex', p.sex,
    'relation', p.relation,
    'labour', p.labour,
    'school_stage', p.school_stage,
    'has_finished_compulsory', p.has_finished_compulsory,
    'health', p.health,
    'relief', p.relief,
    'came_on', p.came_on,
    'came_from', p.came_from,
    'household_id', h.id,
    'hh_no', h.hh_no,
    'area_code', h.village_code,
    'grid', h.grid)
FROM person p JOIN household h ON h.id = p.household_id
WHERE p.is_active AND (p.id_index = decode(:odd, 'hex') OR p.id_index_even = decode(:even, 'hex'))
