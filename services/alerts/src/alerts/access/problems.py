"""Errors of who may do what, whatever it is about."""

from __future__ import annotations

from servicekit.problems import Forbidden


class NotSupervisor(Forbidden):
    """403: a department does not keep the records by which it is supervised."""

    code = "alerts.not_supervisor"
    title = "该记录由主管部门登记"
    advice = "部门请报送进展和结果;登记、修改、销号、调度和督办由主管部门办理。"
