"""Use cases of episodes: taking a step, reading, opening from a confirmed clue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.parameters import Profile
from contracts.vocabulary import EpisodeState, HouseholdType, RiskType
from registry.attachments import service as attachments
from registry.episodes import channels, duties, endings, facts, lookbacks, opening, rules, store
from registry.episodes.deadlines import IDENTIFICATION, PLAN
from registry.episodes.debts import ChannelDecision
from registry.episodes.elimination import CONDITIONS
from registry.episodes.opening import tell
from registry.episodes.preconditions import decided
from registry.episodes.problems import (
    AppealTooLate,
    EpisodeNotFound,
    HouseholdHasEpisode,
    IllegalTransition,
    NotRefused,
    StepInvalid,
    StepNotAllowed,
    StepRefused,
)
from registry.episodes.schemas import (
    AppealIn,
    ConditionOut,
    ConditionsOut,
    EpisodeDetail,
    EpisodeFilter,
    EpisodeOut,
    FactOut,
    NextOut,
    ReasonOut,
    TransitionIn,
)
from registry.episodes.situation import Move, Situation, Taken
from registry.episodes.steps import STEPS, capped_as, is_return, legal_next, part_of
from registry.episodes.tables import Episode, EpisodeStep
from registry.episodes.timeline import TIMELINE as TIMELINE
from registry.guarantees import service as guarantees
from registry.households import service as households
from registry.incomes import service as incomes
from registry.plans import service as plans
from registry.policy import service as policy
from registry.roster import service as roster
from servicekit import clock, conflicts, etags, persons
from servicekit.areas import town_of
from servicekit.auth import Principal
from servicekit.problems import FieldError

log = structlog.get_logger(__name__)


async def detail(session: AsyncSession, principal: Principal, episode_id: str) -> EpisodeDetail:
    """Give an episode with its history, deadlines and legal next steps.

    Raises:
        EpisodeNotFound: it does not exist, or its household is outside the caller's areas.
    """
    episode, place = await require(session, principal, episode_id)
    return await _detail(session, episode, place)


async def require(
    session: AsyncSession, principal: Principal, episode_id: str, *, lock: bool = False
) -> tuple[Episode, store.Place]:
    """Give an episode within the caller's areas.

    Raises:
        EpisodeNotFound
    """
    found = await store.get(session, episode_id, lock=lock)
    if found is None or not principal.covers(found[1].area_code, found[1].grid):
        raise EpisodeNotFound("no such episode within your areas")
    return found


async def require_in(session: AsyncSession, principal: Principal, episode_id: str, village: str) -> None:
    """Check that an episode is one of a village.

    Raises:
        EpisodeNotFound
    """
    _, place = await require(session, principal, episode_id)
    if place.area_code != village:
        raise EpisodeNotFound("no such episode in this village")


async def take_step(
    session: AsyncSession, principal: Principal, episode_id: str, body: TransitionIn, if_match: str | None
) -> EpisodeDetail:
    """Take a step, if it is legal, complete, due and the caller's to take.

    Raises:
        EpisodeNotFound, PreconditionRequired, PreconditionFailed, IllegalTransition, StepNotAllowed, StepInvalid,
        StepRefused
    """
    episode, place = await require(session, principal, episode_id, lock=True)
    etags.require_match(if_match, episode.version)
    party = persons.party(principal.actor, body.actors)
    move = Move(body.to, body.occurred_on, party, body.record, principal.actor, clock.today(), body.note)
    state = EpisodeState(episode.state)
    if move.to not in legal_next(state):
        legal = [str(to) for to in legal_next(state)]
        raise IllegalTransition(f"{state} may not be followed by {move.to}", legal_next=legal)
    scope = part_of(state, move.to).scope
    if scope not in principal.scopes:
        raise StepNotAllowed(f"this step needs the scope {scope}", required_scope=scope)
    people = await roster.known(session, [*party, str(body.record.get("contact"))]) if principal.person else {}
    named, home = rules.hashes(state, move), UUID(place.household_id)
    kept = await attachments.hold(session, home, named)
    situation = replace(await _situation(session, episode, place), people=people, kept=kept)
    _refuse(rules.refusals(situation, move))
    await move_to(session, principal, episode, place, move, situation=situation)
    await attachments.name(session, home, named, attachments.UseKind.STEP, f"{episode.id}/{episode.sequence}")
    if move.to is EpisodeState.LOOKED_BACK:
        taken = rules.read(situation, move)[0]
        for next_ in await lookbacks.take_effect(session, episode, place, taken):
            await move_to(session, principal, episode, place, next_)
    return await _detail(session, episode, place)


def _refuse(errors: Sequence[FieldError]) -> None:
    if not errors:
        return
    if any(not error.pointer or error.code == "publicity.too_short" for error in errors):
        raise StepRefused("the step's conditions are not met", errors=errors)
    raise StepInvalid("the step lacks what it must record", errors=errors)


async def move_to(
    session: AsyncSession,
    principal: Principal,
    episode: Episode,
    place: store.Place,
    move: Move,
    *,
    situation: Situation | None = None,
) -> None:
    """Write a step that has been checked: history, state, household, events. The caller holds the locks."""
    policy_ = situation.policy if situation else await _parameters(session, place.area_code)
    step = STEPS[move.to]
    previous = EpisodeState(episode.state)
    capped = capped_as(previous, move.to)
    if capped:
        await endings.take_one(session, capped, place, policy_, move.recorded_on)
    episode.sequence += 1
    episode.state = move.to.value
    if situation is not None and step.decides:
        category, risks, _ = decided(situation, rules.read(situation, move)[0])
        episode.category = category.value if category else None
        episode.risk_types = [risk.value for risk in risks]
    if step.dates is not None and not is_return(previous, move.to):
        setattr(episode, step.dates, move.occurred_on)
    episode.is_active = not step.ends
    episode.due_on = step.deadline.due(policy_, episode.found_on, episode.identified_on) if step.deadline else None
    episode.version += 1
    episode.updated_at = clock.now()
    session.add(
        EpisodeStep(
            episode_id=episode.id,
            sequence=episode.sequence,
            state=move.to.value,
            previous_state=previous.value,
            occurred_on=move.occurred_on,
            actors=list(dict.fromkeys(move.actors)),
            note=move.note,
            record=dict(move.record),
            client_id=principal.actor,
            recorded_at=clock.now(),
            left_town=town_of(place.area_code) if capped else None,
        )
    )
    try:
        await session.flush()
    except IntegrityError as error:
        raise HouseholdHasEpisode("another episode of this household is active") from error
    if step.monitors != STEPS[previous].monitors or step.refuses:
        async with households.changing(session, [place.household_id], cause=f"episode {move.to}", by=principal.actor):
            await store.set_monitoring(
                session,
                place.household_id,
                is_monitored=step.monitors,
                category=episode.category if step.monitors else None,
                open_risks=episode.risk_types if step.monitors else [],
            )
            if step.refuses:
                await store.set_negative_decision(session, place.household_id, move.occurred_on)
    if step.deadline is IDENTIFICATION:  # with the pauses that this step begins or ends
        due = {duty.kind: duty.due_on for duty in await duties.of(session, episode.id)}
        episode.due_on = due.get(IDENTIFICATION.code, episode.due_on)
        await session.flush()
    await tell(session, "CAST(:id AS uuid)", {"id": str(episode.id)})


async def record_registered(session: AsyncSession, source: str, *, by: str, at: datetime) -> None:
    """Create episodes in MONITORED for households that an import brings as monitored, where none is active.

    Args:
        source: A SELECT of household_id, category, identified_on, risk_types from our own tables.
    """
    await store.insert_registered(session, source, {"at": at, "by": by})
    await tell(session, "SELECT id FROM s_episode", {})


async def announce_of(session: AsyncSession, household_id: str) -> None:
    """Announce a household's episodes as they are: they came to it from another one."""
    await tell(session, "SELECT id FROM episode WHERE household_id = CAST(:id AS uuid)", {"id": household_id})


