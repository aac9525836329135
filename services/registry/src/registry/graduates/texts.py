"""What is wrong with a graduate's plan, as people read it: Chinese first, English beside."""

FAULTS = {
    "due_on.past": "完成日期已过 / the day has passed",
    "responsible.unfit": (
        "该人员今日既不是该户的帮扶责任人,也没有覆盖该户的走访岗位任期"
        " / neither this household's helper today nor in office there in a role that visits households"
    ),
}
