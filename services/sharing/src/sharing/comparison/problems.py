"""Errors of comparison runs."""

from __future__ import annotations

from servicekit.problems import InvalidInput, NotFound


class UnknownRun(NotFound):
    """404: no such comparison run."""

    code = "sharing.comparison.unknown_run"
    title = "没有这个比对任务"
    advice = "请用 GET /v1/comparison-runs 查看比对任务。"


class FuturePeriod(InvalidInput):
    """422: the period has not begun."""

    code = "sharing.comparison.future_period"
    title = "该期间尚未开始，不能比对"
    advice = "请填写本月或以前的期间，例如 2026-10。"


class InvalidOverrides(InvalidInput):
    """422: parameters to try out are unknown or have impossible values, or come without dry_run."""

    code = "sharing.comparison.invalid_parameters"
    title = "试算参数不正确"
    advice = "请按 errors 修改；参数只能与 dry_run=true 一起使用，名称见 GET /v1/rules/{id}。"
