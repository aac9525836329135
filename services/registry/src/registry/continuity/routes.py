"""HTTP of continuity."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Response
from pydantic import BaseModel

from contracts.fields import HOUSEHOLD, PERSON, classes
from contracts.vocabulary import FieldClass
from registry.continuity import problems, service
from registry.continuity.schemas import (
    CorrectionIn,
    HouseholdMergeIn,
    IdentityChangesOut,
    PersonMergeIn,
    RenumberIn,
    SplitIn,
)
from registry.households import service as households
from registry.wire import Keys
from servicekit.auth import Principal, requires
from servicekit.conflicts import Decision, deciding
from servicekit.db import Database, Db, Tx
from servicekit.etags import etag_of
from servicekit.problems import PreconditionFailed, PreconditionRequired, responses

router = APIRouter(tags=["households"])

_MASKED = classes(HOUSEHOLD, PERSON)
Writer = Annotated[
    Principal,
    requires("households:write", purpose="更正户和人员身份 / correct the identity of households", classes=_MASKED),
]
IfMatch = Annotated[str | None, Header(alias="If-Match", description="the household's ETag that you read")]
_OF_HOUSEHOLD = responses(
    households.HouseholdNotFound,
    households.HouseholdEnded,
    households.HouseholdExists,
    households.HouseholdInvalid,
    problems.BothHaveCases,
    problems.SameHousehold,
    PreconditionRequired,
    PreconditionFailed,
)
_OF_PERSON = responses(
    households.PersonNotFound,
    households.HouseholdEnded,
    households.HouseholdInvalid,
    households.PersonElsewhere,
    households.TooManyMatches,
    problems.SamePerson,
    PreconditionRequired,
    PreconditionFailed,
)


def _tagged(household: households.HouseholdDetail, response: Response) -> households.HouseholdDetail:
    response.headers["ETag"] = etag_of(household.version)
    return household


async def _of_person(
    database: Database, principal: Principal, person_id: UUID, change: str, body: BaseModel, if_match: str | None
) -> Decision:
    async with database.transaction() as session:
        home = await service.home_of(session, principal, str(person_id))
    return households.change_of(home, change, body, if_match, person_id=str(person_id))


@router.get("/v1/households/{household_id}/identity-changes", responses=responses(households.HouseholdNotFound))
async def list_identity_changes(
    household_id: UUID,
    session: Tx,
    principal: Annotated[
        Principal,
        requires("households:read", purpose="查看身份变更记录 / read identity changes", classes=(FieldClass.S2,)),
    ],
) -> IdentityChangesOut:
    """身份变更记录 / Give why a household and its members are the same under another number or in another household."""
    return await service.changes_of(session, principal, str(household_id))


@router.post("/v1/households/{household_id}/renumber", responses=_OF_HOUSEHOLD)
async def renumber_household(
    household_id: UUID,
    body: RenumberIn,
    database: Db,
    principal: Writer,
    keys: Keys,
    response: Response,
    if_match: IfMatch = None,
) -> households.HouseholdDetail:
    """户编号变更 / Give a household another number; its id, clues, cases and history stay."""
    decision = households.change_of(str(household_id), "renumber", body, if_match)
    async with deciding(database, principal, decision) as session:
        household = await service.renumber(session, principal, keys, str(household_id), body, if_match)
    return _tagged(household, response)


@router.post("/v1/households/{household_id}/merge", responses=_OF_HOUSEHOLD)
async def merge_household(
    household_id: UUID,
    body: HouseholdMergeIn,
    database: Db,
    principal: Writer,
    response: Response,
    if_match: IfMatch = None,
) -> households.HouseholdDetail:
    """并户 / Merge a household into another one, which is given; members, clues and cases go along."""
    decision = households.change_of(str(household_id), "merge", body, if_match)
    async with deciding(database, principal, decision) as session:
        household = await service.merge_household(session, principal, str(household_id), body, if_match)
    return _tagged(household, response)


@router.post("/v1/households/{household_id}/split", status_code=201, responses=_OF_HOUSEHOLD)
async def split_household(
    household_id: UUID,
    body: SplitIn,
    database: Db,
    principal: Writer,
    response: Response,
    if_match: IfMatch = None,
) -> households.HouseholdDetail:
    """分户 / Let members found a household of their own, which is given; they stay the same persons."""
    decision = households.change_of(str(household_id), "split", body, if_match)
    async with deciding(database, principal, decision) as session:
        founded = await service.split(session, principal, str(household_id), body, if_match)
    response.headers["Location"] = f"/v1/households/{founded.id}"
    return _tagged(founded, response)


@router.post("/v1/persons/{person_id}/correction", responses=_OF_PERSON)
async def correct_person(
    person_id: UUID,
    body: CorrectionIn,
    database: Db,
    principal: Writer,
    registrar: households.matches.Registrar,
    response: Response,
    if_match: IfMatch = None,
) -> households.HouseholdDetail:
    """证件信息更正 / Correct a person's number, name, birth date or sex; the person stays the same."""
    decision = await _of_person(database, principal, person_id, "correction", body, if_match)
    async with registrar.counted(principal, "correction"), deciding(database, principal, decision) as session:
        household = await service.correct(session, principal, registrar.keys, str(person_id), body, if_match)
    return _tagged(household, response)


@router.post("/v1/persons/{person_id}/merge", responses=_OF_PERSON)
async def merge_person(
    person_id: UUID,
    body: PersonMergeIn,
    database: Db,
    principal: Writer,
    response: Response,
    if_match: IfMatch = None,
) -> households.HouseholdDetail:
    """人员记录合并 / Merge a record into the other one of the same person, whose household is given."""
    decision = await _of_person(database, principal, person_id, "merge", body, if_match)
    async with deciding(database, principal, decision) as session:
        household = await service.merge_person(session, principal, str(person_id), body, if_match)
    return _tagged(household, response)
