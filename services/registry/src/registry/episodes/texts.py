"""Why a step is refused, as people read it: Chinese first, English beside. A key is the code of the answer; what stands
after its colon tells two texts of one code apart.
"""

from __future__ import annotations

REFUSALS = {
    "occurred_on.future": "日期在将来 / the date is in the future",
    "occurred_on.order": "早于上一环节的日期 / before the date of the previous step",
    "occurred_on.backdated": "补录不得早于 {earliest}(超过{days}天);请按实际录入时间重新办理"
    " / not before {earliest}: a step is recorded within {days} days",
    "actors.missing": "须写明经办人 / name who took the step",
    "actors.too_few": "入户须至少{least}人 / a visit needs {least} persons",
    "actors.separation_of_duty": "{zh}的经办人不得办理本环节,请换人 / who took the step {en} may not take this one",
    "client.separation_of_duty": "{zh}由您录入,本环节须由他人办理"
    " / you recorded the step {en}: somebody else has to take this one",
    "record.missing": "record 缺少{zh},请填写如 {example} / the record lacks {en}: send the like",
    "record.invalid": "{zh}填写不正确,请填写如 {example} / {en} is not understood: {why}; send the like",
    "record.unknown": "本环节没有这一项,可填写:{names} / the step has no such entry",
    "record.later": "晚于本环节的日期 / after the date of the step",
    "attachment.unknown": "该户没有此照片或扫描件,请先上传(PUT /v1/households/{{id}}/attachments/{{sha256}})"
    " / the household has no such photo or scan: send it first",
    "results.contradiction": "结果与命中数矛盾:clear 为0,hit 至少为1 / result and hits contradict each other",
    "results.source": "须写明来源:client_id 或 delivery_id,二者选一"
    " / name where it comes from: either client_id or delivery_id",
    "results.unexplained": "有命中须说明核查情况(explanation) / a hit needs its explanation",
    "results.duplicate": "同一部门出现两次 / the same department twice",
    "green_channel.over": "已纳入监测或已结束,无须绿色通道 / it is monitored already, or over: nothing can be put off",
    "green_channel.risk": "绿色通道只适用于突发自然灾害、意外事故(风险 02、05)"
    " / only for a sudden disaster or accident (risks 02 and 05)",
    "visit.missing": "尚未入户核实 / the household has not been visited",
    "comparison.missing": "尚未信息比对 / the comparison has not been made",
    "publicity.missing": "尚未公示 / there has been no publicity",
    "publicity.too_short": "公示须满{days}个整天,最早 {closes} / publicity lasts {days} full days,"
    " until {closes} at the earliest",
    "publicity.recorded": "公示于 {on} 录入,须满{days}天后办理,最早 {earliest}"
    " / the notice was recorded on {on}: not before {earliest}, {days} days later",
    "publicity.planned": "公示须满{days}个整天,ends_on 最早 {least}"
    " / publicity lasts {days} full days, to {least} at least",
    "publicity.start": "公示开始日应为本环节日期 / the notice starts on the day of the step",
    "publicity.order": "公示结束日早于开始日 / the notice ends before it starts",
    "category.conflict": "监测类别与户类型不符 / category and household type disagree",
    "category.income": "突发严重困难户的收入应高于监测线 / the income of category 2 is at or above the line",
    "risk_types.unnamed": "审定时须写明具体风险类型 / the decision must name the risks themselves",
    "risk_types.duplicate": "风险类型重复 / the same risk twice",
    "note.missing": "风险类型为其他时须写说明 / other needs a note",
    "consent.missing": "缺少申请承诺授权书,请在 record.consent 中填写 / the signed consent is not on record:"
    " send it as record.consent",
    "consent.scope": "授权查询范围不含“{zh}” / the consent does not cover {en}",
    "consent.order": "授权截止日早于签字日 / it ends before it was signed",
    "consent.dates": "比对日期须在授权期内({since} 至 {until}) / compared outside the days of the consent",
    "consent.member": "不是本户成员 / not a member of the household",
    "answers.unknown": "没有这个比对问题,见 docs/episodes.md / there is no such question",
    "answers.unexplained": "有命中或无法比对须写明情况(reason) / a hit, or no answer, needs its reason",
    "answers.duplicate": "同一问题出现两次 / the same question twice",
    "answers.department": "该问题不由此部门答复 / not a question to this department",
    "finding.untold": "须将答复告知异议人并写明日期(told_on) / whoever raised it is told: say when",
    "minutes.missing": "缺少评议记录 / the minutes of the review are missing",
    "minutes.present": "到会人数多于应到人数 / more present than members",
    "minutes.votes": "赞成、反对、弃权之和须等于到会人数 / for, against and abstained make up who was present",
    "minutes.quorum": "到会{present}人,应到{members}人,不足法定比例{share}"
    " / {present} of {members} are less than the quorum {share}",
    "minutes.majority": "赞成未过到会人员半数,不得视为通过 / not more than half of those present were in favour",
    "minutes.early": "评议早于上一环节 / the review was held before the previous step",
    "plan.missing": "尚未制定帮扶计划 / there is no plan yet",
    "measure.missing": "尚无帮扶措施 / there is no measure yet",
    "measure.missing:risk": "风险 {zh} 没有已落实的对应措施 / no implemented measure for {en}",
    "income.below_line": "收入未稳定高于当年监测线 / income is not above this year's line",
    "status.education": "义务教育安全未确认 / education is not confirmed safe",
    "status.medical": "医疗安全未确认 / medical is not confirmed safe",
    "status.housing": "住房安全未确认 / housing is not confirmed safe",
    "status.water": "饮水安全未确认 / water is not confirmed safe",
    "expenditure.large": "自付刚性支出达到纯收入的{share},尚未解决"
    " / what it pays itself is {share} of its net income or more",
    "measure.development": "开发式帮扶措施应于 {due} 前落实,尚未落实"
    " / a development measure was due by {due} and is not done",
    "labour.none": "无劳动能力户暂不标注消除,持续跟踪 / households without labour are kept under watch",
    "elimination.too_early": "帮扶消除最早 {earliest} / elimination by assistance is possible from {earliest}",
    "exit.other": "提议的是{zh} / what was proposed is {en}",
    "return.other": "应退回提议前的环节:{zh} / goes back to where it was: {en}",
    "lookback.levels": "回头看须由乡镇和村分别入户 / the township and the village each visit the household",
    "lookback.days": "乡镇和村须在不同日期入户 / the township and the village visit on different days",
    "lookback.persons": "同一人不能既代表乡镇又代表村 / nobody visits for both the township and the village",
    "lookback.actors": "经办人须与 lookback.visits 中的入户人员一致 / the actors are those who visited",
    "lookback.before": "早于上一环节,不属于本次回头看 / before the step before: no visit of this look-back",
    "lookback.new_risks": "仅 finding 为 new_risk 时填写 new_risks,且须为具体风险类型"
    " / new_risks, by name, where the finding is new_risk and only then",
    "lookback.contradiction": "收入下降或有状况不安全,不得认定为 stable"
    " / with a falling income or an unsafe status the finding is not stable",
    "lookback.too_early": "距上一次(含录入时间)须满{days}天,最早 {earliest}"
    " / {days} days after the last one, also by the day of recording: {earliest} at the earliest",
    "lookbacks.missing": "须有{count}次回头看且最近均为稳定,现有{found}次;请逐次办理 LOOKED_BACK"
    " / {count} stable look-backs in a row are needed, there are {found}: take the step LOOKED_BACK for each",
    "lookbacks.too_early": "风险消除未满一年 / a year has not passed yet",
}
