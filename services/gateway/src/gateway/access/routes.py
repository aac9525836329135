"""The token endpoint, the issuer's metadata, and the administration of clients."""

from __future__ import annotations

import time
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse

from contracts.vocabulary import Department, FieldClass
from gateway.access import problems, rules, service, store
from gateway.access.schemas import ClientIn, ClientOut, ClientPatch, ClientWithSecret, SecretRotation, TokenOut
from gateway.access.scopes import SCOPES
from gateway.audit.service import record_own
from gateway.problems import RateExceeded
from gateway.request import entry_of
from servicekit.auth import Principal, public, requires
from servicekit.db import Tx
from servicekit.etags import etag_of, require_match
from servicekit.paging import Cursor, Limit, Page, decode_cursor, encode_cursor
from servicekit.problems import Forbidden, PreconditionFailed, PreconditionRequired, Problem, Unauthorized, responses

_MAX_FORM_BYTES = 16 * 1024
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_PURPOSE = "接入方管理 administration of clients"

tokens = APIRouter(tags=["access 接入"])
clients = APIRouter(prefix="/v1/clients", tags=["access 接入"])

_TOKEN_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "required": ["grant_type"],
                    "properties": {
                        "grant_type": {"type": "string", "const": "client_credentials"},
                        "scope": {"type": "string"},
                        "client_id": {"type": "string"},
                        "client_secret": {"type": "string"},
                        "client_assertion_type": {"type": "string", "const": rules.ASSERTION_TYPE},
                        "client_assertion": {"type": "string"},
                    },
                },
                "example": {"grant_type": "client_credentials", "scope": "deliveries:write deliveries:read"},
            }
        },
    }
}


@tokens.post(
    "/oauth2/token",
    response_model=TokenOut,
    dependencies=[public("clients authenticate with their own credentials here")],
    openapi_extra=_TOKEN_BODY,
    responses=responses(
        problems.OAuthProblem, problems.InvalidClient, problems.InvalidScope, problems.UnsupportedGrant,
        problems.ClientLocked, RateExceeded,
    ),
    summary="获取访问令牌 / get an access token",
)  # fmt: skip
async def issue_token(request: Request) -> Response:
    """OAuth 2.0 client credentials (RFC 6749 4.4): client_secret_basic, client_secret_post or private_key_jwt."""
    source = request.client.host if request.client else "unknown"
    verdict = request.app.state.token_limiter.take(source, time.monotonic())
    if not verdict.is_allowed:
        raise RateExceeded("too many token requests", headers={"Retry-After": str(verdict.retry_after_s)})
    form = await _form(request)
    if form.get("grant_type") != "client_credentials":
        raise problems.UnsupportedGrant("grant_type must be client_credentials")
    credentials = rules.credentials_of(request.headers.get("authorization"), form)
    token: TokenOut = await request.app.state.token_issuer.issue(credentials, form.get("scope"), source)
    return JSONResponse(token.model_dump(), headers=_NO_STORE)


async def _form(request: Request) -> dict[str, str]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded" or request.headers.get("content-encoding"):
        raise problems.OAuthProblem("send application/x-www-form-urlencoded")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_FORM_BYTES:
            raise problems.OAuthProblem("the form is too large")
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=20)
    except ValueError as error:
        raise problems.OAuthProblem("the form cannot be read") from error
    form = dict(pairs)
    if len(form) != len(pairs):
        raise problems.OAuthProblem("a parameter is given twice")
    return form


@tokens.get(
    "/.well-known/oauth-authorization-server",
    dependencies=[public("RFC 8414 metadata of the issuer")],
    summary="授权服务器元数据 / issuer metadata",
)
async def metadata(request: Request) -> dict[str, Any]:
    """RFC 8414."""
    issuer: str = request.app.state.settings.issuer
    return {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/oauth2/token",
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["ES256", "ES384", "PS256", "RS256", "EdDSA"],
        "scopes_supported": sorted(SCOPES),
        "service_documentation": f"{issuer}/docs",
    }


@tokens.get(
    "/.well-known/jwks.json",
    dependencies=[public("public keys of the issuer")],
    summary="签名公钥 / public keys",
)
async def jwks(request: Request) -> Response:
    """RFC 7517. A new key is listed a day before it signs; an old one until its last token has expired."""
    keyring = request.app.state.keyring
    await keyring.load_if_older(5.0)
    return JSONResponse(keyring.jwks(), headers={"Cache-Control": "public, max-age=60"})


