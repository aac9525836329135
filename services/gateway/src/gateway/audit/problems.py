"""Errors of the audit record."""

from __future__ import annotations

from servicekit.problems import Unavailable


class AuditUnavailable(Unavailable):
    """503: the use of personal data could not be recorded, so it is refused."""

    code = "gateway.audit.unavailable"
    title = "访问审计暂不可用,已拒绝访问个人信息"
