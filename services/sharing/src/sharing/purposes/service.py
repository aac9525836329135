"""Use cases of the purpose ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from servicekit import clock
from servicekit.auth import Principal
from servicekit.ids import new_id
from servicekit.paging import encode_cursor
from sharing.agreements.service import Grant, require_party
from sharing.products import service as products
from sharing.purposes import store
from sharing.purposes.problems import (
    AlreadyRecalled,
    NotAbout,
    NotRecalled,
    NotTheProvider,
    NotTheReceiver,
    UnknownPerson,
    UnknownReceipt,
)
from sharing.purposes.schemas import (
    AcknowledgeIn,
    LedgerEntry,
    LedgerPage,
    LedgerQuery,
    RecallIn,
    RecallOut,
    ReceiptOut,
    ReceiptPage,
    ReceiptQuery,
    ReleasedField,
)
from sharing.purposes.tables import ProvisionRecall

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Release:
    """What leaves: how many rows of which fields, and about whom.

    Attributes:
        about: A query that gives `household_id` and `person_id` of each row (null: the household as a whole).
        values: Its parameters.
        sha256: Of the file, where it leaves as one.
    """

    fields: tuple[str, ...]
    rows: int
    about: str
    values: Mapping[str, Any]
    sha256: str | None = None


async def rows_today(session: AsyncSession, agreement_id: str) -> int:
    """Count the rows that left under an agreement since midnight in China."""
    midnight = datetime.combine(clock.today(), time.min, clock.CHINA)
    return await store.rows_since(session, agreement_id, midnight)


async def record(
    session: AsyncSession, principal: Principal, grant: Grant, release: Release, receipt_id: str | None = None
) -> str:
    """Enter what leaves, in the transaction that reads it: nothing leaves that is not here; give the receipt's id."""
    receipt_id = receipt_id or new_id()
    agreement, terms = grant.agreement, grant.terms
    receipt = {
        "id": receipt_id, "agreement_id": agreement.id, "terms": terms.number, "product": agreement.product,
        "mode": agreement.mode, "provider": agreement.provider, "receiver": agreement.receiver,
        "client_id": principal.client_id, "actor": principal.actor, "purpose": terms.purpose,
        "legal_basis": terms.legal_basis, "fields": list(release.fields), "area_codes": list(grant.areas),
        "as_of": clock.today(), "rows": release.rows, "sha256": release.sha256, "at": clock.now(),
    }  # fmt: skip
    persons = await store.record(session, receipt, release.about, release.values)
    log.info("provision.recorded", receipt=receipt_id, agreement=agreement.id, rows=release.rows, persons=persons)
    return receipt_id


async def of_person(session: AsyncSession, principal: Principal, wanted: LedgerQuery, before: int | None) -> LedgerPage:
    """Give who received what about a person; a department sees what it provided or received.

    Raises:
        UnknownPerson: none of the caller's areas. Somebody whom the register does not know any more is the auditor's.
    """
    areas = await store.areas_of(session, wanted.person_id)
    is_auditor = "audit:read" in principal.scopes and principal.department is None
    if not any(principal.covers(code) for code in areas) and not (
        not areas and is_auditor and await store.is_entered(session, wanted.person_id)
    ):
        raise UnknownPerson("no such person within your areas")
    found, total = await store.of_person(session, principal, wanted.person_id, before, wanted.limit + 1)
    shown = found[: wanted.limit]
    return LedgerPage(
        items=[LedgerEntry.model_validate(_shown(row) | {"household_id": row["household_id"]}) for row in shown],
        total=total,
        next_cursor=encode_cursor([shown[-1]["no"]]) if len(found) > wanted.limit else None,
    )


async def page(session: AsyncSession, principal: Principal, wanted: ReceiptQuery, before: int | None) -> ReceiptPage:
    """Give a page of receipts that the caller's department provided or received."""
    found = await store.receipts(session, principal, wanted, before, wanted.limit + 1)
    shown = found[: wanted.limit]
    return ReceiptPage(
        items=[ReceiptOut.model_validate(_shown(row)) for row in shown],
        next_cursor=encode_cursor([shown[-1]["no"]]) if len(found) > wanted.limit else None,
    )


async def recall(session: AsyncSession, principal: Principal, receipt_id: str, said: RecallIn) -> ReceiptOut:
    """Call back what left, or what it says of some persons; it waits until the receiver confirms.

    Raises:
        UnknownReceipt, NotTheProvider, AlreadyRecalled, NotAbout
    """
    row, side = await _row(session, principal, receipt_id)
    if side != "provider":
        raise NotTheProvider("only who provided calls back")
    if row["is_recalled"]:
        raise AlreadyRecalled("it was called back before")
    if said.person_ids and (strangers := await store.not_about(session, row["no"], said.person_ids)):
        raise NotAbout(f"the receipt is not about {len(strangers)} of them")
    session.add(
        ProvisionRecall(
            receipt_no=row["no"], person_ids=said.person_ids, why=said.why, recalled_by=principal.actor,
            recalled_at=clock.now(),
        )
    )  # fmt: skip
    try:
        await session.flush()
    except IntegrityError as error:
        raise AlreadyRecalled("it was called back meanwhile") from error
    log.info("provision.recalled", receipt=receipt_id)
    return await _receipt(session, receipt_id)


async def acknowledge(session: AsyncSession, principal: Principal, receipt_id: str, said: AcknowledgeIn) -> ReceiptOut:
    """Confirm for the receiver that what was called back is deleted or replaced; again changes nothing.

    Raises:
        UnknownReceipt, NotTheReceiver, NotRecalled
    """
    row, side = await _row(session, principal, receipt_id)
    if side != "receiver":
        raise NotTheReceiver("only who received confirms")
    found = await store.recall(session, row["no"])
    if found is None:
        raise NotRecalled("it was not called back")
    if found.acknowledged_at is None:
        found.acknowledged_at, found.acknowledged_by, found.note = clock.now(), principal.actor, said.note
        session.add(found)
        await session.flush()
        log.info("provision.acknowledged", receipt=receipt_id)
    return await _receipt(session, receipt_id)


async def _row(session: AsyncSession, principal: Principal, receipt_id: str) -> tuple[dict[str, Any], str]:
    row = await store.receipt(session, receipt_id)
    if row is None or not (principal.sees(row["provider"]) or principal.sees(row["receiver"])):
        raise UnknownReceipt("no such receipt of your department")
    if not any(principal.covers(code) for code in row["area_codes"]):
        raise UnknownReceipt("no such receipt within your areas")
    _, side = await require_party(session, principal, row["agreement_id"])
    return row, side


async def _receipt(session: AsyncSession, receipt_id: str) -> ReceiptOut:
    row = await store.receipt(session, receipt_id)
    if row is None:  # receipts are never deleted
        raise UnknownReceipt("no such receipt")
    return ReceiptOut.model_validate(_shown(row))


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    product = products.known(row["product"])
    fields = []
    for name in row["fields"]:
        declared = product.field(name) if product else None
        fields.append(
            ReleasedField(
                name=name,
                label=declared.zh if declared else None,
                field_class=declared.field_class if declared else None,
            )
        )
    told = dict(row)
    if told["is_recalled"]:
        state = "open" if told["acknowledged_at"] is None else "acknowledged"
        told["recall"] = RecallOut.model_validate(told | {"state": state})
    else:
        told["recall"] = None
    return told | {"fields": fields, "product_label": product.zh if product else None}
