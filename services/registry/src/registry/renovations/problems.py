"""Errors of renovations."""

from __future__ import annotations

from servicekit.problems import Conflict, InvalidInput, NotFound


class RenovationNotFound(NotFound):
    """404: no such renovation within the caller's areas."""

    code = "registry.renovation.not_found"
    title = "没有这项改造，或不在您的范围内"


class RenovationExists(Conflict):
    """409: the household has one of the kind and year."""

    code = "registry.renovation.exists"
    title = "该户当年已有同类改造"
    advice = "请更新已有的改造记录。"


class RenovationInvalid(InvalidInput):
    """422: what it says contradicts itself."""

    code = "registry.renovation.invalid"
    title = "改造信息有误"
