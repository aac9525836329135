"""Why a finding is there: its rule in words, each fact with the delivery it comes from, and what would change it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from servicekit.ids import new_id

COST = {"year": 2026, "period_to": "2026-10-31", "basic_paid": "0", "critical_paid": "0", "aid_paid": "0"}
COST |= {"total": "27000.00", "self_paid_ytd": "27000.00"}


@pytest.fixture
async def finding(world: Any) -> dict[str, Any]:
    """A finding of R-MED-02: an ordinary household that has paid 1,000 yuan more than its line."""
    await world.household(new_id(), {"serial": 1, "name": "张伟"})
    await world.deliver("DS-MED-COST", {"serial": 1, "name": "张伟"} | COST)
    await world.compare()
    listed = await world.client.get("/v1/findings?rule=R-MED-02", headers=world.headers())
    [found] = listed.json()["items"]
    return dict(found)


async def test_a_finding_is_explained_to_whoever_may_read_it(world: Any, finding: dict[str, Any]) -> None:
    path = f"/v1/findings/{finding['finding_id']}/explanation"
    answer = await world.client.get(path, headers=world.headers())
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["rule"]["is_current"]
    assert told["rule"]["source"]
    assert told["sentence"] == finding["explanation"]
    assert [each["holds"] for each in told["conditions"]] == [True]
    assert "不低于" in told["conditions"][0]["text"]["zh"]
    facts = {fact["name"]: fact for fact in told["facts"]}
    [origin] = facts["cost_self_paid_ytd"]["origins"]
    assert (origin["dataset"], origin["department"], origin["period"]) == ("DS-MED-COST", "MED", "2026-10")
    assert origin["delivery_id"] in finding["deliveries"]
    assert origin["delivered_at"]
    changes = {(each["name"], each["severity"]): each for each in told["changes"]}
    assert changes["cost_self_paid_ytd", None]["value"] == "25999.99"
    assert changes["med.self_paid_other", None]["value"] == "27000.01"
    assert "不再预警" in changes["cost_self_paid_ytd", None]["text"]["zh"]

    assert (await world.client.get(path, headers=world.headers(department="MED"))).status_code == 200
    for stranger in ({"department": "EDU"}, {"areas": ("990101102000",)}):
        refused = await world.client.get(path, headers=world.headers("findings:read", **stranger))
        assert (refused.status_code, refused.json()["code"]) == (404, "sharing.finding.unknown")
    assert (await world.client.get(path, headers=world.headers("rules:read"))).status_code == 403


async def test_a_finding_of_an_older_rule_is_told_without_what_was_judged_with_it(
    world: Any, finding: dict[str, Any]
) -> None:
    async with world.database.transaction() as session:
        await session.execute(text("UPDATE finding SET rule_version = rule_version + 90"))
    path = f"/v1/findings/{finding['finding_id']}/explanation"
    told = (await world.client.get(path, headers=world.headers())).json()
    assert not told["rule"]["is_current"]
    assert (told["conditions"], told["changes"], told["sentence"], told["rule"]["source"]) == ([], [], None, None)
    assert {fact["name"] for fact in told["facts"]} == finding["evidence"].keys()
    assert {each["name"] for each in told["parameters"]} == finding["parameters"].keys()
