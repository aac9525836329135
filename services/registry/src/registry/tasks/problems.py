"""Errors of tasks."""

from __future__ import annotations

from servicekit.problems import Forbidden, NotFound


class TaskNotFound(NotFound):
    """404: no such duty of the caller's areas and department."""

    code = "registry.task.not_found"
    title = "未找到该事项"
    advice = "请核对 duty_id,以及该事项是否属于您的区域和部门。"


class TaskNotYours(Forbidden):
    """403: the caller has no open duty in hand that shows the household; `reason` says what is missing."""

    code = "registry.task.not_yours"
    title = "您没有可据以查看该户的待办事项"
    advice = (
        "请先用 POST /v1/duties/{id}/accept 接手该户的走访(核实、识别、回头看)"
        "或落实(政策缺口、措施、计划任务)事项;办结或移交后即不能再查看。"
    )
