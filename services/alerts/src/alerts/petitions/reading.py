"""Reading petitions and public opinion: the list, its counts, one item by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from alerts.directory import service as directory
from alerts.petitions import rules, store
from alerts.petitions.problems import PetitionNotFound
from alerts.petitions.rules import Case
from alerts.petitions.schemas import (
    PetitionClueOut,
    PetitionCount,
    PetitionCounts,
    PetitionDetail,
    Petitioner,
    PetitionFilter,
    PetitionOut,
    PetitionPage,
    PetitionQuery,
    PetitionStepOut,
)
from alerts.petitions.tables import Petition
from contracts.supervision import PetitionCategory, PetitionSource, PetitionState
from contracts.vocabulary import ClueState, Department
from servicekit import areas, clock
from servicekit.auth import Principal
from servicekit.crypto import FieldCipher
from servicekit.paging import encode_cursor


async def read(session: AsyncSession, principal: Principal, petition_id: str, cipher: FieldCipher) -> PetitionDetail:
    """Give an item with all that became of it.

    Raises:
        PetitionNotFound
    """
    return await detail(session, principal, await visible(session, principal, petition_id), cipher)


async def list_page(
    session: AsyncSession, principal: Principal, wanted: PetitionQuery, before: str | None
) -> PetitionPage:
    """Give a page of the items that the caller may see, the newest first.

    Raises:
        OutsideArea: the area is not the caller's.
    """
    found, total = await store.page(session, principal, wanted, clock.today(), before=before, limit=wanted.limit + 1)
    shown = found[: wanted.limit]
    names = await _names(session, shown)
    return PetitionPage(
        items=[PetitionOut.model_validate(_seen(petition, names)) for petition in shown],
        total=total,
        next_cursor=encode_cursor([shown[-1].id]) if len(found) > wanted.limit else None,
    )


async def counts(session: AsyncSession, principal: Principal, wanted: PetitionFilter) -> PetitionCounts:
    """Count the items that the caller may see, by category, source, state and area of the next level.

    Raises:
        OutsideArea: the area is not the caller's.
    """
    rows = await store.counts(session, principal, wanted, clock.today())
    names = await directory.names_of(session, {row["area_code"] for row in rows})
    return PetitionCounts(items=[PetitionCount(**row, area_name=names.get(row["area_code"])) for row in rows])


async def detail(
    session: AsyncSession, principal: Principal, petition: Petition, cipher: FieldCipher
) -> PetitionDetail:
    """Give an item as it is shown by itself: of whoever asked only to those who deal with it."""
    is_withheld = not await _deals_with(session, principal, petition)
    known = None
    if petition.petitioner is not None and not is_withheld:
        known = orjson.loads(cipher.decrypt(petition.petitioner, store.petitioner_place(petition.id)))
    clue = await store.clue_of(session, petition.clue_source_id) if petition.clue_source_id is not None else None
    rest = {
        "is_withheld": is_withheld,
        "petitioner": Petitioner.model_validate(known) if known is not None else None,
        "clue": PetitionClueOut(**clue, state_label=ClueState(clue["state"]).label) if clue else None,
        "steps": [
            PetitionStepOut.model_validate(step, from_attributes=True)
            for step in await store.steps(session, petition.id)
        ],
    }
    if is_withheld:
        rest |= {"summary": None, "household_id": None}
    return PetitionDetail.model_validate(_seen(petition, await _names(session, [petition])) | rest)


async def _deals_with(session: AsyncSession, principal: Principal, petition: Petition) -> bool:
    if petition.registered_by == principal.actor:
        return True
    for duty_id in rules.duties(case(petition)):
        if await store.holder(session, duty_id) == principal.actor:
            return True
    return False


async def _names(session: AsyncSession, found: Sequence[Petition]) -> dict[str, str]:
    wanted = {code for petition in found for code in _path(petition.area_code)}
    return await directory.names_of(session, wanted) if wanted else {}


def _path(code: str) -> list[str]:
    return list(dict.fromkeys((areas.county_of(code), areas.town_of(code), code)))


def _seen(petition: Petition, names: Mapping[str, str]) -> dict[str, object]:
    return petition.model_dump() | {
        "area_names": [names[code] for code in _path(petition.area_code) if code in names],
        "source_label": PetitionSource(petition.source).label,
        "category_label": PetitionCategory(petition.category).label,
        "state_label": PetitionState(petition.state).label,
        "is_overdue": petition.state == PetitionState.OPEN and petition.due_on < clock.today(),
        "has_clue": petition.clue_source_id is not None,
        "duty_id": next(iter(rules.duties(case(petition))), None),
    }


def case(petition: Petition) -> Case:
    """Give what of an item duties hang on."""
    return Case(**{name: getattr(petition, name) for name in Case.__slots__})


async def visible(session: AsyncSession, principal: Principal, petition_id: str, *, lock: bool = False) -> Petition:
    """Give an item of the caller's areas and department; who keeps petitions and hotlines sees all of its areas.

    Raises:
        PetitionNotFound
    """
    petition = await store.get(session, petition_id, lock=lock)
    seeing = (None, Department.PET, petition.department if petition else None)
    if petition is None or not principal.covers(petition.area_code) or principal.department not in seeing:
        raise PetitionNotFound("no such item within your reach")
    return petition
