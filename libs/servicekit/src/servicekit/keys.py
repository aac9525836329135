"""Keys by id: which one a process writes with, which ones it can read, and which ones the data still need.

A key has a purpose (`encryption`, `token`, ...) and an id (`k1`, `k2`, ...). A process has one current key a
purpose, which it writes with, and may have others, which it only reads with: the one before, or the one to come.
`key_use` in the service's database remembers every key that was ever configured by its id and a fingerprint, until
it is retired, so that no process starts with another key under a known id, or without a key that the data need.
`key_rotation` is the record of what was rotated and retired, by whom, how far it came.
"""

from __future__ import annotations

import getpass
import hmac
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from servicekit.crypto import FieldCipher
from servicekit.db import Database, is_transient
from servicekit.messaging_tables import Executes

log = structlog.get_logger(__name__)

_FINGERPRINT_BYTES = 8

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
        await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('key_use ' || :p))"), {"p": ring.purpose})
        known = {
            row.key_id: row
            for row in await session.execute(
                text("SELECT key_id, fingerprint, retired_at FROM key_use WHERE purpose = :purpose"),
                {"purpose": ring.purpose},
            )
        }
        mine = ring.fingerprints()
        for key_id, row in known.items():
            if key_id in mine and mine[key_id] != row.fingerprint:
                raise KeyMismatch(f"the {ring.purpose} key {key_id} is another one than the data were written with")
            if key_id not in mine and row.retired_at is None:
                raise KeyMismatch(f"the {ring.purpose} key {key_id} is missing; rotate and retire it before it goes")
        if known.get(ring.current_id) is not None and known[ring.current_id].retired_at is not None:
            raise KeyMismatch(f"the {ring.purpose} key {ring.current_id} was retired and cannot be the current one")
        for key_id in sorted(set(mine) - set(known)):
            if newcomer is not None:
                await newcomer(session, ring, key_id)
            await session.execute(
                text("INSERT INTO key_use (purpose, key_id, fingerprint) VALUES (:purpose, :key_id, :fingerprint)"),
                {"purpose": ring.purpose, "key_id": key_id, "fingerprint": mine[key_id]},
            )
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


@dataclass
class Rotation:
    """One run of a rotation in the journal. `position` is where the next batch begins, `None` at the beginning."""

    id: int
    position: str | None
    rows: int


async def begin_rotation(session: AsyncSession, ring: Keyring, kind: str = "") -> Rotation:
    """Start a rotation to the ring's current key, or take up the one that was cut off with the same keys.

    Args:
        kind: What is rotated, where one purpose covers several things.
    """
    ids = [ring.current_id, *ring.other_ids]
    purpose = kind or ring.purpose
    found = (
        await session.execute(
            text(
                "SELECT id, position, rows FROM key_rotation WHERE purpose = :purpose AND action = 'rotate'"
                " AND finished_at IS NULL AND key_ids = CAST(:ids AS text[]) ORDER BY id DESC LIMIT 1"
            ),
            {"purpose": purpose, "ids": ids},
        )
    ).first()
    if found is None:
        found = (
            await session.execute(
                text(
                    "INSERT INTO key_rotation (purpose, action, key_ids, run_by)"
                    " VALUES (:purpose, 'rotate', :ids, :by) RETURNING id, position, rows"
                ),
                {"purpose": purpose, "ids": ids, "by": operator()},
            )
        ).one()
    log.info("key.rotation_runs", purpose=purpose, key_id=ring.current_id, rows=found.rows)
    return Rotation(found.id, found.position, found.rows)


async def advance(session: AsyncSession, rotation: Rotation, position: str | None, rows: int) -> None:
    """Note in the batch's own transaction how far the rotation has come; None begins again from the start."""
    rotation.position, rotation.rows = position, rotation.rows + rows
    await session.execute(
        text("UPDATE key_rotation SET position = :position, rows = :rows, touched_at = now() WHERE id = :id"),
        {"id": rotation.id, "position": position, "rows": rotation.rows},
    )


async def finish_rotation(session: AsyncSession, rotation: Rotation) -> None:
    """Note that nothing was left to rotate."""
    await session.execute(text("UPDATE key_rotation SET finished_at = now() WHERE id = :id"), {"id": rotation.id})


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
    retired = await session.execute(
        text(
            "UPDATE key_use SET retired_at = coalesce(retired_at, now()) WHERE purpose = :purpose AND key_id = :key_id"
            " RETURNING 1"
        ),
        {"purpose": ring.purpose, "key_id": key_id},
    )
    if retired.first() is None:
        raise KeyMismatch(f"no {ring.purpose} key {key_id} was ever used here")
    await session.execute(
        text(
            "INSERT INTO key_rotation (purpose, action, key_ids, run_by, finished_at)"
            " VALUES (:purpose, 'retire', :ids, :by, now())"
        ),
        {"purpose": ring.purpose, "ids": [key_id], "by": operator()},
    )
    log.info("key.retired", purpose=ring.purpose, key_id=key_id)


@dataclass(frozen=True)
class KeyState:
    """A key as `key-status` shows it."""

    purpose: str
    key_id: str
    first_seen_at: datetime
    retired_at: datetime | None


async def known(session: AsyncSession) -> list[KeyState]:
    """Give every key that was used, oldest first."""
    rows = await session.execute(
        text("SELECT purpose, key_id, first_seen_at, retired_at FROM key_use ORDER BY purpose, first_seen_at, key_id")
    )
    return [KeyState(*row) for row in rows]


def operator() -> str:
    """Give who runs this process, for the journal: `user@host`."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        user = "unknown"
    return f"{user}@{socket.gethostname()}"
