"""Where the rows of a file go while it is read: straight into the register, or into staging until its end is known.

A household goes straight in if nobody else claims what it claims: not the register, nor a household that waits, nor
another one of its block. It is then the first of the file to claim it, so no line that comes later could have changed
what becomes of it. Of a first import that is nearly every household, and what is left at the end is little.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from psycopg.errors import UniqueViolation
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.area_vocabulary import PlaceKind
from registry.households import service as households
from registry.imports import claims, sql, store
from registry.imports.prepare import Batch, Entry
from registry.places import service as places
from servicekit.auth import Principal


class Staging:
    """Takes the batches of one import in the order of its lines."""

    def __init__(self, session: AsyncSession, principal: Principal, today: date, *, takes_directly: bool) -> None:
        """Write with the session.

        Args:
            takes_directly: Whether households may go straight in; the first batch then takes the lock that other
                imports wait for.
        """
        self._session = session
        self._area_clause = principal.area_clause("a.code")
        self._today = today
        self._takes_directly = takes_directly
        self._is_locked = False
        self._is_waited = False
        self._is_indexed = False

    async def add(self, batch: Batch) -> None:
        """Write the rows of a batch, each household whole."""
        waiting: Sequence[Entry] = batch.entries
        if waiting and self._takes_directly:
            free, waiting = await self._sort_out(batch.entries)
            await self._take(free)
        self._is_waited = self._is_waited or bool(waiting)
        await store.wait(self._session, waiting)
        await store.note_rejects(self._session, batch.rejects)

    async def _take(self, entries: Sequence[Entry]) -> None:
        """Write households into the register and announce them.

        Raises:
            PersonElsewhere: a member joined another household by hand meanwhile, which does not take the lock.
        """
        try:
            await store.take(self._session, entries)
        except UniqueViolation as error:
            if households.is_about_persons(error):
                raise households.PersonElsewhere("a person was registered elsewhere meanwhile") from error
            raise
        await households.announce_given(self._session, [entry.id for entry in entries])

    async def _sort_out(self, entries: Sequence[Entry]) -> tuple[list[Entry], list[Entry]]:
        """Give the households that can go straight in, and those that have to wait."""
        if not self._is_locked:
            await store.lock(self._session)  # from here on nobody else may take what was found to be free
            self._is_locked = True
        villages = await store.valid_villages(
            self._session, {entry.village_code for entry in entries}, self._today, self._area_clause
        )
        numbers = [entry.hh_no for entry in entries]
        taken = claims.repeated(numbers) | await store.claimed_numbers(self._session, sql.REGISTERED_NUMBERS, numbers)
        unknown = await self._unknown_places(entries)
        free = [
            entry
            for entry in entries
            if entry.village_code in villages and entry.hh_no not in taken and entry.id not in unknown
        ]
        if free:
            everybodys = claims.of_persons(entries)
            contested = await store.claimed_persons(self._session, sql.REGISTERED_PERSONS, claims.of_persons(free))
            for column, values in everybodys.items():
                contested[column] |= claims.repeated(values)
            free = [entry for entry in free if not claims.is_contested(entry, contested)]
        if free and self._is_waited:
            free = await self._not_waited_for(free)
        ids = {entry.id for entry in free}
        return free, [entry for entry in entries if entry.id not in ids]

    async def _unknown_places(self, entries: Sequence[Entry]) -> set[str]:
        """Give the households that name a group, a grid or a site that is not registered where some are."""
        named: dict[PlaceKind, set[tuple[str, str]]] = {}
        for entry in entries:
            for kind, name in entry.named:
                named.setdefault(kind, set()).add((entry.village_code, name))
        unknown = {kind: await places.unknown_names(self._session, kind, names) for kind, names in named.items()}
        return {
            entry.id
            for entry in entries
            if any((entry.village_code, name) in unknown[kind] for kind, name in entry.named)
        }

    async def _not_waited_for(self, entries: list[Entry]) -> list[Entry]:
        """Leave out what a household that waits claims: it came first."""
        if not self._is_indexed:
            await store.index_waiting(self._session)
            self._is_indexed = True
        taken = await store.claimed_numbers(self._session, sql.WAITING_NUMBERS, [entry.hh_no for entry in entries])
        contested = await store.claimed_persons(self._session, sql.WAITING_PERSONS, claims.of_persons(entries))
        return [entry for entry in entries if entry.hh_no not in taken and not claims.is_contested(entry, contested)]
