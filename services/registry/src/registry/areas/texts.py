"""What is wrong with a line of an area list, as people read it: Chinese first, English beside."""

from __future__ import annotations

FAULTS = {
    "row.shape": "不是完整的一行 / not a whole row",
    "code.type": "区划代码应为12位数字 / an area code has twelve digits",
    "code.range": "全国代码不需导入 / the nation is not imported",
    "code.duplicate": "区划代码重复 / this code came before in the file",
    "code.outside": "不在管辖区域内 / outside your areas",
    "name.missing": "名称不能为空或过长 / the name is missing or too long",
    "parent_code.mismatch": "上级代码与代码本身不符 / the digits say another parent",
    "parent_code.unknown": "上级区划不存在 / its parent is neither here nor registered",
    "valid_from.type": "启用日期应为 YYYY-MM-DD / must be an ISO date",
    "valid_to.type": "停用日期应为 YYYY-MM-DD / must be an ISO date",
    "valid_to.range": "停用日期早于启用日期 / ends before it begins",
}
