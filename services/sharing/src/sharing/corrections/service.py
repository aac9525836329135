"""Use cases of corrections."""

from __future__ import annotations

from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from servicekit import clock
from servicekit.auth import Principal
from servicekit.calendar import Limit
from servicekit.etags import require_match
from servicekit.ids import new_id
from servicekit.paging import encode_cursor
from sharing.catalogue.service import dataset_of, load_catalogue, load_datasets
from sharing.corrections import rules, store
from sharing.corrections.problems import (
    AlreadyAsked,
    AnswerInvalid,
    AskerAnswers,
    FindingGone,
    NotContestable,
    NotOpen,
    UnknownCorrection,
)
from sharing.corrections.schemas import (
    AnswerIn,
    CorrectionIn,
    CorrectionOut,
    CorrectionQuery,
    CorrectionRows,
    WithdrawIn,
)
from sharing.corrections.tables import Correction
from sharing.corrections.texts import STATES
from sharing.corrections.timeline import TIMELINE as TIMELINE
from sharing.findings import service as findings
from sharing.policy.service import parameters_at

log = structlog.get_logger(__name__)


async def ask(session: AsyncSession, principal: Principal, wanted: CorrectionIn) -> CorrectionOut:
    """Ask the department of a dataset to correct what led to a finding.

    Raises:
        UnknownFinding: none of the caller's.
        NotContestable: the finding does not rest on that.
        FindingGone: it was withdrawn.
        AlreadyAsked: the department has not answered yet.
    """
    finding = await findings.get_finding(session, principal, str(wanted.finding_id))
    rule = load_catalogue().by_id.get(finding.rule_id)
    if flaws := rules.flaws_of_question(rule, load_datasets().get(wanted.dataset), wanted.field):
        allowed = list(rule.datasets) if rule else []
        raise NotContestable("the finding does not rest on what is contested", errors=flaws, allowed=allowed)
    if finding.withdrawn_at is not None:
        raise FindingGone("the finding was withdrawn")
    now, today = clock.now(), clock.today()
    profile = await parameters_at(session, finding.area_code, today)
    correction = Correction(
        id=new_id(),
        finding_id=wanted.finding_id,
        dataset=wanted.dataset,
        department=dataset_of(wanted.dataset).department.value,
        field=wanted.field,
        why=wanted.why,
        proposed=wanted.proposed,
        state="open",
        reason=None,
        note=None,
        due_on=Limit(profile.whole("sharing.correction_days")).ends_on(today),
        asked_by=principal.actor,
        asked_at=now,
        closed_by=None,
        closed_at=None,
        changed_at=now,
        version=1,
    )
    if not await store.add(session, correction):
        open_id = await store.open_id(session, correction)
        raise AlreadyAsked("the department has not answered yet", correction_id=open_id)
    log.info("correction.asked", correction=correction.id, dataset=correction.dataset)
    return await read(session, principal, correction.id)


async def list_page(
    session: AsyncSession, principal: Principal, wanted: CorrectionQuery, before: str | None
) -> CorrectionRows:
    """Give a page of the corrections that the caller may see, the newest first.

    Raises:
        OutsideArea: the area is not the caller's.
    """
    found = await store.page(session, principal.within(wanted.area), wanted, before, wanted.limit + 1)
    shown = found[: wanted.limit]
    return CorrectionRows(
        items=[_out(row) for row in shown],
        next_cursor=encode_cursor([shown[-1]["id"]]) if len(found) > wanted.limit else None,
    )


async def read(session: AsyncSession, principal: Principal, correction_id: str) -> CorrectionOut:
    """Give a correction.

    Raises:
        UnknownCorrection: none that the caller may see.
    """
    row = await store.seen(session, correction_id)
    if row is None or not principal.sees(row["department"]) or not principal.covers(row["area_code"]):
        raise UnknownCorrection("no such correction within your reach")
    return _out(row)


async def require_answerable(session: AsyncSession, principal: Principal, correction_id: str) -> None:
    """Let the caller answer for its department, as far as the correction itself says.

    Raises:
        UnknownCorrection: none of the caller's department and areas.
        AskerAnswers: the caller asked.
    """
    known = await read(session, principal, correction_id)
    if not principal.acts_for(known.department):
        raise UnknownCorrection("no such correction of your department")
    if known.asked_by == principal.actor:
        raise AskerAnswers("who asked does not answer for the department")


async def answer(
    session: AsyncSession, principal: Principal, correction_id: str, said: AnswerIn, if_match: str | None
) -> CorrectionOut:
    """Keep what the department says, through somebody who has the duty in hand: corrected, or its data stand.

    Raises:
        UnknownCorrection, AskerAnswers: `require_answerable`.
        PreconditionRequired, PreconditionFailed: the caller has not seen it as it is.
        NotOpen: it is over.
        AnswerInvalid
    """
    await require_answerable(session, principal, correction_id)
    correction = await _opened(session, correction_id, if_match)
    if flaws := rules.flaws_of_answer(said.answer, said.reason, said.note):
        raise AnswerInvalid(f"{len(flaws)} point(s) are missing or wrong", errors=flaws)
    correction.reason = said.reason
    return await _close(session, principal, correction, said.answer, said.note or None)


async def withdraw(
    session: AsyncSession, principal: Principal, correction_id: str, said: WithdrawIn, if_match: str | None
) -> CorrectionOut:
    """Take a question back, for the place that asked it.

    Raises:
        UnknownCorrection: none of the caller's areas.
        PreconditionRequired, PreconditionFailed: the caller has not seen it as it is.
        NotOpen: it is over.
    """
    await read(session, principal, correction_id)
    correction = await _opened(session, correction_id, if_match)
    return await _close(session, principal, correction, "withdrawn", said.note)


async def close_settled(session: AsyncSession) -> None:
    """Close corrections that newer data settle.

    Either the finding no longer stands, or the department's data of a later month, once they were compared, do not say
    of the same household and person what the contested ones said.
    """
    now = clock.now()
    if closed := await store.close_withdrawn(session, now) + await store.close_outgrown(session, now):
        log.info("corrections.closed", corrections=closed)


async def _opened(session: AsyncSession, correction_id: str, if_match: str | None) -> Correction:
    correction = await store.lock(session, correction_id)
    require_match(if_match, correction.version)
    if correction.state != "open":
        raise NotOpen(f"the correction is {correction.state}", state=correction.state)
    return correction


async def _close(
    session: AsyncSession, principal: Principal, correction: Correction, state: rules.State, note: str | None
) -> CorrectionOut:
    now = clock.now()
    correction.state, correction.note, correction.closed_by = state, note, principal.actor
    correction.closed_at, correction.changed_at, correction.version = now, now, correction.version + 1
    session.add(correction)
    await session.flush()
    log.info("correction.closed", correction=correction.id, dataset=correction.dataset, state=state)
    return await read(session, principal, correction.id)


def _out(row: dict[str, Any]) -> CorrectionOut:
    dataset, is_open = dataset_of(row["dataset"]), row["state"] == "open"
    field = dataset.by_code.get(row["field"])
    return CorrectionOut.model_validate(
        row
        | {
            "dataset_label": dataset.label,
            "field_label": field.label if field else None,
            "state_label": STATES[row["state"]],
            "is_overdue": is_open and row["due_on"] < clock.today(),
            "duty_id": rules.duty_of(row["id"]) if is_open else None,
        }
    )
