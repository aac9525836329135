"""Issuers at which people sign in: found by discovery, their keys kept, their tokens verified."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson
import structlog
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from gateway.people.declared import PeopleIssuer
from gateway.people.problems import IssuerAway, refused
from gateway.people.reasons import Reason
from gateway.people.subject import Subject, subject_of
from servicekit.auth import InvalidToken
from servicekit.channels import is_plain_http
from servicekit.verifier import unverified_claims

log = structlog.get_logger(__name__)

_MAX_TOKEN_CHARACTERS = 8192
_MAX_ANSWER_BYTES = 512 * 1024
_KEYS_TTL_S = 600.0
_METADATA_TTL_S = 3600.0
_AGAIN_S = 5.0  # an unknown key id may not make us ask more often than this
_RETRY_S = 2.0
_TRIES = 2


@dataclass(slots=True)
class _Known:
    """What is known of an issuer; instants of the monotonic clock."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    keys: KeySet | None = None
    keys_at_s: float = -1e9
    jwks_uri: str = ""
    metadata_at_s: float = -1e9
    retry_at_s: float = -1e9


class PeopleIssuers:
    """Verifies the tokens of declared issuers.

    Their keys are asked for when a token comes; known ones stand while the issuer is away.
    """

    def __init__(self, declared: Sequence[PeopleIssuer], client: httpx.AsyncClient) -> None:
        """Take tokens of `declared` only."""
        self._declared = {issuer.issuer: issuer for issuer in declared}
        self._known = {issuer.issuer: _Known() for issuer in declared}
        self._client = client

    async def subject_of(self, token: str) -> Subject:
        """Give who signed in.

        Raises:
            SignInRefused: the token is not one of an access of somebody to this system.
            IssuerAway: the issuer's keys cannot be had and none are known.
        """
        try:
            if len(token) > _MAX_TOKEN_CHARACTERS:
                raise InvalidToken
            issuer = unverified_claims(token).get("iss")
            header = jws.extract_compact(token.encode()).headers()
        except Exception as error:  # whatever a stranger's bytes make the parsers raise
            raise refused(Reason.MALFORMED) from error
        declared = self._declared.get(issuer) if isinstance(issuer, str) else None
        if declared is None:
            raise refused(Reason.ISSUER_UNKNOWN)
        claims = await self._claims(token, declared, header)
        found = subject_of(header, claims, declared, time.time())
        if isinstance(found, Reason):
            raise refused(found)
        return found

    async def _claims(self, token: str, declared: PeopleIssuer, header: dict[str, Any]) -> dict[str, Any]:
        if header.get("alg") not in declared.algorithms:
            raise refused(Reason.SIGNATURE)
        for older_than_s in (_KEYS_TTL_S, _AGAIN_S):
            keys = await self._keys(declared, older_than_s)
            with contextlib.suppress(Exception):  # the same; or there is a new key, and the next turn has it
                return jwt.decode(token, keys, algorithms=list(declared.algorithms)).claims
        raise refused(Reason.SIGNATURE)

    async def _keys(self, declared: PeopleIssuer, older_than_s: float) -> KeySet:
        known = self._known[declared.issuer]
        async with known.lock:
            now_s = time.monotonic()
            if known.keys is not None and now_s - known.keys_at_s < older_than_s:
                return known.keys
            if now_s >= known.retry_at_s:
                await self._ask(declared, known)
            if known.keys is None:
                raise IssuerAway("the issuer does not answer as it should", headers={"Retry-After": "2"})
            return known.keys

    async def _ask(self, declared: PeopleIssuer, known: _Known) -> None:
        """Read the issuer's metadata, when it is old, and its keys; twice, if need be."""
        for _ in range(_TRIES):
            try:
                if time.monotonic() - known.metadata_at_s >= _METADATA_TTL_S:
                    known.jwks_uri = _jwks_uri(await self._read(declared.discovery), declared)
                    known.metadata_at_s = time.monotonic()
                known.keys = KeySet.import_key_set(await self._read(known.jwks_uri))
                known.keys_at_s = time.monotonic()
            except (httpx.HTTPError, ValueError, TypeError, KeyError, JoseError) as error:
                log.warning("people_issuer.unreadable", issuer=declared.issuer, error=type(error).__name__)
                known.metadata_at_s = -1e9  # it may have moved
            else:
                return
        known.retry_at_s = time.monotonic() + _RETRY_S

    async def _read(self, url: str) -> Any:  # Any: a stranger's JSON
        body = b""
        async with self._client.stream("GET", url, headers={"Accept": "application/json"}) as answer:
            if answer.status_code != httpx.codes.OK:
                raise ValueError(f"status {answer.status_code}")
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > _MAX_ANSWER_BYTES:
                    raise ValueError("the answer is too large")
        return orjson.loads(body)


def _jwks_uri(metadata: Any, declared: PeopleIssuer) -> str:
    """Give where the keys are.

    Raises:
        ValueError: the metadata are another issuer's, or lead from a closed channel to an open one.
    """
    if metadata["issuer"] != declared.issuer:
        raise ValueError("the metadata name another issuer")
    uri = metadata["jwks_uri"]
    if not isinstance(uri, str) or (is_plain_http(uri) and not is_plain_http(declared.discovery)):
        raise ValueError("the keys must come over https as the metadata do")
    return uri
