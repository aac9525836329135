"""Errors of the rule catalogue."""

from __future__ import annotations

from servicekit.problems import NotFound


class UnknownRule(NotFound):
    """404: no such rule."""

    code = "sharing.rule.unknown"
    title = "没有这条规则"
    advice = "请用 GET /v1/rules 查看规则目录。"
