"""Errors as RFC 9457 problem details: a stable code, a Chinese title, what to do, English detail.

A feature's errors subclass `Problem` in its `problems.py` and carry their own status, so that a use
case raises them and one handler (`servicekit.problem_handlers`) renders them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, ClassVar

from pydantic import BaseModel

from contracts.errors import FieldError as FieldError
from contracts.id_numbers import without_id_numbers
from servicekit.tracing import trace_id

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):  # noqa: N818 - RFC 9457 calls it a problem
    """Base of every error that a caller may see."""

    code: ClassVar[str] = "internal"
    title: ClassVar[str] = "系统内部错误"
    status: ClassVar[int] = 500
    advice: ClassVar[str] = "请稍后重试;若仍失败,请把 trace_id 告诉管理员。"

    def __init__(
        self,
        detail: str = "",
        *,
        headers: dict[str, str] | None = None,
        errors: Sequence[FieldError] = (),
        **extensions: Any,
    ) -> None:
        """Say in English what happened; `extensions` become members of the problem document."""
        super().__init__(detail or self.code)
        self.detail = detail
        self.headers = headers or {}
        self.errors = list(errors)
        self.extensions = extensions

    def document(self) -> dict[str, Any]:
        """Give the RFC 9457 document."""
        body: dict[str, Any] = {
            "type": f"/problems/{self.code}",
            "code": self.code,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "advice": self.advice,
        }
        if self.errors:
            body["errors"] = [asdict(error) for error in self.errors]
        if trace_id():
            body["trace_id"] = trace_id()
        return body | {"detail": _plain(self.detail)} | {name: _plain(value) for name, value in self.extensions.items()}


def _plain(value: Any) -> Any:
    """Give what a problem tells without a citizen number: it may repeat a heading, a name of a sheet or of a field."""
    if isinstance(value, str):
        return without_id_numbers(value)
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


class NotFound(Problem):
    """404: does not exist, or not within the caller's area: the two look the same on purpose."""

    code = "not_found"
    title = "未找到"
    status = 404
    advice = "请核对编号,以及该对象是否在您的管辖范围内。"


class Conflict(Problem):
    """409: the object's state does not allow it."""

    code = "conflict"
    title = "与当前状态冲突"
    status = 409
    advice = "请重新读取最新状态后再操作。"


class Overtaken(Conflict):
    """409: another decision came first; this one is kept on its subject (`servicekit.conflicts`)."""

    code = "overtaken"
    title = "已有其他决定"
    advice = "请重新读取最新状态;您的决定已留存在该对象的 refused 中。"


class Unauthorized(Problem):
    """401: no valid token."""

    code = "unauthorized"
    title = "未认证或令牌无效"
    status = 401
    advice = "请用 POST /oauth2/token 重新获取访问令牌。"


class Forbidden(Problem):
    """403: the token does not allow this."""

    code = "forbidden"
    title = "没有权限"
    status = 403
    advice = "请向管理员申请所需的权限范围(scope)。"


class InvalidInput(Problem):
    """422: the request's shape or values are wrong; `errors` point at them."""

    code = "invalid_input"
    title = "请求内容不合要求"
    status = 422
    advice = "请按 errors 中的位置和说明修改后重新提交。"


class PreconditionFailed(Problem):
    """412: somebody changed the object since it was read."""

    code = "precondition_failed"
    title = "数据已被他人修改"
    status = 412
    advice = "请重新读取,核对差异后再带新的 ETag 提交。"


class PreconditionRequired(Problem):
    """428: an If-Match header is required here."""

    code = "precondition_required"
    title = "缺少 If-Match"
    status = 428
    advice = "请先读取对象,把响应头 ETag 放入 If-Match 再提交。"


class PayloadTooLarge(Problem):
    """413: more bytes than allowed."""

    code = "payload_too_large"
    title = "请求体过大"
    status = 413
    advice = "请把文件拆成较小的分片再上传。"


class UnsupportedMediaType(Problem):
    """415: the content type or encoding is not supported here."""

    code = "unsupported_media_type"
    title = "不支持的内容类型"
    status = 415
    advice = "请使用接口文档列出的 Content-Type 与 Content-Encoding。"


class TooManyRequests(Problem):
    """429: the caller is too fast; `Retry-After` says when to come back."""

    code = "too_many_requests"
    title = "请求过于频繁"
    status = 429
    advice = "请按 Retry-After 的秒数等待后重试。"


class Unavailable(Problem):
    """503: a part that is needed does not answer; nothing was done."""

    code = "unavailable"
    title = "服务暂不可用"
    status = 503
    advice = "请稍后用同一 Idempotency-Key 重试,不会重复处理。"


class InsufficientStorage(Problem):
    """507: a disk is full; nothing was kept. It goes on when an operator has made room."""

    code = "insufficient_storage"
    title = "存储空间不足"
    status = 507
    advice = "请稍后用同一 Idempotency-Key 重试,不会重复处理;若持续出现,请联系管理员扩容。"


class MalformedBody(Problem):
    """400: the body is not what its Content-Type says."""

    code = "malformed_body"
    title = "请求体无法解析"
    status = 400
    advice = "请检查 JSON 语法、字符编码与 Content-Type。"


class Internal(Problem):
    """500: our fault; no internals are told."""


class MethodNotAllowed(Problem):
    """405: the path exists, the method does not."""

    code = "method_not_allowed"
    title = "不支持的方法"
    status = 405
    advice = "请查阅接口文档中该路径允许的方法。"


class ProblemDocument(BaseModel):
    """Wire form of a problem, for the OpenAPI page (RFC 9457)."""

    type: str
    code: str
    title: str
    status: int
    detail: str
    advice: str
    errors: list[FieldError] | None = None
    trace_id: str | None = None


def schemas() -> dict[str, Any]:
    """Give the OpenAPI component schemas that `responses` refers to."""
    document = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**document.pop("$defs"), ProblemDocument.__name__: document}


def responses(*problems: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """Declare a route's problems: `responses=responses(NotFound, Conflict)`."""
    schema = {"$ref": f"#/components/schemas/{ProblemDocument.__name__}"}
    documented: dict[int | str, dict[str, Any]] = {}
    for problem in problems:
        entry = documented.setdefault(
            problem.status,
            {
                "description": "",
                "content": {MEDIA_TYPE: {"schema": schema, "examples": {}}},
            },
        )
        entry["description"] += ("; " if entry["description"] else "") + f"{problem.title} ({problem.code})"
        entry["content"][MEDIA_TYPE]["examples"][problem.code] = {"value": problem().document()}
    return documented


def catalogue() -> list[type[Problem]]:
    """Give every problem class that is loaded, ordered by code."""
    found: dict[str, type[Problem]] = {}
    pending: list[type[Problem]] = [Problem]
    while pending:
        problem = pending.pop()
        pending.extend(problem.__subclasses__())
        found.setdefault(problem.code, problem)
    return [found[code] for code in sorted(found)]
