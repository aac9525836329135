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
