"""From elimination to a relapse, through the gateway: three clients, two look-backs, the duties between them."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bangfu_local.embedded import EmbeddedSystem, standard_clients, township_client
from bangfu_local.embedded.clients import village_client

from .conftest import token_of
from .test_following import AREAS, QUIET, TOWN, until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

SCAN = b"%PDF-1.7\n%look-back\n"
HASH = hashlib.sha256(SCAN).hexdigest()
TOWNSHIP, COLLECTOR = township_client(TOWN).client_id, village_client(QUIET).client_id
KINDS = ("education", "medical", "housing", "water")


class Journey:
    """A household on its way, as three clients see it."""

    def __init__(self, system: EmbeddedSystem, gateway: httpx.AsyncClient) -> None:
        self.system, self.gateway, self.home, self.episode = system, gateway, "", ""

    @property
    def today(self) -> date:
        return self.system.clock.today()

    async def done(self, who: str, method: str, path: str, **more: Any) -> httpx.Response:
        """Send a request that must succeed."""
        token = await token_of(self.system, self.gateway, who)
        headers = {"Authorization": f"Bearer {token}"} | more.pop("headers", {})
        answer = await self.gateway.request(method, path, headers=headers, **more)
        assert answer.status_code < 300, f"{who} {method} {path}: {answer.text}"
        return answer

    async def step(self, who: str, to: str, *actors: str, **record: Any) -> dict[str, Any]:
        """Take a step of the episode as a client."""
        path = f"/v1/episodes/{self.episode}"
        etag = (await self.done(who, "GET", path)).headers["etag"]
        body = {"to": to, "occurred_on": self.today.isoformat(), "actors": actors or ["v-1", "v-2"], "record": record}
        return dict((await self.done(who, "POST", f"{path}/transitions", json=body, headers={"If-Match": etag})).json())

    async def look_back(self, **changes: Any) -> dict[str, Any]:
        """Look back: the village went there yesterday, the township today."""
        visits = [
            {"level": level, "visited_on": day.isoformat(), "persons": [person], "photos_sha256": [HASH]}
            for level, day, person in (("village", self.today - timedelta(days=1), "v-1"), ("town", self.today, "t-2"))
        ]
        found = {
            "visits": visits, "finding": "stable", "income_trend": "steady", "per_capita_net": "15000.00",
            "safe": dict.fromkeys(KINDS, True), "measures_running": True, "document_sha256": HASH,
        }  # fmt: skip
        return await self.step(COLLECTOR, "LOOKED_BACK", "v-1", "t-2", lookback=found | changes)

    async def open_kinds(self) -> list[str]:
        """The open duties about the household, by kind."""
        params = {"household_id": self.home, "state": "open"}
        listed = (await self.done(TOWNSHIP, "GET", "/v1/duties", params=params)).json()["items"]
        return sorted(item["kind"] for item in listed)

    async def register(self) -> None:
        """A household that the national register has as monitored since January, safe and above the line."""
        csv = {"Content-Type": "text/csv"}
        begun = await self.done("bureau", "POST", "/v1/areas/import", content=AREAS.encode(), headers=csv)
        await self.done("bureau", "GET", begun.headers["location"], params={"wait_s": 50})
        head = {"person_no": "99LOOK00101", "name": "李回头", "birth_date": "1970-01-01", "sex": "1", "labour": "1"}
        body = {
            "hh_no": "99LOOK001", "village_code": QUIET, "hh_type": "0", "members": [head | {"relation": "head"}],
            "incomes": [{"year": 2026, "wage": "30000.00"}],
            "monitor": {"category": "1", "identified_on": "2026-01-10", "risk_types": ["01"]},
        }  # fmt: skip
        self.home = (await self.done("bureau", "POST", "/v1/households", json=body)).json()["id"]
        params = {"household_id": self.home}
        (episode,) = (await self.done(TOWNSHIP, "GET", "/v1/episodes", params=params)).json()["items"]
        self.episode = episode["id"]
        safe = {"is_safe": True, "checked_on": self.today.isoformat()}
        place = f"/v1/households/{self.home}"
        await self.done("bureau", "PUT", f"{place}/statuses", json={"statuses": dict.fromkeys(KINDS, safe)})
        pdf = {"Content-Type": "application/pdf"}
        await self.done(COLLECTOR, "PUT", f"{place}/attachments/{HASH}", content=SCAN, headers=pdf)

    async def help(self) -> None:
        """Plan, carry out what answers the risk, and find work."""
        place, today = f"/v1/episodes/{self.episode}", self.today.isoformat()
        relief = {"title": "医疗救助", "category": "M07", "risk_types": ["01"], "department": "MED", "person": "m-1"}
        work = {"title": "介绍就业", "category": "M02", "department": "HRS", "person": "h-1"}
        plan = {"needs": [{"description": "住院费用高", "risk_type": "01"}], "helper": "helper-1"}
        plan["tasks"] = [task | {"due_on": today} for task in (relief, work)]
        made = (await self.done(TOWNSHIP, "PUT", f"{place}/plan", json=plan)).json()
        measure = {
            "category": "M07", "item": "医疗救助", "risk_types": ["01"], "responsible_department": "MED",
            "responsible_person": "m-1", "planned_on": today,
        }  # fmt: skip
        planned = await self.done(TOWNSHIP, "POST", f"{place}/measures", json=measure)
        paid = {"state": "implemented", "implemented_on": today, "evidence": "MED-1", "attachments": [HASH]}
        await self.done("bureau", "PATCH", planned.headers["location"], json=paid)
        for task in made["tasks"]:
            said = {"state": "done", "done_on": today, "evidence": "R-1"}
            await self.done("bureau", "PATCH", f"/v1/plan-tasks/{task['id']}", json=said)

    async def eliminate(self) -> None:
        """Through every step, over the days of the notice."""
        signed = {"signed_on": self.today.isoformat(), "document_sha256": HASH}
        held = {"held_on": self.today.isoformat(), "members": 21, "present": 16, "votes_for": 15, "votes_against": 1}
        up = {"starts_on": self.today.isoformat(), "ends_on": (self.today + timedelta(days=5)).isoformat()}
        await self.step(COLLECTOR, "ELIM_PROPOSED", mode="assistance")
        await self.step(COLLECTOR, "ELIM_VISITED", form=signed)
        await self.step(COLLECTOR, "ELIM_REVIEWED", minutes=held | {"document_sha256": HASH})
        notice = up | {"place": "村务公开栏", "photos_sha256": [HASH]}
        await self.step(COLLECTOR, "ELIM_PUBLICISED", publicity=notice)
        self.system.clock.forward(timedelta(days=6))
        await self.step(TOWNSHIP, "ELIM_TOWN", "t-1", opinion="公示无异议,同意消除")
        await self.step("bureau", "ELIM_COUNTY", "c-1", document=signed)
        await self.step(TOWNSHIP, "ELIMINATED", "t-1", contact="staff-0101")


async def test_a_household_whose_risk_was_eliminated_relapses_and_is_protected_again(tmp_path: Path) -> None:
    """F-A10, F-A13."""
    start = datetime(2026, 11, 10, 1, tzinfo=UTC)
    async with (
        EmbeddedSystem(tmp_path / "system", clock_start=start, durable=False) as system,
        httpx.AsyncClient(base_url=system.gateway_url, timeout=60) as gateway,
    ):
        await system.ensure_clients([*standard_clients(), township_client(TOWN), village_client(QUIET)])
        journey = Journey(system, gateway)
        await journey.register()
        await journey.help()
        await journey.eliminate()

        async def looks_back(times: int) -> bool:
            return (await journey.open_kinds()).count("D10") == times  # a counter-check may ask something, too

        await until(lambda: looks_back(4))
        system.clock.forward(timedelta(days=80))
        assert (await journey.look_back())["state"] == "LOOKED_BACK"
        await until(lambda: looks_back(3))
        system.clock.forward(timedelta(days=90))
        unsafe = dict.fromkeys(KINDS, True) | {"housing": False}
        relapsed = await journey.look_back(finding="relapse", income_trend="falling", safe=unsafe)
        assert (relapsed["state"], relapsed["is_active"]) == ("ASSISTING", True)
        assert [step["state"] for step in relapsed["history"][-2:]] == ["LOOKED_BACK", "ASSISTING"]
        await until(lambda: looks_back(0))
        place = f"/v1/households/{journey.home}"
        assert (await journey.done(TOWNSHIP, "GET", place)).json()["is_monitored"] is True
        statuses = (await journey.done(TOWNSHIP, "GET", f"{place}/statuses")).json()["current"]
        assert {kind: status["is_safe"] for kind, status in statuses.items()} == unsafe
        photos = (await journey.done(TOWNSHIP, "GET", f"{place}/attachments")).json()["items"]
        assert {use["kind"] for use in photos[0]["named_by"]} == {"step", "measure"}
