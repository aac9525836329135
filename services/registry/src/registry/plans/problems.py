"""Errors of plans and measures."""

from __future__ import annotations

from servicekit.problems import Conflict, Forbidden, InvalidInput, NotFound


class NotMonitoredYet(Conflict):
    """409: plans and measures belong to a monitored household, or one that goes through the green channel."""

    code = "registry.plan.not_monitored"
    title = "该户尚未纳入监测,或已结束"
    advice = "请先完成识别认定(状态 MONITORED);因灾、因意外的,可先申请绿色通道(POST /v1/episodes/{id}/green-channel)。"


class PlanInvalid(InvalidInput):
    """422: the plan lacks what it must contain."""

    code = "registry.plan.invalid"
    title = "帮扶计划不合要求"


class PlanNotFound(NotFound):
    """404: the episode has no plan yet."""

    code = "registry.plan.not_found"
    title = "尚无帮扶计划"


class PlanOfTownship(Forbidden):
    """403: a department takes measures; the plan is the township's."""

    code = "registry.plan.not_departments"
    title = "帮扶计划由乡镇或主管部门制定"
    advice = "部门请在 /v1/episodes/{id}/measures 录入和更新本部门的措施。"


class MeasureMismatch(InvalidInput):
    """422: the measure does not answer the risk that it names."""

    code = "registry.measure.mismatch"
    title = "措施与风险不对应"
    advice = "请按“缺什么补什么”选择与风险对应的措施类别。"


class MeasureInvalid(InvalidInput):
    """422: the measure lacks what its state needs."""

    code = "registry.measure.invalid"
    title = "措施信息不完整"


class MeasureNotFound(NotFound):
    """404: no such measure within the caller's areas."""

    code = "registry.measure.not_found"
    title = "未找到该措施"


class MeasureNotYours(Forbidden):
    """403: the result of a measure is given by who is responsible for it, or has its duty in hand."""

    code = "registry.measure.not_yours"
    title = "该措施不由您办理"
    advice = "由措施的责任人(responsible_person)办理;其他人须先用 POST /v1/duties/P01-{id}/accept 接手该事项。"


class PlanTaskNotFound(NotFound):
    """404: no such task within the caller's areas and department."""

    code = "registry.plan_task.not_found"
    title = "未找到该任务"


class PlanTaskNotYours(Forbidden):
    """403: the result of a task is given by who is responsible for it, or has its duty in hand."""

    code = "registry.plan_task.not_yours"
    title = "该任务不由您办理"
    advice = "由任务的责任人(person)办理;其他人须先用 POST /v1/duties/P03-{id}/accept 接手该事项。"


class PlanTaskInvalid(InvalidInput):
    """422: the result lacks what it must say."""

    code = "registry.plan_task.invalid"
    title = "办理结果不完整"


class IllegalTaskState(Conflict):
    """409: the task may not go to that state."""

    code = "registry.plan_task.illegal_state"
    title = "任务不能转到该状态"


class IllegalMeasureState(Conflict):
    """409: the measure may not go to that state."""

    code = "registry.measure.illegal_state"
    title = "措施不能转到该状态"
