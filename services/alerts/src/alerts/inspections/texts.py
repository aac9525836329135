"""What inspections are told in: Chinese first, English beside."""

from __future__ import annotations

from typing import Final

FAULTS: Final = {
    "due_on.past": "时限已过 / the day is over",
    "responsible.outside": "不是本县的乡镇 / no township of this county",
    "responsible.twice": "同一乡镇写了两次 / the same township twice",
    "visited_on.future": "走访日期在将来 / a date in the future",
    "visited_on.before": "走访日期早于抽取之日 / earlier than the drawing",
}
STRATA: Final = {
    "new": ("本季新识别", "identified in the quarter"),
    "eliminated": ("风险已消除", "risk eliminated"),
    "unresolved": ("风险未消除", "risk not eliminated"),
    "excluded": ("本季排除线索", "clue excluded in the quarter"),
}
FINDINGS: Final = {
    "as_recorded": ("与记录一致", "as it is recorded"),
    "differs": ("与记录不符", "differs from what is recorded"),
    "nobody_there": ("未遇到家庭成员", "nobody was there"),
}
TITLE: Final = "{area}{year}年第{number}季度督查清单"
SEED: Final = "随机种子：{seed}；每个乡镇每类抽取{number}户，不足的全部抽取；抽取名单摘要：{digest}。"
HEADS: Final = ("位置", "户编号", "户主", "类别", "责任人", "时限", "状态", "走访日期", "督查结果", "说明")
TABLE: Final = "督查清单"
STATES: Final = {"open": "待督查", "done": "已督查", "cancelled": "已取消"}
"""What the state of a household that was drawn is called."""
