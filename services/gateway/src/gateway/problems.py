"""What several features of the gateway answer."""

from __future__ import annotations

from typing import Any

from servicekit.problems import Problem, TooManyRequests


class RateExceeded(TooManyRequests):
    """429: the client used up its quota of this class of routes."""

    code = "gateway.rate.exceeded"


class OAuthProblem(Problem):
    """Base of the token endpoint's errors: an RFC 6749 5.2 answer that is a problem document as well."""

    code = "gateway.token.invalid_request"
    title = "令牌请求不合要求"
    status = 400
    advice = "请按 RFC 6749 第4.4节发送 grant_type=client_credentials;代登录人员办理的,按 RFC 8693 换取令牌。"
    error = "invalid_request"

    def document(self) -> dict[str, Any]:
        """Give the document with `error` and `error_description` for OAuth clients."""
        return super().document() | {"error": self.error, "error_description": self.detail}
