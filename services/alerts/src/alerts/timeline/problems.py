"""Errors of timelines."""

from __future__ import annotations

from servicekit.problems import NotFound


class HouseholdUnknown(NotFound):
    """404: no such household within the caller's areas."""

    code = "alerts.household.unknown"
    title = "没有这户，或不在您的管辖范围内"
    advice = "请用 GET /v1/households 查询您管辖范围内的户；刚登记的户请稍后重试。"
