"""What is wrong with a pairing, as people read it: Chinese first, English beside."""

from __future__ import annotations

FAULTS = {
    "staff_id.not_helper": "该人员当日没有覆盖该村的帮扶责任人任期 / no term as a helper covers this village then",
    "replaces.unknown": "该户没有这段结对,或已结束 / the household has no such pairing that runs",
    "from_on.before": "早于被替换结对的开始日期 / before the pairing that it replaces",
    "until_on.before": "早于结对开始日期 / before the pairing began",
    "appointment_id.unknown": "不是该人员的帮扶责任人任期 / no term of this person as a helper",
    "successors.unknown": "不是该人员名下的结对户 / no household of this person",
    "successors.repeated": "同一户出现了两次 / the household stands twice",
}
