"""A rule that a county retires finds nothing more and says so; another person lets it find again (F-A06)."""

from __future__ import annotations

from typing import Any

import pytest

from sharing.catalogue.service import load_catalogue
from sharing.lives.service import states_of

from .conftest import SCOPES

RULE = "R-HOU-02"
COUNTY, TOWN_A, TOWN_B = "990101000000", "990101101000", "990101102000"
VILLAGE_B = "990101102201"


def person(world: Any, name: str, **options: Any) -> dict[str, str]:
    return world.headers(*SCOPES, "rules:write", client_id=name, **options)


async def seen(world: Any, who: str = "first", area: str | None = None) -> tuple[dict[str, Any], str]:
    """How the rule stands, and the ETag of it."""
    params = {"area": area} if area else {}
    answer = await world.client.get(f"/v1/rules/{RULE}", params=params, headers=person(world, who))
    assert answer.status_code == 200, answer.text
    return answer.json()["life"], answer.headers["ETag"]


async def decide(world: Any, what: str, who: str, area: str | None = None, **more: Any) -> Any:
    tag = more.pop("tag", None) or (await seen(world, who, area))[1]
    body = {"reason": "误报较多,待核对"} | ({"area_code": area} if area else {})
    headers = person(world, who, **more) | {"If-Match": tag}
    return await world.client.post(f"/v1/rules/{RULE}/{what}", json=body, headers=headers)


async def worked(world: Any) -> None:
    while await world.executor.work_once():
        pass


@pytest.fixture
async def county(world: Any) -> Any:
    """A household without a house in each of two townships, found by R-HOU-02."""
    await world.household("h1", {"serial": 1}, housing_tenure="none")
    await world.household("h2", {"serial": 2}, housing_tenure="none", area_code=VILLAGE_B)
    await world.compare()
    await world.events()
    return world


async def homeless(world: Any) -> list[str]:
    return sorted(finding["household_id"] for finding in await world.findings(rules={RULE}))


async def coverage(world: Any) -> dict[str, tuple[str, str | None, int]]:
    answer = await world.client.get(
        "/v1/coverage", params={"period": world.period, "rule": RULE}, headers=world.headers()
    )
    return {
        row["area_code"]: (row["status"], row["gaps"][0]["reason"] if row["gaps"] else None, row["findings"])
        for row in answer.json()["items"]
    }


async def test_retired_rule_withdraws_what_it_found_and_coverage_says_why_nothing_is_found(county: Any) -> None:
    assert await homeless(county) == ["h1", "h2"]
    answer = await decide(county, "retire", "first")
    assert (answer.status_code, answer.json()["life"]["state"]) == (200, "retired"), answer.text
    await worked(county)
    assert [kind for kind, _ in await county.events(rules={RULE})] == ["withdrawn", "withdrawn"]
    assert await homeless(county) == []
    assert await coverage(county) == dict.fromkeys((TOWN_A, TOWN_B), ("not_evaluated", "retired", 0))
    [run] = (await county.client.get("/v1/comparison-runs?limit=1", headers=county.headers())).json()["items"]
    assert run["causes"][0] | {"at": ""} == {"kind": "rule", "what": RULE, "by": "first", "at": ""}
    [told] = [rule for rule in run["rules"] if rule["rule_id"] == RULE]
    assert (told["status"], told["withdrawn"]) == ("not_evaluated", 2)
    assert "停用" in told["skipped_because"]


async def test_what_activating_would_change_is_tried_out_and_another_person_activates(county: Any) -> None:
    await decide(county, "retire", "first")
    await worked(county)
    run = await county.compare(dry_run=True, rules=[{"id": RULE}])
    assert {each["rule_id"]: each["added"] for each in run["difference"] if each["added"]} == {RULE: ["h1", "h2"]}
    refused = await decide(county, "activate", "first")
    assert (refused.status_code, refused.json()["code"]) == (403, "sharing.rule.second_person")
    assert (await decide(county, "activate", "second")).status_code == 200
    await worked(county)
    assert await homeless(county) == ["h1", "h2"]
    steps = (await county.client.get(f"/v1/rules/{RULE}/steps?limit=1", headers=county.headers())).json()
    assert (steps["total"], [step["decided_by"] for step in steps["items"]]) == (2, ["second"])
    rest = await county.client.get(
        f"/v1/rules/{RULE}/steps", params={"cursor": steps["next_cursor"]}, headers=county.headers()
    )
    assert [(step["state"], step["decided_by"]) for step in rest.json()["items"]] == [("retired", "first")]


