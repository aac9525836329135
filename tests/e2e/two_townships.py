"""Two townships of one county, with something of every kind in each: what the walk over all routes looks at."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from bangfu_local.embedded import ClientSpec, EmbeddedSystem

from .conftest import token_of

COUNTY, TOWN_A, TOWN_B = "990177000000", "990177101000", "990177102000"
VILLAGE_A, VILLAGE_B = "990177101201", "990177102201"
PERIOD = "2026-10"
NDJSON, CSV = {"Content-Type": "application/x-ndjson"}, {"Content-Type": "text/csv"}
AREAS = "code,name,parent_code,valid_from\n" + "".join(
    f"{code},区域{code},{parent},2020-01-01\n"
    for code, parent in (
        ("990000000000", ""), ("990100000000", "990000000000"), (COUNTY, "990100000000"), (TOWN_A, COUNTY),
        (TOWN_B, COUNTY), (VILLAGE_A, TOWN_A), (VILLAGE_B, TOWN_B),
    )
)  # fmt: skip
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def id_number(serial: int) -> str:
    """A valid number of a person who cannot exist."""
    digits = f"990177{1960 + serial // 900}0315{100 + serial % 900}"
    return digits + "10X98765432"[sum(int(d) * w for d, w in zip(digits, _WEIGHTS, strict=True)) % 11]


def member(serial: int) -> dict[str, Any]:
    number = id_number(serial)
    return {
        "person_no": f"99W{serial:06d}", "name": "王走查", "id_no": number, "relation": "head", "labour": "1",
        "birth_date": f"{number[6:10]}-03-15", "sex": "1" if int(number[16]) % 2 else "2",
    }  # fmt: skip


def household(serial: int, village: str, **more: Any) -> dict[str, Any]:
    income = [{"year": 2026, "wage": "30000.00"}]
    return {
        "hh_no": f"99W{serial:07d}", "village_code": village, "hh_type": "0", "members": [member(serial)],
        "incomes": income, **more,
    }  # fmt: skip


def cost(serial: int) -> dict[str, Any]:
    """A row of medical costs that is a finding for everybody."""
    nothing = dict.fromkeys(("basic_paid", "critical_paid", "aid_paid"), "0")
    paid = {"total": "900000.00", "self_paid_ytd": "900000.00"} | nothing
    return {"id_no": id_number(serial), "name": "王走查", "year": 2026, "period_to": "2026-10-28"} | paid


@dataclass
class World:
    """The running system, its callers by name, and the ids of what stands in each township."""

    gateway: httpx.AsyncClient
    tokens: dict[str, str]
    a: dict[str, str] = field(default_factory=dict)
    b: dict[str, str] = field(default_factory=dict)
    serial: int = 500
    unknown: list[str] = field(default_factory=list)

    async def call(self, who: str, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request as a caller."""
        # A connection of its own each: a refused upload ends the one that it came on.
        headers = {"Authorization": f"Bearer {self.tokens[who]}", "Connection": "close"} | options.pop("headers", {})
        return await self.gateway.request(method, path, headers=headers, **options)

    async def done(self, who: str, method: str, path: str, **options: Any) -> dict[str, Any]:
        """Send a request that must succeed; give what it answers."""
        answer = await self.call(who, method, path, **options)
        assert answer.status_code < 300, f"{who} {method} {path}: {answer.status_code} {answer.text}"
        return dict(answer.json()) if answer.content else {}

    def next(self) -> int:
        """A number that nothing has yet."""
        self.serial += 1
        return self.serial

    async def etag(self, who: str, path: str) -> dict[str, str]:
        return {"If-Match": (await self.call(who, "GET", path)).headers.get("etag", '"v1"')}

    async def register(self, who: str, lines: list[dict[str, Any]]) -> str:
        body = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode()
        begun = await self.done(who, "POST", "/v1/imports", content=body, headers=NDJSON)
        done = await self.done(who, "GET", f"/v1/imports/{begun['import_id']}", params={"wait_s": 50})
        assert done["state"] == "done", done
        return str(begun["import_id"])

    async def open_delivery(self, who: str, *, with_part: bool = True) -> str:
        """An open delivery of medical costs, with a row that is refused."""
        opened = await self.done(who, "POST", "/v1/deliveries", json={"dataset": "DS-MED-COST", "period": PERIOD})
        if with_part:
            body = json.dumps(cost(1) | {"id_no": "1"}).encode() + b"\n"
            part = f"/v1/deliveries/{opened['id']}/parts/1"
            await self.done(who, "PUT", part, content=body, headers=NDJSON)
        return str(opened["id"])

    async def stranger(self, who: str, serial: int) -> str:
        """A row of the worklist that nobody touched: of a list with somebody of the register and many who are not."""
        if self.unknown:
            return self.unknown.pop()
        opened = await self.done(who, "POST", "/v1/deliveries", json={"dataset": "DS-MED-ENROL", "period": PERIOD})
        paid = {"name": "王走查", "year": 2026, "scheme": "resident", "personal_paid": "400.00", "subsidy": "0.00"}
        rows = [{"id_no": id_number(number)} | paid for number in (serial, *(self.next() for _ in range(24)))]
        body = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()
        await self.done(who, "PUT", f"/v1/deliveries/{opened['id']}/parts/1", content=body, headers=NDJSON)
        committed = await self.done(who, "POST", f"/v1/deliveries/{opened['id']}/commit", json={"part_count": 1})
        if committed.get("state") == "held":  # the first list of everybody, with two of them
            said = {"reason": "名单本来只有这些人"}
            committed = await self.done(who, "POST", f"/v1/deliveries/{opened['id']}/release", json=said)
        assert committed.get("state", "committed") == "committed", committed

        async def listed() -> list[str]:
            found = await self.done(who, "GET", "/v1/worklist", params={"delivery_id": opened["id"]})
            return [str(row["id"]) for row in found["items"]]

        self.unknown = list(await settle(listed, "somebody unknown waits for a decision"))
        return self.unknown.pop()

    async def measure(self, who: str, episode_id: str, department: str) -> str:
        body = {
            "category": "M07", "item": "医疗救助", "risk_types": ["01"], "responsible_department": department,
            "responsible_person": "staff-1", "planned_on": "2026-11-20",
        }  # fmt: skip
        return str((await self.done(who, "POST", f"/v1/episodes/{episode_id}/measures", json=body))["id"])

    async def staff(self, who: str, town: str, name: str) -> tuple[str, str]:
        """The township government as a unit, and somebody of it."""
        unit = {"kind": "town", "name": f"{name}人民政府", "area_code": town}
        unit_id = str((await self.done(who, "POST", "/v1/units", json=unit))["id"])
        person = {"name": f"{name}录入员", "unit_id": unit_id, "phone": "13900000000"}
        staff_id = str((await self.done(who, "POST", "/v1/staff", json=person))["id"])
        term = {"role": "HELPER", "area_code": town, "first_on": "2026-01-01"}
        await self.done(who, "POST", f"/v1/staff/{staff_id}/appointments", json=term)
        return unit_id, staff_id

    async def pair(self, who: str, household_id: str, staff_id: str) -> str:
        """Let somebody help a household."""
        body = {"household_id": household_id, "staff_id": staff_id, "from_on": "2026-10-01", "why": "走查结对"}
        return str((await self.done(who, "POST", "/v1/pairings", json=body))["id"])

    async def gap(self, who: str, household_id: str) -> str:
        """What civil affairs owes a household by policy: a visit found a need, and the township confirmed it."""
        seen = {"household_id": household_id, "risk_type": "05", "visited_on": "2026-11-10", "visitors": ["s-1"]}
        clue = (await self.done(who, "POST", "/v1/visits", json=seen | {"note": "x"}))["clue_id"]
        said = {"result": "confirmed_policy", "verifiers": ["s-1", "s-2"], "visited_on": "2026-11-10"}
        headers = await self.etag(who, f"/v1/clues/{clue}")
        await self.done(who, "POST", f"/v1/clues/{clue}/verification", json=said, headers=headers)
        wanted = {"state": "open", "household": household_id}
        return str((await self.done(who, "GET", "/v1/policy-gaps", params=wanted))["items"][0]["id"])

    async def subscription(self, who: str) -> str:
        body = {"name": "走查", "channel": "pull"}
        return str((await self.done(who, "POST", "/v1/subscriptions", json=body))["id"])

    async def client(self, area: str) -> str:
        """A registered client of an area; only `clients:manage` of that area may touch it."""
        name = f"walked-{self.next()}"
        body = {"client_id": name, "name": "走查", "scopes": ["areas:read"], "areas": [area]}
        await self.done("province", "POST", "/v1/clients", json=body)
        return name


