"""Somebody of the roster, and the gateway at which an application acts for him."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson

from contracts import topics
from contracts.envelope import CloudEvent, envelope_of
from contracts.registry import Account, Appointment, StaffChanged
from contracts.vocabulary import StaffRole, UnitKind
from servicekit import clock
from servicekit.bus.port import OutMessage
from servicekit.ids import new_id

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
COUNTY, TOWN, OTHER_COUNTY = "990101000000", "990101101000", "990102000000"
APP_SCOPES = ["areas:read", "clues:read", "clues:verify", "episodes:write", "clients:manage", "audit:read"]
ELSEWHERE = "127.0.0.2"


@dataclass
class Somebody:
    """A person of the roster, as the registry would announce them."""

    account: str
    issuer: str
    staff_id: str = field(default_factory=new_id)
    version: int = 0
    is_active: bool = True
    terms: list[Appointment] = field(default_factory=list)
    has_account: bool = True

    def with_term(self, role: StaffRole = StaffRole.TOWN, **changes: Any) -> Somebody:
        given = {
            "appointment_id": new_id(), "role": role, "unit_id": new_id(), "department": None, "area_code": TOWN,
            "grid": None, "first_on": clock.today() - timedelta(days=10), "last_on": None,
        }  # fmt: skip
        self.terms.append(Appointment(**(given | changes)))
        return self

    def event(self) -> StaffChanged:
        return StaffChanged(
            staff_id=self.staff_id, version=self.version, is_active=self.is_active, unit_id=new_id(),
            unit_kind=UnitKind.TOWN, unit_area_code=TOWN, department=None, appointments=self.terms,
            accounts=[Account(issuer=self.issuer, subject=self.account)] if self.has_account else [],
        )  # fmt: skip


@dataclass
class Office:
    """The gateway with its worker, the bus, and the issuer at which people sign in."""

    gateway: Any
    bus: Any
    issuer: Any
    until: Callable[..., Awaitable[None]]

    def somebody(self) -> Somebody:
        return Somebody(f"u-{new_id()}", self.issuer.url)

    async def say(self, event: CloudEvent[StaffChanged]) -> None:
        """Publish an event of the registry's."""
        body = orjson.dumps(event.model_dump(mode="json"))
        await self.bus.publish([OutMessage(topics.STAFF.name, event.data.staff_id, body)])

    async def announce(self, person: Somebody) -> Somebody:
        """Tell the gateway of a person over the bus, and wait until it knows."""
        person.version += 1
        event = envelope_of(person.event(), event_id=new_id(), source="/bangfu/registry", at=datetime.now(UTC))
        await self.say(event)

        async def known() -> bool:
            found = await self.gateway.database.read(
                "SELECT version FROM staff WHERE staff_id = CAST(:id AS uuid)", {"id": person.staff_id}
            )
            return found == [(person.version,)]

        await self.until(known, "the roster's event at the gateway")
        return person

    async def ask(self, token: str, *, client: str = "town-app", **form: Any) -> httpx.Response:
        given = {"grant_type": EXCHANGE, "subject_token": token, "subject_token_type": ACCESS_TOKEN} | form
        async with self.http() as http:
            return await http.post("/oauth2/token", data=given, auth=(client, self.gateway.secrets[client]))

    async def token_for(self, person: Somebody, **form: Any) -> str:
        answer = await self.ask(self.issuer.token(person.account), **form)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def http(self, token: str | None = None, *, source: str = "127.0.0.1") -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        transport = httpx.AsyncHTTPTransport(local_address=source)
        return httpx.AsyncClient(base_url=self.gateway.url, headers=headers, timeout=30, transport=transport)


def claims_of(token: str) -> dict[str, Any]:
    return dict(json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "==")))
