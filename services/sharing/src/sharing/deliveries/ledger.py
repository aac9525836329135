"""The delivery ledger (报送台账): who delivered what, and when, against the due day (F-A06)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.parameters import lineage
from contracts.vocabulary import Department, FieldClass
from servicekit import clock
from servicekit.auth import AreaNeeded, OutsideArea, Principal, requires
from servicekit.db import Tx
from servicekit.problems import responses
from sharing.catalogue.service import load_datasets
from sharing.deliveries import rules, store
from sharing.deliveries.schemas import Ledger, LedgerEntry, Period
from sharing.policy.service import parameters_at

router = APIRouter(tags=["deliveries"])

_STATUS_LABELS: dict[rules.Timeliness, str] = {
    "on_time": "按时报送",
    "late": "逾期报送",
    "missing": "逾期未报",
    "pending": "未到期",
    "not_owed": "本月不需报送",
}


async def ledger_of(session: AsyncSession, period: str, area_code: str, department: Department | None) -> Ledger:
    """Give how every dataset stands for a period and area; only one department's with `department`.

    What was delivered for a wider area was delivered for this one too.
    """
    today = clock.today()
    profile = await parameters_at(session, area_code, today)
    arrived = {row.dataset: row for row in await store.ledger_rows(session, period, lineage(area_code))}
    entries: list[LedgerEntry] = []
    for dataset in load_datasets().values():
        if department is not None and dataset.department != department:
            continue
        row = arrived.get(dataset.code)
        due = rules.due_on(period, profile.whole(dataset.due_day_parameter))
        status = rules.timeliness(row.received_at if row else None, due, today, is_owed=dataset.is_owed(period))
        entries.append(
            LedgerEntry(
                department=dataset.department,
                department_label=dataset.department.label,
                dataset=dataset.code,
                dataset_label=dataset.label,
                period=period,
                expected_by=due,
                status=status,
                status_label=_STATUS_LABELS[status],
                received_at=row.received_at if row else None,
                last_received_at=row.last_received_at if row else None,
                deliveries=row.deliveries if row else 0,
                delivery_id=row.delivery_id if row else None,
                rows_accepted=row.rows_accepted if row else None,
                rows_rejected=row.rows_rejected if row else None,
                records=row.records if row else 0,
                is_nil=bool(row and row.is_nil),
                held_delivery_id=row.held_delivery_id if row else None,
            )
        )
    return Ledger(period=period, area_code=area_code, entries=entries)


@router.get("/v1/ledger", response_model=Ledger, responses=responses(OutsideArea, AreaNeeded))
async def get_ledger(
    principal: Annotated[
        Principal,
        requires("ledger:read", purpose="报送监督 / supervision of department deliveries", classes=(FieldClass.S2,)),
    ],
    session: Tx,
    period: Annotated[Period, Query()],
    area: Annotated[str | None, Query(pattern=r"^\d{12}$", description="default: your own area")] = None,
) -> Ledger:
    """Give the ledger of a period: your department's datasets, or all of them for clients without a department."""
    return await ledger_of(session, period, principal.acting_area(area), principal.department)
