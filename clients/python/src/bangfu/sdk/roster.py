"""Units, people, accounts and terms."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import date
from typing import Any

from bangfu.sdk.http import Resource
from bangfu.sdk.models import Answer, Staff, Unit
from bangfu.sdk.registry import Importing


class Units(Resource):
    """`/v1/units`: where staff belong."""

    def list(
        self, *, area: str | None = None, kind: str | None = None, active: bool | None = None
    ) -> AsyncIterator[Unit]:
        """Yield the units of an area, by area."""
        return self._http.items("/v1/units", Unit, area=area, kind=kind, active=active)

    async def create(self, unit: Mapping[str, Any], *, key: str | None = None) -> Unit:
        """Register a unit."""
        return await self._http.post("/v1/units", dict(unit), Unit, key=key)

    async def get(self, unit_id: str) -> tuple[Unit, str]:
        """Read a unit with the ETag that a change must name."""
        return await self._http.versioned("GET", f"/v1/units/{unit_id}", Unit)

    async def change(self, unit_id: str, change: Mapping[str, Any], *, etag: str) -> tuple[Unit, str]:
        """Rename a unit, end it or take it back."""
        return await self._http.versioned("PATCH", f"/v1/units/{unit_id}", Unit, dict(change), etag=etag)


class Roster(Importing):
    """`/v1/staff`, `/v1/appointments`: people, their accounts and their terms."""

    _imports = "/v1/staff/import"

    async def template(self) -> bytes:
        """Download the empty form of a file of the roster, as CSV."""
        return (await self._http.request("GET", "/v1/staff/import/template")).content

    def list(
        self, *, area: str | None = None, role: str | None = None, on: date | None = None, active: bool | None = None
    ) -> AsyncIterator[Staff]:
        """Yield people by unit area, with the terms that run on a day (today)."""
        day = on and on.isoformat()
        return self._http.items("/v1/staff", Staff, area=area, role=role, on=day, active=active)

    async def create(self, person: Mapping[str, Any], *, key: str | None = None) -> Staff:
        """Put somebody on the roster; the id stands wherever this person is named."""
        return await self._http.post("/v1/staff", dict(person), Staff, key=key)

    async def get(self, staff_id: str) -> tuple[Staff, str]:
        """Read somebody with every term, and the ETag that a change must name."""
        return await self._http.versioned("GET", f"/v1/staff/{staff_id}", Staff)

    async def change(self, staff_id: str, change: Mapping[str, Any], *, etag: str) -> tuple[Staff, str]:
        """Change somebody, or switch the person off."""
        return await self._http.versioned("PATCH", f"/v1/staff/{staff_id}", Staff, dict(change), etag=etag)

    async def link(self, staff_id: str, *, issuer: str, subject: str) -> Staff:
        """Say which account is somebody's."""
        return await self._http.post(f"/v1/staff/{staff_id}/accounts", {"issuer": issuer, "subject": subject}, Staff)

    async def unlink(self, staff_id: str, account_id: str) -> Staff:
        """Say that an account is somebody's no more."""
        return await self._http.call("DELETE", f"/v1/staff/{staff_id}/accounts/{account_id}", Staff)

    async def appoint(self, staff_id: str, appointment: Mapping[str, Any], *, key: str | None = None) -> Staff:
        """Give somebody a term in a role."""
        return await self._http.post(f"/v1/staff/{staff_id}/appointments", dict(appointment), Staff, key=key)

    async def end(self, appointment_id: str, *, last_on: date, reason: str) -> Staff:
        """Say when a term ends, and why."""
        body = {"last_on": last_on.isoformat(), "reason": reason}
        return await self._http.post(f"/v1/appointments/{appointment_id}/end", body, Staff)

    async def rotate(
        self, staff_id: str, rotation: Mapping[str, Any], *, dry_run: bool = False, key: str | None = None
    ) -> Answer:
        """End a helper's term and hand the households over, or say which of them nobody would help."""
        return await self._http.call(
            "POST",
            f"/v1/staff/{staff_id}/rotation",
            Answer,
            params={"dry_run": True} if dry_run else None,
            json=dict(rotation),
            headers={"Idempotency-Key": key} if key else None,
        )


class Pairings(Resource):
    """`/v1/pairings`, `/v1/contacts`: who helps which household; who visited it, or was in touch with it."""

    def list(
        self,
        *,
        area: str | None = None,
        household_id: str | None = None,
        staff_id: str | None = None,
        current: bool | None = None,
    ) -> AsyncIterator[Answer]:
        """Yield pairings, the history included, in the order in which they were told."""
        return self._http.items(
            "/v1/pairings", Answer, area=area, household_id=household_id, staff_id=staff_id, current=current
        )

    def orphans(self, *, area: str | None = None) -> AsyncIterator[Answer]:
        """Yield monitored households that nobody helps today."""
        return self._http.items("/v1/pairings/orphans", Answer, area=area)

    async def create(self, pairing: Mapping[str, Any], *, key: str | None = None) -> Answer:
        """Let somebody help a household from a day on; `replaces` names the pairing that ends then."""
        return await self._http.post("/v1/pairings", dict(pairing), Answer, key=key)

    async def end(self, pairing_id: str, *, until_on: date, reason: str) -> Answer:
        """Say that nobody helps a household any more that is not monitored."""
        body = {"until_on": until_on.isoformat(), "reason": reason}
        return await self._http.post(f"/v1/pairings/{pairing_id}/end", body, Answer)

    def contacts(self, **filters: Any) -> AsyncIterator[Answer]:
        """Yield visits and contacts, newest told first: area, household_id, staff_id, campaign_id."""
        return self._http.items("/v1/contacts", Answer, **filters)

    async def record_contact(self, contact: Mapping[str, Any], *, key: str | None = None) -> Answer:
        """Keep that somebody visited a household, or was in touch with it: what was seen, for which campaign."""
        return await self._http.post("/v1/contacts", dict(contact), Answer, key=key)
