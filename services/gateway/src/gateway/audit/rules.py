"""The chain of seals over the audit record: pure computation."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Batch:
    """What one seal covers: ids in (from, to], how many rows, and a SHA-256 over their contents."""

    seq: int
    sealed_at: str
    entry_from_id: int
    entry_to_id: int
    entries: int
    entries_digest: str
    outcome_from_id: int
    outcome_to_id: int
    outcomes: int
    outcomes_digest: str


@dataclass(frozen=True, slots=True)
class Seal:
    """A batch bound to all batches before it.

    `hash` needs no secret, so that everybody can follow the chain; `mac` needs the gateway's key, so that
    somebody who can write to the database still cannot make a new chain.
    """

    batch: Batch
    previous_hash: str
    hash: str
    mac: str


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that is wrong with the record. `what` is a stable word."""

    seq: int
    what: str
    detail: str


def mac_key(key_encryption_key: bytes) -> bytes:
    """Derive the key of the seals from the gateway's key."""
    return hmac.digest(key_encryption_key, b"bangfu gateway audit seal v1", "sha256")


def seal(batch: Batch, previous_hash: str, key: bytes) -> Seal:
    """Bind a batch to the chain."""
    text = json.dumps([previous_hash, asdict(batch)], sort_keys=True, separators=(",", ":")).encode()
    digest = hashlib.sha256(text).hexdigest()
    return Seal(batch, previous_hash, digest, hmac.new(key, digest.encode(), hashlib.sha256).hexdigest())


def batch_of(row: Mapping[str, Any]) -> Batch:
    """Give the batch that a stored seal describes."""
    return Batch(**{field.name: row[field.name] for field in fields(Batch)})


class ChainCheck:
    """Walks the stored seals in order and says what is wrong first.

    Feed it every stored seal with what the record holds now for the same ids.

    Args:
        key: Of the seals that are made now; `retired` those that earlier ones were made with.
    """

    def __init__(self, key: bytes, retired: Sequence[bytes] = ()) -> None:
        self._keys = (key, *retired)
        self._hash = GENESIS
        self._entry_to = 0
        self._outcome_to = 0
        self.seq = 0

    @property
    def head(self) -> str:
        """Give the hash of the last seal that was checked."""
        return self._hash

    def next(self, stored: Seal, found: Batch) -> Fault | None:
        """Check one seal; `found` has the counts and digests computed from the record."""
        batch = stored.batch
        self.seq += 1
        if batch.seq != self.seq:
            return Fault(self.seq, "seal_missing", f"seal {self.seq} is missing, the next one is {batch.seq}")
        if stored.previous_hash != self._hash or batch.entry_from_id != self._entry_to:
            return Fault(batch.seq, "chain_broken", "the seal does not follow the one before it")
        if batch.outcome_from_id != self._outcome_to:
            return Fault(batch.seq, "chain_broken", "the seal's outcomes do not follow the ones before")
        if all(seal(batch, stored.previous_hash, key) != stored for key in self._keys):
            return Fault(batch.seq, "seal_forged", "hash or mac of the seal is wrong")
        pairs: Iterable[tuple[str, int, int, str, str]] = (
            ("entry", batch.entries, found.entries, batch.entries_digest, found.entries_digest),
            ("outcome", batch.outcomes, found.outcomes, batch.outcomes_digest, found.outcomes_digest),
        )
        for kind, sealed, present, digest, actual in pairs:
            low, high = (
                (batch.entry_from_id, batch.entry_to_id)
                if kind == "entry"
                else (batch.outcome_from_id, batch.outcome_to_id)
            )
            place = f"ids {low + 1} to {high}"
            if present < sealed:
                return Fault(batch.seq, f"{kind}_deleted", f"{sealed - present} row(s) are gone between {place}")
            if present > sealed:
                return Fault(batch.seq, f"{kind}_inserted", f"{present - sealed} row(s) were added between {place}")
            if digest != actual:
                return Fault(batch.seq, f"{kind}_changed", f"a row was changed between {place}")
        self._hash = stored.hash
        self._entry_to = batch.entry_to_id
        self._outcome_to = batch.outcome_to_id
        return None
