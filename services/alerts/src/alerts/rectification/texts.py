"""What is wrong with what is said of a problem, as people read it: Chinese first, English beside."""

FAULTS = {
    "department.missing": "县级以上问题须写明责任部门 / name the department",
    "found_on.future": "发现日期在将来 / a date in the future",
    "due_on.before": "整改时限早于发现日期 / earlier than it was found",
    "due_on.past": "整改时限已过 / the day is over",
    "due_on.missing": "须写明整改时限 / say by when",
    "due_on.unexpected": "只有退回或反复才填写 / for what is to be done again only",
    "measure.missing": "须写明整改措施 / say what will be done",
    "recurs_of.unknown": "没有该问题 / no such problem",
    "recurs_of.not_cleared": "发现本问题时该问题尚未销号 / it had not been cleared by then",
}
