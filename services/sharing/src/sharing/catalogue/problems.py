"""Errors of the catalogue."""

from __future__ import annotations

from servicekit.problems import NotFound


class UnknownDataset(NotFound):
    """404: no dataset of that code is declared."""

    code = "sharing.dataset.unknown"
    title = "没有这个数据集"
    advice = "请用 GET /v1/datasets 查看数据集目录,核对数据集代码。"


class UnknownRule(NotFound):
    """404: no such rule."""

    code = "sharing.rule.unknown"
    title = "没有这条规则"
    advice = "请用 GET /v1/rules 查看规则目录。"
