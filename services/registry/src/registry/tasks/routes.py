"""HTTP of tasks."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from contracts.duties import KINDS
from contracts.vocabulary import FieldClass
from registry.households import service as households
from registry.tasks import rules
from registry.tasks.problems import TaskNotFound, TaskNotYours
from registry.tasks.schemas import TaskOut, TaskQuery
from registry.wire import Keys, Settings
from servicekit.auth import Principal, requires
from servicekit.db import Db
from servicekit.holding import Asking, DutiesSilent
from servicekit.problems import responses

router = APIRouter(tags=["households"])

Visitor = Annotated[
    Principal,
    requires(
        "duties:handle",
        purpose="按任务办理 / visit, or grant what is owed, with the duty in hand",
        classes=(FieldClass.S2, FieldClass.S3, FieldClass.S4),
    ),
]


@router.get(
    "/v1/households/{household_id}/task",
    responses=responses(
        households.HouseholdNotFound,
        TaskNotFound,
        TaskNotYours,
        DutiesSilent,
        households.TooManyUnmaskings,
        households.QuotaUsedUp,
    ),
)
async def read_task(
    household_id: UUID,
    query: Annotated[TaskQuery, Query()],
    database: Db,
    principal: Visitor,
    asking: Asking,
    keys: Keys,
    settings: Settings,
) -> TaskOut:
    """按任务查看 / What a task needs, while the caller has its duty in hand.

    A visit: the head's name, telephone number and address. What is owed to a person: name and ID number. Every look
    is recorded; it ends when the duty is closed or handed over.
    """
    duty = await asking.of(query.duty_id)
    if duty == "unknown":
        raise TaskNotFound("no such duty within your reach")
    if duty == "refused":
        raise TaskNotYours("you may not read duties", reason="not_in_hand")
    reason = rules.why_not(duty, str(household_id), principal.actor)
    if reason is not None:
        raise TaskNotYours("you have no open duty of this household in hand that shows it", reason=reason)
    async with database.transaction() as session:
        look = households.Look(duty.id, settings.look_quota, KINDS[duty.kind].shows or "visit", duty.person_id)
        seen = await households.see_for_task(session, principal, keys, str(household_id), look)
    return TaskOut(duty_id=duty.id, **seen)