PLAN: dict[str, Any] = {
    "needs": [{"description": "住院费用高", "risk_type": "01"}],
    "tasks": [
        {"title": "医疗救助", "category": "M07", "risk_types": ["01"], "department": "CIV", "person": "c-1"},
        {"title": "介绍就业", "category": "M02", "department": "CIV", "person": "c-2"},
    ],
    "helper": "helper-1",
}  # fmt: skip
for _task in PLAN["tasks"]:
    _task["due_on"] = "2026-12-01"


async def settle(found: Callable[[], Awaitable[Any]], what: str, *, within_s: float = 60) -> Any:
    """Wait until something is there."""
    for _ in range(round(within_s / 0.2)):
        if value := await found():
            return value
        await asyncio.sleep(0.2)
    raise AssertionError(f"{what}: did not happen")


async def build(system: EmbeddedSystem, gateway: httpx.AsyncClient, scopes: set[str]) -> World:
    """Make callers of every kind, and something of every kind in both townships."""
    every = tuple(sorted(scopes))
    bureau = tuple(sorted(scopes | {"departments:any"}))
    await system.ensure_clients(
        [
            ClientSpec("province", "全省", bureau, areas=("990000000000",)),
            ClientSpec("town-a", "甲镇", bureau, areas=(TOWN_A,)),
            ClientSpec("town-b", "乙镇", bureau, areas=(TOWN_B,)),
            ClientSpec("nowhere", "无区域", bureau, areas=()),
            *(
                ClientSpec(f"{department.lower()}-{town}", f"{town}{department}", every, department, (area,))
                for department in ("MED", "CIV", "HRS")
                for town, area in (("a", TOWN_A), ("b", TOWN_B))
            ),
        ]
    )
    names = ["province", "town-a", "town-b", "nowhere", *(f"{d}-{t}" for d in ("med", "civ", "hrs") for t in "ab")]
    world = World(gateway, {name: await token_of(system, gateway, name) for name in names})
    begun = await world.done("province", "POST", "/v1/areas/import", content=AREAS.encode(), headers=CSV)
    areas = await world.done("province", "GET", f"/v1/areas/import/{begun['import_id']}", params={"wait_s": 50})
    assert areas["state"] == "done", areas
    for ids, town, village, serial in ((world.a, "a", VILLAGE_A, 1), (world.b, "b", VILLAGE_B, 2)):
        await _fill(world, ids, town, village, serial)
    return world


