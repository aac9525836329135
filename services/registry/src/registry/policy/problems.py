"""Errors of policy profiles."""

from __future__ import annotations

from servicekit.problems import Conflict, Forbidden, InvalidInput, NotFound


class ProfileInvalid(InvalidInput):
    """422: unknown parameters, or values that make no sense."""

    code = "registry.policy.invalid"
    title = "政策参数不合要求"
    advice = "请按 errors 修改;参数名称与取值范围见 docs 或 GET /v1/policy-profiles/000000000000。"


class ProfileNotFound(NotFound):
    """404: no profile holds for that region and day."""

    code = "registry.policy.not_found"
    title = "该地区在该日期没有政策参数"


class ProposalNotFound(NotFound):
    """404: no such proposal for a region of the caller's."""

    code = "registry.policy.proposal_not_found"
    title = "没有此项政策参数提案,或不在您的管辖区域内"


class SecondPersonNeeded(Forbidden):
    """403: who proposed a profile does not confirm it."""

    code = "registry.policy.second_person"
    title = "政策参数须由另一人复核"
    advice = "请由提案人以外、具有 policy:write 的另一人复核。"


class ProposalDecided(Conflict):
    """409: the proposal was decided, or the region's profile has changed since."""

    code = "registry.policy.proposal_decided"
    title = "提案已处理,或政策参数在提案后已变更"
    advice = "请重新读取提案与现行参数;需要时重新提出(PUT /v1/policy-profiles/{region})。"
