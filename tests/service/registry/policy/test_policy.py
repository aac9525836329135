"""Policy profiles: the shipped one, inheritance, versions, activation on their day (F-F22, F-G04)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any, cast

import httpx
import pytest
from registry_world import COUNTY, OTHER_TOWN, TOWN, VILLAGE, outbox

from contracts.parameters import DEFAULTS, PARAMETERS, Parameter
from contracts.registry import PolicyProfileActivated
from registry.policy import service
from servicekit import clock
from servicekit.db import Database
from servicekit.ids import new_id

NATION = "000000000000"


async def test_migration_ships_the_national_profile_with_a_source_for_every_number(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    shown = (await client.get(f"/v1/policy-profiles/{NATION}", headers=county)).json()
    assert shown["version"] == 1
    assert shown["parameters"].keys() == PARAMETERS.keys() == shown["sources"].keys()
    assert all(shown["sources"].values())
    for day, is_within in (("2021-06-30", True), ("2025-12-31", True), ("2026-01-01", False)):
        then = await client.get(f"/v1/policy-profiles/{NATION}", params={"on": day}, headers=county)
        assert then.json()["in_transition"] == is_within, "F-G06"
    (event,) = await outbox(registry_database, "registry.policy.v1", NATION)
    line = PolicyProfileActivated.model_validate(event).parameters["income.monitoring_line"]
    assert Decimal(str(line)) == 8500


async def test_a_region_without_a_profile_has_its_nearest_ancestors(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database, set_policy: Any
) -> None:
    """F-A15."""
    inherited = (await client.get(f"/v1/policy-profiles/{VILLAGE}", headers=county)).json()
    assert inherited["from_region"] == NATION
    body = {
        "effective_from": "2026-01-01",
        "source_document": "试验县〔2026〕1号",
        "parameters": {"income.monitoring_line": "8800", "clock.publicity_days": 7},
    }
    await set_policy(COUNTY, body)
    own = (await client.get(f"/v1/policy-profiles/{VILLAGE}", headers=county)).json()
    assert (own["from_region"], own["version"]) == (COUNTY, 1)
    assert (own["parameters"]["income.monitoring_line"], own["parameters"]["med.self_paid_other"]) == ("8800", "26000")
    assert own["sources"]["income.monitoring_line"] == "试验县〔2026〕1号"
    earlier = await client.get(f"/v1/policy-profiles/{VILLAGE}", params={"on": "2025-12-31"}, headers=county)
    assert earlier.json()["from_region"] == NATION
    (event,) = await outbox(registry_database, "registry.policy.v1", COUNTY)
    assert event["parameters"]["clock.publicity_days"] == "7"
    assert event["parameters"].keys() == PARAMETERS.keys(), "a consumer needs no second profile"


async def test_a_future_version_is_announced_on_its_day_and_not_before(
    registry_database: Database, move_clock: Any, set_policy: Any
) -> None:
    tomorrow = clock.today() + timedelta(days=1)
    body = {
        "effective_from": tomorrow.isoformat(),
        "source_document": "甲镇试行",
        "parameters": {"alerts.orange_to_red": 3},
    }
    put = await set_policy(TOWN, body)
    assert put.json()["activated_at"] is None
    assert await outbox(registry_database, "registry.policy.v1", TOWN) == []
    move_clock(86400.0)
    for expected in (1, 0):
        async with registry_database.transaction() as session:
            assert await service.activate_due(session) == expected
    (event,) = await outbox(registry_database, "registry.policy.v1", TOWN)
    assert event["parameters"]["alerts.orange_to_red"] == "3"


async def test_a_backdated_version_is_announced_and_does_not_replace_the_one_in_force(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database, set_policy: Any
) -> None:
    url = f"/v1/policy-profiles/{OTHER_TOWN}"
    for effective_from, line in (("2026-03-01", "9000"), ("2026-01-01", "8000")):
        body = {
            "effective_from": effective_from,
            "source_document": "x",
            "parameters": {"income.monitoring_line": line},
        }
        await set_policy(OTHER_TOWN, body)
    events = await outbox(registry_database, "registry.policy.v1", OTHER_TOWN)
    # The one in force comes last again: a compacted topic keeps the newest value of a region.
    assert [(event["version"], event["parameters"]["income.monitoring_line"]) for event in events] == [
        (1, "9000"),
        (2, "8000"),
        (1, "9000"),
    ]
    february = await client.get(url, params={"on": "2026-02-01"}, headers=county)
    assert february.json()["parameters"]["income.monitoring_line"] == "8000"


async def test_wrong_parameters_are_named_and_nothing_is_kept(
    client: httpx.AsyncClient, county: dict[str, str], headers: Any
) -> None:
    body = {
        "effective_from": "2026-01-01",
        "source_document": "x",
        "parameters": {
            "income.monitoring_lime": 1,
            "clock.publicity_days": 4,
            "income.drop_red_share": "1.5",
            "clock.identify_limit_unit": "lunar",
            "alerts.verifiers_min": 2.5,
            "med.outpatient_month": "NaN",
        },
    }
    response = await client.put(f"/v1/policy-profiles/{VILLAGE}", json=body, headers=county)
    assert (response.status_code, response.json()["code"]) == (422, "registry.policy.invalid")
    assert {error["pointer"]: error["code"] for error in response.json()["errors"]} == {
        "/parameters/income.monitoring_lime": "parameter.unknown",
        "/parameters/clock.publicity_days": "parameter.range",
        "/parameters/income.drop_red_share": "parameter.range",
        "/parameters/clock.identify_limit_unit": "parameter.code",
        "/parameters/alerts.verifiers_min": "parameter.type",
        "/parameters/med.outpatient_month": "parameter.range",
    }
    body["parameters"] = {"edu.compulsory_age_from": 17}
    clash = await client.put(f"/v1/policy-profiles/{VILLAGE}", json=body, headers=county)
    assert [error["pointer"] for error in clash.json()["errors"]] == ["/parameters/edu.compulsory_age_to"]
    stranger = headers(areas=[OTHER_TOWN])
    body["parameters"] = {"alerts.verifiers_min": 3}
    assert (await client.put(f"/v1/policy-profiles/{COUNTY}", json=body, headers=stranger)).status_code == 404
    assert (
        await client.put(f"/v1/policy-profiles/{COUNTY}", json=body, headers=headers(scopes=["policy:read"]))
    ).status_code == 403


async def test_the_same_profile_put_again_is_no_new_version(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database, set_policy: Any
) -> None:
    """P1: a client that got no answer repeats its PUT."""
    body = {
        "effective_from": "2026-03-01",
        "source_document": "试验县〔2026〕3号",
        "parameters": {"income.monitoring_line": "8900"},
    }
    before = len(await outbox(registry_database, "registry.policy.v1", OTHER_TOWN))
    url = f"/v1/policy-profiles/{OTHER_TOWN}"
    asked = [(await client.put(url, json=body, headers=county)).json()["id"] for _ in range(2)]
    assert asked[0] == asked[1], "one proposal"
    first, again = [await set_policy(OTHER_TOWN, body) for _ in range(2)]
    assert first.json()["version"] == again.json()["version"]
    assert len(await outbox(registry_database, "registry.policy.v1", OTHER_TOWN)) == before + 1
    other = await set_policy(OTHER_TOWN, body | {"parameters": {"income.monitoring_line": "9000"}})
    assert other.json()["version"] == first.json()["version"] + 1


async def test_a_parameter_that_no_profile_sets_takes_its_default_and_the_answer_says_so(
    client: httpx.AsyncClient,
    county: dict[str, str],
    registry_database: Database,
    monkeypatch: pytest.MonkeyPatch,
    set_policy: Any,
) -> None:
    """A later release may add parameters: profiles that were recorded before stay valid."""
    added = Parameter(name="civ.added", type="int", default="6", zh="新增", en="added", source="[assumption]")
    monkeypatch.setitem(cast(dict[str, Parameter], PARAMETERS), "civ.added", added)
    monkeypatch.setitem(DEFAULTS, "civ.added", Decimal(6))
    url = f"/v1/policy-profiles/{OTHER_TOWN}"
    old = (await client.get(url, headers=county)).json()
    assert (old["parameters"]["civ.added"], old["sources"]["civ.added"]) == ("6", "[assumption]")
    assert "civ.added" in old["defaulted"]
    body = {"effective_from": "2026-04-01", "source_document": "试验县〔2026〕4号", "parameters": {"civ.temp_count": 4}}
    for _ in range(2):
        put = await set_policy(OTHER_TOWN, body)
        assert put.json()["parameters"]["civ.added"] == "6"
        assert put.json()["defaulted"] == old["defaulted"]
    assert (await outbox(registry_database, "registry.policy.v1", OTHER_TOWN))[-1]["parameters"]["civ.added"] == "6"
    body["parameters"] = {"civ.added": 7}
    named = (await set_policy(OTHER_TOWN, body)).json()
    assert named["parameters"]["civ.added"] == "7"
    assert "civ.added" not in named["defaulted"]


async def test_a_profile_counts_when_another_person_has_confirmed_it(
    client: httpx.AsyncClient, county: dict[str, str], headers: Any
) -> None:
    """ASVS 2.3.5. One person is one, whatever application; who proposes may take it back."""
    url = f"/v1/policy-profiles/{VILLAGE}"
    before = (await client.get(url, headers=county)).json()
    body = {"effective_from": "2026-01-01", "source_document": "两人", "parameters": {"income.monitoring_line": "8801"}}
    ann, bea = (headers(person=new_id(), client_id=name) for name in ("desk", "other"))
    proposed = (await client.put(url, json=body, headers=ann)).json()
    assert (proposed["state"], proposed["decided_by"]) == ("open", None)
    decision = f"/v1/policy-proposals/{proposed['id']}/decision"
    said = {"agrees": True, "note": "核对一致"}
    own = await client.post(decision, json=said, headers=ann)
    assert (own.status_code, own.json()["code"]) == (403, "registry.policy.second_person")
    assert (await client.get(url, headers=county)).json() == before, "nothing has changed yet"
    outside = await client.post(decision, json=said, headers=headers(areas=[OTHER_TOWN], person=new_id()))
    assert (outside.status_code, outside.json()["code"]) == (404, "registry.policy.proposal_not_found")
    confirmed = await client.post(decision, json=said, headers=bea)
    assert (confirmed.status_code, confirmed.json()["state"]) == (200, "confirmed"), confirmed.text
    assert (await client.post(decision, json=said, headers=bea)).json() == confirmed.json(), "a repeat changes nothing"
    after = (await client.get(url, headers=county)).json()
    assert (after["version"], after["parameters"]["income.monitoring_line"]) == (confirmed.json()["version"], "8801")
    late = await client.post(decision, json=said | {"agrees": False}, headers=ann)
    assert (late.status_code, late.json()["code"]) == (409, "registry.policy.proposal_decided")
    listed = (await client.get("/v1/policy-proposals", params={"area": VILLAGE}, headers=county)).json()["items"]
    assert listed[0] == confirmed.json()
    assert listed[0]["proposed_by"] != listed[0]["decided_by"]


async def test_a_proposal_that_was_overtaken_or_taken_back_is_not_confirmed(
    client: httpx.AsyncClient, headers: Any, set_policy: Any
) -> None:
    body = {"effective_from": "2026-01-01", "source_document": "先后", "parameters": {"income.monitoring_line": "8802"}}
    url, said = f"/v1/policy-profiles/{TOWN}", {"agrees": True, "note": "核对一致"}
    first, second = headers(person=new_id()), headers(person=new_id())
    stale = (await client.put(url, json=body, headers=first)).json()["id"]
    await set_policy(TOWN, body | {"source_document": "另一人"})
    refused = await client.post(f"/v1/policy-proposals/{stale}/decision", json=said, headers=second)
    assert (refused.status_code, refused.json()["code"]) == (409, "registry.policy.proposal_decided")
    own = await client.post(f"/v1/policy-proposals/{stale}/decision", json=said | {"agrees": False}, headers=first)
    assert (own.status_code, own.json()["state"]) == (200, "rejected")
    again = await client.put(url, json=body, headers=first)
    assert again.json()["id"] != stale