async def test_rule_rests_in_one_township_and_finding_and_explanation_say_so_until_the_run(county: Any) -> None:
    [finding] = [each for each in await county.findings(rules={RULE}) if each["household_id"] == "h2"]
    assert finding["rule_state"] == "active"
    assert (await decide(county, "retire", "first", TOWN_B)).status_code == 200
    states = {each["household_id"]: each["rule_state"] for each in await county.findings(rules={RULE})}
    assert states == {"h1": "active", "h2": "retired"}
    told = await county.client.get(f"/v1/findings/{finding['finding_id']}/explanation", headers=county.headers())
    assert told.json()["rule"]["state"] == "retired"
    assert told.json()["rule"]["state_reason"] == "误报较多,待核对"
    await worked(county)
    assert await homeless(county) == ["h1"]
    assert await coverage(county) == {TOWN_A: ("evaluated", None, 1), TOWN_B: ("not_evaluated", "retired", 0)}
    whole, _ = await seen(county)
    assert (whole["state"], [step["area_code"] for step in whole["elsewhere"]]) == ("active", [TOWN_B])
    assert (await seen(county, area=TOWN_B))[0]["state"] == "retired"
    await county.compare()
    assert await homeless(county) == ["h1"], "a run of the whole county keeps to it"


async def test_decisions_that_are_refused_change_nothing(county: Any) -> None:
    _, tag = await seen(county)
    assert (await decide(county, "activate", "first")).json()["code"] == "sharing.rule.already_active"
    assert (await decide(county, "retire", "first", department="HOU", tag=tag)).status_code == 403
    town = person(county, "town", areas=[TOWN_A]) | {"If-Match": tag}
    body = {"reason": "误报较多", "area_code": COUNTY}
    outside = await county.client.post(f"/v1/rules/{RULE}/retire", json=body, headers=town)
    assert outside.status_code == 404
    reads = person(county, "town", areas=[TOWN_A])
    assert (await county.client.get(f"/v1/rules/{RULE}?area={TOWN_B}", headers=reads)).status_code == 404
    unseen = await county.client.post(f"/v1/rules/{RULE}/retire", json={"reason": "误报"}, headers=person(county, "a"))
    assert unseen.status_code == 428
    reader = await county.client.post(
        f"/v1/rules/{RULE}/retire", json={"reason": "误报"}, headers=county.headers("rules:read") | {"If-Match": tag}
    )
    assert reader.status_code == 403
    assert (await seen(county))[0]["step"] is None
    assert (await decide(county, "retire", "first")).status_code == 200
    stale = await decide(county, "activate", "second", tag=tag)
    assert (stale.status_code, (await seen(county))[0]["state"]) == (412, "retired")
    assert (await decide(county, "retire", "second")).json()["code"] == "sharing.rule.not_active"


async def test_new_version_of_a_retired_rule_waits_for_somebody_and_others_see_only_their_steps(county: Any) -> None:
    await decide(county, "retire", "first", TOWN_B)
    await county.rows("UPDATE rule_step SET digest = 'of another version' RETURNING 1")
    async with county.database.transaction() as session:
        assert [(each.area_code, each.why) for each in await states_of(session, load_catalogue())] == [
            (TOWN_B, "not_active")
        ]
    assert (await seen(county, area=TOWN_B))[0]["state"] == "not_active"
    await worked(county)
    assert (await coverage(county))[TOWN_B] == ("not_evaluated", "not_active", 0)
    for area, total in ((TOWN_A, 0), (VILLAGE_B, 1)):
        own = county.headers("rules:read", areas=[area])
        assert (await county.client.get(f"/v1/rules/{RULE}/steps", headers=own)).json()["total"] == total
        [rule] = [rule for rule in (await county.client.get("/v1/rules", headers=own)).json() if rule["id"] == RULE]
        assert rule["life"]["state"] == ("not_active" if total else "active")
