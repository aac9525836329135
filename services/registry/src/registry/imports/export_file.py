"""Reading an export of the national system: staged and checked as an import is, then compared and never merged."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from registry.imports import store
from registry.imports.prepare import Occasion
from registry.imports.reading import File, stage
from registry.imports.staging import Staging
from registry.reconciliation import service as reconciliation
from registry.settings import IdentityKeys, RegistrySettings
from servicekit import clock
from servicekit.auth import Principal


async def read(
    session: AsyncSession,
    principal: Principal,
    keys: IdentityKeys,
    settings: RegistrySettings,
    import_id: UUID,
    file: File,
) -> dict[str, Any]:
    """Compare an export with the register, in the session's transaction; the register stays as it is.

    Returns:
        The columns of `import_run` that say what became of it.

    Raises:
        RefusedError: the file as a whole cannot be used.
    """
    today = clock.today()
    staging = Staging(session, principal, today, takes_directly=False)
    await stage(session, staging, file, keys, settings, Occasion(clock.now(), today, principal.actor))
    await store.refuse_contradictions(
        session, today=today, area_clause=principal.area_clause("a.code"), is_flat=file.is_flat
    )
    compared = await reconciliation.compare(session, principal, keys, import_id, settings.reconciliation_days)
    return await store.refused_counts(session) | compared
