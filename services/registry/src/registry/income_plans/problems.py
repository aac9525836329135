"""Errors of income plans."""

from __future__ import annotations

from servicekit.problems import Forbidden, InvalidInput


class IncomePlanInvalid(InvalidInput):
    """422: the plan is of another year, or names somebody who may not stand there."""

    code = "registry.income_plan.invalid"
    title = "增收计划不合要求"


class IncomePlanOfTownship(Forbidden):
    """403: an income plan is made in village and township, and not by a department."""

    code = "registry.income_plan.not_departments"
    title = "增收计划由村、乡镇或主管部门制定"
    advice = "部门的帮扶措施请由乡镇写入该户的增收计划。"
