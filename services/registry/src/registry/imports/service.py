"""Use cases of imports: a file that is received now and carried out by the worker, or one household at once."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Sequence
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from intake import parts
from intake.declared import Declared
from intake.receiving import Envelope, Received, refusals_as
from registry.household import HouseholdIn
from registry.households import service as households
from registry.imports import households_file, spool, store
from registry.imports.prepare import Occasion, Preparer
from registry.imports.problems import IMPORT, ImportNotFound, ImportNotOpen, PartConflict, PartMissing
from registry.imports.schemas import ImportOut, PartOut, RejectOut
from registry.imports.staging import Staging
from registry.imports.tables import ImportPart, ImportRun
from registry.settings import IdentityKeys, RegistrySettings
from servicekit import clock, ids
from servicekit.auth import Principal
from servicekit.crypto import FieldCipher
from servicekit.db import Database
from servicekit.failpoints import failpoint_async
from servicekit.problems import FieldError
from servicekit.tracing import current_traceparent

Kind = Literal["households", "areas", "staff", "reconciliation"]

_REJECT_PAGE = 1_000


async def open_import(session: AsyncSession, principal: Principal, kind: Kind, content_type: str, encoding: str) -> str:
    """Begin an import whose parts come next; give its id.

    Raises:
        Problem: `registry.import.content_type`, `registry.import.content_encoding`
    """
    with refusals_as(IMPORT):
        declared = Declared.of(content_type, encoding)
    run = ImportRun(
        id=UUID(ids.new_id()),
        client_id=principal.actor,
        areas=list(principal.areas),
        kind=kind,
        state="open",
        content_type=content_type,
        format=declared.name,
        encoding=declared.encoding,
        traceparent=current_traceparent(),
        opened_at=clock.now(),
    )
    session.add(run)
    await session.flush()
    return str(run.id)


class Receiver:
    """Takes parts of imports: their bytes wait, sealed, for the worker. No transaction is open while they arrive."""

    def __init__(self, database: Database, keys: IdentityKeys, settings: RegistrySettings) -> None:
        """Store with these."""
        self._database = database
        self._cipher = keys.cipher
        self._settings = settings

    async def take(
        self, principal: Principal, import_id: str, number: int, envelope: Envelope, body: AsyncIterator[bytes]
    ) -> PartOut:
        """Take a part; once this returns it is durable. The same bytes again give the same answer.

        Raises:
            ImportNotFound, ImportNotOpen
            PartConflict: the number holds other bytes.
            Problem: `registry.import.*`: the bytes cannot be taken; nothing of them is kept.
        """
        part, _ = await parts.take(
            _Keeper(self._database, self._cipher, principal, import_id, number),
            body,
            envelope,
            prefix=IMPORT,
            conflict=PartConflict,
            max_bytes=self._settings.import_max_bytes,
            idle_s=self._settings.import_idle_s,
        )
        return PartOut.model_validate(part, from_attributes=True)


class _Keeper:
    """Seals a part's bytes into blocks of the database."""

    def __init__(
        self, database: Database, cipher: FieldCipher, principal: Principal, import_id: str, number: int
    ) -> None:
        self._database, self._cipher, self._principal = database, cipher, principal
        self._import_id, self._number = import_id, number
        self._upload_id, self._blocks = ids.new_id(), 0
        self._loop = asyncio.get_running_loop()

    async def stored(self) -> ImportPart | None:
        async with self._database.transaction() as session:
            return await self._find(session)

    def feed(self, block: bytes) -> None:
        sealed = self._cipher.seal(block, spool.place_of(self._upload_id, self._blocks))
        storing = spool.put_block(self._database, (self._import_id, self._upload_id, self._blocks), sealed)
        asyncio.run_coroutine_threadsafe(storing, self._loop).result()
        self._blocks += 1

    async def enter(self, received: Received) -> tuple[ImportPart, bool]:
        part = ImportPart(
            import_id=UUID(self._import_id),
            number=self._number,
            upload_id=UUID(self._upload_id),
            size_bytes=received.size_bytes,
            sha256=received.sha256,
            received_at=clock.now(),
        )
        async with self._database.transaction() as session:
            stored = await self._find(session, lock=True)
            if stored is not None:  # the same part came twice at once
                return stored, False
            session.add(part)
            await session.flush()
            await failpoint_async("registry.import_received")
            return part, True

    async def drop(self) -> None:
        await spool.drop_upload(self._database, self._import_id, self._upload_id)

    async def _find(self, session: AsyncSession, *, lock: bool = False) -> ImportPart | None:
        run = await find(session, self._principal, self._import_id, lock=lock)
        stored = await session.get(ImportPart, (self._import_id, self._number))
        if stored is None and run.state != "open":
            raise ImportNotOpen(f"the import is {run.state}", state=run.state)
        return stored


