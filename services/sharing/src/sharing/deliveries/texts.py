"""What departments read of their deliveries in Chinese: faults of rows, columns and values of the files of errors."""

from __future__ import annotations

from contracts.errors import FieldError
from servicekit.identity import MESSAGES
from sharing.catalogue.service import Dataset

LINE, PART, ERRORS, SHEET = "行号", "分片", "错误说明", "不合格行"
YES, NO = "是", "否"
UNKNOWN_COLUMN = "列“{name}”不属于该数据集,已忽略"

_FAULTS = {
    "missing": "为空,该项必填",
    "type": "格式不正确",
    "code": "不在允许的代码或名称之内",
    "range": "超出允许范围",
}
_EXPECTED = {
    "int": "应为整数",
    "money": "应为不小于0、最多两位小数的金额(元)",
    "date": "应为日期,如 2026-10-31",
    "bool": "应填 是 或 否",
    "str": "应为普通文字,不超过200字",
}
_ROW_FAULTS = {
    "row.shape": "该行无法解析:引号不配对、列数与表头不一致,或不是一个 JSON 对象",
    "row.duplicate_key": "与前面的行主键重复,已保留先出现的一行",
}


def error_of(dataset: Dataset, field: str, code: str, *, within: str = "") -> FieldError:
    """Say in Chinese what is wrong with a field of a row (`""`: with the row itself), without repeating the value."""
    return FieldError(f"{within}/{field}" if field else within, code, _message(dataset, field, code))


def _message(dataset: Dataset, name: str, code: str) -> str:
    if code in MESSAGES:
        return MESSAGES[code][0]
    if code in _ROW_FAULTS:
        return _ROW_FAULTS[code]
    if code == "row.check":
        return next((check.message for check in dataset.row_checks if check.field == name), "字段之间不一致")
    field = dataset.by_code.get(name)
    kind = code.rpartition(".")[2]
    label = field.label if field else name
    if field and kind == "code":
        return f"{label}只能填:{'、'.join(value.label for value in field.values)}"
    if field and kind == "range" and field.type == "int":
        return f"{label}应在 {field.minimum} 到 {field.maximum} 之间"
    if field and kind in ("type", "range"):
        return f"{label}{_FAULTS[kind]},{_EXPECTED.get(field.type, '')}"
    return f"{label}{_FAULTS.get(kind, '不合格')}"
