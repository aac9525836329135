"""Reading a file of the roster: rows are checked against what they may meet, and written chunk by chunk, set by set."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.area_vocabulary import PlaceKind
from contracts.errors import FieldError
from contracts.staff import ROLES
from contracts.vocabulary import StaffRole
from intake.declared import Format
from intake.lines import Lines, reader_of
from intake.notes import Note
from intake.text import Chunk
from registry.places import service as places
from registry.roster import file_store, store
from registry.roster.book import Book, Held, Person, unit_of
from registry.roster.file_rows import LAYOUT, StaffRow, fault, read_row
from registry.roster.people import contact_place
from registry.roster.refusals import BY_CONSTRAINT
from registry.terms import Term
from servicekit import clock, ids, locks
from servicekit.auth import Principal
from servicekit.crypto import FieldCipher
from servicekit.identity import mask_phone

_SINGLE = [role.value for role, rule in ROLES.items() if rule.is_single]
_WHY = "批量导入 / a file"


class Rejected(NamedTuple):
    """One thing wrong with a line; of a workbook with the sheet and its row."""

    line: int
    fault: FieldError
    sheet: str | None
    sheet_row: int | None


Reject = Callable[[Sequence[Rejected]], Awaitable[None]]


async def import_file(
    session: AsyncSession,
    principal: Principal,
    cipher: FieldCipher,
    file_format: Format,
    chunks: AsyncIterator[Chunk],
    notes: list[Note],
    reject: Reject,
) -> dict[str, Any]:
    """Import a file of the roster: what is right is taken, lines that are wrong come back and change nothing.

    Args:
        notes: Takes what the sender should know of the file.
        reject: Takes the lines that are wrong.

    Returns:
        The columns of `import_run` that say what became of it.

    Raises:
        Conflict: somebody changed the roster by hand meanwhile; the same file can be imported again.
        RefusedError: the file as a whole cannot be used.
    """
    await locks.lock(session, locks.Lock.ROSTER)
    reader = reader_of(file_format, LAYOUT)
    codes: dict[str, int] = {}
    created: set[UUID] = set()
    changed: set[UUID] = set()
    seen: set[UUID] = set()
    lines_rejected = 0
    found: dict[Note, None] = {}
    sheets: dict[int, str] = {}
    async for chunk in chunks:
        if chunk.sheet:
            sheets[chunk.sheet_line] = chunk.sheet
        taken = reader.take(chunk)
        if taken is None:
            continue
        lines = await asyncio.to_thread(taken.read)
        found |= dict.fromkeys(sorted(lines.notes))
        rows, wrong = _rows(lines)
        book = await _book(session, principal, cipher, rows)
        for row in rows:
            faults = book.take(row)
            if faults:
                wrong.append((row.line, faults))
        await _write(session, principal, cipher, book)
        created |= {person.id for person in book.people if person.is_new}
        changed |= {person.id for person in book.people if person.is_changed and not person.is_new}
        seen |= {person.id for person in book.people if person.line is not None}
        lines_rejected += len({line for line, _ in wrong})
        rejected = [_placed(line, each, sheets) for line, faults in sorted(wrong) for each in faults]
        for each in rejected:
            codes[each.fault.code] = codes.get(each.fault.code, 0) + 1
        await reject(rejected)
    reader.end()
    notes += [*reader.notes, *found]
    changed -= created
    await store.announce(session, sorted(created | changed))
    return {
        "created": len(created),
        "updated": len(changed),
        "unchanged": len(seen - created - changed),
        "persons": len(seen),
        "rows_rejected": lines_rejected,
        "reject_codes": codes,
    }


def _rows(lines: Lines) -> tuple[list[StaffRow], list[tuple[int, list[FieldError]]]]:
    wrong = [(number, [fault(code)]) for number, _, code in lines.broken]
    rows: list[StaffRow] = []
    for number, cells in zip(lines.line_no, lines.cells.iter_rows(named=True), strict=True):
        row = read_row(number, cells)
        if isinstance(row, StaffRow):
            rows.append(row)
        else:
            wrong.append((number, row))
    return rows, wrong


def _placed(line: int, wrong: FieldError, sheets: dict[int, str]) -> Rejected:
    first = max((start for start in sheets if start <= line), default=None)
    return Rejected(line, wrong, *((None, None) if first is None else (sheets[first], line - first + 1)))


def _said(rows: Sequence[StaffRow], *names: str) -> Collection[str]:
    return sorted({value for row in rows for name in names if (value := getattr(row, name)) is not None})


async def _book(session: AsyncSession, principal: Principal, cipher: FieldCipher, rows: Sequence[StaffRow]) -> Book:
    """Give what these rows may meet; the people are locked."""
    own = principal.area_clause("u.area_code")
    areas = await file_store.valid(session, _said(rows, "area_code", "unit_area_code"))
    units = await file_store.units(session, own, _said(rows, "unit_name"), areas)
    unnumbered = [row for row in rows if row.staff_no is None]
    people = [
        Person(
            row.id,
            row.staff_no,
            row.name,
            row.unit_id,
            is_active=row.is_active,
            is_own=row.is_own,
            phone=cipher.decrypt(row.contact, contact_place(row.id)) if row.contact and row.is_own else None,
        )
        for row in await file_store.people(
            session, own, _said(rows, "staff_no"), _said(unnumbered, "name"), _said(unnumbered, "unit_name")
        )
    ]
    by_id = {person.id: person for person in people}
    single: dict[tuple[UUID, StaffRole], list[tuple[UUID, Term]]] = {}
    for row in await file_store.terms(session, [*by_id], [unit.id for unit in units], _SINGLE):
        term = Term(StaffRole(row.role), row.area_code, row.first_on, row.last_on, row.grid)
        if row.role in _SINGLE:
            single.setdefault((row.unit_id, term.role), []).append((row.staff_id, term))
        if row.staff_id in by_id:
            by_id[row.staff_id].terms.append(Held(row.id, row.unit_id, term))
    owners: dict[tuple[str, str], UUID] = {}
    for row in await file_store.accounts(session, [*by_id], _said(rows, "subject")):
        owners[row.issuer, row.subject] = row.staff_id
        if row.staff_id in by_id:
            by_id[row.staff_id].accounts[row.issuer] = row.subject
    return Book(
        today=clock.today(),
        covers=principal.covers,
        new_id=lambda: UUID(ids.new_id()),
        areas=areas,
        units=[unit_of(row.id, row.kind, row.name, row.area_code, row.department) for row in units],
        people=people,
        owners=owners,
        single=single,
        unknown_grids=await places.unknown_names(
            session, PlaceKind.GRID, {(row.area_code, row.grid) for row in rows if row.area_code and row.grid}
        ),
    )


async def _write(session: AsyncSession, principal: Principal, cipher: FieldCipher, book: Book) -> None:
    stamp = {"at": clock.now(), "by": principal.actor}
    touched = [person for person in book.people if person.is_new or person.is_changed]
    held = [(person, each) for person in touched for each in person.terms]
    fresh = [_term_row(person, each) for person, each in held if each.is_new]
    ended = [_term_row(person, each) for person, each in held if each.is_changed and not each.is_new]
    accounts = [
        {"id": ids.new_id(), "staff_id": person.id, "issuer": issuer, "subject": subject}
        for person in touched
        for issuer, subject in person.new_accounts
    ]
    try:
        await file_store.keep(session, "unit", [_unit_row(unit) for unit in book.units if unit.is_new], **stamp)
        await file_store.keep(session, "staff", [_person_row(cipher, person) for person in touched], **stamp)
        await file_store.keep(session, "staff_account", accounts, **stamp)
        await file_store.keep(session, "ended", ended, why=_WHY, **stamp)
        await file_store.keep(session, "appointment", fresh, **stamp)
    except IntegrityError as error:
        name = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        if name in BY_CONSTRAINT:
            raise BY_CONSTRAINT[name]("somebody changed the roster meanwhile") from error
        raise


def _unit_row(unit: Any) -> dict[str, Any]:
    place = unit.place
    return {"id": unit.id, "name": unit.name, "kind": place.kind, "area_code": place.area_code,
            "department": place.department}  # fmt: skip


def _person_row(cipher: FieldCipher, person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "staff_no": person.staff_no,
        "name": person.name,
        "unit_id": person.unit_id,
        "contact": cipher.encrypt(person.phone, contact_place(person.id)) if person.phone else None,
        "phone_masked": mask_phone(person.phone) if person.phone else None,
    }


def _term_row(person: Person, held: Held) -> dict[str, Any]:
    term = held.term
    return {
        "id": held.id,
        "staff_id": person.id,
        "unit_id": held.unit_id,
        "role": term.role.value,
        "area_code": term.area_code,
        "grid": term.grid,
        "first_on": term.first_on,
        "last_on": term.last_on,
    }
