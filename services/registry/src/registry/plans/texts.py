"""What a plan or a measure lacks, as people read it: Chinese first, English beside. A key is the code of the answer;
what stands after its colon tells two texts of one code apart.
"""

from __future__ import annotations

_DAY = {
    "missing": "须写明落实日期 / say when it was done",
    "unexpected": "只有已落实(办结)的才写落实日期 / only what is done has this date",
    "range": "落实日期在将来 / a date in the future",
    "range:early": "落实日期早于识别日期(绿色通道为线索发现日期)"
    " / before identification, or in the green channel before it was found",
}

TEXTS = {
    "plan.no_development_measure": "有劳动能力且有意愿的户须至少安排一项产业、就业等开发式措施(M01-M04)"
    " / a development measure is required",
    "plan.development_recommended": "弱劳力、半劳力户建议安排开发式措施 / a development measure is recommended",
    "plan.no_security": "无劳动能力户须有低保、特困等兜底保障(M10)"
    " / social security is needed for a household without labour",
    "plan.risk_uncovered": "风险“{zh}”没有对应任务或措施,请安排,或在 uncovered 中写明理由"
    " / no task answers the risk {en}: plan one, or say why not in uncovered",
    "risk_types.foreign": "该户没有“{zh}”风险 / the episode does not have this risk",
    "measure.mismatch": "“{category}”不对应“{zh}” / this category does not answer the risk",
    "person_id.foreign": "不是本户成员 / not a member",
    **{f"{day}.{key}": told for day in ("implemented_on", "done_on") for key, told in _DAY.items()},
    "continues_until.range": "延续期限早于落实日期 / it goes on until a day before it was implemented",
    "obstacle.missing": "须写明无法落实的原因代码 / say why it cannot be done",
    "obstacle.unexpected": "只有无法落实的才写原因代码 / only for what cannot be done",
    "note.missing": "须说明情况 / say what happened",
    "evidence.missing": "须附落实依据编号 / name the evidence",
    "attachments.unknown": "该户没有此附件,请先上传 / the household has no such attachment; send it first",
    "task.unknown": "现行计划没有这项任务 / the plan that holds has no such task",
    "task.repeated": "同一任务出现两次 / the same task twice",
    "task.settled": "已有办理结果的任务不能修改,请新增任务 / a task that has a result stays as it is; add another one",
}
