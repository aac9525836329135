"""A file that says when it was found: what is known of a later day stays, whenever the file arrives."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
from registry_world import household, member, ndjson, outbox, send

from servicekit import clock
from servicekit.db import Database


def ago(days: int) -> str:
    """Give a day before today."""
    return (clock.today() - timedelta(days=days)).isoformat()


async def take(client: httpx.AsyncClient, headers: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    """Import a household."""
    receipt: dict[str, Any] = (await send(client, ndjson(body), headers)).json()
    assert receipt["state"] == "done", receipt
    return receipt


async def shown(client: httpx.AsyncClient, headers: dict[str, str], hh_no: str) -> Any:
    """Give a household as it is."""
    (found,) = (await client.get("/v1/households", params={"hh_no": hh_no}, headers=headers)).json()["items"]
    return found


async def test_an_older_file_that_comes_late_changes_nothing_and_says_so(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    number = "99H0008301"
    newer = household(number, member(431), group_name="5组", as_of=ago(3))
    older = household(number, member(431), member(432, relation="spouse", female=True), group_name="3组", as_of=ago(9))
    await take(client, county, newer)
    home = await shown(client, county, number)
    told = len(await outbox(registry_database, "registry.household.v1", home["id"]))
    receipt = await take(client, county, older)
    assert (receipt["updated"], receipt["unchanged"]) == (0, 1)
    assert number in receipt["warnings"][0]
    assert await shown(client, county, number) == home
    assert len(await outbox(registry_database, "registry.household.v1", home["id"])) == told
    again = await take(client, county, newer | {"as_of": ago(1)})  # the same, found again
    assert (again["unchanged"], again["warnings"]) == (1, [])
    between = await take(client, county, newer | {"group_name": "4组", "as_of": ago(2)})
    assert (between["unchanged"], (await shown(client, county, number))["group_name"]) == (1, "5组")
    now = await take(client, county, household(number, member(431), group_name="6组"))
    assert (now["updated"], (await shown(client, county, number))["group_name"]) == (1, "6组")


async def test_what_was_changed_by_hand_after_the_day_of_the_file_stays(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    number = "99H0008311"
    family = [
        member(441),
        member(442, "20100101", relation="child", labour="5"),
        member(443, "20110101", relation="child"),
    ]
    await take(client, county, household(number, *family, as_of=ago(20)))
    home = await shown(client, county, number)
    head, leaving = home["members"][0]["id"], home["members"][2]["id"]
    change = {
        "group_name": "5组",
        "occurred_on": ago(4),
        "members": [
            {"id": head, "labour": "3"},
            {"id": leaving, "left_on": ago(4), "left_reason": "迁出"},
            member(444, relation="spouse", female=True),
        ],
    }
    patched = await client.patch(f"/v1/households/{home['id']}", json=change, headers=county | {"If-Match": '"v1"'})
    assert patched.status_code == 200, patched.text
    family[1] = family[1] | {"labour": "4"}
    receipt = await take(client, county, household(number, *family, group_name="3组", hh_type="1", as_of=ago(10)))
    assert receipt["updated"] == 1, receipt
    after = await shown(client, county, number)
    assert (after["group_name"], after["hh_type"], after["population"]) == ("5组", "1", 3)
    people = {item["relation"]: item for item in after["members"]}
    assert (people["head"]["labour"], people["child"]["labour"]) == ("3", "4")
    assert {item["id"] for item in after["members"]} >= {head, home["members"][1]["id"]}
    assert leaving not in {item["id"] for item in after["members"]}
    assert "spouse" in people  # joined after the day of the file


async def test_a_file_of_a_day_to_come_is_refused(client: httpx.AsyncClient, county: dict[str, str]) -> None:
    receipt = (await send(client, ndjson(household("99H0008321", member(451), as_of=ago(-1))), county)).json()
    assert receipt["reject_codes"] == {"as_of.range": 1}
