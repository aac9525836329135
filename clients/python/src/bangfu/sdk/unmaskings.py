"""Seeing many in full: asked by one person, confirmed by another."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any

from bangfu.sdk.http import Resource
from bangfu.sdk.models import Answer


class UnmaskingRequest(Answer):
    """What somebody asked to see of many, and what another person said."""

    id: str
    state: str
    area_code: str
    persons: int
    fields: list[str]
    reason: str
    requested_by: str
    expires_at: datetime
    confirmed_by: str | None = None
    ended_by: str | None = None
    note: str | None = None


class Unmasked(Answer):
    """A person of a confirmed request; what was not asked for is None."""

    person_id: str
    household_id: str
    hh_no: str
    area_code: str
    name: str | None = None
    id_no: str | None = None
    phone: str | None = None
    address: str | None = None


class QuotaAlert(Answer):
    """Somebody came near a day's number of looks at unmasked data (near), or used it up (used_up)."""

    id: str
    actor: str
    client_id: str
    kind: str
    state: str
    taken: int
    per_day: int
    raised_at: datetime


class Unmaskings(Resource):
    """`/v1/unmaskings`, `/v1/quota-alerts`: names, numbers and addresses of many, and who looked at much."""

    async def ask(self, wanted: Mapping[str, Any], *, key: str | None = None) -> UnmaskingRequest:
        """Ask to see many in full; a second person confirms it."""
        return await self._http.post("/v1/unmaskings", dict(wanted), UnmaskingRequest, key=key)

    def list(self, *, area: str | None = None, state: str | None = None) -> AsyncIterator[UnmaskingRequest]:
        """Yield what was asked, the newest first."""
        return self._http.items("/v1/unmaskings", UnmaskingRequest, area=area, state=state)

    async def decide(self, request_id: str, *, agrees: bool, note: str) -> UnmaskingRequest:
        """Confirm or refuse a request as the second person, or take your own back."""
        body = {"agrees": agrees, "note": note}
        return await self._http.post(f"/v1/unmaskings/{request_id}/decision", body, UnmaskingRequest)

    def read(self, request_id: str, *, limit: int = 50) -> AsyncIterator[Unmasked]:
        """Yield whom your confirmed request is about; each page is recorded and counted as it is fetched."""
        return self._http.items(f"/v1/unmaskings/{request_id}/persons", Unmasked, limit=limit)

    async def table(self, request_id: str) -> bytes:
        """Give all of them as CSV (UTF-8 with a mark)."""
        path = f"/v1/unmaskings/{request_id}/persons"
        return (await self._http.request("GET", path, params={"format": "csv"})).content

    def quota_alerts(self, *, area: str | None = None, actor: str | None = None) -> AsyncIterator[QuotaAlert]:
        """Yield who came near a day's number of looks at unmasked data, or used it up, the newest first."""
        return self._http.items("/v1/quota-alerts", QuotaAlert, area=area, actor=actor)
