"""A batch is its steps: each is judged, counted and recorded as if it had been sent alone."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from contracts.id_numbers import check_digit
from servicekit.ids import new_id

FIRST = "99010119900101002"
NUMBER = FIRST + check_digit(FIRST)


def step(path: str = "/v1/steps/{}", /, **fields: Any) -> dict[str, Any]:
    made = {"id": new_id(), "method": "POST", "path": path, "body": {"seen": "户主在家"}}
    return made | fields


@pytest.fixture
async def app(gateway: Any) -> AsyncIterator[httpx.AsyncClient]:
    """An app of the field: it may report visits, and no more."""
    await gateway.client("field-app", scopes=["clues:report"])
    token = await gateway.token("field-app")
    async with httpx.AsyncClient(base_url=gateway.url, headers={"Authorization": f"Bearer {token}"}) as client:
        yield client


async def sent(app: httpx.AsyncClient, *steps: Mapping[str, Any]) -> list[dict[str, Any]]:
    answer = await app.post("/v1/batch", json={"steps": steps})
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    items: list[dict[str, Any]] = answer.json()["items"]
    assert [item["id"] for item in items] == [each["id"] for each in steps]
    return items


async def test_each_step_gets_its_own_answer_and_a_refused_one_stops_those_that_build_on_it(app: Any) -> None:
    place = f"/v1/steps/{new_id()}"
    first = step(place)
    stale = step(place, if_match='"v0"')
    built = step(place, after=[stale["id"]])
    further = step(place, after=[built["id"]])
    last = step(place, if_match='"v1"', after=[first["id"]])
    items = await sent(app, first, stale, built, further, last)
    assert [item["status"] for item in items] == [200, 412, 424, 424, 200]
    assert (items[0]["etag"], items[0]["result"]) == ('"v1"', {"body": {"seen": "户主在家"}, "count": 1})
    assert items[1]["problem"]["code"] == "precondition_failed"
    assert items[2]["problem"]["after"] == [stale["id"]]
    assert re.search("[\u4e00-\u9fff]", items[2]["problem"]["title"])
    assert (items[4]["etag"], items[4]["result"]["count"]) == ('"v2"', 2)


async def test_a_batch_that_is_sent_again_has_one_effect(app: Any) -> None:
    place = f"/v1/steps/{new_id()}"
    steps = [step(place), step(place, if_match='"v1"'), step(place, if_match='"v9"')]
    first, again = await sent(app, *steps), await sent(app, *steps)
    assert [item["status"] for item in first] == [item["status"] for item in again] == [200, 200, 412]
    assert [item["is_replayed"] for item in again] == [True, True, False]
    assert again[1]["result"]["count"] == 2
    alone = await app.post(place, json=steps[0]["body"], headers={"Idempotency-Key": steps[0]["id"]})
    assert alone.headers["idempotent-replayed"] == "true", "a step sent alone is the same step"


async def test_a_step_is_refused_exactly_as_it_would_be_alone(gateway: Any, app: Any) -> None:
    for path, code in (
        ("/v1/nothing-here", "gateway.route.unknown"),
        ("/v1/things/x", "gateway.route.method"),
        ("/v1/steps//x", "gateway.path.refused"),
        ("/v1/steps/../clients", "gateway.path.refused"),
    ):
        (item,) = await sent(app, step(path))
        assert item["problem"]["code"] == code, item
        if ".." not in path:  # httpx resolves those itself
            alone = await app.post(gateway.url + path, json={})
            assert (alone.status_code, alone.json()["code"]) == (item["status"], code)


async def test_what_is_no_step_of_an_app_is_not_queued(gateway: Any, app: Any) -> None:
    """Neither a route that remembers no key, nor one of another scope, nor the gateway's own."""
    for path in ("/v1/things", "/v1/scripted/x", "/v1/clients", "/v1/batch"):
        (item,) = await sent(app, step(path))
        assert (item["status"], item["problem"]["code"]) == (422, "gateway.batch.step_unfit"), path


async def test_who_may_not_take_the_step_may_not_take_it_in_a_batch(gateway: Any) -> None:
    """A caller with a scope of the field gets to the batch, and no further than its own scope."""
    await gateway.client("helper-app", scopes=["households:write"])
    headers = {"Authorization": f"Bearer {await gateway.token('helper-app')}"}
    async with httpx.AsyncClient(base_url=gateway.url, headers=headers) as helper:
        (item,) = await sent(helper, step(f"/v1/steps/{new_id()}"))
    assert (item["status"], item["problem"]["code"]) == (403, "scope_missing")
    async with httpx.AsyncClient(base_url=gateway.url) as stranger:
        assert (await stranger.post("/v1/batch", json={"steps": [step("/v1/steps/x")]})).status_code == 401
    await gateway.client("reader-app", scopes=["things:read"])
    headers = {"Authorization": f"Bearer {await gateway.token('reader-app')}"}
    async with httpx.AsyncClient(base_url=gateway.url, headers=headers) as reader:
        assert (await reader.post("/v1/batch", json={"steps": [step("/v1/steps/x")]})).status_code == 403


async def test_every_step_is_recorded_for_itself(gateway: Any, app: Any) -> None:
    places = [f"/v1/steps/{new_id()}" for _ in range(2)]
    await sent(app, *(step(place) for place in places))
    async with gateway.database.transaction() as session:
        found = await session.execute(
            text("SELECT object_path, purpose, client_id FROM audit_entry WHERE object_path = ANY(:places)"),
            {"places": places},
        )
        assert sorted(found.all()) == sorted((place, "visits", "field-app") for place in places)


@pytest.mark.parametrize(
    ("steps", "pointer"),
    [
        ([], "/steps"),
        ([{"id": "a-step-of-one", "method": "GET", "path": "/v1/things"}], "/steps/0/method"),
        ([{"id": "a-step-of-one", "method": "POST", "path": "/v1/things?area=1"}], "/steps/0/path"),
        ([{"id": "a-step-of-one", "method": "POST", "path": "/v1/things%2f"}], "/steps/0/path"),
        ([{"id": "short", "method": "POST", "path": "/v1/things"}], "/steps/0/id"),
        ([{"id": NUMBER, "method": "POST", "path": "/v1/things"}], "/steps/0/id"),
        ([step(f"/v1/steps/{NUMBER}")], "/steps/0/path"),
        ([step("/v1/things", if_match="*")], "/steps/0/if_match"),
        ([step("/v1/things", after=["a-step-of-two"])], "/steps/0/after"),
        ([step("/v1/things", id="a-step-of-one"), step("/v1/things", id="a-step-of-one")], "/steps/1/id"),
        ([step("/v1/things") for _ in range(101)], "/steps"),
    ],
)
async def test_a_batch_out_of_form_is_refused_as_a_whole(app: Any, steps: list[Any], pointer: str) -> None:
    answer = await app.post("/v1/batch", json={"steps": steps})
    assert answer.status_code == 422, answer.text
    assert pointer in {error["pointer"] for error in answer.json()["errors"]}
    assert NUMBER not in answer.text
