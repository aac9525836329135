"""Whoever has an open duty to visit a household in hand sees name, telephone number and address; nobody else does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from registry_world import TOWN, household, household_id, member, ndjson, send
from sqlalchemy import text

from servicekit.db import Database
from servicekit.holding import Duties
from servicekit.ids import new_id

ANN = new_id()
DUTY = f"D10-{new_id()}"


@pytest.fixture(scope="module")
async def home(client: httpx.AsyncClient, county: dict[str, str]) -> str:
    body = household("99T0000001", member(350, "19710203"), phone="13987654321", address="石桥村3组12号")
    receipt = (await send(client, ndjson(body), county)).json()
    assert receipt["households"] == 1, receipt
    return await household_id(client, "99T0000001", county)


@pytest.fixture
def alerts(app: FastAPI, home: str) -> Iterator[dict[str, Any]]:
    """What alerts answers: a status, and the duty."""
    said: dict[str, Any] = {"status": 200, "id": DUTY, "kind": "D10", "state": "open"}
    said |= {"household_id": home, "person_id": None, "holder": f"staff:{ANN}", "asked": []}

    def answer(request: httpx.Request) -> httpx.Response:
        said["asked"].append((request.url.path, request.headers["authorization"]))
        if said["status"] == 0:
            raise httpx.ConnectError("silent")
        duty = {name: said[name] for name in ("id", "kind", "state", "household_id", "person_id", "holder")}
        return httpx.Response(said["status"], json=duty)

    without = app.state.duties
    settings = app.state.settings.model_copy(update={"alerts_url": "http://alerts"})
    app.state.duties = Duties(settings, httpx.MockTransport(answer))
    yield said
    app.state.duties = without


async def _look(client: httpx.AsyncClient, headers: Any, home: str, person: str = ANN, **more: Any) -> httpx.Response:
    caller = headers(scopes=["duties:handle", "duties:read"], areas=more.pop("areas", [TOWN]), person=person, **more)
    return await client.get(f"/v1/households/{home}/task", params={"duty_id": DUTY}, headers=caller)


async def test_the_holder_sees_what_the_visit_needs_and_the_look_is_recorded(
    client: httpx.AsyncClient, headers: Any, home: str, alerts: dict[str, Any], registry_database: Database
) -> None:
    """Alerts is asked with the caller's own token."""
    answer = await _look(client, headers, home)
    assert answer.status_code == 200, answer.text
    seen = answer.json()
    assert (seen["phone"], seen["address"], seen["duty_id"]) == ("13987654321", "石桥村3组12号", DUTY)
    assert seen["name"]
    assert "*" not in seen["name"]
    assert seen["id_no"] is None
    ((path, token),) = alerts["asked"]
    assert path == f"/v1/duties/{DUTY}"
    assert token.startswith("Bearer ")
    async with registry_database.transaction() as session:
        looks = text("SELECT client_id, purpose_code FROM unmasking WHERE case_id = :id")
        rows = await session.execute(looks, {"id": DUTY})
        assert [tuple(row) for row in rows] == [(f"staff:{ANN}", "task")]


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"state": "done"}, 403, "registry.task.not_yours"),
        ({"holder": f"staff:{new_id()}"}, 403, "registry.task.not_yours"),
        ({"holder": None}, 403, "registry.task.not_yours"),
        ({"kind": "D06"}, 403, "registry.task.not_yours"),  # a plan is made at a desk
        ({"kind": "X99"}, 403, "registry.task.not_yours"),
        ({"household_id": new_id()}, 403, "registry.task.not_yours"),
        ({"status": 404}, 404, "registry.task.not_found"),
        ({"status": 403}, 403, "registry.task.not_yours"),
        ({"status": 500}, 503, "duties_unavailable"),
        ({"status": 0}, 503, "duties_unavailable"),
    ],
)
async def test_without_an_open_visit_in_hand_nothing_is_shown(
    client: httpx.AsyncClient,
    headers: Any,
    home: str,
    alerts: dict[str, Any],
    said: dict[str, Any],
    status: int,
    code: str,
) -> None:
    alerts |= said
    answer = await _look(client, headers, home)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "13987654321" not in answer.text


@pytest.mark.parametrize("kind", ["G01", "P01", "P03", "K01"])
async def test_who_is_owed_something_is_shown_to_the_department_that_has_the_duty_in_hand(
    client: httpx.AsyncClient,
    headers: Any,
    home: str,
    alerts: dict[str, Any],
    kind: str,
    registry_database: Database,
    county: dict[str, str],
) -> None:
    """Name and ID number of that member, and neither telephone number nor address."""
    member_id = (await client.get(f"/v1/households/{home}", headers=county)).json()["members"][0]["id"]
    bea = new_id()
    alerts |= {"kind": kind, "person_id": member_id, "holder": f"staff:{bea}"}
    answer = await _look(client, headers, home, bea, department="MED")
    assert answer.status_code == 200, answer.text
    seen = answer.json()
    assert (seen["person_id"], seen["phone"], seen["address"]) == (member_id, None, None)
    assert len(seen["id_no"]) == 18
    assert "*" not in seen["name"] + seen["id_no"]
    async with registry_database.transaction() as session:
        looks = text("SELECT fields FROM unmasking WHERE client_id = :by")
        rows = await session.execute(looks, {"by": f"staff:{bea}"})
        assert list(rows.scalars()) == [["name", "id_no"]]
    alerts["person_id"] = new_id()
    nobody = await _look(client, headers, home, bea, department="MED")
    assert (nobody.status_code, nobody.json()["name"], nobody.json()["id_no"]) == (200, None, None)


async def test_neither_another_application_nor_another_area_changes_who_may_look(
    client: httpx.AsyncClient, headers: Any, home: str, alerts: dict[str, Any]
) -> None:
    assert (await _look(client, headers, home, client_id="desk")).status_code == 200
    assert (await _look(client, headers, home, new_id())).status_code == 403
    assert (await _look(client, headers, home, areas=["990101102000"])).status_code == 404


async def test_without_an_address_of_alerts_nobody_sees_a_household_by_task(
    client: httpx.AsyncClient, headers: Any, home: str
) -> None:
    assert (await _look(client, headers, home)).status_code == 503
