"""Use cases of policy gaps: opened by a confirmed clue, answered by the department, looked at by the township.

Households are locked before their gaps. Whoever calls `confirmed` or `follow` publishes the alerts given, last.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.directory import service as directory
from alerts.duties import service as duties
from alerts.feed import service as feed
from alerts.gaps import rules, store
from alerts.gaps.problems import GapAnswerInvalid, GapIllegalStep, GapNotFound, GapNotGranter, GapSecondPerson
from alerts.gaps.rules import Answer, Ground
from alerts.gaps.schemas import GapDetail, GapOut, GapQuery, GapRows, GapStepOut
from alerts.gaps.tables import GapStep, PolicyGap
from alerts.gaps.timeline import TIMELINE as TIMELINE
from alerts.subscriptions import service as subscriptions
from contracts.vocabulary import ClueState, GapResult, GapState, RiskType
from servicekit import clock
from servicekit.auth import Principal
from servicekit.db import Database
from servicekit.ids import new_id
from servicekit.paging import encode_cursor

_BATCH = 200
_FIRST = "00000000-0000-0000-0000-000000000000"


async def confirmed(session: AsyncSession, clue_ids: Collection[str]) -> list[feed.NewGapAlert]:
    """Open what verified clues of locked households have departments owe; give the alerts.

    What a household waits for already is not opened twice: the data of the next month show it again.
    """
    by_clue: dict[str, list[Any]] = defaultdict(list)
    for row in await store.grounds(session, clue_ids):
        by_clue[row.clue_id].append(row)
    waiting = await store.waiting(session, {rows[0].household_id for rows in by_clue.values()}, clue_ids)
    book, today = await directory.policies(session, clock.today()), clock.today()
    opened: list[PolicyGap] = []
    for clue_id, rows in by_clue.items():
        clue = rows[0]
        grounds = [Ground(row.rule_id, row.person_id, row.department, row.is_policy_gap) for row in rows if row.rule_id]
        for owed in rules.owed(ClueState(clue.state), RiskType(clue.risk_type), grounds):
            thing = (clue.household_id, clue.risk_type, owed.department, owed.rule_id, owed.person_id)
            if thing in waiting:
                continue
            waiting.add(thing)
            gap = PolicyGap(
                id=new_id(),
                clue_id=clue_id,
                department=owed.department,
                rule_id=owed.rule_id,
                person_id=owed.person_id,
                state=GapState.OPEN.value,
                counts_from=today,
                due_on=today + timedelta(days=book.for_area(clue.area_code).gap_days),
                updated_at=clock.now(),
            )
            session.add(gap)
            opened.append(gap)
    await session.flush()
    return [await _told(session, gap, None) for gap in opened]


async def follow(session: AsyncSession, household_ids: Collection[str]) -> list[feed.NewGapAlert]:
    """Bring the gaps of locked households to what their findings and the households are; give the alerts."""
    if not household_ids:
        return []
    alerts: list[feed.NewGapAlert] = []
    joined: list[str] = []
    for row in await store.followed(session, household_ids):
        gap = await store.get(session, row.id)
        after = rules.followed(GapState(gap.state), stands=row.stands)
        if after is not GapState(gap.state):
            _bring(gap, after, await _policy(session, gap.id))
            alerts.append(await _moved(session, gap, None))
        elif row.is_joined and after is not GapState.WITHDRAWN:
            gap.version += 1
            joined.append(gap.id)
    if joined:
        await session.flush()
        await duties.follow_gaps(session, joined)
    return alerts


async def contradict(session: AsyncSession, household_ids: Collection[str]) -> list[feed.NewGapAlert]:
    """Open the granted gaps of locked households anew that later findings show again; give the alerts."""
    alerts = []
    for gap_id in await store.contradicted(session, household_ids) if household_ids else ():
        gap = await store.get(session, gap_id)
        await _take_back(session, gap)
        alerts.append(await _moved(session, gap, None))
    return alerts


async def _take_back(session: AsyncSession, gap: PolicyGap) -> None:
    """Give the department what it had granted again.

    Raises:
        GapIllegalStep: it was not granted.
    """
    after = rules.after_taking_back(GapState(gap.state), GapResult(gap.result) if gap.result else None)
    if after is None:
        raise GapIllegalStep("what is taken back was granted", state=gap.state)
    gap.state = after.value
    gap.returned_on = gap.review_due_on = gap.reviewed_on = None
    _reopen(gap, await _policy(session, gap.id))


def _bring(gap: PolicyGap, state: GapState, policy: directory.Policy) -> None:
    """Withdraw a gap, or open it anew because what speaks for it is back."""
    gap.state = state.value
    if state is GapState.WITHDRAWN:
        gap.withdrawn_on = clock.today()
        return
    gap.withdrawn_on = gap.returned_on = gap.review_due_on = gap.reviewed_on = None
    _reopen(gap, policy)


def _reopen(gap: PolicyGap, policy: directory.Policy) -> None:
    """Give the department its whole time again."""
    gap.result = gap.reason = gap.granted_on = gap.answered_on = None
    gap.counts_from = clock.today()
    gap.due_on = gap.counts_from + timedelta(days=policy.gap_days)


async def _policy(session: AsyncSession, gap_id: str) -> directory.Policy:
    seen = await store.seen(session, gap_id)
    assert seen is not None  # noqa: S101 - gaps are never deleted
    return (await directory.policies(session, clock.today())).for_area(seen["area_code"])


async def _moved(session: AsyncSession, gap: PolicyGap, by: str | None, note: str = "") -> feed.NewGapAlert:
    """Give a gap that has changed its next version; keep what became of it and give the alert."""
    gap.version += 1
    gap.updated_at = clock.now()
    return await _told(session, gap, by, note)


async def _told(session: AsyncSession, gap: PolicyGap, by: str | None, note: str = "") -> feed.NewGapAlert:
    """Keep what became of a gap, bring its duties along and give the alert."""
    now = gap.updated_at
    said = {name: getattr(gap, name) for name in ("version", "state", "result", "reason", "granted_on")}
    session.add(GapStep(gap_id=gap.id, note=note, by=by, at=now, **said))
    await session.flush()
    await duties.follow_gaps(session, [gap.id])
    seen = await store.seen(session, gap.id)
    assert seen is not None  # noqa: S101 - gaps are never deleted
    return feed.NewGapAlert(
        gap_id=gap.id,
        raised_at=now,
        **{
            name: seen[name]
            for name in ("household_id", "area_code", "department", "severity", "state", "result", "due_on")
        },
    )


async def answer(session: AsyncSession, principal: Principal, gap_id: str, said: Answer) -> GapDetail:
    """Keep what the department says: granted closes the gap, anything else goes back to the township.

    Raises:
        GapNotFound, GapIllegalStep, GapAnswerInvalid
        NotYours, NotInHand, InOtherHands: who gives the result has the duty in hand.
    """
    gap = await _locked(session, principal, gap_id, GapState.OPEN)
    await duties.require_in_hand(session, principal, f"G01-{gap.id}")
    today = clock.today()
    flaws = rules.flaws_of(said, today)
    if flaws:
        raise GapAnswerInvalid(f"{len(flaws)} point(s) are missing or wrong", errors=list(flaws))
    policy = await _policy(session, gap.id)
    gap.state = rules.after_answer(said.result).value
    gap.result, gap.granted_on, gap.answered_on = said.result.value, said.granted_on, today
    gap.reason = said.reason.value if said.reason else None
    gap.returned_on = gap.review_due_on = gap.reviewed_on = None
    if gap.state == GapState.RETURNED:
        gap.returned_on = today
        gap.review_due_on = today + timedelta(days=policy.gap_review_days)
    alert = await _moved(session, gap, principal.actor, said.note)
    detail = await _detail(session, gap_id)
    await subscriptions.publish(session, [alert])
    return detail


async def review(session: AsyncSession, principal: Principal, gap_id: str, *, agrees: bool, note: str) -> GapDetail:
    """Keep what the township, or the level that its duty went to, says to what is not granted.

    Raises:
        GapNotFound, GapIllegalStep
        NotYours, NotInHand, InOtherHands: who looks at it has the duty in hand.
        GapSecondPerson: the caller answered for the department.
    """
    gap = await _locked(session, principal, gap_id, GapState.RETURNED)
    await duties.require_in_hand(session, principal, f"G02-{gap.id}")
    if (await store.steps(session, gap.id))[-1].by == principal.actor:
        raise GapSecondPerson("who answered for the department does not look at the answer")
    policy = await _policy(session, gap.id)
    gap.state, gap.reviewed_on = rules.after_review(agrees).value, clock.today()
    if not agrees:
        _reopen(gap, policy)
    alert = await _moved(session, gap, principal.actor, note)
    detail = await _detail(session, gap_id)
    await subscriptions.publish(session, [alert])
    return detail


async def take_back(session: AsyncSession, principal: Principal, gap_id: str, note: str) -> GapDetail:
    """Say that what was granted is not: the department has it again, unless nothing speaks for it any more.

    Raises:
        GapNotFound
        GapIllegalStep: it is not granted.
        GapNotGranter: somebody else granted it, or the caller acts for the department no more.
    """
    gap = await _locked(session, principal, gap_id, GapState.CLOSED)
    granted = (await store.steps(session, gap.id))[-1]
    if granted.by != principal.actor or not principal.acts_for(gap.department):
        raise GapNotGranter("who granted it takes that back")
    await _take_back(session, gap)
    alerts = [await _moved(session, gap, principal.actor, note)]
    seen = await _seen(session, principal, gap_id)
    alerts += await follow(session, [seen["household_id"]])
    detail = await _detail(session, gap_id)
    await subscriptions.publish(session, alerts)
    return detail


async def _locked(session: AsyncSession, principal: Principal, gap_id: str, state: GapState) -> PolicyGap:
    """Give a gap of the caller's in a state, after its household is locked."""
    seen = await _seen(session, principal, gap_id)
    await directory.lock(session, {seen["household_id"]: seen["area_code"]})
    gap = await store.get(session, gap_id)
    if gap.state != state:
        raise GapIllegalStep(f"the gap is {gap.state}", state=gap.state)
    return gap


