"""What stands sealed in one cipher with something else, kept where a file leaves it out: it has to be opened first."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.identity import SEALED, conceal, conceal_contact, contact_masks, open_contact, open_identity
from registry.imports import kept_sql
from registry.settings import IdentityKeys
from servicekit.identity import IdNumber

_AT_A_TIME: Final = 1_000


async def keep_contacts(session: AsyncSession, keys: IdentityKeys) -> None:
    """Keep the registered address of a household whose file tells its telephone only, and the reverse.

    A household under another number is sealed anew: the number is part of the seal.
    """
    after = ""
    while rows := (
        await session.execute(text(kept_sql.PARTLY_KEPT_CONTACTS), {"after": after, "limit": _AT_A_TIME})
    ).all():
        changes: list[dict[str, Any]] = []
        for row in rows:
            contact = open_contact(keys.cipher, row.registered, row.registered_no)
            told = open_contact(keys.cipher, row.staged, row.hh_no)
            contact |= {name: told[name] for name in SEALED if name not in row.kept}
            sealed = conceal_contact(keys, row.hh_no, contact)
            changes.append({"id": row.id, "contact": sealed, **contact_masks(contact)})
        await session.execute(text(kept_sql.SET_CONTACT), changes)
        after = str(rows[-1].id)


async def keep_numbers(session: AsyncSession, keys: IdentityKeys, today: date) -> None:
    """Keep the registered ID number of a person whom a file names by the person number alone."""
    after = ""
    while rows := (await session.execute(text(kept_sql.KEPT_NUMBERS), {"after": after, "limit": _AT_A_TIME})).all():
        changes: list[dict[str, Any]] = []
        for row in rows:
            name = open_identity(keys.cipher, row.staged, None, None).name
            id_no = open_identity(keys.cipher, row.registered, row.id_index, row.id_index_even).id_no
            secrets = conceal(keys, name, id_no, IdNumber.parse(id_no).number18, today)
            tokens = orjson.dumps(secrets.hashes.other_tokens).decode() if secrets.hashes.other_tokens else None
            changes.append(
                {
                    "id": row.id, "identity": secrets.identity, "id_no_masked": secrets.id_no_masked,
                    "token_key_id": keys.token_key_id, **secrets.hashes._asdict(), "other_tokens": tokens,
                }
            )  # fmt: skip
        await session.execute(text(kept_sql.SET_IDENTITY), changes)
        after = str(rows[-1].id)
