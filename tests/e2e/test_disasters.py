"""A disaster to its end, through the gateway: declared, helped first, the procedure after, debts paid, closed."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bangfu_local.embedded import ClientSpec, EmbeddedSystem, standard_clients, township_client
from bangfu_local.embedded.clients import village_client
from step_records import SCAN, record_for

from .conftest import token_of
from .test_following import AREAS, COUNTY, QUIET, TOWN, until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

TOWNSHIP, COLLECTOR = township_client(TOWN).client_id, village_client(QUIET).client_id
READ = ("clues:read", "households:read", "areas:read")
CLIENTS = (
    ClientSpec("flood-office", "县监测员", (*READ, "disasters:write"), areas=(COUNTY,)),
    ClientSpec("lead-group", "县委农村工作领导小组", ("episodes:read", "episodes:expedite"), areas=(COUNTY,)),
)


class Journey:
    """A disaster and a household that it hit, as the clients see them."""

    def __init__(self, system: EmbeddedSystem, gateway: httpx.AsyncClient) -> None:
        self.system, self.gateway = system, gateway
        self.home = self.place = self.row = self.episode = ""

    @property
    def today(self) -> date:
        return self.system.clock.today()

    async def ask(self, who: str, method: str, path: str, **more: Any) -> httpx.Response:
        token = await token_of(self.system, self.gateway, who)
        headers = {"Authorization": f"Bearer {token}"} | more.pop("headers", {})
        return await self.gateway.request(method, path, headers=headers, **more)

    async def done(self, who: str, method: str, path: str, **more: Any) -> httpx.Response:
        """Send a request that must succeed."""
        answer = await self.ask(who, method, path, **more)
        assert answer.status_code < 300, f"{who} {method} {path}: {answer.text}"
        return answer

    async def decide(self, who: str, path: str, what: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send a decision with the ETag of what its client reads."""
        etag = (await self.done(who, "GET", path)).headers["etag"]
        return dict((await self.done(who, "POST", f"{path}/{what}", json=body, headers={"If-Match": etag})).json())

    async def step(self, who: str, to: str, *actors: str, **changes: Any) -> dict[str, Any]:
        path = f"/v1/episodes/{self.episode}"
        state = (await self.done(who, "GET", path)).json()["state"]
        body = {"to": to, "occurred_on": self.today.isoformat(), "actors": actors or ["v-1", "v-2"]}
        record = record_for(state, to, self.today) | changes
        return await self.decide(who, path, "transitions", body | {"record": record})

    async def affected(self) -> dict[str, Any]:
        return dict((await self.done("flood-office", "GET", self.row)).json())

    async def register(self) -> None:
        csv = {"Content-Type": "text/csv"}
        begun = await self.done("bureau", "POST", "/v1/areas/import", content=AREAS.encode(), headers=csv)
        await self.done("bureau", "GET", begun.headers["location"], params={"wait_s": 50})
        head = {"person_no": "99FLOOD0101", "name": "李受灾", "birth_date": "1970-01-01", "sex": "1", "labour": "1"}
        members = [head | {"relation": "head"}]
        body = {"hh_no": "99FLOOD01", "village_code": QUIET, "hh_type": "1", "members": members}
        self.home = (await self.done("bureau", "POST", "/v1/households", json=body)).json()["id"]
        place = f"/v1/households/{self.home}/attachments/{hashlib.sha256(SCAN).hexdigest()}"
        await self.done(COLLECTOR, "PUT", place, content=SCAN, headers={"Content-Type": "application/pdf"})

    async def declare(self) -> str:
        """Declare the disaster and take the household in; give its clue."""
        said = {"kind": "0201", "name": "丙镇山洪", "areas": [TOWN], "from_on": self.today.isoformat()}
        declared = await self.done("flood-office", "POST", "/v1/disasters", json=said | {"source": "department"})
        self.place = declared.headers["location"]
        hit = {"items": [{"household_id": self.home, "house_damage": "collapsed", "loss": "68000.00"}]}
        clue = ""

        async def taken() -> bool:
            nonlocal clue
            answer = (await self.done("flood-office", "POST", f"{self.place}/households", json=hit)).json()
            (item,) = answer["items"]
            self.row, clue = f"{self.place}/households/{item['affected_id']}", str(item["clue_id"])
            return str(item["result"]) != "unknown"  # the register's snapshot is on its way

        await until(taken)
        return clue

    async def confirm(self, clue: str) -> None:
        """Two verify on the spot; the registry opens the episode."""
        said = {"result": "confirmed_identify", "verifiers": ["s-1", "s-2"], "visited_on": self.today.isoformat()}
        await self.decide(TOWNSHIP, f"/v1/clues/{clue}", "verification", said)

        async def opened() -> bool:
            found = (await self.done(TOWNSHIP, "GET", "/v1/episodes", params={"household_id": self.home})).json()
            self.episode = found["items"][0]["id"] if found["items"] else ""
            return bool(self.episode)

        await until(opened)

    async def give(self) -> None:
        """A measure before the procedure: refused, and taken once the channel is open."""
        place = f"/v1/episodes/{self.episode}"
        measure = {
            "category": "M05", "item": "过渡安置", "risk_types": ["02"], "responsible_department": "HOU",
            "responsible_person": "h-1", "planned_on": self.today.isoformat(),
        }  # fmt: skip
        early = await self.ask(TOWNSHIP, "POST", f"{place}/measures", json=measure)
        assert early.json()["code"] == "registry.plan.not_monitored"
        await self.step(COLLECTOR, "VISITED")
        await self.decide(COLLECTOR, place, "green-channel", {"reason": "住房倒塌,急需安置"})
        agreed = {"decision": "approved", "opinion": "情况属实,先行安置"}
        channel = (await self.decide("lead-group", place, "green-channel/decision", agreed))["green_channel"]
        assert (channel["phase"], channel["debts"][0]["state"], channel["debts"][-1]["state"]) == (
            "open", "COMPARED", "MONITORED",
        )  # fmt: skip
        planned = await self.done(TOWNSHIP, "POST", f"{place}/measures", json=measure)
        done = {"state": "implemented", "implemented_on": self.today.isoformat(), "evidence": "HOU-1"}
        await self.done("bureau", "PATCH", planned.headers["location"], json=done)

    async def pay(self) -> None:
        """The procedure after: every missing step, over the days of the notice."""
        for to in ("COMPARED", "REVIEWED", "PUBLICISED"):
            await self.step(COLLECTOR, to)
        self.system.clock.forward(timedelta(days=6))
        await self.step(TOWNSHIP, "TOWN_AUDITED", "t-1")
        await self.step("bureau", "COUNTY_APPROVED", "c-1", category="0", risk_types=["02"])
        await self.step(TOWNSHIP, "ANNOUNCED", "t-1")
        await self.step(COLLECTOR, "MONITORED", "v-1")


