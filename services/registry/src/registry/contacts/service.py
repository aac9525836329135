"""Use cases of the log of visits and contacts (走访与联系记录)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.registry import VisitRisksReported
from contracts.vocabulary import Channel
from registry.attachments import service as attachments
from registry.campaigns import service as campaigns
from registry.contacts import rules, store
from registry.contacts.problems import ContactInvalid
from registry.contacts.rules import Told
from registry.contacts.schemas import ContactIn, ContactOut, ContactPage, ContactQuery
from registry.contacts.tables import Contact
from registry.contacts.texts import SEEN
from registry.contacts.timeline import TIMELINE as TIMELINE
from registry.guarantees import service as guarantees
from registry.households import service as households
from registry.pairings import service as pairings
from registry.roster import service as roster
from servicekit import clock, ids, outbox
from servicekit.auth import Principal
from servicekit.paging import encode_cursor
from servicekit.persons import Place, one_form

_SAID = set(Told.__dataclass_fields__) & set(ContactIn.model_fields)


async def record(session: AsyncSession, principal: Principal, body: ContactIn) -> ContactOut:
    """Keep that somebody was at a household, or in touch with it.

    Statuses that were seen count from that day, risks become clues, a campaign's task has its result.

    Raises:
        HouseholdNotFound, StaffNotFound, CampaignNotFound, CampaignCancelled
        HouseholdEnded: statuses were seen of one that has ended.
        ContactInvalid: a day to come, somebody who was not there to visit, a result that does not go together, a
            household that the campaign does not concern, an attachment that was not kept.
    """
    if body.statuses:
        household = await households.require_active(session, principal, str(body.household_id), lock=True)
    else:
        household = await households.require(session, principal, str(body.household_id))
    staff_id = body.staff_id or (UUID(principal.person) if principal.person else None)
    if body.staff_id is not None:
        await roster.require_seen(session, principal, body.staff_id)
    task = None
    if body.campaign_id is not None:
        task = await campaigns.hold_task(session, principal, body.campaign_id, household)
        if task is None:
            fault = rules.fault("campaign_id.not_concerned", "/campaign_id")
            raise ContactInvalid("not of this campaign", errors=[fault])
    said = body.model_dump(include=_SAID) | {"staff_id": staff_id}
    told = Told(**said, campaign_from_on=task.from_on if task else None)
    faults = rules.content_faults(told, clock.today())
    people = await roster.known(session, [str(each) for each in (staff_id, *body.companions) if each])
    place = Place(household.village_code, body.happened_on, household.grid)
    is_helper = staff_id is not None and await pairings.was_paired(
        session, body.household_id, staff_id, body.happened_on
    )
    faults += rules.party_faults(told, people, place, is_helper=is_helper, signed_in=principal.person)
    kept = await attachments.hold(session, body.household_id, body.attachments)
    faults += [
        rules.fault("attachments.unknown", f"/attachments/{index}")
        for index, sha256 in enumerate(body.attachments)
        if sha256 not in kept
    ]
    if faults or staff_id is None:
        raise ContactInvalid(f"{len(faults)} thing(s) do not go together", errors=faults)
    contact = Contact(
        id=UUID(ids.new_id()),
        **body.model_dump()
        | body.model_dump(mode="json", include={"way", "outcome", "risk_types", "statuses"})
        | {"staff_id": staff_id},
        recorded_at=clock.now(),
        recorded_by=principal.actor,
    )
    session.add(contact)
    await session.flush()
    kind = attachments.UseKind.CONTACT
    await attachments.name(session, body.household_id, body.attachments, kind, str(contact.id))
    if contact.statuses:
        by, on = contact.recorded_by, body.happened_on
        await guarantees.found_at_visit(session, str(household.id), contact.statuses, on=on, by=by, note=SEEN)
    if body.risk_types:
        await outbox.add(session, _found(contact, household.village_code, task))
    if task is not None:
        result = campaigns.Result(body.outcome, bool(body.risk_types), body.happened_on, str(contact.id))
        await campaigns.take(session, task, result, household.village_code)
    return ContactOut.model_validate(contact.model_dump(mode="json"))


def _found(contact: Contact, area_code: str, task: campaigns.HeldTask | None) -> VisitRisksReported:
    party = [one_form(str(each)) for each in (contact.staff_id, *contact.companions)]
    return VisitRisksReported(
        visit_id=str(contact.id),
        household_id=str(contact.household_id),
        area_code=area_code,
        channel=Channel.SWEEP if task and task.is_sweep else Channel.VISIT,
        campaign_id=task and str(task.campaign_id),
        risk_types=contact.risk_types,
        visited_on=contact.happened_on,
        visitors=party,
        reported_by=contact.recorded_by,
        recorded_at=contact.recorded_at,
    )


async def page(
    session: AsyncSession, principal: Principal, wanted: ContactQuery, after: Sequence[str] | None
) -> ContactPage:
    """Give a page of the contacts with the caller's households, newest told first.

    Raises:
        OutsideArea
    """
    clause, bounds = principal.within(wanted.area).area_clause("h.village_code", households.IN_GRID)
    conditions, values = [clause], {**bounds, "after": after[0] if after else None, "limit": wanted.limit + 1}
    for column in ("household_id", "staff_id", "campaign_id"):
        value = getattr(wanted, column)
        if value is not None:
            conditions.append(f"c.{column} = :{column}")
            values[column] = value
    rows, total = await store.contacts(session, conditions, values)
    items = [ContactOut.model_validate(row) for row in rows[: wanted.limit]]
    cursor = encode_cursor([items[-1].id]) if len(rows) > wanted.limit else None
    return ContactPage(items=items, total=total, next_cursor=cursor)
