"""The keys that sign access tokens: in PostgreSQL, encrypted, shared by all replicas, replaced before they age."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from joserfc.jwk import ECKey, KeySet
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.access import store
from gateway.access.tables import StoredKey
from servicekit.crypto import DecryptionError, FieldCipher
from servicekit.db import Database
from servicekit.problems import Unavailable

log = structlog.get_logger(__name__)

# A new key is published this long before it signs, so that every cache of the JWKS knows it by then.
PUBLISH_AHEAD = timedelta(hours=24)
# A key stays published after its last signature for as long as such a token may live, and some more for clocks.
PUBLISH_AFTER = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A stored key pair. `private` is None when this process cannot decrypt it."""

    stored: StoredKey
    private: ECKey | None

    def signs_at(self, instant: datetime) -> bool:
        """Tell whether it can and may sign at an instant."""
        return self.private is not None and self.stored.signs_from <= instant < self.stored.signs_until


class SigningKeys:
    """The published keys, held in memory and read again from the database now and then."""

    def __init__(self, database: Database, cipher: FieldCipher, *, lifetime: timedelta) -> None:
        """Keep keys of `database`; each signs for `lifetime`."""
        self._database = database
        self._cipher = cipher
        self._lifetime = lifetime
        self._keys: list[SigningKey] = []
        self._loaded_at_s = -1e9
        self._lock = asyncio.Lock()
        self.key_set = KeySet([])
        self.key_ids: frozenset[str] = frozenset()

    async def load(self) -> None:
        """Read the published keys."""
        async with self._database.transaction() as session:
            rows = await store.published_keys(session)
        before = [key.stored.kid for key in self._keys]
        self._keys = [self._open(row) for row in rows]
        self.key_ids = frozenset(row.kid for row in rows)
        if [row.kid for row in rows] != before:
            # A new object tells the verifier to forget what it verified with the old keys.
            self.key_set = KeySet([ECKey.import_key(row.public_jwk) for row in rows])
        self._loaded_at_s = time.monotonic()

    async def load_if_older(self, seconds: float) -> None:
        """Read the keys again unless that was done within the last `seconds`."""
        if time.monotonic() - self._loaded_at_s < seconds:
            return
        async with self._lock:
            if time.monotonic() - self._loaded_at_s >= seconds:
                await self.load()

    def _open(self, row: StoredKey) -> SigningKey:
        try:
            private = ECKey.import_key(json.loads(self._cipher.decrypt(row.private_sealed, _place(row.kid))))
        except DecryptionError:
            # Encrypted under another key: tokens it signed stay good, but it cannot sign here any more.
            log.error("signing_key.unreadable", kid=row.kid)
            private = None
        return SigningKey(row, private)

    async def ensure(self) -> None:
        """Make sure that a key signs now and that its successor is published in time.

        Idempotent; replicas wait for each other.
        """
        async with self._database.transaction() as session:
            await store.lock_keys(session)
            keys = [self._open(row) for row in await store.published_keys(session)]
            now = datetime.now(UTC)
            last = max((key.stored.signs_until for key in keys if key.private is not None), default=now)
            if not any(key.signs_at(now) for key in keys):
                await self._create(session, now)
            elif last < now + PUBLISH_AHEAD:
                await self._create(session, last)
            await store.forget_keys(session)
        await self.load()

    async def rotate(self, *, revoke: bool = False) -> str:
        """Start to sign with a new key at once; give its id.

        Args:
            revoke: Stop publishing the old keys as well, so that their tokens are refused. Otherwise
                tokens that are out stay good until they expire.
        """
        async with self._database.transaction() as session:
            await store.lock_keys(session)
            await store.retire_keys(session, PUBLISH_AFTER, revoke=revoke)
            kid = await self._create(session, datetime.now(UTC))
        await self.load()
        return kid

    async def _create(self, session: AsyncSession, signs_from: datetime) -> str:
        key = ECKey.generate_key("P-256")
        kid = key.thumbprint()
        public = key.as_dict(private=False) | {"kid": kid, "use": "sig", "alg": "ES256"}
        sealed = self._cipher.encrypt(json.dumps(key.as_dict(private=True) | {"kid": kid}), _place(kid))
        signs_until = signs_from + self._lifetime
        session.add(
            StoredKey(
                kid=kid,
                private_sealed=sealed,
                public_jwk=public,
                signs_from=signs_from,
                signs_until=signs_until,
                published_until=signs_until + PUBLISH_AFTER,
            )
        )
        log.info("signing_key.created", kid=kid, signs_from=signs_from.isoformat())
        return str(kid)

    def signer(self) -> SigningKey:
        """Give the key that signs now.

        Raises:
            Unavailable: there is none; the next `ensure` makes one.
        """
        now = datetime.now(UTC)
        usable = [key for key in self._keys if key.signs_at(now)]
        if not usable:
            raise Unavailable("no key signs tokens at the moment", headers={"Retry-After": "2"})
        return max(usable, key=lambda key: key.stored.signs_from)

    @property
    def digest(self) -> str:
        """Give what names the published keys, the same in every replica that has read them."""
        now = datetime.now(UTC)
        kids = sorted(key.stored.kid for key in self._keys if key.stored.published_until > now)
        return hashlib.sha256(" ".join(kids).encode()).hexdigest()[:32]

    def jwks(self) -> dict[str, Any]:
        """Give the public keys as a JWK set (RFC 7517)."""
        now = datetime.now(UTC)
        return {"keys": [key.stored.public_jwk for key in self._keys if key.stored.published_until > now]}


def _place(kid: str) -> str:
    return f"signing_key|private_sealed|{kid}"
