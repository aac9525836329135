"""What is wrong with what a village says of its collective income: Chinese first, English beside."""

FAULTS = {
    "year.future": "年度尚未开始 / the year has not begun",
    "distributed.above": "分配金额大于收益 / more was distributed than there was",
    "households.missing": "已分配收益,请填写分配户数 / something was distributed: say to how many households",
    "households.unexpected": "未分配收益,不能填写分配户数 / nothing was distributed: no household has a share",
    "settled_on.future": "日期在将来 / a date in the future",
    "settled_on.before": "早于该年度 / before the year",
}
