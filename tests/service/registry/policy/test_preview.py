"""Who reviews a proposed profile sees what it would change: its values, households and duties, by township."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from registry_world import (
    COUNTY,
    OTHER_TOWN,
    OTHER_VILLAGE,
    TOWN,
    VILLAGE,
    household,
    household_id,
    member,
    ndjson,
    send,
)

from registry.episodes.duties import sweep_job
from servicekit import clock
from servicekit.db import Database
from servicekit.ids import new_id

Headers = dict[str, str]


def _home(number: int, wage: str, village: str = VILLAGE, **more: Any) -> dict[str, Any]:
    nothing = dict.fromkeys(("business", "property", "transfer", "business_cost", "insurance_payout", "self_paid"), "0")
    incomes = [{"year": 2025, "wage": "1"} | nothing, {"year": 2026, "wage": wage} | nothing]
    person = member(470 + number, labour=more.pop("labour", "1"))
    return household(f"99V{number:07d}", person, village_code=village, incomes=incomes, **more)


@pytest.fixture(scope="module", autouse=True)
async def homes(client: httpx.AsyncClient, county: Headers, registry_database: Database) -> None:
    """Incomes about the line: of whom the newest one counts; one household that is monitored."""
    monitor = {"category": "1", "identified_on": clock.today().isoformat(), "risk_types": ["01"]}
    rows = [
        _home(1, "8600.00"), _home(2, "8999.99", monitor=monitor), _home(3, "9000.00"), _home(4, "8499.99"),
        _home(5, "8700.00", OTHER_VILLAGE), _home(6, "8800.00", labour="3"),
    ]  # fmt: skip
    receipt = (await send(client, ndjson(*rows), county)).json()
    assert receipt["households"] == len(rows), receipt
    await sweep_job(registry_database)()


async def propose(client: httpx.AsyncClient, headers: Any, **parameters: Any) -> tuple[dict[str, Any], Headers]:
    ann = headers(person=new_id())
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()
    body = {"effective_from": tomorrow, "source_document": f"预览{new_id()}", "parameters": parameters}
    answer = await client.put(f"/v1/policy-profiles/{COUNTY}", json=body, headers=ann)
    assert answer.status_code == 202, answer.text
    return answer.json(), ann


async def preview(client: httpx.AsyncClient, proposal: dict[str, Any], headers: Headers) -> httpx.Response:
    return await client.get(f"/v1/policy-proposals/{proposal['id']}/preview", headers=headers)


def moved(seen: httpx.Response) -> set[tuple[str, str, int, int]]:
    assert seen.status_code == 200, seen.text
    return {
        (row["parameter"], row["area_code"], row["come_below"], row["no_longer_below"])
        for row in seen.json()["households"]
    }


async def test_a_line_that_moves_names_by_township_whom_it_comes_to_hold(
    client: httpx.AsyncClient, county: Headers, headers: Any
) -> None:
    proposal, _ = await propose(client, headers, **{"income.monitoring_line": "9000"})
    assert (proposal["phase"], proposal["phase_label"]["zh"]) == ("draft", "草案,待复核")
    (change,) = proposal["changes"]
    assert (change["title"]["zh"], change["unit"]["zh"]) == ("监测线", "元/人·年")
    assert (change["before"], change["after"]) == ("8500", "9000")
    up = await preview(client, proposal, county)
    line = "income.monitoring_line"
    assert moved(up) == {(line, TOWN, 3, 0), (line, OTHER_TOWN, 1, 0)}, (
        "the newest income, and the line itself is not below"
    )
    assert up.json()["duties"] == []
    down, _ = await propose(client, headers, **{"income.monitoring_line": "8499.99"})
    assert moved(await preview(client, down, county)) == {(line, TOWN, 0, 1)}
    labour, _ = await propose(client, headers, **{"income.focus_line_labour": "8900"})
    assert moved(await preview(client, labour, county)) == {("income.focus_line_labour", TOWN, 0, 2)}, "with labour"


async def test_duties_whose_day_is_counted_anew_are_counted(
    client: httpx.AsyncClient, county: Headers, headers: Any
) -> None:
    wanted = {"clock.plan_limit_days": 12, "clock.first_measure_days": 31, "alerts.gap_days": 16}
    proposal, _ = await propose(client, headers, **wanted)
    seen = (await preview(client, proposal, county)).json()
    assert {(row["kind"], row["area_code"], row["duties"]) for row in seen["duties"]} == {
        ("D06", TOWN, 1), ("D07", TOWN, 1),
    }  # fmt: skip
    assert seen["duties"][0]["kind_label"]["zh"] == "制定帮扶计划"
    assert len(seen["proposal"]["changes"]) == 3


async def test_a_township_with_a_profile_of_its_own_keeps_it(
    client: httpx.AsyncClient, county: Headers, headers: Any, set_policy: Any
) -> None:
    own = {"effective_from": "2026-01-01", "source_document": "乙镇", "parameters": {"income.monitoring_line": "8600"}}
    await set_policy(OTHER_TOWN, own)
    proposal, _ = await propose(client, headers, **{"income.monitoring_line": "9000"})
    assert {area for _, area, _, _ in moved(await preview(client, proposal, county))} == {TOWN}


async def test_it_is_seen_until_it_holds_by_those_whose_region_it_is(
    client: httpx.AsyncClient, county: Headers, headers: Any
) -> None:
    proposal, ann = await propose(client, headers, **{"med.red_factor": 3})
    for stranger, status in ((headers(areas=[TOWN]), 404), (headers(scopes=["policy:write"]), 403)):
        assert (await preview(client, proposal, stranger)).status_code == status
    decision = f"/v1/policy-proposals/{proposal['id']}/decision"
    agreed = await client.post(decision, json={"agrees": True, "note": "一致"}, headers=headers(person=new_id()))
    assert (agreed.json()["phase"], agreed.json()["changes"][0]["before"]) == ("reviewed", "2")
    assert (await preview(client, proposal, county)).status_code == 200, "its day has not come"
    gone, _ = await propose(client, headers, **{"med.red_factor": 4})
    place = f"/v1/policy-proposals/{gone['id']}/decision"
    await client.post(place, json={"agrees": False, "note": "不予采用"}, headers=headers(person=new_id()))
    over = await preview(client, gone, county)
    assert (over.status_code, over.json()["code"]) == (409, "registry.policy.proposal_decided")
    assert ann
    assert await household_id(client, "99V0000001", county)
