"""Use cases of reconciliations: comparing what an import staged, the lists, and decisions about differences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from registry import same_person
from registry.identity import open_identity
from registry.reconciliation import store
from registry.reconciliation.problems import ReconciliationNotFound
from registry.reconciliation.schemas import (
    DifferenceOut,
    DifferencePage,
    DifferenceQuery,
    FieldCount,
    ReconciliationDetail,
    ReconciliationOut,
    ReconciliationPage,
    VillageCount,
)
from registry.reconciliation.sealed import place_of
from registry.reconciliation.store import sealed_with
from registry.reconciliation.tables import Reconciliation
from registry.reconciliation.values import can_accept, shown_value, title_of
from registry.settings import IdentityKeys
from servicekit import clock
from servicekit.auth import Principal
from servicekit.crypto import FieldCipher
from servicekit.page_query import PageQuery
from servicekit.paging import encode_cursor

__all__ = [
    "compare", "detail", "differences", "forget_expired", "page", "renew_values", "require", "sealed_with",
]  # fmt: skip


async def compare(
    session: AsyncSession, principal: Principal, keys: IdentityKeys, import_id: UUID, keep_days: int
) -> dict[str, Any]:
    """Compare the export that an import staged with the register, which stays as it is.

    Args:
        import_id: Becomes the id of the reconciliation.
        keep_days: How long the sealed values of differences are kept.

    Returns:
        The columns of `import_run` that say what was compared.
    """
    own = principal.area_clause("h.village_code")
    untold = [_candidate(keys, row) for row in await store.match(session, own)]
    if pairs := same_person.pairs(untold):
        await store.keep_known(session, pairs)
    counted = await store.counts(session)
    made = Reconciliation(
        id=import_id,
        made_at=clock.now(),
        made_by=principal.actor,
        villages=await store.villages(session),
        expires_on=clock.today() + timedelta(days=keep_days),
        **counted,
    )
    await store.keep(session, made, keys, own)
    return {"households": made.households, "persons": made.persons}


def _candidate(keys: IdentityKeys, row: RowMapping) -> same_person.Candidate:
    staged = open_identity(keys.cipher, row["staged"], row["staged_index"], row["staged_even"])
    known = open_identity(keys.cipher, row["identity"], row["id_index"], row["id_index_even"])
    return same_person.Candidate(
        staged_id=row["staged_id"],
        person_id=row["person_id"],
        is_same_name=staged.name == known.name,
        is_same_birth=row["is_same_birth"],
        is_same_sex=row["is_same_sex"],
        is_same_relation=row["is_same_relation"],
        was_without_number=row["was_without_number"],
    )


async def require(session: AsyncSession, principal: Principal, reconciliation_id: str) -> Reconciliation:
    """Give a reconciliation that is about the caller's areas.

    Raises:
        ReconciliationNotFound
    """
    found = await store.find(session, reconciliation_id, _named(principal))
    if found is None:
        raise ReconciliationNotFound("no such reconciliation within your areas")
    return found


async def page(
    session: AsyncSession, principal: Principal, wanted: PageQuery, after: Sequence[Any] | None
) -> ReconciliationPage:
    """Give the reconciliations about the caller's areas, newest first, with the counts of these areas."""
    turn = (after[0].isoformat(), str(after[1])) if after else None
    rows, total = await store.page(session, _named(principal), turn, wanted.limit + 1)
    shown = rows[: wanted.limit]
    last = shown[-1] if len(rows) > wanted.limit else None
    return ReconciliationPage(
        items=[_out(row, await _fields(session, principal, row)) for row in shown],
        next_cursor=encode_cursor([last.made_at.isoformat(), last.id]) if last else None,
        total=total,
    )


