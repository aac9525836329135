"""Errors of the feed."""

from __future__ import annotations

from servicekit.problems import Forbidden, InvalidInput, TooManyRequests


class TooManyStreams(TooManyRequests):
    """429: this process or this client holds as many streams as it may."""

    code = "alerts.stream.too_many"
    title = "实时连接过多"
    advice = "请关闭不再使用的连接,或按 Retry-After 稍后重连;也可改用 GET /v1/alerts 按位置拉取。"


class AccessWithdrawn(Forbidden):
    """403: the client's registration does not allow what its token still says."""

    code = "alerts.access_withdrawn"
    title = "接收预警的权限已被收回"
    advice = "请重新获取令牌;若仍被拒绝,请向管理员申请 alerts:read 或所需区划。"


class BadPosition(InvalidInput):
    """422: Last-Event-ID is not a position of the feed."""

    code = "alerts.stream.bad_position"
    title = "断点位置无效"
    advice = "Last-Event-ID 应为收到的最后一条事件的 id(非负整数)。"
