"""Errors of the counter-checks of areas."""

from __future__ import annotations

from servicekit.problems import Conflict, NotFound


class AreaCheckNotFound(NotFound):
    """404: no such finding within the caller's areas."""

    code = "registry.area_check.not_found"
    title = "未找到该核查疑点"
    advice = "请用 GET /v1/area-checks 查看管辖范围内的疑点。"


class AreaCheckOver(Conflict):
    """409: its facts are over, or the county has answered already."""

    code = "registry.area_check.over"
    title = "该疑点已消除或已研判"
    advice = "请刷新列表;已研判的结论见 answer,情况重新出现时会形成新的疑点。"
