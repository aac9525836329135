"""HTTP of the caller's own page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from contracts.vocabulary import FieldClass
from registry.me import service
from registry.me.schemas import MeOut
from registry.wire import Settings
from servicekit.auth import Principal, requires
from servicekit.db import Tx

router = APIRouter(tags=["me"])

# What every role has one of: nobody needs a right to hear who one is.
Anybody = Annotated[
    Principal, requires("areas:read", "audit:read", purpose="查看本人身份 / see who one is", classes=(FieldClass.S2,))
]


@router.get("/v1/me")
async def read_me(session: Tx, principal: Anybody, settings: Settings) -> MeOut:
    """本人 / Who calls: name, unit, terms, areas, grid, and what is left of the day's looks at unmasked data."""
    return await service.show(session, principal, settings.unmask_per_day)
