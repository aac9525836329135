"""HTTP of visits and contacts."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from contracts.vocabulary import FieldClass
from registry.campaigns import service as campaigns
from registry.contacts import service
from registry.contacts.problems import ContactInvalid
from registry.contacts.schemas import ContactIn, ContactOut, ContactPage, ContactQuery
from registry.households import service as households
from registry.roster import service as roster
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.db import Tx
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.paging import read_cursor
from servicekit.problems import responses

router = APIRouter(tags=["contacts"])

Reader = Annotated[
    Principal,
    requires("staff:read", purpose="查看走访与联系 / read visits and contacts", classes=(FieldClass.S2, FieldClass.S3)),
]
Writer = Annotated[
    Principal,
    requires(
        "contacts:write", purpose="登记走访与联系 / record visits and contacts", classes=(FieldClass.S2, FieldClass.S3)
    ),
]


@router.get("/v1/contacts", responses=responses(OutsideArea))
async def list_contacts(session: Tx, principal: Reader, query: Annotated[ContactQuery, Query()]) -> ContactPage:
    """查询走访与联系记录 / List visits of the caller's households and contacts with them (F-G07)."""
    return await service.page(session, principal, query, read_cursor(query.cursor, UUID))


@router.post(
    "/v1/contacts",
    status_code=201,
    responses=responses(
        households.HouseholdNotFound,
        households.HouseholdEnded,
        roster.StaffNotFound,
        campaigns.CampaignNotFound,
        campaigns.CampaignCancelled,
        ContactInvalid,
        KeyReused,
    ),
)
async def record_contact(
    body: ContactIn, session: Tx, principal: Writer, key: Annotated[IdempotencyKey, Depends()], response: Response
) -> ContactOut:
    """登记走访或联系 / Keep that somebody was at a household, or in touch with it: when, how and what was seen.

    With `campaign_id` it is the result of the household's task in that campaign. Each of `risk_types` goes to the
    township as a clue.
    """

    async def create() -> ContactOut:
        return await service.record(session, principal, body)

    return await key.once(session, principal, "POST /v1/contacts", body, create, ContactOut, response)
