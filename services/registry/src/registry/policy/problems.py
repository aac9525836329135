"""Errors of policy profiles."""

from __future__ import annotations

from servicekit.problems import InvalidInput, NotFound


class ProfileInvalid(InvalidInput):
    """422: unknown parameters, or values that make no sense."""

    code = "registry.policy.invalid"
    title = "政策参数不合要求"
    advice = "请按 errors 修改;参数名称与取值范围见 docs 或 GET /v1/policy-profiles/000000000000。"


class ProfileNotFound(NotFound):
    """404: no profile holds for that region and day."""

    code = "registry.policy.not_found"
    title = "该地区在该日期没有政策参数"
