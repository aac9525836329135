"""Errors of client registration and of the token endpoint."""

from __future__ import annotations

from gateway.problems import OAuthProblem
from servicekit.problems import Conflict, Forbidden, InvalidInput, NotFound, TooManyRequests


class ClientUnknown(NotFound):
    """404: no such client."""

    code = "gateway.client.unknown"
    title = "接入方不存在"


class ClientExists(Conflict):
    """409: the id is taken, perhaps by a removed client: ids are never used again, the audit names them."""

    code = "gateway.client.exists"
    title = "接入方编号已被使用"
    advice = "请换一个编号;已删除的编号不会重新启用。"


class ClientRemoved(Conflict):
    """409: the client was removed for good."""

    code = "gateway.client.removed"
    title = "接入方已删除"
    advice = "请登记新的接入方。"


class SelfChange(Forbidden):
    """403: nobody changes their own registration."""

    code = "gateway.client.self_change"
    title = "不能修改自己的授权"
    advice = "请由另一位管理员办理。"


class AreasBeyond(Forbidden):
    """403: the areas lie outside the manager's own."""

    code = "gateway.client.areas_beyond"
    title = "超出您的管辖区域"
    advice = "只能授予您自己管辖区域之内的区划。"


class ScopesBeyond(Forbidden):
    """403: the manager may not give these scopes; `scopes` lists them."""

    code = "gateway.client.scopes_beyond"
    title = "超出您可授予的权限范围"
    advice = "只能授予您自己拥有的、或运维人员为您声明(bootstrap-client --grants)的权限;请由有相应权限的管理员办理。"


class ProposalUnknown(NotFound):
    """404: no such proposal within the caller's reach."""

    code = "gateway.proposal.unknown"
    title = "没有这项待批申请"


class ProposalDecided(Conflict):
    """409: the proposal was decided, has expired, or the client was changed since."""

    code = "gateway.proposal.decided"
    title = "该申请已处理或已失效"
    advice = "请重新读取接入方的现状,需要时重新提出申请。"


class SecondManagerNeeded(Forbidden):
    """403: who proposed does not approve."""

    code = "gateway.proposal.same_manager"
    title = "申请人不能批准自己的申请"
    advice = "请由另一位管理员批准。"


class ClientInvalid(InvalidInput):
    """422: the registration does not hold together; `errors` point at the fields."""

    code = "gateway.client.invalid"
    title = "接入方登记内容有误"


class InvalidClient(OAuthProblem):
    """401: client authentication failed. One text for every reason, so that nothing can be probed."""

    code = "gateway.token.invalid_client"
    title = "接入方身份验证失败"
    status = 401
    advice = "请核对接入方编号与密钥;密钥遗失请联系管理员轮换。"
    error = "invalid_client"


class InvalidScope(OAuthProblem):
    """400: a scope was asked for that the client does not have."""

    code = "gateway.token.invalid_scope"
    title = "申请的权限范围超出登记"
    advice = "请只申请已登记的 scope,或省略 scope 取得全部。"
    error = "invalid_scope"


class UnsupportedGrant(OAuthProblem):
    """400: neither client_credentials nor token exchange."""

    code = "gateway.token.unsupported_grant_type"
    title = "不支持的授权类型"
    error = "unsupported_grant_type"


class ClientLocked(TooManyRequests):
    """429: too many wrong credentials from this address."""

    code = "gateway.token.locked"
    title = "密钥错误次数过多,已暂时锁定"
    advice = "请等待 Retry-After 的秒数;若不是您操作的,请通知管理员轮换密钥。"


class InvalidTarget(OAuthProblem):
    """400: a token for somebody else was asked for (RFC 8693 2.2.2)."""

    code = "gateway.token.invalid_target"
    title = "不签发给其他系统的令牌"
    advice = "请省略 resource;audience 只能是本系统。"
    error = "invalid_target"
