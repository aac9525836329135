"""What users read of the catalogue beside its declarations and problems."""

from __future__ import annotations

YES, NO = "是", "否"
# Words for the values of facts in an explanation: true, false, unknown.
IN_CHINESE = (YES, NO, "不详")
IN_ENGLISH = ("yes", "no", "unknown")

LEGAL_BASIS = "政府部门履行法定职责;市县防止返贫监测部门数据每月15日前导入"

DATA_SHEET, NOTES_SHEET = "数据", "填报说明"
NOTES_HEAD = ("列名", "字段代码", "是否必填", "类型", "可填内容", "English")
CHECK = "校验"
REQUIRED, OPTIONAL = "必填", "选填"
EXAMPLE = "示例:{}"
KINDS = {
    "str": "文字",
    "int": "整数",
    "money": "金额(元,最多两位小数)",
    "date": "日期(如 2026-10-31)",
    "bool": "是/否",
    "enum": "从列表选择",
}
