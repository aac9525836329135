"""Incomes and statuses are changed on request too: of a day, with evidence, by two where the profile wants it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from change_case import DAY, Home, new_home
from registry_world import VILLAGE, outbox

from servicekit import clock
from servicekit.db import Database

EARNED = {"year": 2026, "wage": "12000.00"}
TODAY = {"occurred_on": clock.today().isoformat()}  # the register was filled today


@pytest.fixture
async def home(client: httpx.AsyncClient, county: dict[str, str], headers: Any) -> Home:
    return await new_home(client, county, headers(client_id="town-leader"))


async def _incomes(home: Home) -> list[tuple[Any, ...]]:
    listed = await home.client.get(f"/v1/households/{home.id}/incomes", headers=home.asker)
    return [
        (row["year"], row["version"], row["wage"], row["as_of"])
        for row in listed.json()["items"]
        if row["superseded_at"] is None
    ]


async def test_an_income_counts_once_somebody_else_has_approved_it(home: Home, registry_database: Database) -> None:
    """F-A42: the amounts that are not named stay; it is of the day on which it was found."""
    before = await _incomes(home)
    request = await home.asked("income", EARNED, **TODAY)
    assert (request["state"], request["level"], request["content"]) == ("proposed", "township", EARNED)
    assert await _incomes(home) == before, "tried, and taken back"
    own = await home.say(request, "approve", home.asker)
    assert own.status_code == 403, own.text
    done = await home.approved(request)
    assert done["applied_version"] > request["seen_version"]
    assert await _incomes(home) == [(2026, 2, "12000.00", TODAY["occurred_on"])]
    told = (await outbox(registry_database, "registry.household.v1", home.id))[-1]["incomes"]
    assert [row["net"] for row in told if row["year"] == 2026] == ["13300.25"]


async def test_amounts_that_were_registered_meanwhile_are_not_overwritten(home: Home) -> None:
    request = await home.asked("income", EARNED, **TODAY)
    rival = await home.asked("income", EARNED | {"wage": "1.00"}, **TODAY)
    assert rival["contradicts"] == [request["id"]]
    await home.approved(request)
    overtaken = await home.say(rival, "approve")
    assert (overtaken.status_code, overtaken.json()["code"]) == (409, "registry.change_request.overtaken")
    shown = (await home.client.get(f"/v1/change-requests/{rival['id']}", headers=home.asker)).json()
    (between,) = shown["contested"]
    assert (between["path"], between["title"]) == ("income.2026", "2026年收支 / income and expenditure of 2026")
    assert (between["was"]["wage"], between["now"]["wage"]) == ("30000.00", "12000.00")
    other = await home.asked("income", EARNED | {"year": 2025}, **TODAY)
    assert other["contradicts"] == [], "another year"


async def test_a_status_is_changed_with_its_day_and_evidence(home: Home) -> None:
    """F-A12."""
    request = await home.asked("status", {"safe": {"water": False}, "note": "水质检测不合格"})
    done = await home.approved(request)
    assert done["state"] == "applied"
    now = (await home.client.get(f"/v1/households/{home.id}/statuses", headers=home.asker)).json()["current"]
    assert (now["water"]["is_safe"], now["water"]["checked_on"]) == (False, DAY)
    assert (now["water"]["note"], now.keys()) == ("水质检测不合格", {"water"})
    later = await home.asked("status", {"safe": {"water": True}})
    visit = {"statuses": {"water": {"is_safe": True, "checked_on": "2026-11-20"}}}
    put = await home.client.put(f"/v1/households/{home.id}/statuses", json=visit, headers=home.asker)
    assert put.status_code == 200
    overtaken = await home.say(later, "approve")
    assert overtaken.json()["code"] == "registry.change_request.overtaken"
    old = await home.ask("status", {"safe": {"water": False}})
    assert (old.status_code, [error["code"] for error in old.json()["errors"]]) == (422, ["occurred_on.out_of_order"])


@pytest.mark.parametrize(
    ("kind", "content", "more", "found"),
    [
        ("income", {"year": 2026}, {}, ("/content", "content.empty")),
        ("income", EARNED | {"wage": "-1.00"}, {}, ("/content/wage", "greater_than_equal")),
        ("income", EARNED | {"salary": "1.00"}, {}, ("/content/salary", "extra_forbidden")),
        ("income", EARNED | {"year": 2099}, {}, ("/content/year", "year.range")),
        ("income", EARNED, {"evidence": []}, ("/evidence", "evidence.missing")),
        ("income", {"year": 2026, "wage": "5.00", "items": {"a1": "4.00"}}, {}, ("/content/wage", "wage.sum")),
        ("status", {"safe": {}}, {}, ("/content/safe", "too_short")),
        ("status", {"safe": {"roof": True}}, {}, ("/content/safe/roof/[key]", "enum")),
        ("status", {"safe": {"water": True}}, {"occurred_on": "2099-01-01"}, ("/occurred_on", "occurred_on.future")),
    ],
)
async def test_bad_input_is_told_where_it_stands(
    home: Home, kind: str, content: dict[str, Any], more: dict[str, Any], found: tuple[str, str]
) -> None:
    refused = await home.ask(kind, content, **more)
    assert refused.status_code == 422, refused.text
    assert [(error["pointer"], error["code"]) for error in refused.json()["errors"]] == [found]


async def test_where_the_profile_asks_nobody_it_counts_at_once(home: Home, set_policy: Any) -> None:
    told = {"effective_from": "2026-01-01", "source_document": "试验县户变更审批规定"}
    region = VILLAGE[:6] + "000000"
    await set_policy(region, told | {"parameters": {"changes.approval_income": "none"}})
    done = await home.asked("income", EARNED, **TODAY)
    assert (done["state"], done["level"]) == ("applied", None)
    assert await _incomes(home) == [(2026, 2, "12000.00", TODAY["occurred_on"])]
    await set_policy(region, told | {"parameters": {"changes.approval_income": "township"}})