async def detail(
    session: AsyncSession, principal: Principal, keys: IdentityKeys, reconciliation_id: str
) -> ReconciliationDetail:
    """Give a reconciliation with its differences as they are now, by field and by village.

    Raises:
        ReconciliationNotFound
    """
    made = await require(session, principal, reconciliation_id)
    await store.catch_up(session, keys, reconciliation_id)
    fields = await _fields(session, principal, made)
    conditions, parameters = _mine(principal, made.id)
    villages = await store.by_village(session, conditions, parameters)
    return ReconciliationDetail(
        **_out(made, fields).model_dump(),
        fields=fields,
        villages=[VillageCount.model_validate(each) for each in villages],
    )


async def differences(
    session: AsyncSession,
    principal: Principal,
    keys: IdentityKeys,
    reconciliation_id: str,
    wanted: DifferenceQuery,
    after: Sequence[Any] | None,
) -> DifferencePage:
    """Give a page of differences as they are now.

    Raises:
        ReconciliationNotFound
        OutsideArea: `area` is not within the caller's areas.
    """
    made = await require(session, principal, reconciliation_id)
    await store.catch_up(session, keys, reconciliation_id)
    conditions, parameters = _mine(principal.within(wanted.area), made.id)
    for column in ("field", "kind", "state"):
        if (value := getattr(wanted, column)) is not None:
            conditions.append(f"d.{column} = :{column}")
            parameters[column] = value
    turn = dict(zip(("after_area", "after_no", "after_id"), after or (None, None, None), strict=True))
    rows, total = await store.differences(session, conditions, {**parameters, **turn, "limit": wanted.limit + 1})
    shown = rows[: wanted.limit]
    last = shown[-1] if len(rows) > wanted.limit else None
    return DifferencePage(
        items=[difference_out(row) for row in shown],
        next_cursor=encode_cursor([last["listed_in"], last["listed_as"], last["id"]]) if last else None,
        total=total,
    )


def difference_out(row: dict[str, Any]) -> DifferenceOut:
    """Give a difference as it is shown: of a date that is coarse, the year."""
    subject, field = row["subject"], row["field"]
    return DifferenceOut.model_validate(
        row
        | {
            "title": title_of(row["kind"], subject, field),
            "can_accept": can_accept(row["kind"], subject, field),
            "registered": shown_value(subject, field, row["registered"]),
            "exported": shown_value(subject, field, row["exported"]),
            "reason": row["reason"] if row["state"] == "ignored" else None,
        }
    )


async def forget_expired(session: AsyncSession) -> int:
    """Delete sealed values that nobody decided about in time; give how many."""
    return await store.forget_expired(session, clock.today())


async def renew_values(
    session: AsyncSession, cipher: FieldCipher, after: str | None, limit: int
) -> tuple[str | None, int]:
    """Seal the next exported values with the current key; give where that ended (None: all are) and how many."""
    rows = await store.sealed_otherwise(session, cipher.prefix, after, limit)
    if rows:
        await store.write_sealed(session, {row.id: cipher.renew(row.sealed, place_of(row.id)) for row in rows})
    return (rows[-1].id if rows else None), len(rows)


def _named(principal: Principal) -> store.Clause:
    condition, parameters = principal.area_clause("v.code")
    return condition, {**parameters, "actor": principal.actor}


def _mine(principal: Principal, reconciliation_id: UUID) -> tuple[list[str], dict[str, Any]]:
    own, parameters = principal.area_clause(store.AREA, store.IN_GRID)
    of_it = "d.reconciliation_id = CAST(:id AS uuid)"
    return [of_it, own], {**parameters, "id": str(reconciliation_id)}


async def _fields(session: AsyncSession, principal: Principal, made: Reconciliation) -> list[FieldCount]:
    conditions, parameters = _mine(principal, made.id)
    return [
        FieldCount(title=title_of(each["kind"], each["subject"], each["field"]), **each)
        for each in await store.by_field(session, conditions, parameters)
    ]


def _out(made: Reconciliation, fields: Sequence[FieldCount]) -> ReconciliationOut:
    states = ("open", "accepted", "ignored", "gone")
    counted = {state: sum(getattr(each, state) for each in fields) for state in states}
    return ReconciliationOut(**made.model_dump(exclude={"id", "villages"}), id=str(made.id), **counted)