async def test_a_disaster_is_helped_first_and_closed_once_the_procedure_is_paid(tmp_path: Path) -> None:
    """F-A13, F-A14."""
    start = datetime(2026, 11, 10, 1, tzinfo=UTC)
    async with (
        EmbeddedSystem(tmp_path / "system", clock_start=start, durable=False) as system,
        httpx.AsyncClient(base_url=system.gateway_url, timeout=60) as gateway,
    ):
        await system.ensure_clients([*standard_clients(), township_client(TOWN), village_client(QUIET), *CLIENTS])
        journey = Journey(system, gateway)
        await journey.register()
        clue = await journey.declare()
        (listed,) = (await journey.done(TOWNSHIP, "GET", f"{journey.place}/households")).json()["items"]
        assert (listed["state"], listed["severity"], listed["title"]["household"]["head"]["name"]) == (
            "affected", "RED", "李**",
        )  # fmt: skip
        given = {"what": "转移安置,发放棉被大米", "given_on": journey.today.isoformat()}
        assert (await journey.done(TOWNSHIP, "POST", f"{journey.row}/help", json=given)).json()["state"] == "helped"
        await journey.confirm(clue)
        await journey.give()

        async def owes() -> bool:
            row = await journey.affected()
            return row["state"] == "procedure" and row["has_green_channel"] and row["debts_due_on"] == "2026-11-25"

        await until(owes)
        etag = {"If-Match": (await journey.done("flood-office", "GET", journey.place)).headers["etag"]}
        why = {"reason": "救助和手续均已办结"}
        early = await journey.ask("flood-office", "POST", f"{journey.place}/close", json=why, headers=etag)
        assert (early.status_code, early.json()["open_by_state"]) == (409, {"procedure": 1})
        await journey.pay()

        async def settled() -> bool:
            return (await journey.affected())["state"] == "settled"

        await until(settled)
        closed = await journey.decide("flood-office", journey.place, "close", why)
        assert (closed["totals"]["helped"], closed["totals"]["settled"], closed["closed_by"]) == (1, 1, "flood-office")
