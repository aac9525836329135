"""Rotations: batches of households, each in a transaction of its own that also notes how far it came."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from registry.attachments import service as attachments
from registry.change_requests import service as change_requests
from registry.households import service as households
from registry.identity import Hashes, contact_place, hashes_of, identity_place, open_identity
from registry.keys import store
from registry.reconciliation import service as reconciliation
from registry.roster import service as roster
from registry.settings import IdentityKeys, RegistrySettings, is_even
from servicekit import keys as keykit
from servicekit.db import Database
from servicekit.identity import IdNumber
from servicekit.keys import KeyMismatch, Keyring

# What is sealed beside households, in this order after them: how a position among it begins, and what seals it anew.
_OTHERS = (
    ("staff:", roster.renew_contacts),
    ("files:", attachments.renew_keys),
    ("requests:", change_requests.renew_seals),
    ("exports:", reconciliation.renew_values),
)
_AMONG_OTHERS = tuple(begin for begin, _ in _OTHERS)


@dataclass(frozen=True)
class _Plan:
    """A rotation: what is stale, what of a person is written anew, whether its household is announced, and whether
    what else is sealed is sealed anew too."""

    ring: Keyring
    stale: store.Stale
    columns: dict[str, str]
    renewed: Callable[[Any], dict[str, Any]]
    announces: bool = False
    seals_others: bool = False


async def rotate_encryption(settings: RegistrySettings, database: Database, batch: int) -> int:
    """Seal identities, contacts and keys of attachments with the current key; give how many rows were renewed."""
    ring = settings.keyring("encryption_key")
    cipher = ring.cipher()

    def renewed(row: Any) -> dict[str, Any]:
        return {"identity": cipher.renew(row.identity, identity_place(row.id_index, row.id_index_even))}

    plan = _Plan(ring, store.sealed_with_another_key(cipher.prefix), {"identity": "text"}, renewed, seals_others=True)
    return await _rotate(settings, database, plan, batch)


async def rotate_index(settings: RegistrySettings, database: Database, batch: int) -> int:
    """Fill the index columns of the configured keys and empty the one of a retired key.

    Identities are bound to the index, so they are sealed again with it.
    """
    keys = IdentityKeys.of(settings)

    def renewed(row: Any) -> dict[str, Any]:
        hashes = _hashes(keys, row)
        place = identity_place(row.id_index, row.id_index_even)
        new_place = identity_place(hashes.id_index, hashes.id_index_even)
        return {
            "identity": keys.cipher.renew(row.identity, place, new_place),
            "id_index": _hex(hashes.id_index),
            "id_index_even": _hex(hashes.id_index_even),
        }

    stale = store.indexed_otherwise(has_odd=keys.odd_index is not None, has_even=keys.even_index is not None)
    columns = {"identity": "text", "id_index": "bytea", "id_index_even": "bytea"}
    return await _rotate(settings, database, _Plan(settings.keyring("blind_index_key"), stale, columns, renewed), batch)


async def rotate_tokens(settings: RegistrySettings, database: Database, batch: int) -> int:
    """Give every person the tokens of the configured keys and announce the households to sharing.

    The households' version stays: nothing that anybody edits has changed.
    """
    keys, ring = IdentityKeys.of(settings), settings.keyring("token_key")

    def renewed(row: Any) -> dict[str, Any]:
        hashes = _hashes(keys, row)
        return {
            "id_token": _hex(hashes.id_token),
            "person_token": _hex(hashes.person_token),
            "token_key_id": keys.token_key_id,
            "other_tokens": hashes.other_tokens,
        }

    stale = store.tokenised_otherwise(ring.current_id, ring.other_ids)
    columns = {"id_token": "bytea", "person_token": "bytea", "token_key_id": "text", "other_tokens": "jsonb"}
    return await _rotate(settings, database, _Plan(ring, stale, columns, renewed, announces=True), batch)


async def _rotate(settings: RegistrySettings, database: Database, plan: _Plan, batch: int) -> int:
    cipher = settings.keyring("encryption_key").cipher()

    async def renew(session: AsyncSession, after: str | None) -> tuple[str | None, int]:
        if after is None or not after.startswith(_AMONG_OTHERS):
            household_ids = await store.next_households(session, plan.stale, after, batch)
            if household_ids:
                return str(household_ids[-1]), await _renew(session, plan, household_ids, cipher)
            if not plan.seals_others:
                return None, 0
            after = _AMONG_OTHERS[0]
        at = next(place for place, begin in enumerate(_AMONG_OTHERS) if after.startswith(begin))
        for begin, renew_others in _OTHERS[at:]:
            done = after.removeprefix(begin) if after.startswith(begin) else ""
            last, count = await renew_others(session, cipher, done or None, batch)
            if last is not None:
                return begin + last, count
        return None, 0

    return await keykit.rotate(database, plan.ring, renew)


async def _renew(session: AsyncSession, plan: _Plan, household_ids: list[UUID], cipher: Any) -> int:
    persons = [
        {"id": str(row.id), **plan.renewed(row)}
        for row in await store.stale_persons(session, plan.stale, household_ids)
    ]
    if persons:
        await store.write_persons(session, plan.columns, persons)
    contacts = {
        row.id: cipher.renew(row.contact, contact_place(row.hh_no))
        for row in await store.stale_contacts(session, plan.stale, household_ids)
    }
    if contacts:
        await store.write_contacts(session, contacts)
    if plan.announces:
        await store.next_revision(session, household_ids)
        await households.announce_given(session, [str(household_id) for household_id in household_ids])
    return len(persons) + len(contacts)


def _hashes(keys: IdentityKeys, row: Any) -> Hashes:
    identity = open_identity(keys.cipher, row.identity, row.id_index, row.id_index_even)
    return hashes_of(keys, IdNumber.parse(identity.id_no or "").number18, identity.name)


def _hex(hexadecimal: str | None) -> str | None:
    return f"\\x{hexadecimal}" if hexadecimal else None


async def uses(session: AsyncSession, purpose: str, key_id: str) -> dict[str, int]:
    """Count what would be lost without a key."""
    if purpose == "encryption":
        prefix = f"v1.aesgcm.{key_id}."
        others = {
            "contacts of the roster": await roster.contacts_sealed_with(session, prefix),
            "attachments": await attachments.sealed_with(session, prefix),
            "change requests": await change_requests.sealed_with(session, prefix),
            "values of exports": await reconciliation.sealed_with(session, prefix),
        }
        return await store.sealed_with(session, prefix) | others
    if purpose == "blind_index":
        return {"persons found by it only": await store.indexed_only_in(session, index_column(key_id))}
    # Whether parts of the lake still need it, only sharing knows; it is asked there first (runbook).
    return {"persons with its tokens only": await store.without_tokens_but_of(session, key_id)}


async def refuse_second_meaning(session: AsyncSession, ring: Keyring, key_id: str) -> None:
    """Refuse a new index key while its column still holds the values of the retired key before the last.

    Raises:
        KeyMismatch
    """
    if ring.purpose != "blind_index":
        return
    retired = [
        state.key_id
        for state in await keykit.known(session)
        if state.purpose == ring.purpose and is_even(state.key_id) == is_even(key_id)
    ]
    if retired and await store.is_filled(session, index_column(key_id)):
        raise KeyMismatch(f"the column of {key_id} still holds values of {retired[-1]}: run rotate-index without it")


def index_column(key_id: str) -> str:
    """Give the column of `person` that an index key fills."""
    return "id_index_even" if is_even(key_id) else "id_index"
