"""Errors of areas."""

from __future__ import annotations

from servicekit.problems import Conflict, InvalidInput, NotFound


class AreaNotFound(NotFound):
    """404: no such area within the caller's areas."""

    code = "registry.area.not_found"
    title = "未找到该行政区划"


class AreasInvalid(InvalidInput):
    """422: lines of the area list are wrong; nothing was taken."""

    code = "registry.area.invalid"
    title = "区划清单有误,未导入"


class SuccessionInvalid(InvalidInput):
    """422: what is to become of areas names some that are not there."""

    code = "registry.area.succession_invalid"
    title = "区划变更有误,未执行"
    advice = "请先导入新区划,再按 errors 修改;乡镇整体变更时,新乡镇下应有后三位相同的村。"


class AreaNotEmpty(Conflict):
    """409: an area cannot be closed while households are registered there."""

    code = "registry.area.not_empty"
    title = "该区划名下仍有在册户,不能撤销"
    advice = "请在 moves 中写明这些户并入哪个村,再撤销原区划。"


class TagInvalid(InvalidInput):
    """422: areas of this level have no such tag, or its days are out of order."""

    code = "registry.area.tag_invalid"
    title = "区划标签有误"


class TagNotFound(NotFound):
    """404: the area has no such tag that is not over."""

    code = "registry.area.tag_not_found"
    title = "该区划没有这个有效的标签"


class AreaTagged(Conflict):
    """409: the area has this tag in these days."""

    code = "registry.area.tagged"
    title = "该区划同期已有这个标签"
    advice = "请用 GET /v1/areas/{code}/tags 查看;要改日期,请先结束原标签。"
