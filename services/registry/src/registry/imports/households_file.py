"""Reading a file of households into the register: staged chunk by chunk, merged set by set."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from registry import same_person
from registry.episodes import service as episodes
from registry.households import service as households
from registry.identity import open_identity
from registry.imports import sql, store, who_sql
from registry.imports.prepare import Occasion
from registry.imports.reading import File, stage
from registry.imports.staging import Staging
from registry.imports.texts import LATE, RENUMBERED
from registry.settings import IdentityKeys, RegistrySettings
from servicekit import clock
from servicekit.auth import Principal
from servicekit.failpoints import failpoint_async

_MOST_TOLD = 20  # numbers of households that a warning names


async def read(
    session: AsyncSession,
    principal: Principal,
    keys: IdentityKeys,
    settings: RegistrySettings,
    file: File,
) -> dict[str, Any]:
    """Import a file: every household is checked, accepted ones are upserted by their number, others come back.

    Everything happens in the session's transaction; memory does not grow with the file.

    Returns:
        The columns of `import_run` that say what became of it.

    Raises:
        TooManyMatches: too many of the persons are registered elsewhere.
        RefusedError: the file as a whole cannot be used.
        PersonElsewhere: somebody registered a person by hand meanwhile; the same file can be imported again.
    """
    at, today = clock.now(), clock.today()
    per_day = settings.matches_per_day
    await households.matches.require_quota(session, principal.actor, per_day)
    # The rows of a household in a flat file may stand apart, and be refused apart.
    staging = Staging(session, principal, today, takes_directly=not file.is_flat)
    await stage(session, staging, file, keys, settings, Occasion(at, today, principal.actor))
    await failpoint_async("registry.import_staged")
    await merge(session, principal, keys, is_flat=file.is_flat, may_update=True, at=at)
    if matched := await store.matches(session):
        await households.matches.require_quota(session, principal.actor, per_day, more=len(matched))
        await households.matches.record(session, principal.actor, "import", matched, matches=len(matched))
    warnings: list[str] = []
    if late := await store.late(session):
        shown = ", ".join(late[:_MOST_TOLD]) + (" ..." if len(late) > _MOST_TOLD else "")
        warnings = [LATE.format(numbers=shown)]
    return await store.counts(session) | {"warnings": warnings}


async def merge(
    session: AsyncSession, principal: Principal, keys: IdentityKeys, *, is_flat: bool, may_update: bool, at: datetime
) -> None:
    """Bring the staged households into the registry and announce each one, all in this transaction."""
    by, today = principal.actor, clock.today()
    await store.reject(
        session,
        today=today,
        area_clause=principal.area_clause("a.code"),
        old_area_clause=principal.area_clause("m.old_village_code"),
        is_flat=is_flat,
        may_update=may_update,
    )
    await households.changes.begin(session, who_sql.CHANGED_IDS, {}, cause="import", by=by)
    untold = [_candidate(keys, row) for row in await store.map_persons(session)]
    if known := same_person.pairs(untold):
        await store.keep_known(session, known)
    try:
        await store.merge_families(session, keys, at=at, today=today)
    except IntegrityError as error:
        if households.is_about_persons(error):  # a member joined another household by hand meanwhile
            raise households.PersonElsewhere("a person was registered elsewhere meanwhile") from error
        raise
    if may_update:
        await store.keep_renumbered(session, reason=RENUMBERED, at=at, today=today, by=by)
    await failpoint_async("registry.import_merged")
    await episodes.record_registered(session, sql.MONITORED, by=by, at=at)
    await households.changes.finish(session, who_sql.CHANGED_IDS, {}, keep_fingerprint=True)
    await households.changes.announce(session, sql.TOUCHED_IDS, {})


def _candidate(keys: IdentityKeys, row: RowMapping) -> same_person.Candidate:
    staged = open_identity(keys.cipher, row["staged"], row["staged_index"], row["staged_even"])
    known = open_identity(keys.cipher, row["identity"], row["id_index"], row["id_index_even"])
    signs = ("is_same_birth", "is_same_sex", "is_same_relation", "was_without_number")
    return same_person.Candidate(
        staged_id=row["staged_id"],
        person_id=row["person_id"],
        is_same_name=staged.name == known.name,
        **{sign: row[sign] for sign in signs},
    )
