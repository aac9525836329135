SELECT hn, max(grade) AS unsafe_house_grade
FROM hou_grade
WHERE is_match AND sole_residence AND grade IN ('C', 'D') AND measure <> 'finished'
GROUP BY hn;
