"""What people read of corrections."""

from __future__ import annotations

from typing import Final

STATES: Final = {
    "open": "待部门核实",
    "corrected": "已更正",
    "stands": "数据无误,维持不变",
    "withdrawn": "已撤回",
    "moot": "依据已消失,无须更正",
}
FLAWS: Final = {
    "dataset.not_read": "该比对结果不以此数据集为依据 / the finding does not rest on this dataset",
    "field.unknown": "该数据集没有这个字段 / the dataset has no such field",
    "reason.missing": "维持不变须填写原因代码 / data that stand have a reason",
    "reason.unfit": "已更正的不填原因代码 / the reason belongs to data that stand",
    "note.missing": "维持不变须填写说明 / data that stand have a note",
}