async def follow_duties(session: AsyncSession, household_id: str) -> None:
    """Announce what has changed in the duties of a household's episodes. The caller holds the household's lock."""
    await duties.follow(session, "SELECT id FROM episode WHERE household_id = CAST(:id AS uuid)", {"id": household_id})


async def _parameters(session: AsyncSession, area_code: str) -> Profile:
    return await policy.parameters_for(session, area_code, clock.today())


async def _situation(session: AsyncSession, episode: Episode, place: store.Place) -> Situation:
    labour, _ = await households.labour_of(session, place.household_id)
    help_ = await plans.progress(session, episode.id)
    income = await incomes.newest(session, place.household_id)
    return Situation(
        state=EpisodeState(episode.state),
        found_on=episode.found_on,
        identified_on=episode.identified_on,
        risk_types=tuple(RiskType(risk) for risk in episode.risk_types),
        hh_type=HouseholdType(place.hh_type),
        labour=tuple(labour),
        members={str(member.id) for member in await households.members(session, place.household_id)},
        steps=tuple(
            Taken(
                EpisodeState(step.state),
                step.occurred_on,
                tuple(step.actors),
                step.record,
                previous=EpisodeState(step.previous_state) if step.previous_state else None,
                client_id=step.client_id,
                recorded_on=step.recorded_at.astimezone(clock.CHINA).date(),
            )
            for step in await store.steps(session, episode.id)
        ),
        policy=await _parameters(session, place.area_code),
        per_capita_net=income.per_capita_net if income else None,
        net=income.net if income else None,
        self_paid=income.self_paid if income else Decimal(0),
        statuses=await guarantees.current(session, place.household_id),
        has_plan=help_.plan_made_on is not None,
        is_willing=help_.is_willing,
        development_on=help_.development_on,
        has_measure=help_.has_measure,
        answered=help_.answered,
        area_code=place.area_code,
        grid=place.grid,
    )


