"""A department acts for itself only, and nothing that a caller says about a measure is passed over in silence."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from registry_world import household, household_id, member, ndjson, send

from servicekit import clock
from servicekit.holding import Duties
from servicekit.ids import new_id

MEASURE = {
    "category": "M07", "item": "医疗救助", "risk_types": ["01"], "responsible_department": "CIV",
    "responsible_person": "staff-1", "planned_on": "2026-11-20",
}  # fmt: skip
PLAN = {
    "needs": [{"description": "住院费用高", "risk_type": "01"}],
    "tasks": [
        {"title": "就业", "category": "M02", "department": department, "person": "p-1", "due_on": "2026-12-01"}
        for department in ("CIV", "MED")
    ],
    "helper": "helper-1",
}  # fmt: skip


@pytest.fixture
async def episode(client: httpx.AsyncClient, county: dict[str, str]) -> str:
    """The episode of a household that was monitored before."""
    monitor = {"category": "1", "identified_on": "2026-01-10", "risk_types": ["01"]}
    body = ndjson(household("99H0000901", member(301), monitor=monitor))
    await send(client, body, county)
    home = await household_id(client, "99H0000901", county)
    listed = (await client.get("/v1/episodes", params={"household_id": home}, headers=county)).json()
    return str(listed["items"][0]["id"])


async def plan_measure(client: httpx.AsyncClient, headers: dict[str, str], episode: str, **more: Any) -> httpx.Response:
    return await client.post(f"/v1/episodes/{episode}/measures", json=MEASURE | more, headers=headers)


async def test_a_department_neither_sees_nor_changes_the_measures_of_another(
    client: httpx.AsyncClient, county: dict[str, str], headers: Any, episode: str
) -> None:
    measure = (await plan_measure(client, county, episode)).json()
    own, other = headers(department="CIV"), headers(department="HRS")
    url = f"/v1/measures/{measure['id']}"
    done = {"state": "implemented", "implemented_on": "2026-11-01", "evidence": "E-1"}
    assert (await client.get(url, headers=other)).status_code == 404
    assert (await client.patch(url, json=done, headers=other)).status_code == 403
    listed = (await client.get(f"/v1/episodes/{episode}/measures", headers=other)).json()["items"]
    assert measure["id"] not in {each["id"] for each in listed}
    refused = await plan_measure(client, other, episode)
    assert (refused.status_code, refused.json()["code"]) == (403, "department_mismatch")
    assert (await client.get(url, headers=own)).json()["state"] == "planned"
    assert (await plan_measure(client, own, episode)).status_code == 201
    assert (await client.patch(url, json=done, headers=own)).json()["state"] == "implemented"


async def test_a_department_sees_its_own_tasks_of_a_plan_and_makes_none(
    client: httpx.AsyncClient, county: dict[str, str], headers: Any, episode: str
) -> None:
    url = f"/v1/episodes/{episode}/plan"
    assert (await client.put(url, json=PLAN, headers=county)).status_code == 200
    refused = await client.put(url, json=PLAN, headers=headers(department="CIV"))
    assert refused.status_code == 403
    mine = (await client.get(url, headers=headers(department="MED"))).json()
    assert [task["department"] for task in mine["tasks"]] == ["MED"]
    assert (await client.get(url, headers=headers(department="HRS"))).status_code == 404
    assert len((await client.get(url, headers=county)).json()["tasks"]) == 2


async def test_a_measure_names_a_risk(client: httpx.AsyncClient, county: dict[str, str], episode: str) -> None:
    for nothing in ([], None):
        refused = await plan_measure(client, county, episode, risk_types=nothing)
        assert refused.status_code == 422
        assert {error["pointer"] for error in refused.json()["errors"]} == {"/risk_types"}
    left_out = {name: value for name, value in MEASURE.items() if name != "risk_types"}
    refused = await client.post(f"/v1/episodes/{episode}/measures", json=left_out, headers=county)
    assert refused.status_code == 422


async def test_a_day_of_implementation_is_not_taken_for_a_measure_that_is_not_implemented(
    client: httpx.AsyncClient, county: dict[str, str], episode: str
) -> None:
    url = f"/v1/measures/{(await plan_measure(client, county, episode)).json()['id']}"
    refused = await client.patch(url, json={"state": "in_progress", "implemented_on": "2026-11-01"}, headers=county)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "implemented_on.unexpected")
    assert (await client.get(url, headers=county)).json()["state"] == "planned"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/v1/episodes/{episode}/plan", PLAN),
        ("POST", "/v1/episodes/{episode}/measures", MEASURE),
        ("PUT", "/v1/policy-profiles/990101000000", {}),
        ("GET", "/v1/episodes/{episode}", None),
    ],
)
async def test_a_precondition_that_nobody_looks_at_is_refused(
    client: httpx.AsyncClient, county: dict[str, str], episode: str, method: str, path: str, body: Any
) -> None:
    refused = await client.request(
        method, path.format(episode=episode), json=body, headers=county | {"If-Match": '"v1"'}
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "if_match_unsupported")


async def test_a_profile_is_read_for_the_callers_areas_and_those_above(client: httpx.AsyncClient, headers: Any) -> None:
    town = headers(areas=["990101101000"])
    known = dict.fromkeys(("990101101000", "990101000000", "000000000000"), 200)
    for region, status in (known | dict.fromkeys(("990101102000", "990102000000"), 404)).items():
        answer = await client.get(f"/v1/policy-profiles/{region}", headers=town)
        assert answer.status_code == status, region


async def test_a_departments_result_is_given_by_who_is_responsible_or_has_the_duty_in_hand(
    client: httpx.AsyncClient, county: dict[str, str], headers: Any, episode: str, app: FastAPI
) -> None:
    """A machine that stands in is held to its department, as before."""
    ann, bea = new_id(), new_id()
    holder = {"is": f"staff:{ann}"}

    def answer(request: httpx.Request) -> httpx.Response:
        name = request.url.path.rpartition("/")[2]
        duty = {"id": name, "kind": "P01", "state": "open", "household_id": None, "holder": holder["is"]}
        return httpx.Response(200 if name == f"P01-{measure}" else 404, json=duty)

    measure = (await plan_measure(client, county, episode, responsible_person=f"staff:{ann}")).json()["id"]
    url, begun = f"/v1/measures/{measure}", {"state": "in_progress"}
    other = headers(department="CIV", person=bea)
    assert (await client.patch(url, json=begun, headers=other)).status_code == 503, "nobody says who has it"
    without = app.state.duties
    settings = app.state.settings.model_copy(update={"alerts_url": "http://alerts"})
    app.state.duties = Duties(settings, httpx.MockTransport(answer))
    try:
        refused = await client.patch(url, json=begun, headers=other)
        assert (refused.status_code, refused.json()["code"]) == (403, "registry.measure.not_yours")
        own = await client.patch(url, json=begun, headers=headers(department="CIV", person=ann))
        assert (own.status_code, own.json()["state"]) == (200, "in_progress"), own.text
        holder["is"] = f"staff:{bea}"
        done = {"state": "implemented", "implemented_on": clock.today().isoformat(), "evidence": "CIV-1"}
        taken = await client.patch(url, json=done, headers=other)
        assert (taken.status_code, taken.json()["state"]) == (200, "implemented"), taken.text
    finally:
        app.state.duties = without
