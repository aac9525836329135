"""Verifies callers at the gateway: its own tokens without a detour over HTTP, and at once when they are revoked."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import httpx
import structlog
from joserfc.jwk import KeySet

from gateway.access import store
from gateway.access.keys import SigningKeys
from gateway.people import service as people
from servicekit import auth, verifier
from servicekit.db import Database
from servicekit.settings import Issuer

log = structlog.get_logger(__name__)

_CACHE_SIZE = 8192
_MAX_TOKEN_BYTES = 8192
_RELOAD_KEYS_S = 1.0  # an unknown key id makes us read the database again at most this often
_FETCH_AGAIN_S = 5.0
_EPOCHS_WITHIN_S = 900.0


@dataclass(frozen=True, slots=True)
class Caller:
    """A verified caller, where its token comes from, and when it is good.

    `key_id` names the key of ours that signed the token; None for a token of another issuer. Of a person's token:
    the roster's version that it was given by, its id, and the session that it is bound to.
    """

    principal: auth.Principal
    issuer: str
    epoch: int | None
    validity: verifier.Validity = verifier.ALWAYS
    key_id: str | None = None
    roster_version: int | None = None
    token_id: str = ""
    session: str | None = None


class Revocations:
    """Clients and people whose earlier tokens are not taken any more, as the database last had them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._epochs: dict[str, tuple[int, bool]] = {}
        self._versions: dict[str, int] = {}

    async def refresh(self) -> None:
        """Read the changes of the last fifteen minutes: older tokens have expired.

        What was read before is kept: by a clock that stepped back a token's minutes pass a second time.
        """
        self._epochs |= await store.changed_epochs(self._database, _EPOCHS_WITHIN_S)
        self._versions |= await people.changed_versions(self._database, _EPOCHS_WITHIN_S)

    def refuses(self, caller: Caller) -> bool:
        """Tell whether the caller's token was revoked: its client lost something, or its person is not as it says."""
        person = caller.principal.person
        if person is not None and (caller.roster_version or 0) < self._versions.get(person, 0):
            return True
        known = self._epochs.get(caller.principal.client_id)
        return known is not None and caller.epoch is not None and (caller.epoch < known[0] or not known[1])


class GatewayVerifier(verifier.TokenVerifier):
    """`servicekit`'s verifier with the gateway's own keys at hand."""

    def __init__(
        self,
        own: Issuer,
        issuers: list[Issuer],
        keyring: SigningKeys,
        revocations: Revocations,
        sessions: people.Sessions,
    ) -> None:
        """Accept tokens of `own` and of `issuers`."""
        super().__init__([*(issuer for issuer in issuers if issuer.issuer != own.issuer), own])
        self._own = own
        self._keyring = keyring
        self._revocations = revocations
        self._sessions = sessions
        self._callers: dict[bytes, tuple[Caller, KeySet]] = {}
        self._failed_at_s: dict[str, float] = {}

    def is_revoked(self, caller: Caller) -> bool:
        """Tell whether what was verified before holds no more: the client lost something, or its key is gone."""
        is_unsigned = caller.key_id is not None and caller.key_id not in self._keyring.key_ids
        return is_unsigned or self._revocations.refuses(caller)

    def check_session(self, caller: Caller, source: str) -> None:
        """Refuse a token that is bound to another source.

        Raises:
            SessionElsewhere
        """
        if caller.session is None or not self._sessions.is_on:
            return
        if not self._sessions.holds(caller.session, caller.token_id, source):
            log.warning("session.elsewhere", client_id=caller.principal.client_id, person=caller.principal.person)
            raise people.SessionElsewhere

    async def caller(self, authorization: bytes | None) -> Caller:
        """Give the caller that an Authorization field names.

        Raises:
            MissingToken, InvalidToken, Unavailable.
        """
        if authorization is None:
            raise auth.MissingToken
        cached = self._callers.get(authorization)
        if cached is not None and cached[0].validity.holds_at(time.time()) and cached[1] is self._keyring.key_set:
            caller = cached[0]
        else:
            caller = await self._verify_field(authorization)
        if self.is_revoked(caller):
            raise auth.InvalidToken("the token was revoked")
        return caller

    async def verify(self, token: str) -> auth.Principal:
        """Give the caller of a token, for the gateway's own routes."""
        return (await self.caller(b"Bearer " + token.encode("latin-1", "replace"))).principal

    async def _verify_field(self, authorization: bytes) -> Caller:
        scheme, _, rest = authorization.partition(b" ")
        token = rest.strip().decode("latin-1")
        if scheme.lower() != b"bearer" or not token:
            raise auth.MissingToken
        if len(token) > _MAX_TOKEN_BYTES or not token.isascii():
            raise auth.InvalidToken("the token is not a JWT")
        self._verified.clear()  # one cache is enough, and this one knows about revoked keys
        keys = self._keyring.key_set
        principal = await super().verify(token)
        claims = verifier.unverified_claims(token)
        issuer = str(claims.get("iss"))
        epoch = claims.get("client_epoch") if issuer == self._own.issuer else None
        key_id = verifier.key_id_of(token) if issuer == self._own.issuer else None
        validity = verifier.Validity.of(claims)
        caller = Caller(principal, issuer, epoch if isinstance(epoch, int) else None, validity, key_id)
        if principal.person is not None:
            version = claims.get("roster_version")
            caller = replace(
                caller,
                roster_version=version if isinstance(version, int) else None,
                token_id=str(claims.get("jti")),
                session=claims.get("session"),
            )
        if len(self._callers) >= _CACHE_SIZE:
            self._callers.clear()
        self._callers[authorization] = (caller, keys)
        return caller

    async def _key_set(self, issuer: Issuer, *, older_than_s: float) -> KeySet:
        if issuer.issuer == self._own.issuer:
            await self._keyring.load_if_older(_RELOAD_KEYS_S if older_than_s < 60 else older_than_s)
            return self._keyring.key_set
        return await super()._key_set(issuer, older_than_s=older_than_s)

    def _forget(self) -> None:
        super()._forget()
        self._callers.clear()

    async def _fetch(self, issuer: Issuer) -> KeySet | None:
        # An issuer that is away must not make every request wait for its timeout.
        if time.monotonic() - self._failed_at_s.get(issuer.issuer, -1e9) < _FETCH_AGAIN_S:
            raise httpx.ConnectError("the issuer failed a moment ago")
        try:
            return await super()._fetch(issuer)
        except Exception:
            self._failed_at_s[issuer.issuer] = time.monotonic()
            raise
