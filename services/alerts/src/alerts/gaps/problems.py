"""Errors of policy gaps."""

from __future__ import annotations

from servicekit.problems import Forbidden, InvalidInput, NotFound, Overtaken


class GapNotFound(NotFound):
    """404: no such policy gap of the caller's areas and department."""

    code = "alerts.gap.not_found"
    title = "未找到该政策缺口"
    advice = "请核对编号,以及该缺口是否属于您的区域和部门。"


class GapIllegalStep(Overtaken):
    """409: the gap's state does not allow the step."""

    code = "alerts.gap.illegal_step"
    title = "该政策缺口当前状态不允许此操作"
    advice = "请重新读取;待部门落实(open)时由部门答复,待复核(returned)时由乡镇复核,已落实(closed)的可由答复人撤回。"


class GapNotGranter(Forbidden):
    """403: only who said that a gap is granted takes that back."""

    code = "alerts.gap.not_granter"
    title = "只有答复“已落实”的本人可以撤回"
    advice = "请由作出答复的人撤回;部门以后月份的数据仍显示缺口的,系统自动重新下达。"


class GapAnswerInvalid(InvalidInput):
    """422: the department's answer lacks what the rules demand."""

    code = "alerts.gap.answer_invalid"
    title = "办理结果不符合要求"
    advice = "请按 errors 补全:已落实须有落实日期;不予落实须有原因代码和说明;不适用须有说明。"


class GapSecondPerson(Forbidden):
    """403: who answered for the department does not look at the answer for the township."""

    code = "alerts.gap.second_person"
    title = "复核须由另一人办理"
    advice = "请由未代表部门答复的另一人复核。"
