"""What is wrong with an income plan, as people read it: Chinese first, English beside."""

FAULTS = {
    "year.unfit": "只能制定今年或明年的计划 / a plan is of this year or the next",
    "due_on.other_year": "完成日期不在计划年度内 / the day is not in the plan's year",
    "responsible.unfit": (
        "该人员今日既不是该户的帮扶责任人,也没有覆盖该户的走访岗位任期"
        " / neither this household's helper today nor in office there in a role that visits households"
    ),
}
