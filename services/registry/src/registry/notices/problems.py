"""Errors of notices."""

from __future__ import annotations

from servicekit.problems import Conflict, InvalidInput, NotFound


class NoticeNotFound(NotFound):
    """404: no such notice within the caller's areas."""

    code = "registry.notice.not_found"
    title = "未找到该公告"


class NoticeInvalid(InvalidInput):
    """422: the notice says what it must not, or lacks what it must say."""

    code = "registry.notice.invalid"
    title = "公告内容不合要求"


class NoticeOver(Conflict):
    """409: its time is over, or it was withdrawn: names are no longer shown."""

    code = "registry.notice.over"
    title = "公告已到期或已撤下"
    advice = "到期或撤下的公告不再提供打印件,只保留遮蔽姓名的记录。"
