"""Errors of targets."""

from __future__ import annotations

from servicekit.problems import Conflict, Forbidden, InvalidInput, NotFound


class TargetNotFound(NotFound):
    """404: no such target of the caller's areas and department."""

    code = "alerts.target.not_found"
    title = "未找到该目标"
    advice = "请核对编号,以及该目标是否属于您的区域和部门。"


class TargetInvalid(InvalidInput):
    """422: what is said of a target does not go together."""

    code = "alerts.target.invalid"
    title = "目标不符合要求"
    advice = "请按 errors 修改:指标、期间、目标值、比较对象和节点须相互一致。"


class TargetExists(Conflict):
    """409: the area has a target of the same kind for this time."""

    code = "alerts.target.exists"
    title = "该地区同一指标在此期间已有目标"
    advice = "请修改已有的目标,不要重复设置。"


class TargetOver(Conflict):
    """409: the period is over: what was wanted then is not changed afterwards."""

    code = "alerts.target.over"
    title = "目标期间已结束,不能更改"


class TargetNotProposed(Conflict):
    """409: nothing of the target waits for a decision."""

    code = "alerts.target.not_proposed"
    title = "该目标没有待审批的内容"
    advice = "请重新读取该目标。"


class TargetSecondPerson(Forbidden):
    """403: who proposed a target does not approve it."""

    code = "alerts.target.second_person"
    title = "目标须由另一人审批"
    advice = "请由未提出该目标的另一人审批。"
