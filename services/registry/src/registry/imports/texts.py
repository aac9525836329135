"""What is wrong with a row of an import, as people read it: Chinese first, English beside."""

from __future__ import annotations

# Kind of Pydantic's error: end of the code, and the two halves of the text.
KINDS = {
    "missing": ("missing", "不能为空", "is required"),
    "enum": ("code", "不是允许的代码", "is not one of the allowed codes"),
    "literal_error": ("code", "不是允许的代码", "is not one of the allowed codes"),
    "greater_than_equal": ("range", "超出允许范围", "is out of range"),
    "less_than_equal": ("range", "超出允许范围", "is out of range"),
    "decimal_max_digits": ("range", "超出允许范围", "is out of range"),
    "decimal_max_places": ("range", "最多两位小数", "has more than two decimals"),
    "decimal_whole_digits": ("range", "超出允许范围", "is out of range"),
    "string_too_long": ("range", "过长", "is too long"),
    "string_too_short": ("missing", "不能为空", "is required"),
    "too_long": ("range", "项数过多", "has too many items"),
    "too_short": ("missing", "不能为空", "is required"),
}
OTHER_KIND = ("type", "格式不对", "has the wrong form")
COLUMNS_IGNORED = "已忽略的列 / columns ignored: {columns}"
INCOME_TITLE = "{year}年{title}"

FAULTS = {
    "row.shape": "引号有误或列数不对 / broken quoting or wrong number of cells",
    "row.shape:json": "不是一个有效的JSON对象 / not a JSON object",
    "hh_no.missing": "户编号不能为空 / hh_no is required",
    "members.range": "一户人数过多 / too many members",
    "household.incomplete": "本户有其他行未通过,整户未导入 / other rows of this household were refused",
    "household.incomplete:broken": "本户有一行格式错误,整户未导入 / a row of this household is broken",
    "household.rows_disagree": "同一户各行的 {column} 不一致 / rows of one household disagree",
    "household.duplicate": "户编号在文件中重复(同一户的各行须相邻) / this household number came before in the file",
    "household.ended": "该户已不在册 / the household has ended",
    "household.elsewhere": "户编号已被其他区域使用 / the household number belongs to another area",
    "household.exists": "户编号已存在 / the household number is registered",
    "village_code.unknown": "行政村代码不存在或不在管辖范围内 / no such village within your areas",
    "person.duplicate": "该人员在文件中已属于另一户 / this person already belongs to another household of the file",
    "person.in_other_household": "该人员已是另一在册户的成员 / this person is an active member of another household",
    "person_no.duplicate": "人口编号在文件中重复 / this person number came before in the file",
    "person_no.in_other_household": "人口编号已属于另一在册户 / this person number belongs to another household",
}
