"""HTTP of policy profiles."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query

from contracts.vocabulary import FieldClass
from registry.policy import service
from registry.policy.problems import ProfileInvalid, ProfileNotFound
from registry.policy.schemas import ProfileIn, ProfileOut
from servicekit import clock
from servicekit.auth import OutsideArea, Principal, requires
from servicekit.db import Tx
from servicekit.problems import responses

router = APIRouter(prefix="/v1/policy-profiles", tags=["policy"])

Region = Annotated[str, Path(pattern=r"^[0-9]{12}$", description="area code; 000000000000 is the nation")]


@router.get("/{region}", responses=responses(OutsideArea, ProfileNotFound))
async def get_profile(
    region: Region,
    session: Tx,
    principal: Annotated[
        Principal, requires("policy:read", purpose="读取政策参数 / read the policy", classes=(FieldClass.S1,))
    ],
    on: Annotated[date | None, Query(description="day; default today")] = None,
) -> ProfileOut:
    """Give the profile that holds for a region on a day: its own, or its nearest ancestor's (F-A15)."""
    return await service.show(session, principal, region, on or clock.today())


@router.put("/{region}", responses=responses(ProfileInvalid))
async def put_profile(
    region: Region,
    body: ProfileIn,
    session: Tx,
    principal: Annotated[
        Principal, requires("policy:write", purpose="调整政策参数 / change the policy", classes=(FieldClass.S1,))
    ],
) -> ProfileOut:
    """Record a new version of a region's profile; earlier versions stay. It takes effect on `effective_from`."""
    return await service.put(session, principal, region, body)
