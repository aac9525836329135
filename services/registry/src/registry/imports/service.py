"""Use cases of imports: a streamed file, or one household through the same door."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from registry.episodes import service as episodes
from registry.household import HouseholdIn
from registry.households import service as households
from registry.imports import sql, store
from registry.imports.blocks import blocks_of, crew
from registry.imports.inflate import GuardedInflater
from registry.imports.parsers import CsvParser, FlatParser
from registry.imports.prepare import Batch, Occasion, Preparer
from registry.imports.problems import BodyTooLarge, ImportNotFound, UnsupportedFormat, UploadStalled
from registry.imports.schemas import ImportOut, RejectOut
from registry.imports.staging import Staging
from registry.imports.workbook import prove_sizes, rows_of
from registry.settings import IdentityKeys, RegistrySettings
from servicekit import clock, ids
from servicekit.auth import Principal
from servicekit.failpoints import failpoint_async
from servicekit.problems import FieldError

# Read at a time: large enough for COPY to be cheap, small enough for memory to stay flat.
_BLOCK_BYTES = 2 * 1024 * 1024
_WORKBOOK_ROWS = 4_000
_REJECT_PAGE = 1_000
_BRISK_S = 5.0

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMATS = {
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "text/csv": "csv",
    XLSX: "xlsx",
}


@dataclass(frozen=True)
class Declared:
    """What the request says about its body."""

    format: str
    charset: str
    encoding: str

    @classmethod
    def of(cls, content_type: str, content_encoding: str) -> Declared:
        """Read the headers.

        Raises:
            UnsupportedFormat: for another media type.
        """
        media_type, *parameters = (part.strip() for part in content_type.split(";"))
        name = _FORMATS.get(media_type.lower())
        if name is None:
            raise UnsupportedFormat("Content-Type must be application/x-ndjson, text/csv or XLSX")
        charset = next(
            (value.split("=", 1)[1] for value in parameters if value.lower().startswith("charset=")), "utf-8"
        )
        return cls(name, charset, (content_encoding or "identity").strip().lower() or "identity")


async def run(
    session: AsyncSession,
    principal: Principal,
    keys: IdentityKeys,
    settings: RegistrySettings,
    declared: Declared,
    body: AsyncIterator[bytes],
) -> ImportOut:
    """Import a file: every household is checked, accepted ones are upserted by their number, others come back.

    One transaction: whatever goes wrong with the file as a whole, nothing of it is kept. Memory does not grow
    with the file, except for workbooks, whose size is capped.

    Raises:
        UnsupportedFormat, BodyTooLarge, DecompressionBomb, BodyBroken, WrongEncoding, WrongColumns, LineTooLong,
        WorkbookUnreadable, UploadStalled
    """
    started, started_at, today = time.perf_counter(), clock.now(), clock.today()
    occasion = Occasion(started_at, today, principal.client_id)
    preparer = Preparer(keys, occasion)
    await store.create_staging(session)
    inflater = GuardedInflater(
        declared.encoding,
        max_bytes=settings.xlsx_max_bytes if declared.format == "xlsx" else settings.import_max_bytes,
        max_plain_bytes=settings.xlsx_max_bytes if declared.format == "xlsx" else settings.import_max_plain_bytes,
        max_ratio=settings.import_max_ratio,
    )
    upload = _Upload(body, inflater, settings.import_idle_s)
    # The rows of a household in a flat file may stand apart, and be refused apart.
    staging = Staging(session, principal, today, takes_directly=lambda: declared.format == "ndjson" and upload.is_brisk)
    warnings: list[str] = []
    if declared.format == "xlsx":
        warnings = await _read_workbook(staging, preparer, upload, settings)
    elif declared.format == "csv":
        warnings = await _read_csv(staging, preparer, CsvParser(preparer, declared.charset), upload)
    else:
        async with crew(settings, keys, occasion) as parsing:
            async for batch in parsing.batches(blocks_of(upload.pieces(), _BLOCK_BYTES)):
                await staging.add(batch)
    await failpoint_async("registry.import_staged")
    await _merge(session, principal, is_flat=declared.format != "ndjson", may_update=True, at=started_at)
    import_id = ids.new_id()
    counted = await store.counts(session)
    receipt: dict[str, Any] = {
        "id": import_id,
        "client_id": principal.client_id,
        "areas": list(principal.areas),
        "format": declared.format,
        "encoding": declared.encoding,
        "size_bytes": inflater.size_bytes,
        "sha256": upload.sha256,
        **counted,
        "warnings": warnings,
        "started_at": started_at,
        "seconds": round(time.perf_counter() - started, 3),
    }
    await store.keep(session, import_id, receipt)
    await failpoint_async("registry.import_kept")
    return _out(receipt)


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
    preparer = Preparer(keys, Occasion(at, today, principal.client_id))
    await store.create_staging(session)
    preparer.add(household, 1)
    await Staging(session, principal, today, takes_directly=lambda: False).add(preparer.take())
    await _merge(session, principal, is_flat=False, may_update=False, at=at)
    rejected = await store.first_rejects(session)
    if not rejected:
        return (await store.household_ids(session))[0]
    errors = [FieldError(pointer=row[1], code=row[2], detail=row[3]) for row in rejected]
    codes = {error.code for error in errors}
    if codes & {"household.exists", "household.elsewhere"}:
        raise households.HouseholdExists("the household number is registered", errors=errors)
    if codes <= {"person.in_other_household", "person_no.in_other_household"}:
        raise households.PersonElsewhere("a member belongs to another active household", errors=errors)
    raise households.HouseholdInvalid(f"{len(errors)} thing(s) are wrong with the household", errors=errors)


async def receipt_of(session: AsyncSession, principal: Principal, import_id: str) -> ImportOut:
    """Give the receipt of one of the client's imports.

    Raises:
        ImportNotFound
    """
    found = await store.find(session, import_id, principal.client_id)
    if found is None:
        raise ImportNotFound("no such import of this client")
    return _out(found)


async def reject_lines(session: AsyncSession, import_id: str, *, is_csv: bool) -> AsyncIterator[bytes]:
    """Give the reject rows of an import in the order of the file, as NDJSON or CSV lines, a page at a time."""
    after = (0, 0)
    if is_csv:
        yield b"\xef\xbb\xbf"  # so that Excel reads it as UTF-8
        yield _csv_line([*RejectOut.model_fields])
    while rows := await store.rejects(session, import_id, after=after, limit=_REJECT_PAGE):
        rejected = [
            RejectOut(line=row[0], hh_no=row[2], person_no=row[3], field=row[4], code=row[5], message=row[6])
            for row in rows
        ]
        if is_csv:
            yield b"".join(_csv_line([*reject.model_dump().values()]) for reject in rejected)
        else:
            yield b"".join(reject.model_dump_json().encode() + b"\n" for reject in rejected)
        after = (rows[-1][0], rows[-1][1])


def _csv_line(cells: list[Any]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue().encode()


class _Upload:
    """The request's body: unpacked under guard, hashed as it was sent, with a limit on silence."""

    def __init__(self, body: AsyncIterator[bytes], inflater: GuardedInflater, idle_s: float) -> None:
        self._body = body
        self._inflater = inflater
        self._idle_s = idle_s
        self._hash = hashlib.sha256()
        self._waited_s = 0.0

    @property
    def is_brisk(self) -> bool:
        """Whether the client has hardly been waited for: then other imports can wait for the end of this one."""
        return self._waited_s < _BRISK_S

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    async def pieces(self) -> AsyncIterator[bytes]:
        """Give the plain body in pieces of bounded size.

        Raises:
            UploadStalled: if the client is silent for too long.
        """
        iterator = aiter(self._body)
        while True:
            began = time.monotonic()
            try:
                data = await asyncio.wait_for(anext(iterator), self._idle_s)
            except StopAsyncIteration:
                break
            except TimeoutError as error:
                raise UploadStalled(f"nothing was received for {self._idle_s:.0f} s") from error
            self._waited_s += time.monotonic() - began
            self._hash.update(data)
            for plain in self._inflater.feed(data):
                yield plain
        self._inflater.finish()


