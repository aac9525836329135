"""Errors of places."""

from __future__ import annotations

from servicekit.problems import Conflict, InvalidInput, NotFound


class PlaceNotFound(NotFound):
    """404: no such group, grid or site within the caller's areas."""

    code = "registry.place.not_found"
    title = "未找到该村民小组、网格或安置点"


class PlacesInvalid(InvalidInput):
    """422: some of them are wrong; nothing was taken."""

    code = "registry.place.invalid"
    title = "村民小组、网格或安置点信息有误,未登记"
    advice = "请按 errors 逐项修改后整批重新提交。"


class PlaceTaken(Conflict):
    """409: another one has this name, or this code, in the same days."""

    code = "registry.place.taken"
    title = "名称或编码已被占用"
    advice = "请用 GET /v1/places 查看已登记的村民小组、网格和安置点。"


class PlaceNotEmpty(Conflict):
    """409: it does not end while households, terms or grids name it."""

    code = "registry.place.not_empty"
    title = "仍有在册户、任职或网格使用该名称,不能停用"
    advice = "请先变更这些户的网格、村民小组或安置区,结束该网格的任职,并为所属网格改填安置点。"
