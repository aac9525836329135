"""Keys by id: which one a process writes with, which ones it can read, and which ones the data still need.

A key has a purpose (`encryption`, `token`, ...) and an id (`k1`, `k2`, ...). A process has one current key a
purpose, which it writes with, and may have others, which it only reads with: the one before, or the one to come.
`key_use` in the service's database remembers every key that was ever configured by its id and a fingerprint, until
it is retired, so that no process starts with another key under a known id, or without a key that the data need.
`key_rotation` is the record of what was rotated and retired, by whom, how far it came.
"""

from __future__ import annotations

import asyncio
import getpass
import hmac
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from servicekit.crypto import FieldCipher
from servicekit.db import Database, is_transient
from servicekit.locks import LockOn, lock_on
from servicekit.messaging_tables import Executes
from servicekit.tables import KeyRotation, KeyUse

log = structlog.get_logger(__name__)

_FINGERPRINT_BYTES = 8
_PAUSE_S = 1.0
_MAX_TRIES = 60

_CREATE = """
CREATE TABLE key_use (
    purpose       text NOT NULL,
    key_id        text NOT NULL,
    fingerprint   text NOT NULL,
    first_seen_at timestamptz NOT NULL DEFAULT now(),
    retired_at    timestamptz,
    CONSTRAINT key_use_pkey PRIMARY KEY (purpose, key_id)
);
COMMENT ON TABLE key_use IS 'Every key that was configured: never the key itself, only enough to know it again.';

CREATE TABLE key_rotation (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    purpose     text NOT NULL,
    action      text NOT NULL,
    key_ids     text[] NOT NULL,
    run_by      text NOT NULL,
    started_at  timestamptz NOT NULL DEFAULT now(),
    touched_at  timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    position    text,
    rows        bigint NOT NULL DEFAULT 0,
    CONSTRAINT key_rotation_pkey PRIMARY KEY (id),
    CONSTRAINT key_rotation_action_check CHECK (action IN ('rotate', 'retire'))
);
COMMENT ON TABLE key_rotation IS 'Who rotated or retired which keys; an unfinished row tells where to go on.';
CREATE INDEX key_rotation_unfinished_idx ON key_rotation (purpose) WHERE finished_at IS NULL;
"""


def create(op: Executes) -> None:
    """Create the tables of keys; call it from a revision of a service."""
    op.execute(_CREATE)


def drop(op: Executes) -> None:
    """Drop them."""
    op.execute("DROP TABLE key_rotation; DROP TABLE key_use")


class KeyMismatch(Exception):  # noqa: N818 - a state, as people read it
    """The configured keys are not those that the data need. The message never holds a key."""


@dataclass(frozen=True)
class Keyring:
    """The keys of one purpose that a process has.

    Attributes:
        keys: All of them by id, 32 bytes each, the current one among them.
        algorithm: What the keys were declared for, where their purpose says it.
    """

    purpose: str
    current_id: str
    keys: Mapping[str, bytes]
    algorithm: str | None = None

    def __repr__(self) -> str:
        return f"Keyring({self.purpose}: {self.current_id} of {sorted(self.keys)})"

    @property
    def current(self) -> bytes:
        """The key to write with."""
        return self.keys[self.current_id]

    @property
    def other_ids(self) -> list[str]:
        """Ids of the keys that are only read with, sorted."""
        return sorted(set(self.keys) - {self.current_id})

    def cipher(self) -> FieldCipher:
        """Give the cipher that seals with the current key and opens with all of them."""
        return FieldCipher(
            self.current, self.current_id, others={key_id: self.keys[key_id] for key_id in self.other_ids}
        )

    def fingerprints(self) -> dict[str, str]:
        """Give a short keyed hash of each key and what it is for: equal ones give equal texts, nothing else is told."""
        label = " ".join(["bangfu key check", self.purpose, *([self.algorithm] if self.algorithm else [])]).encode()
        return {
            key_id: hmac.digest(key, label, "sha256")[:_FINGERPRINT_BYTES].hex() for key_id, key in self.keys.items()
        }


Newcomer = Callable[[AsyncSession, Keyring, str], Awaitable[None]]


async def check_in(session: AsyncSession, rings: Sequence[Keyring], newcomer: Newcomer | None = None) -> None:
    """Compare the configured keys with those of `key_use`, and remember the new ones.

    Args:
        newcomer: Asked before a key id is remembered for the first time; raises `KeyMismatch` to refuse it.

    Raises:
        KeyMismatch: another key under a known id, a key missing that data may need, or a retired key as the current.
    """
    for ring in rings:
        await lock_on(session, LockOn.KEYS, ring.purpose)
        used = await session.execute(select(KeyUse).where(KeyUse.purpose == ring.purpose))
        known = {use.key_id: use for use in used.scalars()}
        mine = ring.fingerprints()
        for key_id, use in known.items():
            if key_id in mine and mine[key_id] != use.fingerprint:
                raise KeyMismatch(f"the {ring.purpose} key {key_id} is another one than the data were written with")
            if key_id not in mine and use.retired_at is None:
                raise KeyMismatch(f"the {ring.purpose} key {key_id} is missing; rotate and retire it before it goes")
        if ring.current_id in known and known[ring.current_id].retired_at is not None:
            raise KeyMismatch(f"the {ring.purpose} key {ring.current_id} was retired and cannot be the current one")
        for key_id in sorted(set(mine) - set(known)):
            if newcomer is not None:
                await newcomer(session, ring, key_id)
            session.add(KeyUse(purpose=ring.purpose, key_id=key_id, fingerprint=mine[key_id]))
            log.info("key.first_seen", purpose=ring.purpose, key_id=key_id)