async def commit(session: AsyncSession, principal: Principal, import_id: str, part_count: int) -> ImportOut:
    """Hand an import over to the worker; committing it again changes nothing.

    Raises:
        ImportNotFound
        PartMissing: not all parts are here, or more than announced.
    """
    run = await find(session, principal, import_id, lock=True)
    sent = await spool.parts_of(session, run.id)
    if run.state == "open":
        missing = sorted(set(range(1, part_count + 1)) - {part.number for part in sent})
        if missing or len(sent) != part_count:
            raise PartMissing(f"{len(sent)} part(s) are here, {part_count} announced", missing=missing[:100])
        run.state = "received"
        run.size_bytes = sum(part.size_bytes for part in sent)
        run.sha256 = sent[0].sha256 if part_count == 1 else None
        session.add(run)
        await spool.announce(session)
        await session.flush()
    return _out(run, sent)


async def find(session: AsyncSession, principal: Principal, import_id: str, *, lock: bool = False) -> ImportRun:
    """Give one of the client's imports.

    Raises:
        ImportNotFound
    """
    run = await store.find(session, import_id, principal.actor, lock=lock)
    # A client whose areas were narrowed does not go on with, or read, what it sent about the others.
    if run is None or not all(principal.covers(area) for area in run.areas):
        raise ImportNotFound("no such import of this client")
    return run


async def progress_of(session: AsyncSession, principal: Principal, import_id: str) -> ImportOut:
    """Give how far one of the client's imports is.

    Raises:
        ImportNotFound
    """
    run = await find(session, principal, import_id)
    return _out(run, await spool.parts_of(session, run.id))


async def register_one(session: AsyncSession, principal: Principal, keys: IdentityKeys, household: HouseholdIn) -> str:
    """Register one household; give its id.

    Raises:
        HouseholdInvalid: it contradicts itself, or its village is unknown.
        HouseholdExists: its number is registered.
        PersonElsewhere: a member belongs to another active household.
        OutsideArea: the village is not the caller's.
    """
    principal.require_area(household.village_code)
    at, today = clock.now(), clock.today()
    preparer = Preparer(keys, Occasion(at, today, principal.actor))
    await store.create_staging(session)
    preparer.add(household, [1])
    await Staging(session, principal, today, takes_directly=False).add(preparer.take())
    await households_file.merge(session, principal, keys, is_flat=False, may_update=False, at=at)
    rejected = await store.first_rejects(session)
    if not rejected:
        return (await store.household_ids(session))[0]
    errors = [FieldError(pointer=row.field, code=row.code, detail=row.message) for row in rejected]
    codes = {error.code for error in errors}
    if codes & {"household.exists", "household.elsewhere"}:
        raise households.HouseholdExists("the household number is registered", errors=errors)
    if codes <= {"members.in_other_household", "person_no.in_other_household"}:
        raise households.PersonElsewhere("a member belongs to another active household", errors=errors)
    raise households.HouseholdInvalid(f"{len(errors)} thing(s) are wrong with the household", errors=errors)


async def reject_lines(session: AsyncSession, import_id: str, *, is_csv: bool) -> AsyncIterator[bytes]:
    """Give the reject rows of an import in the order of the file, as NDJSON or CSV lines, a page at a time."""
    after = (0, 0)
    if is_csv:
        yield b"\xef\xbb\xbf"  # so that Excel reads it as UTF-8
        yield _csv_line([*RejectOut.model_fields])
    while rows := await store.rejects(session, import_id, after=after, limit=_REJECT_PAGE):
        rejected = [RejectOut.model_validate(row, from_attributes=True) for row in rows]
        if is_csv:
            yield b"".join(_csv_line([*reject.model_dump().values()]) for reject in rejected)
        else:
            yield b"".join(reject.model_dump_json().encode() + b"\n" for reject in rejected)
        after = (rows[-1].line, rows[-1].ordinal)


def _csv_line(cells: list[Any]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue().encode()


def _out(run: ImportRun, sent: Sequence[ImportPart]) -> ImportOut:
    told = run.model_dump() | {"import_id": str(run.id), "parts": [part.model_dump() for part in sent]}
    return ImportOut.model_validate(told)
