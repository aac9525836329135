"""Errors as RFC 9457 problem details: a stable code, a Chinese title, what to do, English detail.

A feature's errors subclass `Problem` in its `problems.py` and carry their own status, so that a use
case raises them and one handler renders them.
"""

from __future__ import annotations

from typing import Any, ClassVar

import psycopg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as SQLAlchemyTimeout
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from servicekit.db import is_transient, unstorable
from servicekit.storage import is_disk_full
from servicekit.tracing import trace_id

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"


class FieldError(BaseModel):
    """What is wrong with one field. `pointer`: JSON pointer (RFC 6901) into the body, or `query:name`."""

    pointer: str
    code: str
    detail: str


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
        errors: list[FieldError] | None = None,
        **extensions: Any,
    ) -> None:
        """Say in English what happened; `extensions` become members of the problem document."""
        super().__init__(detail or self.code)
        self.detail = detail
        self.headers = headers or {}
        self.errors = errors or []
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
            body["errors"] = [error.model_dump() for error in self.errors]
        if trace_id():
            body["trace_id"] = trace_id()
        return body | self.extensions


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


_BY_STATUS: dict[int, type[Problem]] = {
    problem.status: problem for problem in (NotFound, Unauthorized, Forbidden, UnsupportedMediaType, PayloadTooLarge)
}


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


def render(problem: Problem) -> Response:
    """Give the HTTP response of a problem."""
    return JSONResponse(problem.document(), status_code=problem.status, headers=problem.headers, media_type=MEDIA_TYPE)


def from_validation(error: RequestValidationError) -> Problem:
    """Turn FastAPI's validation errors into pointers. Values are never repeated: they may be personal data."""
    errors: list[FieldError] = []
    for item in error.errors():
        location = [str(part) for part in item["loc"]]
        source, path = (location[0], location[1:]) if location else ("body", [])
        pointer = "/" + "/".join(path) if source == "body" else f"{source}:{'.'.join(path)}"
        errors.append(FieldError(pointer=pointer, code=str(item["type"]), detail=str(item["msg"])))
        if item["type"] == "json_invalid":
            return MalformedBody("the body is not valid JSON", errors=errors)
    return InvalidInput(f"{len(errors)} value(s) are missing or wrong", errors=errors)


def install(app: FastAPI) -> None:
    """Render every error of `app` as a problem."""

    @app.exception_handler(Problem)
    async def _problem(_: Request, problem: Exception) -> Response:
        return render(problem if isinstance(problem, Problem) else Internal())

    @app.exception_handler(RequestValidationError)
    async def _invalid(_: Request, error: Exception) -> Response:
        return render(from_validation(error) if isinstance(error, RequestValidationError) else InvalidInput())

    @app.exception_handler(HTTPException)
    async def _http(_: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        if status == 405:
            return render(MethodNotAllowed("this path does not take that method"))
        if status == 400:
            return render(MalformedBody("the request could not be read"))
        return render(_BY_STATUS.get(status, Internal)(str(getattr(error, "detail", ""))))

    @app.exception_handler(ClientDisconnect)
    async def _gone(request: Request, _: Exception) -> Response:
        log.info("request.cut_off", path=request.url.path)  # the caller left; nobody reads the answer
        return render(MalformedBody("the connection ended inside the body"))

    # Starlette re-raises what the handler of Exception answered, which costs the caller its connection;
    # what the database may say is expected and gets handlers of its own.
    @app.exception_handler(DBAPIError)
    @app.exception_handler(psycopg.Error)
    @app.exception_handler(SQLAlchemyTimeout)
    @app.exception_handler(OSError)
    @app.exception_handler(Exception)
    async def _unexpected(request: Request, error: Exception) -> Response:
        if is_disk_full(error):
            log.error("request.disk_full", path=request.url.path, error=type(error).__name__)
            return render(InsufficientStorage("there is no room left on a disk", headers={"Retry-After": "10"}))
        if is_transient(error):
            log.warning("request.dependency_down", path=request.url.path, error=type(error).__name__)
            return render(Unavailable("a dependency does not answer", headers={"Retry-After": "2"}))
        sqlstate = unstorable(error)
        if sqlstate is not None:
            log.warning("request.unstorable_value", path=request.url.path, sqlstate=sqlstate)
            detail = "a value cannot be stored: a NUL character, a malformed id or a number too large"
            return render(InvalidInput(detail))
        log.error("request.failed", path=request.url.path, error=type(error).__name__, exc_info=error)
        return render(Internal())
