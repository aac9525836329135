"""Why a step is refused, as people read it: Chinese first, English beside. A key is the code of the answer; what stands
after its colon tells two texts of one code apart.
"""

from __future__ import annotations

REFUSALS = {
    "occurred_on.future": "日期在将来 / the date is in the future",
    "occurred_on.order": "早于上一环节的日期 / before the date of the previous step",
    "actors.missing": "须写明经办人 / name who took the step",
    "actors.too_few": "入户须至少{least}人 / a visit needs {least} persons",
    "actors.separation_of_duty": "核实、评议人员不得审核或审定同一户 / who verified a case may not audit or approve it",
    "record.missing": "record 缺少{zh} / the record lacks {en}",
    "visit.missing": "尚未入户核实 / the household has not been visited",
    "comparison.missing": "尚未信息比对 / the comparison has not been made",
    "publicity.missing": "尚未公示 / there has been no publicity",
    "publicity.too_short": "公示须满{days}个整天,最早 {closes} / publicity lasts {days} full days,"
    " until {closes} at the earliest",
    "category.code": "须写明监测对象类别 0、1 或 2 / name the category: 0, 1 or 2",
    "category.conflict": "监测类别与户类型不符 / category and household type disagree",
    "category.income": "突发严重困难户的收入应高于监测线 / the income of category 2 is at or above the line",
    "risk_types.code": "风险类型代码不存在 / unknown risk type",
    "risk_types.unnamed": "审定时须写明具体风险类型 / the decision must name the risks themselves",
    "risk_types.duplicate": "风险类型重复 / the same risk twice",
    "note.missing": "风险类型为其他时须写说明 / other needs a note",
    "consent.missing": "缺少申请承诺授权(record.consent_signed_on) / the signed consent is not on record",
    "minutes.missing": "缺少评议记录 / the minutes of the review are missing",
    "plan.missing": "尚未制定帮扶计划 / there is no plan yet",
    "measure.missing": "尚无帮扶措施 / there is no measure yet",
    "measure.missing:risk": "风险 {zh} 没有已落实的对应措施 / no implemented measure for {en}",
    "mode.code": "消除方式应为 assistance 或 natural / unknown mode",
    "income.below_line": "收入未稳定高于当年监测线 / income is not above this year's line",
    "status.education": "义务教育安全未确认 / education is not confirmed safe",
    "status.medical": "医疗安全未确认 / medical is not confirmed safe",
    "status.housing": "住房安全未确认 / housing is not confirmed safe",
    "status.water": "饮水安全未确认 / water is not confirmed safe",
    "labour.none": "无劳动能力户暂不标注消除,持续跟踪 / households without labour are kept under watch",
    "elimination.too_early": "帮扶消除最早 {earliest} / elimination by assistance is possible from {earliest}",
    "lookbacks.missing": "须有四次季度回头看且均稳定 / four stable quarterly look-backs are needed",
    "lookbacks.too_early": "风险消除未满一年 / a year has not passed yet",
}
