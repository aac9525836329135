"""Errors of plans of graduates."""

from __future__ import annotations

from servicekit.problems import Forbidden, InvalidInput, NotFound


class GraduateNotFound(NotFound):
    """404: no such graduate of a former poor household in the caller's areas."""

    code = "registry.graduate.not_found"
    title = "未找到该高校毕业生"
    advice = "仅限脱贫户中文化程度为大专及以上、已不在校的年轻成员;请先核对该成员的文化程度和在校生状况。"


class GraduatePlanInvalid(InvalidInput):
    """422: a day has passed, or somebody is named who may not stand there."""

    code = "registry.graduate_plan.invalid"
    title = "毕业生帮扶计划不合要求"


class GraduatePlanOfTownship(Forbidden):
    """403: a graduate's plan is made in village and township, and not by a department."""

    code = "registry.graduate_plan.not_departments"
    title = "毕业生帮扶计划由村、乡镇或主管部门制定"
