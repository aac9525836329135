"""What departments read of their deliveries in Chinese: faults of rows, columns and values of the files of errors."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from contracts.errors import FieldError
from intake.faults import told
from servicekit.identity import MESSAGES
from sharing.catalogue.service import Dataset

LINE, PART, ERRORS, SHEET, CORRECTS = "行号", "分片", "错误说明", "不合格行", "更正批次"
WHERE, PLACE = "所在工作表", "{sheet} 第{row}行"
YES, NO = "是", "否"

_ROW_FAULTS = {
    "row.shape": "该行无法解析:引号不配对、列数与表头不一致,或不是一个 JSON 对象",
    "row.duplicate_key": "同一主键有多行且内容不一致,均未采用,请核实后只报正确的一行",
    "row.repeated": "同一行里一个字段出现了两次,无法确定以哪个为准",
    "field.unknown": "该数据集没有这个字段,请核对字段名",
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
    return f"{label}{told(kind, field.type if field else 'str')[0]}"


_DOUBTS = {
    "all_refused": "全部{of_rows}行均不合格,没有可用的行",
    "refused": "{of_rows}行中有{rows}行不合格,超过{limit}",
    "shrunk": "现有名单{of_rows}条,本次少{rows}条,超过{limit}",
    "persons_gone": "上次名单的{of_rows}人中有{rows}人不在本次名单,超过{limit}",
    "area_missing": "上次名单的{of_rows}人中有{rows}人所在的乡镇,本次名单里一个人也没有",
    "covers_few": "本区域登记的{of_rows}人中只有{rows}人在名单上,低于{limit},且此前没有可对照的名单",
    "names_changed": "两次名单共有的{of_rows}人中有{rows}人姓名不同,超过{limit}",
}
_NOTES = {
    "delivery.nothing_before": "此前没有可对照的名单,未核对人数是否完整,请自行核对行数",
    "delivery.older_than_current": "本批数据日期({as_of})早于当前生效批次({current_as_of}),当前批次继续有效",
    "delivery.records_before": "本期此前单条推送的{count}条记录以本名单为准",
    "delivery.rows_outside": "{count}行的人员登记在本批次区域以外,未采用(计入不合格行数,不逐行列出)",
    "delivery.corrects_held": "所更正的批次{delivery_id}仍在暂缓,更正后的行已采用,原批次待放行或撤回",
    "delivery.completes_held": "所更正的暂缓批次{delivery_id}经更正已补齐,现已生效",
    "delivery.held_withdrawn": "此前暂缓的批次{delivery_id}已被本批替代",
}


def doubt_of(doubt: Mapping[str, Any]) -> str:
    """Say in Chinese why a list is held."""
    limit = doubt["limit"]
    shown = f"{Decimal(limit) * 100:.0f}%" if limit is not None else ""
    return _DOUBTS[doubt["code"]].format(**{**doubt, "limit": shown})


def note_of(note: Mapping[str, Any]) -> str:
    """Say in Chinese what a receipt notes."""
    return _NOTES[note["code"]].format(**note)


def replaced_by(delivery_id: str) -> str:
    """Say in Chinese why a held list was withdrawn by itself."""
    return f"已由批次 {delivery_id} 替代"


def completed_by(delivery_id: str) -> str:
    """Say in Chinese why a held list counts by itself."""
    return f"更正批次 {delivery_id} 已补齐"
