"""Errors of areas."""

from __future__ import annotations

from servicekit.problems import InvalidInput, NotFound


class AreaNotFound(NotFound):
    """404: no such area within the caller's areas."""

    code = "registry.area.not_found"
    title = "未找到该行政区划"


class AreasInvalid(InvalidInput):
    """422: lines of the area list are wrong; nothing was taken."""

    code = "registry.area.invalid"
    title = "区划清单有误,未导入"
