"""The token endpoint, the issuer's metadata and its keys."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from contracts.scopes import SCOPES
from gateway.access import exchange, problems, rules
from gateway.access.keys import SigningKeys
from gateway.access.schemas import TokenOut
from gateway.audit.service import record_own
from gateway.people import service as people
from gateway.problems import OAuthProblem, RateExceeded
from gateway.request import entry_of
from servicekit.auth import public
from servicekit.problems import responses
from servicekit.replicas import REPLICA_HEADER

_MAX_FORM_BYTES = 16 * 1024
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}

tokens = APIRouter(tags=["access 接入"])

_TOKEN_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "required": ["grant_type"],
                    "properties": {
                        "grant_type": {"type": "string", "enum": ["client_credentials", exchange.GRANT]},
                        "scope": {"type": "string"},
                        "client_id": {"type": "string"},
                        "client_secret": {"type": "string"},
                        "client_assertion_type": {"type": "string", "const": rules.ASSERTION_TYPE},
                        "client_assertion": {"type": "string"},
                        "subject_token": {"type": "string", "description": "exchange: token of who signed in"},
                        "subject_token_type": {"type": "string", "enum": sorted(people.TOKEN_TYPES)},
                        "appointment_id": {
                            "type": "string",
                            "description": "exchange, an extension: the term to act in, where several are in force",
                        },
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
        OAuthProblem, problems.InvalidClient, problems.InvalidScope, problems.UnsupportedGrant, problems.InvalidTarget,
        problems.ClientLocked, RateExceeded, people.IssuerAway, *people.REFUSALS.values(),
    ),
)  # fmt: skip
async def issue_token(request: Request) -> Response:
    """OAuth 2.0 client credentials (RFC 6749 4.4): client_secret_basic, client_secret_post or private_key_jwt.

    With `grant_type` token-exchange (RFC 8693) the application gets a token to act for a person who signed in: one
    token acts in one term (`appointment_id` where several are in force), has what the role and the application both
    have, and is good from the address that asked for it.
    """
    source = request.client.host if request.client else "unknown"
    verdict = request.app.state.token_limiter.take(source, time.monotonic())
    if not verdict.is_allowed:
        raise RateExceeded("too many token requests", headers={"Retry-After": str(verdict.retry_after_s)})
    form = await _form(request)
    grant = form.get("grant_type")
    if grant not in ("client_credentials", exchange.GRANT):
        raise problems.UnsupportedGrant("grant_type must be client_credentials or token-exchange")
    credentials = rules.credentials_of(request.headers.get("authorization"), form)
    token: TokenOut
    if grant == exchange.GRANT:
        token = await _exchanged(request, credentials, form, source)
    else:
        token = await request.app.state.token_issuer.issue(credentials, form.get("scope"), source)
    return JSONResponse(token.model_dump(exclude_none=True), headers=_NO_STORE)


async def _exchanged(request: Request, credentials: rules.Credentials, form: dict[str, str], source: str) -> TokenOut:
    """Exchange a person's token, and record who signed in through which application before it is given."""
    state = request.app.state
    desk: exchange.PeopleDesk = state.people_desk

    def note(client_id: str, person: str | None) -> None:
        request.scope["state"] |= {"client_id": client_id, "person": person}

    made = await desk.exchange(credentials, exchange.Exchange.of(form, state.settings.audience), source, note)
    entry = entry_of(request, made.principal, scope="", purpose=f"sign-in as {made.role}")
    async with state.database.transaction() as session:
        await record_own(session, entry, 200)
    return made.token


async def _form(request: Request) -> dict[str, str]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded" or request.headers.get("content-encoding"):
        raise OAuthProblem("send application/x-www-form-urlencoded")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_FORM_BYTES:
            raise OAuthProblem("the form is too large")
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=20)
    except ValueError as error:
        raise OAuthProblem("the form cannot be read") from error
    form = dict(pairs)
    if len(form) != len(pairs):
        raise OAuthProblem("a parameter is given twice")
    return form


@tokens.get(
    "/.well-known/oauth-authorization-server",
    dependencies=[public("RFC 8414 metadata of the issuer")],
)
async def metadata(request: Request) -> dict[str, Any]:
    """RFC 8414."""
    issuer: str = request.app.state.settings.issuer
    return {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/oauth2/token",
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "grant_types_supported": ["client_credentials", exchange.GRANT],
        "response_types_supported": [],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["ES256", "ES384", "PS256", "RS256", "EdDSA"],
        "scopes_supported": sorted(SCOPES),
        "service_documentation": f"{issuer}/docs",
    }


@tokens.get(
    "/.well-known/jwks.json",
    dependencies=[public("public keys of the issuer")],
)
async def jwks(request: Request) -> Response:
    """RFC 7517. A new key is listed a day before it signs; an old one until its last token has expired.

    Ask with `If-None-Match`: 304 says that the keys are still the same, and tells the operator who has them.
    """
    keyring: SigningKeys = request.app.state.keyring
    await keyring.load_if_older(1.0)
    given = request.headers.get("if-none-match", "")
    request.app.state.replicas.hear(request.headers.get(REPLICA_HEADER, ""), given)
    headers = {"Cache-Control": "public, max-age=60", "ETag": f'"{keyring.digest}"'}
    if given.strip('"') == keyring.digest:
        return Response(status_code=304, headers=headers)
    return JSONResponse(keyring.jwks(), headers=headers)