async def _detail(session: AsyncSession, episode: Episode, place: store.Place) -> EpisodeDetail:
    today = clock.today()
    taken = await store.steps(session, episode.id)
    state = EpisodeState(episode.state)
    said = await duties.of(session, episode.id)
    policy_ = await _parameters(session, place.area_code)
    channel = await channels.shown(session, episode, said, policy_, today)
    return EpisodeDetail.model_validate(
        episode.model_dump()
        | {
            "id": str(episode.id),
            "follows_id": str(episode.follows_id) if episode.follows_id else None,
            **vars(place),
            "state_label": state.label,
            "is_overdue": episode.is_active and episode.due_on is not None and episode.due_on < today,
            "clue_ids": await store.clue_ids(session, episode.id),
            "history": [step.model_dump() for step in taken],
            "refused": await conflicts.refused(session, store.EPISODE, str(episode.id)),
            "deadlines": duties.deadlines_of(said, today),
            "has_green_channel": channel is not None and channel.decision == ChannelDecision.APPROVED,
            "green_channel": channel,
            "legal_next": [
                NextOut(
                    to=to,
                    label=to.label,
                    required_scope=part_of(state, to).scope,
                    record=[entry.name for entry in part_of(state, to).record if entry.is_required],
                    facts=[
                        FactOut(
                            name=entry.name,
                            title=f"{entry.zh} / {entry.en}",
                            is_required=entry.is_required,
                            example=entry.example,
                        )
                        for entry in part_of(state, to).record
                    ],
                )
                for to in legal_next(state)
            ],
        }
    )


