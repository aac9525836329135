"""Errors of data quality."""

from __future__ import annotations

from servicekit.problems import Conflict, NotFound


class QualityErrorNotFound(NotFound):
    """404: no such error within the caller's areas."""

    code = "registry.quality.error_not_found"
    title = "未找到该数据质量问题"
    advice = "请用 GET /v1/quality/errors 查看管辖范围内的问题。"


class QualityRunNotFound(NotFound):
    """404: no such run within the caller's areas."""

    code = "registry.quality.run_not_found"
    title = "未找到该次检查"


class ErrorIsBlocking(Conflict):
    """409: a blocking error is never true as it is."""

    code = "registry.quality.blocking"
    title = "必须更正的问题不能作为例外接受"
    advice = "请按 advice 更正数据;更正后问题自动消除。"


class ErrorIsClosed(Conflict):
    """409: its facts were mended, or have changed since."""

    code = "registry.quality.closed"
    title = "该问题已消除或情况已变化"
    advice = "请刷新列表,对仍存在的问题重新核实。"
