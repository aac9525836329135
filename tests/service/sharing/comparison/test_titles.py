"""Findings and rows of the worklist say whether their reader could be told whom they are about."""

from __future__ import annotations

from typing import Any

import pytest

from servicekit.ids import new_id

COST = {"year": 2026, "period_to": "2026-10-31", "basic_paid": "0", "critical_paid": "0", "aid_paid": "0"}
COST |= {"total": "90000.00", "self_paid_ytd": "90000.00"}


@pytest.fixture
async def listed(world: Any) -> Any:
    """A finding, and a row under another name."""
    for serial, name in ((1, "张伟"), (2, "李强")):
        await world.household(new_id(), {"serial": serial, "name": name})
    await world.deliver("DS-MED-COST", {"serial": 1, "name": "张卫"} | COST, {"serial": 2, "name": "李强"} | COST)
    await world.compare()
    return world


async def test_without_a_registry_lists_are_complete_and_say_so(listed: Any) -> None:
    for path, key in (("/v1/findings", "finding_id"), ("/v1/worklist", "id")):
        page = await listed.client.get(path, headers=listed.headers())
        assert (page.status_code, page.json()["titles"]) == (200, "unavailable")
        assert page.json()["items"]
        for item in page.json()["items"]:
            assert item["title"] is None
            one = (await listed.client.get(f"{path}/{item[key]}", headers=listed.headers())).json()
            assert one.pop("titles") == "unavailable"
            assert one == item


async def test_what_is_kept_of_a_decision_holds_no_name(listed: Any) -> None:
    (row,) = (await listed.client.get("/v1/worklist?dataset=DS-MED-COST", headers=listed.headers())).json()["items"]
    answer = await listed.client.post(
        f"/v1/worklist/{row['id']}/decision",
        json={"decision": "wrong_data", "reason": "已核对"},
        headers=listed.headers(department="MED") | {"If-Match": '"v1"', "Idempotency-Key": "titles-1"},
    )
    assert answer.status_code == 200, answer.text
    assert answer.json().keys().isdisjoint({"title", "titles"})
