"""Use cases of provision. What is released is entered in the purpose ledger in the transaction that reads it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from time import monotonic
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from servicekit import clock
from servicekit.auth import Principal
from servicekit.db import Database, array_text
from servicekit.identity import IdNumber, IdNumberError, normalise_name
from servicekit.ids import new_id
from servicekit.paging import encode_cursor
from servicekit.tokens import Tokeniser
from sharing.agreements import service as agreements
from sharing.agreements.service import Grant
from sharing.directory import service as directory
from sharing.products.service import Mode
from sharing.provision import rules, store
from sharing.provision.files import ListFile, plain
from sharing.provision.problems import (
    FieldsNotAgreed,
    NothingGranted,
    NotTheReceiver,
    NumberInvalid,
    OtherMode,
    QuotaUsedUp,
)
from sharing.provision.schemas import (
    Change,
    ChangesOut,
    CheckIn,
    CheckOut,
    FeedQuery,
    FileIn,
    ProvidedRow,
    RowsOut,
    RowsQuery,
)
from sharing.provision.texts import WATERMARK
from sharing.purposes import service as purposes

log = structlog.get_logger(__name__)

_LOOK_S = 0.5  # how often a file that is being sent asks whether it still may
_PIECE_BYTES = 1 << 16
_GIVEN = "SELECT * FROM unnest(CAST(:households AS text[]), CAST(:persons AS text[])) AS g (household_id, person_id)"


@dataclass(frozen=True)
class Sealed:
    """A file that is entered and may be sent.

    Attributes:
        size, sha256: Of its bytes.
    """

    file: ListFile
    receipt_id: str
    size: int
    sha256: str
    rows: int
    watermark: str


async def check(
    session: AsyncSession,
    principal: Principal,
    agreement_id: str,
    asked: CheckIn,
    tokenisers: Mapping[str, Tokeniser],
) -> tuple[CheckOut, str]:
    """Answer yes or no about one person, by number and name together; give the answer and its receipt.

    Somebody unknown is a no: the answer does not tell who is registered.

    Raises:
        UnknownAgreement, NotAParty, NotTheReceiver, NothingGranted, OtherMode, QuotaUsedUp, NumberInvalid
    """
    grant = await _granted(session, principal, agreement_id, Mode.CHECK)
    try:
        number, name = IdNumber.parse(asked.id_no).number18, normalise_name(asked.name)
    except IdNumberError:
        raise NumberInvalid("this is no citizen number") from None  # its text may hold what was given
    if not name:
        raise NumberInvalid("there is no name")
    ids = {each.id_token(number) for each in tokenisers.values()}
    names = {each.person_token(number, name) for each in tokenisers.values()}
    met = [
        each
        for each in await directory.registered(session, id_tokens=sorted(ids))
        if not names.isdisjoint(each.person_tokens) and principal.covers(each.area_code)
    ]
    rows = store.rows_of(grant.product, (), grant.areas, principal)
    households, persons = [each.household_id for each in met], [each.person_id for each in met]
    answer = await store.holds_for(session, rows, households, persons)
    await _within_quota(session, grant, 1)
    about = {"households": array_text(households), "persons": array_text(persons)}
    receipt_id = await purposes.record(session, principal, grant, purposes.Release((), 1, _GIVEN, about))
    await _still_granted(session, grant)
    return CheckOut(answer=answer), receipt_id


async def page(
    session: AsyncSession, principal: Principal, agreement_id: str, wanted: RowsQuery, after: Any
) -> RowsOut:
    """Give a page of rows.

    Raises:
        UnknownAgreement, NotAParty, NotTheReceiver, NothingGranted, OtherMode, FieldsNotAgreed, QuotaUsedUp
        OutsideArea: the area is not the caller's.
    """
    grant = await _granted(session, principal, agreement_id, Mode.LIST)
    share = _share(grant, wanted.names)
    rows = store.rows_of(grant.product, share.given, grant.areas, principal.within(wanted.area))
    found = await store.page(session, rows, tuple(after) if after else None, wanted.limit + 1)
    shown = found[: wanted.limit]
    receipt_id = await _enter(session, principal, grant, share, shown)
    last = shown[-1] if len(found) > wanted.limit else None
    return RowsOut(
        items=[ProvidedRow(**_row(row, share.given)) for row in shown],
        next_cursor=encode_cursor([last["place"], last["household_id"], last["person_id"] or ""]) if last else None,
        **_about(grant, share, receipt_id),
    )


async def changes(
    session: AsyncSession, principal: Principal, agreement_id: str, wanted: FeedQuery, after: int
) -> ChangesOut:
    """Give what changed after a place of the feed; each as it is now, once or more.

    Raises:
        UnknownAgreement, NotAParty, NotTheReceiver, NothingGranted, OtherMode, FieldsNotAgreed, QuotaUsedUp
    """
    grant = await _granted(session, principal, agreement_id, Mode.FEED)
    share = _share(grant, None)
    rows = store.rows_of(grant.product, share.given, grant.areas, principal)
    await store.follow(session, agreement_id, rows)
    found = await store.changes(session, agreement_id, rows, after, wanted.limit + 1)
    shown = found[: wanted.limit]
    receipt_id = await _enter(session, principal, grant, share, shown)
    return ChangesOut(
        items=[Change(**_row(row, () if row["is_gone"] else share.given), is_gone=row["is_gone"]) for row in shown],
        next_cursor=encode_cursor([shown[-1]["number"] if shown else after]),
        is_more=len(found) > wanted.limit,
        **_about(grant, share, receipt_id),
    )


async def file(session: AsyncSession, principal: Principal, agreement_id: str, wanted: FileIn) -> Sealed:
    """Write the list as it is now to a file on the disk, and enter it with its digest. The caller closes the file.

    Raises:
        UnknownAgreement, NotAParty, NotTheReceiver, NothingGranted, OtherMode, FieldsNotAgreed, QuotaUsedUp
    """
    grant = await _granted(session, principal, agreement_id, Mode.FILE)
    share = _share(grant, wanted.fields)
    rows = store.rows_of(grant.product, share.given, grant.areas, principal)
    count = await store.set_aside(session, rows)
    await _within_quota(session, grant, count)
    receipt_id = new_id()
    watermark = _watermark(grant, receipt_id)
    written = await asyncio.to_thread(ListFile, wanted.format, rows.fields, receipt_id, watermark)
    try:
        async for some in store.all_set_aside(session):
            await asyncio.to_thread(written.add, some)
        size, sha256 = await asyncio.to_thread(written.seal)
        release = purposes.Release(share.given, count, store.SET_ASIDE, {}, sha256)
        await purposes.record(session, principal, grant, release, receipt_id)
        await _still_granted(session, grant)
    except BaseException:
        written.close()
        raise
    return Sealed(written, receipt_id, size, sha256, count, watermark)


async def send(database: Database, sealed: Sealed, agreement_id: str) -> AsyncIterator[bytes]:
    """Give the bytes of a file for as long as the agreement holds; what is cut off is shorter than was announced.

    Raises:
        NothingGranted: it was revoked, or has ended, meanwhile.
    """
    looked = -_LOOK_S
    try:
        while True:
            if monotonic() - looked >= _LOOK_S:
                async with database.transaction() as session:
                    if await agreements.granted(session, agreement_id) is None:
                        log.warning("provision.cut_off", receipt=sealed.receipt_id)
                        raise NothingGranted("the agreement grants nothing any more")
                looked = monotonic()
            piece = await asyncio.to_thread(sealed.file.file.read, _PIECE_BYTES)
            if not piece:
                return
            yield piece
    finally:
        sealed.file.close()


async def _granted(session: AsyncSession, principal: Principal, agreement_id: str, mode: Mode) -> Grant:
    """Give what the caller may draw in a manner, alone until the transaction ends."""
    agreement, side = await agreements.require_party(session, principal, agreement_id)
    is_client = agreement.receiver_client in (None, principal.client_id)
    if side != "receiver" or principal.department is None or not is_client:
        raise NotTheReceiver("only the receiver draws, with the client that is agreed")
    await store.one_at_a_time(session, agreement_id)
    grant = await agreements.granted(session, agreement_id)
    if grant is None:
        raise NothingGranted("the agreement grants nothing now")
    if grant.agreement.mode != mode:
        raise OtherMode("the agreement provides in another manner", mode=grant.agreement.mode)
    return grant


async def _still_granted(session: AsyncSession, grant: Grant) -> None:
    """Ask again before anything leaves: nobody who revokes waits for a long file."""
    if await agreements.granted(session, grant.agreement.id) is None:
        raise NothingGranted("the agreement was ended meanwhile")


def _share(grant: Grant, requested: Sequence[str] | None) -> rules.Share:
    share = rules.share_of(requested, grant.fields)
    gone = tuple(name for name in grant.terms.fields if name not in grant.fields)
    if not share.given:
        raise FieldsNotAgreed("none of the fields is agreed", agreed=list(grant.fields))
    if requested is None:
        return rules.Share(share.given, gone)
    return share


async def _enter(
    session: AsyncSession, principal: Principal, grant: Grant, share: rules.Share, shown: Sequence[Mapping[str, Any]]
) -> str:
    await _within_quota(session, grant, len(shown))
    households = [row["household_id"] for row in shown]
    persons = [row["person_id"] or "" for row in shown]
    source = f"SELECT household_id, nullif(person_id, '') AS person_id FROM ({_GIVEN}) e"
    about = {"households": array_text(households), "persons": array_text(persons)}
    receipt_id = await purposes.record(
        session, principal, grant, purposes.Release(share.given, len(shown), source, about)
    )
    await _still_granted(session, grant)
    return receipt_id


async def _within_quota(session: AsyncSession, grant: Grant, rows: int) -> None:
    """Refuse the whole answer where its rows would go beyond what a day may give."""
    used = await purposes.rows_today(session, grant.agreement.id)
    left = grant.terms.rows_per_day - used
    if rows > left:
        tomorrow = datetime.combine(clock.today() + timedelta(days=1), time.min, clock.CHINA)
        wait_s = max(1, round((tomorrow - clock.now()).total_seconds()))
        raise QuotaUsedUp(
            "more rows than the day has left", headers={"Retry-After": str(wait_s)}, rows_left=max(left, 0)
        )


def _row(row: Mapping[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    values = {name: plain(row[name]) for name in fields}
    return {"household_id": row["household_id"], "person_id": row["person_id"], "values": values}


def _watermark(grant: Grant, receipt_id: str) -> str:
    return WATERMARK.format(
        receipt=receipt_id, receiver=grant.agreement.receiver, purpose=grant.terms.purpose, as_of=clock.today()
    )


def _about(grant: Grant, share: rules.Share, receipt_id: str) -> dict[str, Any]:
    return {
        "receipt_id": receipt_id, "as_of": clock.today(), "fields": list(share.given),
        "withheld": list(share.withheld), "lapsed_areas": list(grant.lapsed),
        "watermark": _watermark(grant, receipt_id),
    }  # fmt: skip
