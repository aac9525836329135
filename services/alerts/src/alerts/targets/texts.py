"""What is wrong with what is said of a target, as people read it: Chinese first, English beside."""

FAULTS = {
    "indicator.unknown": "没有该指标 / no such indicator",
    "period.over": "该期已结束 / the period is over",
    "period.shorter": "期间短于该指标的统计周期 / shorter than the indicator's own period",
    "value.missing": "须写明目标值 / say the value to be reached",
    "value.unexpected": "与统计数据或往期数据比较时不填目标值 / none where it is held against a series or a figure",
    "value.negative": "目标值不能为负 / a value below zero",
    "value.above_all": "比率不超过100 / a rate is at most 100",
    "benchmark.series_missing": "须写明统计指标和地区 / name the series and the area that it is about",
    "benchmark.series_unknown": "没有该统计指标 / no such series",
    "benchmark.level": "该统计指标没有这一级的数据 / the series has no values of areas of this level",
    "benchmark.unit": "统计指标的单位与所比较的数不同 / the series is in another unit than what it is held against",
    "benchmark.unexpected": "固定目标值不填比较对象 / nothing to compare with, for a value of its own",
    "benchmark.itself": "不能与本期本地区自身比较 / the same area's same period",
    "benchmark.unrelated": "须为本地区、其上级或下级 / neither the area itself, nor above or below it",
    "milestones.unexpected": "只有固定目标值才设节点 / for a value of its own only",
    "milestones.order": "节点日期须先后有序、不重复 / in order, no day twice",
    "milestones.outside": "节点日期须在目标期间内 / outside the period",
    "milestones.one_of": "节点写百分比或数值之一 / a share or a value, not both",
    "milestones.beyond": "节点高于目标 / beyond the target itself",
    "milestones.past": "已过的节点不能更改 / a milestone whose day is over is not changed",
}
RULES = {
    "at_least": "不低于{wanted} / at least {wanted}",
    "more_than": "高于{wanted} / more than {wanted}",
    "at_most": "不高于{wanted} / at most {wanted}",
    "less_than": "低于{wanted} / less than {wanted}",
}
WHY = {
    "met": "达到 / reached",
    "missed": "未达到 / not reached",
    "not_due": "未到时限 / not due yet",
    "no_figure": "{period}的指标尚未汇总 / the figure of {period} is not there",
    "no_earlier_figure": "{period}的指标缺失,无法计算增速 / without the figure of {period} there is no growth",
    "no_benchmark": "{period}的比较数据缺失 / what it is held against is not known of {period}",
    "not_in_force": "目标尚未审批 / the target is not approved yet",
}
