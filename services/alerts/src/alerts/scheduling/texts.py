"""What is wrong with what is said of a meeting, as people read it: Chinese first, English beside."""

FAULTS = {
    "held_on.before": "召开日期早于期初 / before the period begins",
    "held_on.future": "召开日期在将来 / a date in the future",
    "done_on.future": "办结日期在将来 / a date in the future",
    "department.missing": "县级以上事项须写明责任部门 / name the department",
    "area_code.outside": "不在本次调度的区域内 / not within the area of the record",
    "due_on.before": "时限早于召开日期 / earlier than the meeting",
}