async def _read_csv(staging: Staging, preparer: Preparer, parser: CsvParser, upload: _Upload) -> list[str]:
    """Parse block by block in a thread while the block before is being copied into the database.

    Not by a crew: the rows of a household, and a quoted cell, may go on in the next block.
    """
    copying: asyncio.Task[None] | None = None
    block = bytearray()
    try:
        async for piece in upload.pieces():
            block += piece
            if len(block) >= _BLOCK_BYTES:
                batch = await asyncio.to_thread(_parse, parser, preparer, bytes(block))
                block.clear()
                if copying is not None:
                    await copying
                copying = asyncio.create_task(staging.add(batch))
        batch = await asyncio.to_thread(_parse, parser, preparer, bytes(block), is_last=True)
        if copying is not None:
            await copying
        copying = None
        await staging.add(batch)
    finally:
        if copying is not None:
            await asyncio.wait({copying})  # the connection must be quiet before the transaction is rolled back
    return parser.warnings


def _parse(parser: CsvParser, preparer: Preparer, data: bytes, *, is_last: bool = False) -> Batch:
    parser.feed(data)
    if is_last:
        parser.finish()
    return preparer.take()


async def _read_workbook(
    staging: Staging, preparer: Preparer, upload: _Upload, settings: RegistrySettings
) -> list[str]:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="import-", dir=settings.data_dir) as folder:
        path = Path(folder) / "upload.xlsx"
        with path.open("wb") as file:
            async for piece in upload.pieces():
                if file.tell() + len(piece) > settings.xlsx_max_bytes:
                    raise BodyTooLarge(f"a workbook may have {settings.xlsx_max_bytes} bytes")
                await asyncio.to_thread(file.write, piece)
        await asyncio.to_thread(
            prove_sizes, path, max_plain_bytes=settings.xlsx_max_plain_bytes, max_ratio=settings.import_max_ratio
        )
        parser = FlatParser(preparer)
        rows = rows_of(path, max_rows=settings.xlsx_max_rows)

        def read_some() -> tuple[Batch, bool]:
            for count, (number, cells) in enumerate(rows, start=1):
                parser.row(number, cells)
                if count >= _WORKBOOK_ROWS:
                    return preparer.take(), False
            parser.finish()
            return preparer.take(), True

        is_done = False
        while not is_done:
            batch, is_done = await asyncio.to_thread(read_some)
            await staging.add(batch)
        return parser.warnings


async def _merge(session: AsyncSession, principal: Principal, *, is_flat: bool, may_update: bool, at: datetime) -> None:
    """Bring the staged households into the registry and announce each one, all in this transaction."""
    by = principal.client_id
    await store.reject(
        session,
        today=clock.today(),
        area_clause=principal.area_clause("a.code"),
        old_area_clause=principal.area_clause("m.old_village_code"),
        is_flat=is_flat,
        may_update=may_update,
    )
    await households.changes.begin(session, sql.CHANGED_IDS, {}, cause="import", by=by)
    try:
        await store.merge_families(session, at=at, today=clock.today())
    except IntegrityError as error:
        if households.is_about_persons(error):  # a member joined another household by hand meanwhile
            raise households.PersonElsewhere("a person was registered elsewhere meanwhile") from error
        raise
    await failpoint_async("registry.import_merged")
    await episodes.record_registered(session, sql.MONITORED, by=by, at=at)
    await households.changes.finish(session, sql.CHANGED_IDS, {}, keep_fingerprint=True)
    await households.changes.announce(session, sql.TOUCHED_IDS, {})


def _out(receipt: dict[str, Any]) -> ImportOut:
    return ImportOut.model_validate(receipt | {"import_id": str(receipt["id"])})