class KeyGuard:
    """Checks a process's keys in: at its start, or as soon as the database answers; until then it is not ready."""

    def __init__(self, database: Database, rings: Sequence[Keyring], newcomer: Newcomer | None = None) -> None:
        self._database = database
        self._rings = rings
        self._newcomer = newcomer
        self._is_checked = False

    async def start(self) -> None:
        """Check at the start of the process; a database that is away is left to `ready`.

        Raises:
            KeyMismatch: the process must not go on.
        """
        try:
            await self.ready()
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning("key.check_waits", error=type(error).__name__)

    async def ready(self) -> None:
        """Readiness check: raise until the keys were compared once.

        Raises:
            KeyMismatch: as `check_in`.
        """
        if self._is_checked:
            return
        async with self._database.transaction() as session:
            await check_in(session, self._rings, self._newcomer)
        self._is_checked = True


async def begin_rotation(session: AsyncSession, ring: Keyring, kind: str = "") -> KeyRotation:
    """Start a rotation to the ring's current key, or take up the one that was cut off with the same keys.

    Its `position` is where the next batch begins, `None` at the beginning.

    Args:
        kind: What is rotated, where one purpose covers several things.
    """
    key_ids, purpose = [ring.current_id, *ring.other_ids], kind or ring.purpose
    unfinished = (
        select(KeyRotation)
        .where(
            KeyRotation.purpose == purpose,
            KeyRotation.action == "rotate",
            col(KeyRotation.finished_at).is_(None),
            KeyRotation.key_ids == key_ids,
        )
        .order_by(col(KeyRotation.id).desc())
    )
    rotation = (await session.execute(unfinished.limit(1))).scalar_one_or_none()
    if rotation is None:
        rotation = KeyRotation(purpose=purpose, action="rotate", key_ids=key_ids, run_by=operator())
        session.add(rotation)
        await session.flush()
        await session.refresh(rotation)
    log.info("key.rotation_runs", purpose=purpose, key_id=ring.current_id, rows=rotation.rows)
    return rotation


async def advance(session: AsyncSession, rotation: KeyRotation, position: str | None, rows: int) -> None:
    """Note in the batch's own transaction how far the rotation has come; None begins again from the start."""
    rotation.position, rotation.rows, rotation.touched_at = position, rotation.rows + rows, datetime.now(UTC)
    await session.merge(rotation)


async def finish_rotation(session: AsyncSession, rotation: KeyRotation) -> None:
    """Note that nothing was left to rotate."""
    rotation.finished_at = datetime.now(UTC)
    await session.merge(rotation)


Batch = Callable[[AsyncSession, str | None], Awaitable[tuple[str | None, int]]]
"""Renews what is stale after a position; gives the last position, None when nothing was left, and the rows changed."""


async def rotate(database: Database, ring: Keyring, renew: Batch) -> int:
    """Go through what is stored until nothing is stale, a transaction a batch; give how many rows were changed.

    Where it was cut off it goes on; a database that is away is waited for.
    """
    async with database.transaction() as session:
        rotation = await begin_rotation(session, ring)
    changed, tries = 0, 0
    while True:
        try:
            async with database.transaction() as session:
                position, rows = await renew(session, rotation.position)
                is_done = position is None and rotation.position is None
                if is_done:
                    await finish_rotation(session, rotation)
                else:
                    # From the start again: what was written behind this pass, by a process with the former keys.
                    await advance(session, rotation, position, rows)
            if is_done:
                break
            changed, tries = changed + rows, 0
        except Exception as error:
            tries += 1
            if not is_transient(error) or tries >= _MAX_TRIES:
                raise
            log.warning("key.rotation_waits", error=type(error).__name__)
            await asyncio.sleep(_PAUSE_S)
    log.info("key.rotation_done", purpose=ring.purpose, key_id=ring.current_id, rows=rotation.rows)
    return changed


async def retire(session: AsyncSession, ring: Keyring, key_id: str, needed_by: Mapping[str, int]) -> None:
    """Note that no data need a key any more: processes may then be started without it.

    Args:
        needed_by: What was counted to still need the key, in words: `{"rejected rows": 3}`.

    Raises:
        KeyMismatch: it is the current key, was never used, or is still needed.
    """
    if key_id == ring.current_id:
        raise KeyMismatch(f"{key_id} is the current {ring.purpose} key")
    left = {what: count for what, count in needed_by.items() if count}
    if left:
        raise KeyMismatch(
            f"the {ring.purpose} key {key_id} is still needed: "
            + ", ".join(f"{count} {what}" for what, count in left.items())
        )
    use = await session.get(KeyUse, (ring.purpose, key_id))
    if use is None:
        raise KeyMismatch(f"no {ring.purpose} key {key_id} was ever used here")
    now = datetime.now(UTC)
    use.retired_at = use.retired_at or now
    session.add(
        KeyRotation(purpose=ring.purpose, action="retire", key_ids=[key_id], run_by=operator(), finished_at=now)
    )
    log.info("key.retired", purpose=ring.purpose, key_id=key_id)


async def known(session: AsyncSession) -> Sequence[KeyUse]:
    """Give every key that was used, oldest first."""
    by_age = select(KeyUse).order_by(KeyUse.purpose, col(KeyUse.first_seen_at), KeyUse.key_id)
    return (await session.execute(by_age)).scalars().all()


def operator() -> str:
    """Give who runs this process, for the journal: `user@host`."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        user = "unknown"
    return f"{user}@{socket.gethostname()}"
