"""Whether the directory has tokens of every key that rows were tokenised with; see docs/decisions/0013."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from sharing.deliveries.effective import EffectiveSource
from sharing.keys.service import persons_without_tokens


class TokensMissing(Exception):  # noqa: N818 - a state, as people read it
    """Persons have no tokens of a key that rows have: a comparison would take them for being in no list."""


async def require_all(session: AsyncSession, sources: Iterable[EffectiveSource]) -> None:
    """Check the whole directory.

    Raises:
        TokensMissing
    """
    for key_id, persons in (await persons_without_tokens(session, sorted(_needed(sources)))).items():
        if persons:
            raise TokensMissing(f"{persons} person(s) have no tokens of key {key_id} yet")


def require(sources: Iterable[EffectiveSource], people: Iterable[Mapping[str, Any]]) -> None:
    """Check a few persons that were read already, with `token_key_id` and `other_tokens`.

    Raises:
        TokensMissing
    """
    needed = _needed(sources)
    for person in people:
        missing = needed - {person["token_key_id"], *(person["other_tokens"] or {})}
        if person["id_token"] and missing:
            raise TokensMissing(f"a person has no tokens of key {min(missing)} yet")


def _needed(sources: Iterable[EffectiveSource]) -> set[str]:
    # A source without an id only says where records were pushed; whose they are was found by their tokens.
    return {source.token_key_id for source in sources if source.delivery_id and not source.is_nil}