Manager = Annotated[Principal, requires("clients:manage", purpose=_PURPOSE, classes=(FieldClass.S2,))]
IfMatch = Annotated[str | None, Header(description="ETag that you read")]
_COMMON: tuple[type[Problem], ...] = (Unauthorized, Forbidden, problems.ClientUnknown)


async def _audited(request: Request, session: Tx, principal: Principal, status: int) -> None:
    entry = entry_of(request, principal, scope="clients:manage", purpose="administration of clients")
    await record_own(session, entry, status)


def _known_scopes(request: Request) -> set[str]:
    table = request.app.state.directory.table
    return set(SCOPES) | {route.access.scope for route in table.routes if route.access.scope}


@clients.post(
    "",
    status_code=201,
    responses=responses(
        Unauthorized, problems.AreasBeyond, problems.ClientExists, problems.ClientInvalid
    ),
    summary="登记接入方 / register a client",
)  # fmt: skip
async def register_client(
    given: ClientIn, request: Request, response: Response, session: Tx, principal: Manager
) -> ClientWithSecret:
    """The secret is shown in this answer only. A repeated request gets 409: rotate if the answer was lost."""
    made = await service.register(session, principal, given, _known_scopes(request))
    await _audited(request, session, principal, 201)
    response.headers.update({"Location": f"/v1/clients/{made.client_id}", "ETag": etag_of(1), **_NO_STORE})
    return made


@clients.get(
    "",
    responses=responses(Unauthorized, Forbidden),
    summary="查询接入方 / list clients",
)
async def list_clients(
    session: Tx,
    _: Manager,
    department: Department | None = None,
    status: Annotated[str | None, Query(pattern="^(active|disabled|removed)$")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[ClientOut]:
    """Ordered by id."""
    after = str(decode_cursor(cursor, 1)[0]) if cursor else None
    found = await store.list_clients(
        session, after=after, limit=limit + 1, department=str(department) if department else None, status=status
    )
    next_cursor = encode_cursor([found[limit - 1].client_id]) if len(found) > limit else None
    return Page(items=[service.shown(client) for client in found[:limit]], next_cursor=next_cursor)


@clients.get("/{client_id}", responses=responses(*_COMMON), summary="查询一个接入方 / read a client")
async def read_client(client_id: str, response: Response, session: Tx, _: Manager) -> ClientOut:
    """With its ETag."""
    client = await service.existing(session, client_id)
    response.headers["ETag"] = etag_of(client.version)
    return service.shown(client)


@clients.patch(
    "/{client_id}",
    responses=responses(
        *_COMMON, problems.SelfChange, problems.AreasBeyond, problems.ClientRemoved, problems.ClientInvalid,
        PreconditionFailed, PreconditionRequired,
    ),
    summary="修改接入方 / change a client",
)  # fmt: skip
async def change_client(
    client_id: str,
    patch: ClientPatch,
    request: Request,
    response: Response,
    session: Tx,
    principal: Manager,
    if_match: IfMatch = None,
) -> ClientOut:
    """What is taken away ends the tokens that are out within two seconds at the gateway."""
    client = await service.existing(session, client_id, lock=True)
    require_match(if_match, client.version)
    client = await service.change(session, principal, client, patch, _known_scopes(request))
    await _audited(request, session, principal, 200)
    response.headers["ETag"] = etag_of(client.version)
    return service.shown(client)


@clients.delete(
    "/{client_id}",
    status_code=204,
    response_class=Response,
    responses=responses(
        *_COMMON, problems.SelfChange, problems.ClientRemoved, PreconditionFailed, PreconditionRequired
    ),
    summary="删除接入方 / remove a client",
)  # fmt: skip
async def remove_client(
    client_id: str, request: Request, session: Tx, principal: Manager, if_match: IfMatch = None
) -> None:
    """For good: the id is never used again."""
    client = await service.existing(session, client_id, lock=True)
    require_match(if_match, client.version)
    await service.remove(session, principal, client)
    await _audited(request, session, principal, 204)


@clients.post(
    "/{client_id}/rotate-secret",
    responses=responses(*_COMMON, problems.AreasBeyond, problems.ClientRemoved),
    summary="轮换密钥 / exchange the secret",
)
async def rotate_secret(
    client_id: str, given: SecretRotation, request: Request, response: Response, session: Tx, principal: Manager
) -> ClientWithSecret:
    """The new secret is shown in this answer only; the old one stays good for `overlap_s` seconds."""
    client = await service.existing(session, client_id, lock=True)
    made = await service.rotate_secret(session, principal, client, given.overlap_s)
    await _audited(request, session, principal, 200)
    response.headers.update({"ETag": etag_of(client.version), **_NO_STORE})
    return made
