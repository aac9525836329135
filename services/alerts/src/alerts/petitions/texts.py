"""What is wrong with what is said of an item, as people read it: Chinese first, English beside."""

FAULTS = {
    "department.missing": "县级事项须写明承办部门 / name the department that deals with it",
    "received_on.future": "收到日期在将来 / a date in the future",
    "household.unknown": "您的区域内没有该户 / no such household within your areas",
    "household.ended": "该户已注销或并入他户 / the household is no longer registered",
    "household.elsewhere": "该户不在所写区域内 / the household does not live in the area that is named",
    "petitioner.unexpected": "网络舆情不登记反映人 / public opinion has no petitioner",
    "petitioner.empty": "请填写反映人姓名或电话 / give a name or a telephone number",
    "clue.no_place": "转线索须写明农户、村或乡镇 / a clue needs a household, a village or a township",
    "answered_on.missing": "请写明答复日期,或未答复的原因 / say when the petitioner was answered, or why not",
    "answered_on.both": "已答复的不写未答复原因 / either answered, or a reason why not",
    "answered_on.future": "答复日期在将来 / a date in the future",
    "answered_on.before": "答复日期早于收到日期 / earlier than the item came in",
    "satisfaction.unexpected": "未答复的没有满意度 / nobody was answered who could be satisfied",
}
