"""RFC 9068 access tokens, verified by each service itself: signature, type, issuer, audience, time."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import structlog
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from servicekit.auth import InvalidToken, Principal, principal_of
from servicekit.problems import Unavailable
from servicekit.replicas import REPLICA, REPLICA_HEADER, said
from servicekit.settings import Issuer

log = structlog.get_logger(__name__)

_LEEWAY_S = 30
_JWKS_TTL_S = 600
_JWKS_MIN_REFRESH_S = 5  # an unknown key id may not make us fetch more often than this
_JWKS_RETRY_S = 2.0
_JWKS_WATCH_S = 1.0

_CACHE_SIZE = 4096


@dataclass(frozen=True, slots=True)
class Validity:
    """When a token is good, by the wall clock: seconds since the epoch.

    Its beginning counts as its end does. By a clock that steps back an hour a token would else be good for an hour
    more; so it is refused until those minutes of its own pass a second time.
    """

    begins: float = -math.inf
    ends: float = math.inf

    @classmethod
    def of(cls, claims: Mapping[str, Any]) -> Validity:
        """Read `iat`, `exp` and, where there is one, `nbf` (RFC 9068 2.2).

        Raises:
            InvalidToken: one is missing, or no time.
        """
        return cls(max(_number(claims.get("iat")), _number(claims.get("nbf", 0))), _number(claims.get("exp")))

    def holds_at(self, now_s: float, *, beyond_s: float = _LEEWAY_S) -> bool:
        """Tell whether it is good now, or was at most `beyond_s` ago: clocks of two machines differ."""
        return self.begins - _LEEWAY_S <= now_s < self.ends + beyond_s


ALWAYS = Validity()


class TokenVerifier:
    """Verifies access tokens of the configured issuers; keys are fetched from their JWKS and cached."""

    def __init__(
        self, issuers: list[Issuer], client: httpx.AsyncClient | None = None, *, replica_key: str | None = None
    ) -> None:
        """Accept tokens of `issuers` only.

        Args:
            replica_key: Proves to an issuer of this installation which of its keys this process has.
        """
        self._replica_key = replica_key
        self._issuers = {issuer.issuer: issuer for issuer in issuers}
        self._client = client
        self._owns_client = client is None
        self._keys: dict[str, tuple[float, KeySet]] = {}
        self._lock = asyncio.Lock()
        self._verified: dict[str, tuple[Validity, Principal]] = {}
        self._retry_at: dict[str, float] = {}
        self._seen: dict[str, bytes] = {}
        self._etags: dict[str, str] = {}

    async def watch(self) -> None:
        """Look every second whether an issuer took a key back, until cancelled; what was verified with it is forgotten.

        The issuer learns by the ETag that comes back with each question which keys this process has.
        """
        while True:
            await asyncio.sleep(_JWKS_WATCH_S)
            for issuer in list(self._issuers.values()):
                if issuer.issuer in self._keys:
                    with contextlib.suppress(Unavailable):
                        await self._key_set(issuer, older_than_s=_JWKS_WATCH_S / 2)

    async def close(self) -> None:
        """Close the client that fetched the keys."""
        if self._client is not None and self._owns_client:
            await self._client.aclose()

    async def verify(self, token: str) -> Principal:
        """Give the caller of a valid token.

        Raises:
            InvalidToken: wrong signature, algorithm, type, issuer, audience or time.
            Unavailable: the issuer's keys cannot be had and none are cached.
        """
        cached = self._verified.get(token)
        if cached and cached[0].holds_at(time.time()):
            return cached[1]
        issuer = self._issuers.get(str(unverified_claims(token).get("iss")))
        if issuer is None:
            raise InvalidToken("the token's issuer is not trusted here")
        decoded = await self._decode(token, issuer)
        if decoded.header.get("typ", "").lower() not in issuer.token_types:
            raise InvalidToken("the token is not an access token (typ)")
        claims = decoded.claims
        audience = claims.get("aud")
        if issuer.audience not in (audience if isinstance(audience, list) else [audience]):
            raise InvalidToken("the token is for another audience")
        validity = Validity.of(claims)
        if not validity.holds_at(time.time()):
            raise InvalidToken("the token has expired or is not valid yet")
        principal = principal_of(claims, names_people=issuer.names_people)
        if len(self._verified) >= _CACHE_SIZE:
            self._verified.clear()
        self._verified[token] = (validity, principal)
        return principal

    async def _decode(self, token: str, issuer: Issuer) -> jwt.Token:
        keys = await self._key_set(issuer, older_than_s=_JWKS_TTL_S)
        try:
            return jwt.decode(token, keys, algorithms=["ES256"])
        except Exception:  # whatever a stranger's bytes make the library raise; a rotated key, perhaps
            keys = await self._key_set(issuer, older_than_s=_JWKS_MIN_REFRESH_S)
        try:
            return jwt.decode(token, keys, algorithms=["ES256"])
        except Exception as error:  # the same
            raise InvalidToken("the token's signature is not valid") from error

    async def _key_set(self, issuer: Issuer, *, older_than_s: float) -> KeySet:
        fetched_at, keys = self._keys.get(issuer.issuer, (-1e9, None))
        if keys is not None and time.monotonic() - fetched_at < older_than_s:
            return keys
        async with self._lock:
            fetched_at, keys = self._keys.get(issuer.issuer, (-1e9, None))
            if keys is not None and time.monotonic() - fetched_at < older_than_s:
                return keys
            if time.monotonic() < self._retry_at.get(issuer.issuer, 0.0):
                return _known_or_unavailable(keys)
            try:
                fresh = await self._fetch(issuer)
            except (httpx.HTTPError, ValueError, JoseError) as error:
                # Everybody waits behind the lock: a dead issuer may cost one of them its timeout, not each.
                self._retry_at[issuer.issuer] = time.monotonic() + _JWKS_RETRY_S
                log.warning("jwks.unreachable", issuer=issuer.issuer, error=type(error).__name__)
                return _known_or_unavailable(keys)
            if fresh is None and keys is not None:
                fresh = keys
            elif fresh is None:
                return _known_or_unavailable(keys)
            elif keys is not None:
                self._forget()
            self._keys[issuer.issuer] = (time.monotonic(), fresh)
            return fresh

    def _forget(self) -> None:
        """Forget what was verified with keys that may be gone."""
        self._verified.clear()

    async def _fetch(self, issuer: Issuer) -> KeySet | None:
        """Give the issuer's keys; None when they are those that are known already."""
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=5.0)
        asked: dict[str, str] = {}
        if issuer.issuer in self._keys and self._etags.get(issuer.issuer):
            asked["If-None-Match"] = self._etags[issuer.issuer]
        if self._replica_key is not None:
            digest = asked.get("If-None-Match", "").strip('"')
            asked[REPLICA_HEADER] = said(self._replica_key, REPLICA, digest, time.time())
        response = await self._client.get(issuer.jwks_url, headers=asked)
        if response.status_code == 304:
            return None
        response.raise_for_status()
        keys = KeySet.import_key_set(response.json())
        is_known = issuer.issuer in self._keys and self._seen.get(issuer.issuer) == response.content
        self._seen[issuer.issuer] = response.content
        self._etags[issuer.issuer] = response.headers.get("etag", "")
        return None if is_known else keys


def _known_or_unavailable(keys: KeySet | None) -> KeySet:
    """Known keys stay good while the issuer is away; without any, the caller has to come back."""
    if keys is None:
        raise Unavailable("the token issuer's keys cannot be had", headers={"Retry-After": "2"})
    return keys


def unverified_claims(token: str) -> dict[str, Any]:
    """Read a token's claims without verification: only to choose the key to verify it with, or after that.

    Raises:
        InvalidToken: it is not a JWT.
    """
    try:
        claims = json.loads(jws.extract_compact(token.encode()).payload)
    except Exception as error:  # whatever a stranger's bytes make the parsers raise: lists nested too deep, too
        raise InvalidToken("the token is not a JWT") from error
    if not isinstance(claims, dict):
        raise InvalidToken("the token is not a JWT")
    return claims


def key_id_of(token: str) -> str:
    """Give the id of the key that a verified token was signed with."""
    return str(jws.extract_compact(token.encode()).headers().get("kid"))


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidToken("the token lacks a required time")
    try:
        number = float(value)
    except OverflowError as error:
        raise InvalidToken("a time in the token is out of range") from error
    if not math.isfinite(number):
        raise InvalidToken("a time in the token is out of range")
    return number