async def appeal(session: AsyncSession, principal: Principal, episode_id: str, body: AppealIn) -> EpisodeDetail:
    """Open the episode of an appeal against a refusal; the refused one stays as it is.

    Raises:
        EpisodeNotFound
        NotRefused: the episode was not refused, or was appealed against already.
        StepInvalid: the day lies before the refusal, in the future, or is told too late.
        AppealTooLate: the days for it (policy) are over.
        HouseholdHasEpisode: the household is being looked at already.
    """
    episode, place = await require(session, principal, episode_id, lock=True)
    if episode.state != EpisodeState.REJECTED or await store.was_appealed(session, episode.id):
        raise NotRefused(f"the episode is {episode.state}, or was appealed against")
    refused_on = (await store.steps(session, episode.id))[-1].occurred_on
    parameters = await _parameters(session, place.area_code)
    _refuse(rules.appeal_faults(body.appealed_on, refused_on, clock.today(), parameters))
    days = parameters.whole("episodes.appeal_days")
    if body.appealed_on > refused_on + timedelta(days=days):
        raise AppealTooLate(f"it was refused on {refused_on}: {days} days", days=days)
    if await store.active(session, place.household_id) is not None:
        raise HouseholdHasEpisode("another episode of this household is active")
    when, why, by = body.appealed_on, body.reason, principal.actor
    new = await opening.appeal(session, episode, place.area_code, appealed_on=when, reason=why, by=by)
    return await detail(session, principal, new)


async def conditions(session: AsyncSession, principal: Principal, episode_id: str, mode: facts.Mode) -> ConditionsOut:
    """Give every condition of elimination as it stands today, whatever state the episode is in.

    Raises:
        EpisodeNotFound
    """
    episode, place = await require(session, principal, episode_id)
    situation = await _situation(session, episode, place)
    to, today, record = EpisodeState.ELIM_PROPOSED, clock.today(), {"mode": mode}
    move = Move(to, today, (), record, principal.actor, today, facts=record)
    items = [
        ConditionOut(
            code=condition.code,
            title=f"{condition.zh} / {condition.en}",
            is_met=not (faults := condition.check(situation, move)),
            reasons=[ReasonOut(code=fault.code, detail=fault.detail) for fault in faults],
        )
        for condition in CONDITIONS
    ]
    return ConditionsOut(mode=mode, is_met=all(item.is_met for item in items), items=items)


async def page(
    session: AsyncSession, principal: Principal, wanted: EpisodeFilter, *, after: str | None, limit: int
) -> tuple[list[EpisodeOut], str | None]:
    """Give a page of episodes of the caller's areas, and where the next one begins."""
    clause, parameters = principal.within(wanted.area).area_clause("h.village_code", households.IN_GRID)
    conditions: list[str] = [clause]
    values: dict[str, Any] = dict(parameters)
    if wanted.state is not None:
        conditions.append("e.state = :state")
        values["state"] = wanted.state.value
    if wanted.household_id is not None:
        conditions.append("e.household_id = :household")
        values["household"] = wanted.household_id
    if wanted.overdue is not None:
        condition = "(e.is_active AND e.due_on < :today)"
        conditions.append(condition if wanted.overdue else f"{condition} IS NOT TRUE")
    if wanted.green_channel is not None:
        conditions.append(channels.IS_OPENED if wanted.green_channel else f"NOT {channels.IS_OPENED}")
    if wanted.has_refused is not None:
        conditions.append(store.HAS_REFUSED if wanted.has_refused else f"NOT {store.HAS_REFUSED}")
    if after is not None:
        conditions.append("e.id > CAST(:after AS uuid)")
        values["after"] = after
    rows = await store.page(session, conditions, values, today=clock.today(), limit=limit + 1)
    items = [
        EpisodeOut.model_validate(dict(row) | {"state_label": EpisodeState(row["state"]).label}) for row in rows[:limit]
    ]
    return items, items[-1].id if len(rows) > limit else None


async def plan_due_on(session: AsyncSession, episode: Episode) -> date | None:
    """Give the day by which the plan of an episode is due; None before identification."""
    return next((duty.due_on for duty in await duties.of(session, episode.id) if duty.kind == PLAN.code), None)
