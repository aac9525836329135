"""Errors of the portal."""

from __future__ import annotations

from servicekit.problems import NotFound


class ProblemUnknown(NotFound):
    """404: no problem has this code."""

    code = "gateway.problem.unknown"
    title = "没有这个错误代码"
    advice = "请在 /problems 查阅全部错误代码。"
