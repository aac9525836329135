"""What a plan or a measure lacks, as people read it: Chinese first, English beside. A key is the code of the answer;
what stands after its colon tells two texts of one code apart.
"""

from __future__ import annotations

TEXTS = {
    "plan.no_development_measure": "有劳动能力且有意愿的户须至少安排一项产业、就业等开发式措施(M01-M04)"
    " / a development measure is required",
    "plan.development_recommended": "弱劳力、半劳力户建议安排开发式措施 / a development measure is recommended",
    "plan.no_security": "无劳动能力户须有低保、特困等兜底保障(M10)"
    " / social security is needed for a household without labour",
    "plan.risk_uncovered": "风险“{zh}”没有对应措施 / no task answers the risk: {en}",
    "risk_types.foreign": "该户没有“{zh}”风险 / the episode does not have this risk",
    "measure.mismatch": "“{category}”不对应“{zh}” / this category does not answer the risk",
    "person_id.foreign": "不是本户成员 / not a member",
    "implemented_on.missing": "须写明落实日期 / say when it was implemented",
    "implemented_on.unexpected": "只有“已落实”的措施才写落实日期 / only an implemented measure has this date",
    "implemented_on.range": "落实日期在将来 / a date in the future",
    "implemented_on.range:early": "落实日期早于识别日期 / before identification",
    "obstacle.missing": "须写明无法落实的原因代码 / say why it cannot be done",
    "obstacle.unexpected": "只有未落实而终止或不适用的措施才写原因代码 / only for a measure that cannot be done",
    "note.missing": "须说明情况 / say what happened",
    "evidence.missing": "须附落实依据编号 / name the evidence",
}
