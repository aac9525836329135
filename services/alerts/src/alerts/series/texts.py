"""What is wrong with a value of a series, as people read it: Chinese first, English beside."""

FAULTS = {
    "series.unknown": "没有该统计指标 / no such series",
    "area_code.level": "该指标没有这一级的数据 / the series has no values of areas of this level",
    "area_code.unrelated": "须为本地区、其上级或下级 / neither the area that keeps it, nor above or below it",
    "period.month": "须为年度或季度 / a year or a quarter",
    "period.not_over": "该期尚未结束 / the period is not over",
    "value.implausible": "数值应在{low}与{high}之间 / between {low} and {high}",
    "value.known": "该期数据已录入,如有变动请更正 / entered already: correct it",
    "value.twice": "同一份材料中重复 / twice in what was given",
    "value.same": "与现值相同 / the value that stands",
}
