"""Use cases of feedback: told as a clue is verified, acknowledged by the department.

Source: the duty to tell a department what became of what it supplied (政务数据共享条例: 使用情况反馈).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.directory import service as directory
from alerts.duties import service as duties
from alerts.feedback import rules, store
from alerts.feedback.problems import FeedbackAcknowledged, FeedbackGrew, FeedbackNotFound
from alerts.feedback.rules import Round
from alerts.feedback.schemas import FeedbackOut, FeedbackPage, RoundOut, RoundPage, RoundQuery
from contracts.vocabulary import ClueState
from servicekit import areas, clock
from servicekit.auth import Principal
from servicekit.ids import new_id
from servicekit.paging import encode_cursor


async def tell(session: AsyncSession, clue_id: str, area_code: str) -> None:
    """Tell each department whose findings stand behind a clue what its verification said, in the same transaction.

    The first result since the department read the last ones gives it the duty (D17) to read these.
    """
    found = await store.departments(session, clue_id)
    if not found:
        return
    today = clock.today()
    policy = (await directory.policies(session, today)).for_area(area_code)
    for department in found:
        wanted = Round(
            id=new_id(),
            area_code=areas.county_of(area_code),
            department=department,
            opened_on=today,
            due_on=today + timedelta(days=policy.feedback_days),
            acknowledged_on=None,
        )
        begun = await store.open_round(session, wanted)
        await store.tell(session, clue_id, department, begun.id, today)
        if begun.is_new:
            await duties.take(session, [rules.duty(wanted)])


async def acknowledge(session: AsyncSession, principal: Principal, round_id: str, items: int) -> RoundOut:
    """Keep that the department has read a round, as who has its duty in hand.

    Args:
        items: How many results the caller has read.

    Raises:
        FeedbackNotFound
        FeedbackAcknowledged: it was read already.
        FeedbackGrew: more was decided since.
        NotYours, NotInHand, InOtherHands
    """
    await _seen(session, principal, round_id)
    told = await store.lock(session, round_id)
    if told.acknowledged_on is not None:
        raise FeedbackAcknowledged("the round was acknowledged")
    await duties.require_in_hand(session, principal, rules.duty_id(round_id))
    now_in_it = (await _seen(session, principal, round_id)).items
    if now_in_it != items:
        raise FeedbackGrew(f"there are {now_in_it} results", items=now_in_it)
    told.acknowledged_on, told.acknowledged_by = clock.today(), principal.actor
    await session.flush()
    await duties.take(session, [rules.duty(Round(**{name: getattr(told, name) for name in Round.__slots__}))])
    return await _seen(session, principal, round_id)


async def read(session: AsyncSession, principal: Principal, round_id: str) -> RoundOut:
    """Give a round.

    Raises:
        FeedbackNotFound
    """
    return await _seen(session, principal, round_id)


async def _seen(session: AsyncSession, principal: Principal, round_id: str) -> RoundOut:
    found = await store.seen(session, round_id)
    if found is None or not principal.covers(found["area_code"]) or not principal.sees(found["department"]):
        raise FeedbackNotFound("no such round within your reach")
    return RoundOut.model_validate(found | {"duty_id": rules.duty_id(found["id"])})


async def list_page(session: AsyncSession, principal: Principal, wanted: RoundQuery, before: str | None) -> RoundPage:
    """Give a page of the rounds that the caller may see, the newest first.

    Raises:
        OutsideArea: the area is not the caller's.
    """
    found = await store.page(session, principal, wanted, before=before, limit=wanted.limit + 1)
    shown = found[: wanted.limit]
    return RoundPage(
        items=[RoundOut.model_validate(each | {"duty_id": rules.duty_id(each["id"])}) for each in shown],
        next_cursor=encode_cursor([shown[-1]["id"]]) if len(found) > wanted.limit else None,
    )


async def list_items(
    session: AsyncSession, principal: Principal, round_id: str, after: Sequence[str] | None, limit: int
) -> FeedbackPage:
    """Give a page of what was decided in a round, by finding.

    Raises:
        FeedbackNotFound
    """
    await _seen(session, principal, round_id)
    found = await store.items(session, round_id, after=after, limit=limit + 1)
    shown = found[:limit]
    return FeedbackPage(
        items=[
            FeedbackOut.model_validate(each.model_dump() | {"result_label": ClueState(each.result).label})
            for each in shown
        ],
        next_cursor=encode_cursor([shown[-1].finding_id, shown[-1].clue_id]) if len(found) > limit else None,
    )
