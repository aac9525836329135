"""Every error of an app becomes a problem document: `install(app)`."""

from __future__ import annotations

import psycopg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as SQLAlchemyTimeout
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from servicekit.db import is_transient, unstorable
from servicekit.problems import (
    MEDIA_TYPE,
    FieldError,
    Forbidden,
    InsufficientStorage,
    Internal,
    InvalidInput,
    MalformedBody,
    MethodNotAllowed,
    NotFound,
    PayloadTooLarge,
    Problem,
    Unauthorized,
    Unavailable,
    UnsupportedMediaType,
)
from servicekit.storage import is_disk_full

log = structlog.get_logger(__name__)

_BY_STATUS: dict[int, type[Problem]] = {
    problem.status: problem for problem in (NotFound, Unauthorized, Forbidden, UnsupportedMediaType, PayloadTooLarge)
}


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
