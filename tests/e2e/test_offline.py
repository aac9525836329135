"""A week offline against the changes of others, by the example of the SDK."""

from __future__ import annotations

import importlib.util
import sqlite3
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from bangfu.sdk import Bangfu, NoAnswer, Retries
from bangfu_local.embedded import ClientSpec, EmbeddedSystem, township_client

from .test_following import COUNTY, OTHER_VILLAGE, QUIET, TOWN, Call, call, until

__all__ = ["call"]

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

EXAMPLE = Path(__file__).resolve().parents[2] / "clients" / "python" / "examples" / "offline.py"
_HOUSEHOLDS = ("households:read", "households:write", "staff:read")
APP = ClientSpec(
    "helper-app", "帮扶责任人应用", (*_HOUSEHOLDS, "clues:read", "duties:read", "contacts:write"), areas=(TOWN,)
)
OFFICE = ClientSpec("offline-office", "县登记办", (*_HOUSEHOLDS, "staff:write"), areas=(COUNTY,))
PHOTO = b"\xff\xd8\xff\xe0" + b"a roof that leaks" * 100
IMAGE = "image/jpeg"


def example() -> ModuleType:
    """The example as a module; it is no part of the package."""
    spec = importlib.util.spec_from_file_location("offline_example", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


class Line(httpx.AsyncHTTPTransport):
    """The way to the gateway: away for a week, then breaking once when the batch was taken and not yet answered."""

    is_away = False
    breaks_after = ""
    batches = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.is_away:
            raise httpx.ConnectError("no connection in the village")
        answer = await super().handle_async_request(request)
        self.batches += request.url.path == "/v1/batch"
        if self.breaks_after == request.url.path:
            await answer.aread()
            await answer.aclose()
            self.breaks_after = ""
            raise httpx.ReadError("the connection broke")
        return answer


async def registered(call: Call, serial: int) -> str:
    person = {"person_no": f"99OFF{serial:05d}", "name": "钱离线", "birth_date": "1970-01-01", "sex": "1"}
    body = {
        "hh_no": f"99OFF{serial:05d}", "village_code": QUIET, "hh_type": "0",
        "members": [person | {"relation": "head", "labour": "1"}],
    }  # fmt: skip
    made = await call(OFFICE.client_id, "POST", "/v1/households", json=body)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def helper_of(call: Call, home: str) -> str:
    """Somebody of the township who helps the household."""

    async def made(path: str, **body: Any) -> dict[str, Any]:
        answer = await call(OFFICE.client_id, "POST", path, json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    unit = await made("/v1/units", kind="town", name="丙镇一离线办", area_code=TOWN)
    person = str((await made("/v1/staff", name="孙帮扶", unit_id=unit["id"]))["id"])
    await made(f"/v1/staff/{person}/appointments", role="HELPER", area_code=TOWN, first_on="2026-01-01")
    await made("/v1/pairings", household_id=home, staff_id=person, from_on="2026-10-01", why="年度结对")
    return person


async def visited(call: Call, home: str) -> str:
    """Somebody of the township finds a risk; give the clue, which is to be verified by a day."""
    said = {"household_id": home, "risk_type": "11", "visited_on": "2026-11-10", "visitors": ["s-1"], "note": "漏雨"}
    clues: list[str] = []

    async def is_taken() -> bool:  # once the household is known where clues are kept
        answer = await call(township_client(TOWN).client_id, "POST", "/v1/visits", json=said)
        clues.extend([answer.json()["clue_id"]] if answer.is_success else [])
        return bool(clues)

    await until(is_taken)
    return clues[0]


async def changed(call: Call, home: str, **change: Any) -> None:
    """The office is faster."""
    place = f"/v1/households/{home}"
    etag = (await call(OFFICE.client_id, "GET", place)).headers["etag"]
    answer = await call(OFFICE.client_id, "PATCH", place, json=change, headers={"If-Match": etag})
    assert answer.status_code == 200, answer.text


async def test_a_week_offline_against_anothers_changes(
    running_system: EmbeddedSystem, call: Call, tmp_path: Path
) -> None:
    await running_system.ensure_clients([APP, OFFICE])
    app = APP.client_id
    mine, contested, moved = [await registered(call, serial) for serial in (1, 2, 3)]
    helper, clue = await helper_of(call, mine), await visited(call, moved)
    line, file = Line(), tmp_path / "pocket.db"
    pocket = example().Pocket(file)
    secret = running_system.secrets.clients[app]
    patient = Retries(patience_s=0)
    async with Bangfu(running_system.gateway_url, app, secret, transport=line, retries=patient) as bangfu:

        async def has_come() -> bool:
            await pocket.sync(bangfu)
            is_here = {mine, contested, moved} <= pocket.households().keys()
            return is_here and clue in pocket.clues(moved) and "D03" in pocket.duties(moved)

        await until(has_come)

        line.is_away = True
        with pytest.raises(NoAnswer):
            await pocket.sync(bangfu)
        changes = [
            pocket.change_household(mine, {"group_name": "一组"}),
            pocket.change_household(mine, {"phone": "13900000001"}),
        ]
        assert changes[0] == changes[1], "one object, one step"
        late = pocket.change_household(contested, {"group_name": "二组"})
        photo = pocket.photo(mine, PHOTO, IMAGE)
        said = {"household_id": mine, "staff_id": helper, "happened_on": "2026-11-05", "way": "visit"}
        visit = pocket.step("POST", "/v1/contacts", said | {"attachments": [photo]}, after=changes[0])
        built = pocket.step("POST", "/v1/contacts", said | {"way": "phone"}, after=late)
        pocket.close()

        await changed(call, contested, group_name="九组")
        await changed(call, moved, village_code=OTHER_VILLAGE)

        line.is_away, line.breaks_after = False, "/v1/batch"
        pocket = example().Pocket(file)
        with pytest.raises(NoAnswer):
            await pocket.hand_in(bangfu)
        assert set(pocket.states().values()) == {"sent"}, "nobody knows what was taken"
        then = pocket.change_household(mine, {"group_name": "三组"})
        assert then != changes[0], "what was sent may have been taken as it was"
        broken = pocket.photo(mine, b"GIF89a", IMAGE)
        await pocket.hand_in(bangfu)
        assert line.batches == 3
        results = {changes[0]: "done", visit: "done", late: "conflict", built: "refused", then: "done"}
        assert pocket.states() == results
        assert pocket.refused_photos() == {broken: "registry.attachment.type"}
        assert (await call(app, "GET", f"/v1/households/{mine}")).json()["group_name"] == "三组"
        contacts = await call(app, "GET", "/v1/contacts", params={"household_id": mine})
        assert [item["attachments"] for item in contacts.json()["items"]] == [[photo]], "one effect each"
        assert await bangfu.households.attachment(mine, photo, "assistance") == PHOTO

        for side in (app, OFFICE.client_id):
            (kept,) = (await call(side, "GET", f"/v1/households/{contested}")).json()["refused"]
            assert (kept["refused_by"], kept["is_open"], kept["decision"]["fields"]) == (app, True, ["group_name"])

        async def has_gone() -> bool:
            await pocket.sync(bangfu)
            return moved not in pocket.households() and not pocket.clues(moved) and not pocket.duties(moved)

        await until(has_gone)
        (conflict,) = pocket.conflicts()
        again = pocket.take_over(conflict)
        await pocket.hand_in(bangfu)
        assert pocket.states()[again] == "done"
        assert pocket.conflicts() == []
        now = (await call(OFFICE.client_id, "GET", f"/v1/households/{contested}")).json()
        assert (now["group_name"], [each["is_open"] for each in now["refused"]]) == ("二组", [False])
    pocket.close()
    with sqlite3.connect(file) as database:
        text = "\n".join(database.iterdump())
    assert "钱离线" not in text
    assert "990103197001010" not in text
