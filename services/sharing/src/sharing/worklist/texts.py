"""What people read of the worklist in Chinese."""

from __future__ import annotations

from typing import Final

KINDS: Final = {
    "name_differs": "证件号码相同但姓名不符",
    "contradicts": "同一主键的多行内容不一致",
    "unmatched": "登记册中没有这个证件号码",
    "deceased": "户籍登记已死亡,名单仍有此人或仍在发放",
    "unchecked": "缺少证件号码、姓名不符或缺少数据,规则无法核对",
}
STATES: Final = {
    "open": "待核实",
    "same_person": "认定为同一人",
    "other_person": "认定为他人",
    "not_covered": "不在监测范围",
    "wrong_data": "数据有误,待更正",
    "withdrawn": "已撤回",
    "checked": "已人工核查",
    "alive": "经核实健在,死亡登记有误",
    "moot": "后续数据中已不存在",
}
REGISTER_LABEL: Final = "登记册 / household register"