async def _seen(session: AsyncSession, principal: Principal, gap_id: str) -> dict[str, Any]:
    seen = await store.seen(session, gap_id)
    if (
        seen is None
        or not principal.sees(seen["department"])
        or not await directory.is_own(session, principal, seen["area_code"], seen["household_id"])
    ):
        raise GapNotFound("no such policy gap within your reach")
    return seen


async def read(session: AsyncSession, principal: Principal, gap_id: str) -> GapDetail:
    """Give a gap with what became of it.

    Raises:
        GapNotFound
    """
    await _seen(session, principal, gap_id)
    return await _detail(session, gap_id)


async def _detail(session: AsyncSession, gap_id: str) -> GapDetail:
    seen = await store.seen(session, gap_id)
    steps = [GapStepOut.model_validate(step.model_dump()) for step in await store.steps(session, gap_id)]
    return GapDetail.model_validate({**(seen or {}), "steps": steps})


async def list_page(session: AsyncSession, principal: Principal, wanted: GapQuery, before: str | None) -> GapRows:
    """Give a page of the gaps that the caller may see, the newest first.

    Raises:
        OutsideArea: the area is not the caller's.
    """
    found = await store.page(session, principal.within(wanted.area), wanted, before, wanted.limit + 1)
    shown = found[: wanted.limit]
    return GapRows(
        items=[GapOut.model_validate(row) for row in shown],
        next_cursor=encode_cursor([shown[-1]["id"]]) if len(found) > wanted.limit else None,
    )


def strays_job(database: Database) -> Callable[[], Awaitable[None]]:
    """Give the periodic job that opens gaps of clues which a release before this one left to policy alone.

    Their time counts from the day on which they are opened: before it nobody here could have acted.
    """

    async def open_strays() -> None:
        after = _FIRST
        while True:
            async with database.transaction() as session:
                strays = await store.astray(session, after, _BATCH)
                if not strays:
                    return
                await directory.lock(session, {row.household_id: row.area_code for row in strays})
                await subscriptions.publish(session, await confirmed(session, [row.id for row in strays]))
            after = strays[-1].id

    return open_strays
