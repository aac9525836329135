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
    "extra_forbidden": ("unknown", "不是本表的字段,请核对字段名", "is not a field"),
    "date_type": ("type", "应为日期文字,如 2026-10-31", "must be a date as text, 2026-10-31"),
    "date_from_datetime_parsing": ("type", "应为日期,如 2026-10-31", "must be a date, 2026-10-31"),
    "bool_type": ("type", "应为 true 或 false", "must be true or false"),
    "string_type": ("type", "应为文字(加引号)", "must be text, in quotes"),
}
OTHER_KIND = ("type", "格式不对", "has the wrong form")
HOW_TO_FILL = (
    "填写说明(本行可保留):空单元格表示没有填写,已登记的内容不变;要去掉已登记的内容,请在单元格中填“清空”;不要用“-”“无”“NULL”代替空;"
    "一户须填全部成员,文件中没有的成员视为离开本户"
)
HOW_TO_FILL_STAFF = (
    "填写说明(本行可保留):一行一人一项任职,同一人的多项任职各填一行;空单元格表示没有填写,已登记的内容不变;"
    "没有工号的人员须填联系电话;新单位须填单位类型、单位区划,行业部门还须填部门;任职须填职务、区划和任职起"
)
INCOME_TITLE = "{year}年{title}"
SHEET = "户与人员"
ANSWERS = {True: "是", False: "否"}

FAULTS = {
    "row.shape": "引号有误或列数不对 / broken quoting or wrong number of cells",
    "row.repeated": "同一行里一个字段出现了两次,无法确定以哪个为准 / a field stands twice in this line",
    "row.shape:json": "不是一个有效的JSON对象 / not a JSON object",
    "hh_no.missing": "户编号不能为空(合并单元格请取消合并,每行填写) / hh_no is required in every row",
    "hh_no.error_cell": "户编号是错误值(如 #N/A)或被合并单元格遮住,前后两户均未导入;请改填户编号"
    " / hh_no is an error or hidden by a merged cell",
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
    "members.in_other_household": "本户有成员登记在其他户,整户未导入;请按证件号码逐人查找核对"
    " / a member is registered in another household; look the members up by number",
    "person_no.duplicate": "人口编号在文件中重复 / this person number came before in the file",
    "person_no.in_other_household": "人口编号已属于另一在册户 / this person number belongs to another household",
}

# Why a household has another number, where a file gave it without a word.
RENUMBERED = "导入文件中成员完全相同,户编号已变 / a file gave the same members under this number"

# Households whose line is of an earlier day than what is registered.
LATE = "资料早于在册资料,未采用的户:{numbers} / older than what is registered, not taken: {numbers}"
