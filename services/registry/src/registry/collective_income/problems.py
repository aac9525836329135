"""Errors of the collective income of villages."""

from __future__ import annotations

from servicekit.problems import InvalidInput


class CollectiveIncomeInvalid(InvalidInput):
    """422: amounts, households, year or day do not go together."""

    code = "registry.collective_income.invalid"
    title = "村集体收益分配信息不合要求"
