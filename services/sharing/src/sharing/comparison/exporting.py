"""What a run is given: everything that its outcome depends on, as of one instant."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.parameters import Profile
from servicekit.db import Database
from sharing.catalogue.service import Catalogue, load_datasets
from sharing.comparison import store
from sharing.comparison.evaluation.engine import rule_versions
from sharing.comparison.evaluation.inputs import (
    DECISIONS,
    RECORDS,
    AreaParameters,
    Calendar,
    Inputs,
    Only,
    group_parameters,
)
from sharing.comparison.evaluation.linking import keys_in_lists
from sharing.comparison.failures import RunFailed
from sharing.comparison.store import ClaimedRun
from sharing.deliveries.service import (
    RecordsOf,
    RowsDeleted,
    effective_parts,
    export_records,
    held_lists,
    lists_and_areas,
    lists_told,
    shifted,
)
from sharing.directory import service as directory
from sharing.keys.service import persons_without_tokens
from sharing.lake.service import Lake
from sharing.lives.service import states_of
from sharing.occupations.service import PARAMETERS as OF_OCCUPATIONS
from sharing.policy.service import profiles_at
from sharing.sources import ListOf, Source
from sharing.worklist.service import export_decisions

_MOST_TOKENS = 1000  # that a limited run looks up; beyond it reading the lists as a whole is as fast


@dataclass(frozen=True)
class Place:
    """Where a run works: its folder, and the DuckDB that reads departments' parts."""

    folder: Path
    database: duckdb.DuckDBPyConnection


async def export(
    database: Database, lake: Lake, catalogue: Catalogue, run: ClaimedRun, place: Place, *, varied: Catalogue | None
) -> Inputs:
    """Write down everything the outcome depends on, as of one instant.

    Args:
        varied: The catalogue with the rules that are tried out.

    Raises:
        RunFailed: no policy profile holds, or persons lack tokens of a key that rows were tokenised with.
        RowsDeleted: rows of the period are kept no longer.
    """
    async with database.transaction() as session:
        await session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        households = await store.households_of(session, run) if run.is_limited else None
        await directory.export(session, place.folder, run.area_code, households)
        await export_decisions(session, place.folder / DECISIONS)
        areas = await directory.active_areas(session, run.area_code, households)
        rows = _Rows(session, run.period, lake, catalogue)
        sources, only = await rows.of(households, place)
        before = await rows.before()
        lists = await lists_told(session)
        states = await states_of(session, catalogue)
        held = await held_lists(session, list(load_datasets()), run.period)
        await _require_tokens(session, [*sources, *before], households)
        try:
            profiles = await profiles_at(session, areas, Calendar.of(run.period).as_of)
        except ValueError as error:
            raise RunFailed("sharing.comparison.invalid_policy_profile", str(error)) from error
    return Inputs(
        period=run.period,
        rules=rule_versions(catalogue.rules),
        sources=tuple(sources),
        parameters=_parameters([catalogue, *([varied] if varied else [])], profiles),
        before=tuple(before),
        is_limited=run.is_limited,
        only=only,
        overrides=run.overrides or None,
        held=tuple(ListOf(dataset, area, run.period) for dataset, area in held),
        lists=tuple(lists),
        unprofiled=tuple(sorted(area for area, profile in profiles.items() if profile.version == 0)),
        states=tuple(states),
    )


@dataclass(frozen=True)
class _Rows:
    """Departments' rows that count in a period."""

    session: AsyncSession
    period: str
    lake: Lake
    catalogue: Catalogue

    async def of(self, households: Sequence[str] | None, place: Place) -> tuple[list[Source], Only | None]:
        """Give the deliveries that count and whose rows are read of them, and write down the rows pushed singly."""
        datasets = list(load_datasets())
        tokens = None if households is None else await directory.id_tokens_of(self.session, households)
        if tokens is None or len(tokens) > _MOST_TOKENS:
            await export_records(self.session, datasets, self.period, None, place.folder / RECORDS)
            return await effective_parts(self.session, datasets, self.period, self.lake), None
        sources = await lists_and_areas(self.session, datasets, self.period, self.lake)
        rows = self.catalogue.rows
        keys = await asyncio.to_thread(keys_in_lists, place.database, rows, sources, tokens)
        columns = {code: (rows[code].key[0], found) for code, found in keys.items()}
        whole = [code for code, each in rows.items() if each.area is not None]
        only = RecordsOf(tokens, columns, whole)
        await export_records(self.session, datasets, self.period, only, place.folder / RECORDS)
        return sources, Only(tuple(tokens), keys)

    async def before(self) -> list[Source]:
        """Give last month's lists, of the datasets that are compared with them; none once their rows are deleted."""
        compared = [code for code, rows in self.catalogue.rows.items() if rows.is_compared]
        try:
            sources = await lists_and_areas(self.session, compared, shifted(self.period, -1), self.lake)
        except RowsDeleted:
            return []
        return [source for source in sources if source.kind == "full"]


def _parameters(catalogues: Sequence[Catalogue], profiles: dict[str, Profile]) -> tuple[AreaParameters, ...]:
    """Give the parameters of the villages that have a profile: defaults must not decide about households.

    Raises:
        RunFailed: if none has one.
    """
    in_force = {area: profile for area, profile in profiles.items() if profile.version > 0}
    if profiles and not in_force:
        raise RunFailed("sharing.comparison.no_policy_profile", "no policy profile has been received")
    used = {name for each in catalogues for name in each.used_parameters}
    names = sorted(used | {*OF_OCCUPATIONS.values()})
    return group_parameters(
        {area: (profile.version, {name: profile.values[name] for name in names}) for area, profile in in_force.items()}
    )


async def _require_tokens(session: AsyncSession, sources: Iterable[Source], households: Sequence[str] | None) -> None:
    """Check that persons have tokens of every key that rows were tokenised with; see docs/decisions/0013.

    Raises:
        RunFailed: otherwise, for the comparison would take them for being in no list.
    """
    # A source without an id only says where records were pushed; whose they are was found by their tokens.
    needed = sorted({source.token_key_id for source in sources if source.delivery_id and not source.is_nil})
    for key_id, persons in (await persons_without_tokens(session, needed, households)).items():
        if persons:
            raise RunFailed(
                "sharing.comparison.tokens_missing",
                f"{persons} person(s) have no tokens of key {key_id} yet; let the registry rotate-tokens first",
            )
