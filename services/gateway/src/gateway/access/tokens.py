"""The token endpoint's use case: authenticate a client, issue an access token."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from joserfc import jwt
from joserfc.jwk import KeySet

from gateway.access import rules, store
from gateway.access.keys import SigningKeys
from gateway.access.problems import ClientLocked, InvalidClient
from gateway.access.schemas import TokenOut
from gateway.access.tables import Client
from servicekit.auth import InvalidToken
from servicekit.db import Database
from servicekit.failpoints import failpoint_async
from servicekit.verifier import unverified_claims

log = structlog.get_logger(__name__)

_ASSERTION_ALGORITHMS = ["ES256", "ES384", "PS256", "RS256", "EdDSA", "Ed25519"]
_ASSERTION_TYPES = frozenset({None, "JWT", "jwt", "client-authentication+jwt"})
_MAX_ASSERTION_CHARACTERS = 8192
_RELOAD_KEYS_S = 2.0


@dataclass(frozen=True, slots=True)
class FailurePolicy:
    """How many wrong credentials lock a client for an address, and for how long (seconds)."""

    limit: int
    window_s: int
    lock_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenIssuer:
    """Issues RFC 9068 access tokens for clients that prove who they are.

    Attributes:
        ttl_s: How long a token lives, in seconds.
        machines_stand_in: Whether a client may take steps that a person must take.
    """

    database: Database
    keyring: SigningKeys
    issuer: str
    audience: str
    ttl_s: int
    failures: FailurePolicy
    machines_stand_in: bool = False

    @property
    def _audiences(self) -> frozenset[str]:
        """What an assertion may name: the issuer or the endpoint (RFC 7523 3; newer drafts want the issuer)."""
        return frozenset({self.issuer, f"{self.issuer}/oauth2/token"})

    async def issue(self, credentials: rules.Credentials, scope: str | None, source: str) -> TokenOut:
        """Give a token.

        Raises:
            InvalidClient: unknown client, wrong secret, bad or replayed assertion, disabled: one answer for all.
            ClientLocked: too many failures from `source`.
            InvalidScope: the client does not have the scope.
        """
        client = await self.authenticate(credentials, source)
        granted = rules.granted_scope(scope, client.scopes)
        now = int(time.time())
        claims = await self.claims_of(client, now, now + self.ttl_s)
        claims |= {"scope": granted, "areas": list(client.areas)}
        if self.machines_stand_in:
            claims["person_stand_in"] = True
        if client.department:
            claims["dept"] = client.department
        token = TokenOut(access_token=self.sign(claims), expires_in=self.ttl_s, scope=granted)
        await failpoint_async("gateway.token_signed")
        return token

    async def authenticate(self, credentials: rules.Credentials, source: str) -> Client:
        """Give the client that proves who it is.

        Raises:
            InvalidClient, ClientLocked.
        """
        client_id = credentials.client_id or _subject_of(credentials.assertion)
        if client_id is None or not rules.CLIENT_ID.fullmatch(client_id):
            raise _refused("malformed")
        async with self.database.transaction() as session:
            locked_s = await store.locked_for_s(session, client_id, source)
            client = await store.find_client(session, client_id)
            why = await self._fault(session, client, credentials)
            if why is None and client is not None:
                # Guessing is locked, not the owner, who may stand behind the same address as whoever guesses.
                if not locked_s:
                    await store.clear_failures(session, client_id, source)
                return client
        if locked_s:
            raise ClientLocked("too many wrong credentials", headers={"Retry-After": str(locked_s)})
        # Unknown ids are not counted in the database: anybody could fill it.
        if client is not None:
            # A transaction of its own, because the answer is an error and would roll the count back.
            async with self.database.transaction() as session:
                await store.count_failure(
                    session, client_id, source,
                    limit=self.failures.limit, window_s=self.failures.window_s, lock_s=self.failures.lock_s,
                )  # fmt: skip
            log.warning("token.refused", client_id=client_id, reason=why)
        raise _refused(why or "unknown")

    async def _fault(self, session: Any, client: Client | None, credentials: rules.Credentials) -> str | None:
        if credentials.secret is not None:
            hashes: list[str | None] = []
            if client is not None:
                hashes = [client.secret_hash]
                if client.previous_secret_until is not None and client.previous_secret_until > datetime.now(UTC):
                    hashes.append(client.previous_secret_hash)
            if not rules.matches(credentials.secret, hashes) or client is None:
                return "secret"
            return None if client.status == "active" else client.status
        if client is None or client.status != "active" or not client.jwks or credentials.assertion is None:
            return "assertion_not_possible"
        return await self._assertion_fault(session, client, credentials.assertion)

    async def _assertion_fault(self, session: Any, client: Client, assertion: str) -> str | None:
        if len(assertion) > _MAX_ASSERTION_CHARACTERS:
            return "assertion_too_long"
        try:
            keys = KeySet.import_key_set({"keys": client.jwks or []})
            token = jwt.decode(assertion, keys, algorithms=_ASSERTION_ALGORITHMS)
        except Exception:  # whatever a stranger's bytes make the library raise
            return "assertion_signature"
        # An access token of ours must never pass as an assertion, whatever key signed it.
        if token.header.get("typ") not in _ASSERTION_TYPES:
            return "assertion_type"
        fault = rules.assertion_fault(
            token.claims, client_id=client.client_id, audiences=self._audiences, now_s=time.time()
        )
        if fault is not None:
            return fault
        expires_at = datetime.fromtimestamp(float(token.claims["exp"]), UTC) + timedelta(seconds=rules.LEEWAY_S)
        if not await store.use_assertion(session, client.client_id, str(token.claims["jti"]), expires_at):
            return "assertion_replayed"
        return None

    async def claims_of(self, client: Client, issued_s: int, expires_s: int) -> dict[str, Any]:
        """Give what stands in every token that a client gets."""
        await self.keyring.load_if_older(_RELOAD_KEYS_S)  # an operator may have replaced a key that leaked
        return {
            "iss": self.issuer,
            "sub": client.client_id,
            "client_id": client.client_id,
            "aud": self.audience,
            "iat": issued_s,
            "exp": expires_s,
            "jti": secrets.token_urlsafe(16),
            "client_epoch": client.epoch,
        }

    def sign(self, claims: dict[str, Any]) -> str:
        """Give the token of these claims."""
        key = self.keyring.signer()
        if key.private is None:
            raise RuntimeError("the signer always has its private key")
        return jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": key.stored.kid}, claims, key.private)


def _refused(_: str) -> InvalidClient:
    return InvalidClient("client authentication failed", headers={"WWW-Authenticate": 'Basic realm="bangfu"'})


def _subject_of(assertion: str | None) -> str | None:
    """Read whom an assertion speaks for, before its signature can be checked."""
    if assertion is None or len(assertion) > _MAX_ASSERTION_CHARACTERS:
        return None
    try:
        subject = unverified_claims(assertion).get("sub")
    except InvalidToken:
        return None
    return subject if isinstance(subject, str) else None
