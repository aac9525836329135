"""Queries of key rotation: what is not yet as the configured keys say, household by household."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True)
class Stale:
    """What is to be renewed: SQL conditions over person `p` and household `h`, with their parameters."""

    person: str
    household: str
    parameters: Mapping[str, Any]


def sealed_with_another_key(prefix: str) -> Stale:
    """Identities and contacts whose ciphertext does not begin with `prefix`."""
    return Stale(
        "NOT starts_with(p.identity, :prefix)",
        "h.contact IS NOT NULL AND NOT starts_with(h.contact, :prefix)",
        {"prefix": prefix},
    )


def indexed_otherwise(*, has_odd: bool, has_even: bool) -> Stale:
    """Persons with a number whose index columns are not exactly the ones that are configured."""
    return Stale(
        "p.id_token IS NOT NULL AND ((p.id_index IS NOT NULL) <> :odd OR (p.id_index_even IS NOT NULL) <> :even)",
        "false",
        {"odd": has_odd, "even": has_even},
    )


def tokenised_otherwise(current_id: str, other_ids: Sequence[str]) -> Stale:
    """Persons with a number whose tokens are not exactly those of the configured keys."""
    return Stale(
        "p.id_token IS NOT NULL AND (p.token_key_id <> :current OR CASE WHEN p.other_tokens IS NULL"
        " THEN CAST(:others AS text[]) <> '{}' ELSE (SELECT array_agg(key ORDER BY key)"
        " FROM jsonb_object_keys(p.other_tokens) key) <> CAST(:others AS text[]) END)",
        "false",
        {"current": current_id, "others": list(other_ids)},
    )


async def next_households(session: AsyncSession, stale: Stale, after: str | None, limit: int) -> list[UUID]:
    """Give the next households with something stale, in the order of their ids, and lock them.

    Every change of a person locks its household first (`households.changes`), so nothing of them changes meanwhile.
    """
    found = await session.execute(
        text(
            "SELECT h.id FROM household h WHERE (CAST(:after AS uuid) IS NULL OR h.id > CAST(:after AS uuid))"
            f" AND (({stale.household})"
            f" OR EXISTS (SELECT FROM person p WHERE p.household_id = h.id AND {stale.person}))"
            " ORDER BY h.id LIMIT :limit FOR UPDATE OF h"
        ),
        dict(stale.parameters) | {"after": after, "limit": limit},
    )
    return list(found.scalars())


async def stale_persons(session: AsyncSession, stale: Stale, households: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Give what has to be renewed of the persons of these households."""
    found = await session.execute(
        text(
            "SELECT p.id, p.identity, p.id_index, p.id_index_even FROM person p"
            f" WHERE p.household_id = ANY(:households) AND {stale.person}"
        ),
        dict(stale.parameters) | {"households": list(households)},
    )
    return found.all()


async def stale_contacts(session: AsyncSession, stale: Stale, households: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Give the contacts of these households that have to be sealed again: `(id, hh_no, contact)`."""
    found = await session.execute(
        text(f"SELECT h.id, h.hh_no, h.contact FROM household h WHERE h.id = ANY(:households) AND {stale.household}"),
        dict(stale.parameters) | {"households": list(households)},
    )
    return found.all()


async def write_contacts(session: AsyncSession, contacts: Mapping[UUID, str]) -> None:
    """Store contacts as they were sealed again."""
    await session.execute(
        text(
            "UPDATE household h SET contact = n.contact"
            " FROM unnest(CAST(:ids AS uuid[]), CAST(:contacts AS text[])) AS n (id, contact) WHERE h.id = n.id"
        ),
        {"ids": list(contacts), "contacts": list(contacts.values())},
    )


async def write_persons(session: AsyncSession, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Store new values of some columns.

    Args:
        columns: Column -> type, from our own code; `rows` hold `id` and a value each.
    """
    wanted = {"id": "uuid", **columns}
    typed = ", ".join(f"{name} {kind}" for name, kind in wanted.items())
    changes = ", ".join(f"{name} = n.{name}" for name in columns)
    await session.execute(
        text(
            f"UPDATE person p SET {changes} FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS n ({typed})"
            " WHERE p.id = n.id"
        ),
        {"rows": orjson.dumps(rows).decode()},
    )


async def sealed_with(session: AsyncSession, prefix: str) -> dict[str, int]:
    """Count what is sealed with the key of a prefix."""
    row = (
        await session.execute(
            text(
                "SELECT (SELECT count(*) FROM person WHERE starts_with(identity, :prefix)) AS identities,"
                " (SELECT count(*) FROM household WHERE starts_with(contact, :prefix)) AS contacts"
            ),
            {"prefix": prefix},
        )
    ).one()
    return {"identities": row.identities, "contacts": row.contacts}


async def indexed_only_in(session: AsyncSession, column: str) -> int:
    """Count the persons that would not be found any more without one of the two index columns."""
    other = {"id_index": "id_index_even", "id_index_even": "id_index"}[column]
    found = await session.execute(text(f"SELECT count(*) FROM person WHERE {column} IS NOT NULL AND {other} IS NULL"))
    return int(found.scalar_one())


async def is_filled(session: AsyncSession, column: str) -> bool:
    """Tell whether any person has a value in an index column (`id_index` or `id_index_even`)."""
    return bool(
        (await session.execute(text(f"SELECT EXISTS (SELECT FROM person WHERE {column} IS NOT NULL)"))).scalar()
    )


async def without_tokens_but_of(session: AsyncSession, key_id: str) -> int:
    """Count the persons that have tokens of this key only."""
    found = await session.execute(
        text("SELECT count(*) FROM person WHERE id_token IS NOT NULL AND token_key_id = :key AND other_tokens IS NULL"),
        {"key": key_id},
    )
    return int(found.scalar_one())


async def next_revision(session: AsyncSession, households: Sequence[UUID]) -> None:
    """Let the next snapshot of these households win over the one that carries the same version."""
    await session.execute(
        text("UPDATE household SET token_revision = token_revision + 1 WHERE id = ANY(:households)"),
        {"households": list(households)},
    )
