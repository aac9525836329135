"""Errors of findings."""

from __future__ import annotations

from servicekit.problems import NotFound


class UnknownFinding(NotFound):
    """404: no such finding, or not for this caller."""

    code = "sharing.finding.unknown"
    title = "没有这条比对结果，或不在您的管辖范围内"
    advice = "请用 GET /v1/findings 查看您管辖范围内的比对结果。"
