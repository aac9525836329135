"""What is wrong with a renovation, as people read it: Chinese first, English beside."""

from __future__ import annotations

FAULTS = {
    "day.future": "日期在将来 / a date in the future",
    "day.order": "日期先后不对：应依次为批准、开工、完工、验收 / out of order: approved, started, finished, accepted",
    "day.skipped": "缺少前一环节的日期 / the step before has no day yet",
    "due_on.early": "期限早于批准日期 / due before it was approved",
    "mode.missing": "已批准的须填写改造方式 / what was approved needs a mode",
    "wish.unwilling": "农户不愿改造的不能批准,请先更新改造意愿 / not to be approved: the household does not want it",
    "targets.foreign": "不是本县乡镇代码 / not a township of the county",
    "nothing": "没有要修改的内容 / nothing to change",
}
ACCEPTED = "{kind}验收合格：{grade}级，验收编号{record_no} / accepted, grade {grade}"
"""What a status says of the acceptance that it comes from."""
