"""Errors of the rectification ledger."""

from __future__ import annotations

from servicekit.problems import Conflict, Forbidden, InvalidInput, NotFound


class RectificationNotFound(NotFound):
    """404: no such problem of the caller's areas and department."""

    code = "alerts.rectification.not_found"
    title = "未找到该整改问题"
    advice = "请核对编号,以及该问题是否属于您的区域和部门。"


class RectificationIllegalStep(Conflict):
    """409: the problem's state does not allow the step."""

    code = "alerts.rectification.illegal_step"
    title = "该问题当前状态不允许此操作"
    advice = (
        "请重新读取;整改中(rectifying)的可报送,已报送(submitted)的可销号或退回,已销号(cleared)的可回头看或重新整改。"
    )


class RectificationInvalid(InvalidInput):
    """422: what is said of a problem does not go together."""

    code = "alerts.rectification.invalid"
    title = "整改信息不符合要求"
    advice = "请按 errors 修改:责任单位为部门或乡镇,整改时限不早于发现日期,责任人须在任。"


class RectificationSecondPerson(Forbidden):
    """403: who did the work, or answers for it, neither clears it nor looks back."""

    code = "alerts.rectification.second_person"
    title = "销号和回头看须由未参与整改的人办理"
    advice = "请由未参与整改、也不是责任人的另一人办理。"