async def _fill(world: World, ids: dict[str, str], town: str, village: str, serial: int) -> None:
    caller, medical = f"town-{town}", f"med-{town}"
    monitor = {"category": "1", "identified_on": "2026-01-10", "risk_types": ["01"]}
    ids["import"] = await world.register(caller, [household(serial, village, monitor=monitor), {"hh_no": "x"}])
    listed = await world.done(caller, "GET", "/v1/households", params={"hh_no": f"99W{serial:07d}"})
    ids["household"], ids["person"] = listed["items"][0]["id"], listed["items"][0]["members"][0]["id"]
    episodes = await world.done(caller, "GET", "/v1/episodes", params={"household_id": ids["household"]})
    ids["episode"] = episodes["items"][0]["id"]
    plan = await world.done(caller, "PUT", f"/v1/episodes/{ids['episode']}/plan", json=PLAN)
    ids["plan_task"] = plan["tasks"][0]["id"]
    ids["measure"] = await world.measure(caller, ids["episode"], "CIV")
    ids["delivery"] = await world.open_delivery(medical)
    ids["subscription"] = await world.subscription(caller)
    ids["client"] = await world.client(f"9901771{'01' if town == 'a' else '02'}000")
    ids["unit"], ids["staff"] = await world.staff(caller, f"9901771{'01' if town == 'a' else '02'}000", f"{town}镇")
    ids["pairing"] = await world.pair(caller, ids["household"], ids["staff"])

    async def duty() -> str | None:
        found = await world.done(caller, "GET", "/v1/duties", params={"kind": "D07"})
        return str(found["items"][0]["id"]) if found["items"] else None

    ids["duty"] = await settle(duty, "the imported case has its duties")

    async def clue() -> str | None:
        answer = await world.call(caller, "POST", "/v1/applications", json={
            "household_id": ids["household"], "risk_type": "03", "via": "app", "applied_on": "2026-11-10", "note": "x",
        })  # fmt: skip
        return str(answer.json()["clue_id"]) if answer.status_code == 201 else None

    ids["clue"] = await settle(clue, "the household reaches the alerts service")
    ids["gap"] = await world.gap(caller, ids["household"])

    async def finding() -> str | None:
        record = {"period": PERIOD, "record": cost(serial)}
        await world.done(medical, "POST", "/v1/datasets/DS-MED-COST/records", json=record)
        await asyncio.sleep(1)
        found = await world.done(caller, "GET", "/v1/findings", params={"household_id": ids["household"]})
        return str(found["items"][0]["finding_id"]) if found["items"] else None

    ids["finding"] = await settle(finding, "the pushed record makes a finding")
    contested = {"finding_id": ids["finding"], "dataset": "DS-MED-COST", "why": "走查:结算单与报送不符"}
    ids["correction"] = str((await world.done(caller, "POST", "/v1/corrections", json=contested))["id"])
