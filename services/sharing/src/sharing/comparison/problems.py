"""Errors of comparison runs."""

from __future__ import annotations

from servicekit.problems import Conflict, Forbidden, InvalidInput, NotFound


class UnknownRun(NotFound):
    """404: no such comparison run, or not for a caller who covers a part of the register only."""

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


class InvalidRules(InvalidInput):
    """422: rules to try out contradict themselves or the declarations, or come without dry_run."""

    code = "sharing.comparison.invalid_rules"
    title = "试算规则不正确"
    advice = "请按 errors 修改；规则只能与 dry_run=true 一起使用，写法见 GET /v1/rules/{id}。"


class NotHeld(Conflict):
    """409: the run is not held."""

    code = "sharing.comparison.not_held"
    title = "该比对任务未处于暂缓状态"
    advice = "请用 GET /v1/comparison-runs?state=held 查看待处理的比对任务。"


class SecondPersonNeeded(Forbidden):
    """403: who started a run, or sent the data that did, does not judge it."""

    code = "sharing.comparison.second_person"
    title = "不能由发起比对或报送数据的同一人处理"
    advice = "请由监测中心的另一人放行或撤回。"
