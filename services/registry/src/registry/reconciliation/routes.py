"""HTTP of reconciliations; the export itself comes in by `/v1/reconciliations/import`, as any file does."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from contracts.fields import HOUSEHOLD, PERSON, classes
from registry.households import service as households
from registry.reconciliation import deciding, service
from registry.reconciliation.problems import ReconciliationNotFound
from registry.reconciliation.schemas import (
    DecisionsIn,
    DecisionsOut,
    DifferencePage,
    DifferenceQuery,
    ReconciliationDetail,
    ReconciliationPage,
)
from registry.wire import Keys
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.db import Db, Tx
from servicekit.page_query import PageQuery
from servicekit.paging import read_cursor
from servicekit.problems import responses

router = APIRouter(prefix="/v1/reconciliations", tags=["reconciliation"])

_MASKED = classes(HOUSEHOLD, PERSON)
Reader = Annotated[Principal, requires(households.READ, purpose="查看账账对账 / read reconciliations", classes=_MASKED)]
Writer = Annotated[
    Principal, requires("households:write", purpose="处理对账差异 / decide about differences", classes=_MASKED)
]


@router.get("", responses=responses())
async def list_reconciliations(
    session: Tx, principal: Reader, query: Annotated[PageQuery, Query()]
) -> ReconciliationPage:
    """对账清单 / List the exports of the national system that were compared (F-E11)."""
    return await service.page(session, principal, query, read_cursor(query.cursor, datetime, UUID))


@router.get("/{reconciliation_id}", responses=responses(ReconciliationNotFound))
async def get_reconciliation(
    reconciliation_id: UUID, session: Tx, principal: Reader, keys: Keys
) -> ReconciliationDetail:
    """Give a reconciliation with its differences by field and by village, as they are now."""
    return await service.detail(session, principal, keys, str(reconciliation_id))


@router.get("/{reconciliation_id}/differences", responses=responses(ReconciliationNotFound, OutsideArea))
async def list_differences(
    reconciliation_id: UUID,
    session: Tx,
    principal: Reader,
    keys: Keys,
    query: Annotated[DifferenceQuery, Query()],
) -> DifferencePage:
    """差异清单 / List the differences, as they are now; sealed values are masked."""
    after = read_cursor(query.cursor, str, str, UUID)
    return await service.differences(session, principal, keys, str(reconciliation_id), query, after)


@router.post("/{reconciliation_id}/decisions", responses=responses(ReconciliationNotFound))
async def decide_differences(
    reconciliation_id: UUID,
    body: DecisionsIn,
    database: Db,
    principal: Writer,
    registrar: households.matches.Registrar,
) -> DecisionsOut:
    """采纳或忽略差异 / Take the export's value or ignore the difference; each item is answered by itself.

    What is to be accepted of one household is one change, carried out together or not at all.
    """
    done = await deciding.decide(database, principal, registrar, str(reconciliation_id), body.items)
    return DecisionsOut(items=done)
