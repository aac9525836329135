"""What users read of the catalogue beside its declarations and problems."""

from __future__ import annotations

LEGAL_BASIS = "政府部门履行法定职责;市县防止返贫监测部门数据每月15日前导入"

DATA_SHEET, NOTES_SHEET = "数据", "填报说明"
NOTES_HEAD = ("列名", "字段代码", "是否必填", "类型", "可填内容", "English")
CHECK = "校验"
RULES_HEAD = "填写规则"
RULES = (
    "空单元格表示没有填写:选填列留空即可,必填列留空的行会退回;不要用“-”“/”“无”“NULL”代替空。",
    "没有金额填 0,不知道的留空:空不等于 0。",
    "证件号码列须为文本格式,填完整的 18 位(或 15、20、22 位)号码,不要用 * 遮盖。",
    "不要合并数据行的单元格;合计行、表下说明和隐藏的行列可以保留,未使用的内容会在回执中逐一列出。",
)
REQUIRED, OPTIONAL = "必填", "选填"
EMPTY = "留空表示没有填写,不等于0或“否”"
EXAMPLE = "示例:{}"
KINDS = {
    "str": "文字",
    "int": "整数",
    "money": "金额(元,最多两位小数)",
    "date": "日期(如 2026-10-31)",
    "bool": "是/否",
    "enum": "从列表选择",
}

NAMED_RISK = ("本期比对有具体风险", "the same comparison found a named risk")
