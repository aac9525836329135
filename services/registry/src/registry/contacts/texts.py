"""What is wrong with a visit or contact, as people read it: Chinese first, English beside."""

from __future__ import annotations

SEEN = "走访所见 / seen at a visit"
"""What a status says of where it was seen."""

FAULTS = {
    "happened_on.future": "日期在将来 / a date in the future",
    "staff_id.needed": "请填写走访人员 / say who was there: nobody is signed in",
    "staff_id.not_paired": (
        "该人员当日既不是该户的帮扶责任人,也没有覆盖该户的走访岗位任期"
        " / neither this household's helper on that day nor in office there in a role that visits households"
    ),
    "staff_id.not_you": "走访结果须由走访人员之一登录填报 / the signed-in person is none of those who were there",
    "companions.repeated": "同一人填写了两次 / the same person twice",
    "attachments.unknown": "该户没有此附件,请先上传 / the household has no such attachment; send it first",
    "risk_types.repeated": "同一风险填写了两次 / the same risk twice",
    "risk_types.unexpected": "未见到农户,不能填写风险 / nobody was met: no risk can have been seen",
    "risk_types.missing": "有保障不安全,请填写相应风险 / a status is unsafe: name the risk",
    "statuses.unexpected": "未见到农户,不能填写保障状况 / nobody was met: no status can have been seen",
    "note.needed": "农户拒绝的,请说明情况 / the household refused: say what happened",
    "way.unfit": "短信或微信不算走访 / a message is no visit",
    "happened_on.before_campaign": "早于行动开始日期 / before the campaign began",
    "campaign_id.not_concerned": "该户不在此次行动范围内 / the campaign does not concern this household",
}
