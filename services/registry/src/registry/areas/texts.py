"""What is wrong with a line of an area list, as people read it: Chinese first, English beside."""

from __future__ import annotations

FAULTS = {
    "row.shape": "不是完整的一行 / not a whole row",
    "row.repeated": "同一行里一个字段出现了两次 / a field stands twice in this line",
    "cell.error": "单元格是错误值或没有保存结果的公式 / an error of a spreadsheet, or an uncomputed formula",
    "code.type": "区划代码应为12位数字 / an area code has twelve digits",
    "code.range": "全国代码不需导入 / the nation is not imported",
    "code.duplicate": "区划代码重复 / this code came before in the file",
    "code.outside": "不在管辖区域内 / outside your areas",
    "name.missing": "名称不能为空或过长 / the name is missing or too long",
    "name.id_number": "名称中不得有证件号码 / the name holds a citizen's ID number",
    "parent_code.mismatch": "上级代码与代码本身不符 / the digits say another parent",
    "parent_code.unknown": "上级区划不存在 / its parent is neither here nor registered",
    "valid_from.type": "启用日期应为确定的日期,如 2026-10-31 / must be a date, as 2026-10-31",
    "valid_to.type": "停用日期应为确定的日期,如 2026-10-31;重新启用请填“清空” / must be a date, or 清空",
    "successor_code.range": "继任代码应为另一个村,并须有停用日期 / another village, of one that ends",
    "successor_code.unknown": "继任的村不存在或不在管辖区域内 / no such village within your areas",
    "valid_to.range": "停用日期早于启用日期 / ends before it begins",
}

# Where a succession comes from that a list names.
LISTED = "区划清单导入 / a list of areas"
# What a list leaves open: area and number of households.
INHABITED = "{code} 已停用,名下仍有 {count} 个在册户,请填写继任代码 / closed, households are there: name its successor"

# A parent is in the list with some of its parts, and this one is not: area, name and number of households.
MISSING = (
    "{code} {name}不在清单中,仍为有效,名下 {count} 个在册户;已撤并的请填写停用日期和继任代码"
    " / not in the list, stays open: if it is gone, say its end and its successor"
)

TAG_FAULTS = {
    "tag.level": "该级区划没有这个标签 / areas of this level have no such tag",
    "last_on.range": "结束日期早于开始日期,或晚于已定的结束日期 / ends before it begins, or later than was told",
    "first_on.over": "该区划在此日之前已撤销 / the area is over by then",
}

# Where in a workbook a line is that is wrong, before what is wrong with it.
PLACED = "{sheet} 第{row}行:{detail}"
