"""A change that was made on an older version has no effect, and is seen by both sides until somebody settles it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from registry_world import VILLAGE, household, household_id, member, ndjson, send


async def registered(client: httpx.AsyncClient, county: dict[str, str], serial: int) -> dict[str, Any]:
    hh_no = f"99V{serial:07d}"
    await send(client, ndjson(household(hh_no, member(serial, "19720606"))), county)
    home = await client.get(f"/v1/households/{await household_id(client, hh_no, county)}", headers=county)
    return dict(home.json())


ROUTES = [
    ("PATCH", "", {"phone": "13800000000"}, "patch", ["phone"]),
    ("POST", "/renumber", {"hh_no": "99V9999999", "reason": "户口簿换发"}, "renumber", ["hh_no", "reason"]),
    (
        "POST",
        "/merge",
        {"into": "the other", "reason": "并户登记"},
        "merge",
        ["into", "reason"],
    ),
]


@pytest.mark.parametrize(("method", "path", "body", "change", "fields"), ROUTES)
async def test_a_stale_change_is_kept_without_its_values(
    client: httpx.AsyncClient, county: dict[str, str], headers: Any, method: str, path: str, body: Any, change: str,
    fields: list[str],
) -> None:  # fmt: skip
    home = await registered(client, county, {"patch": 301, "renumber": 302, "merge": 303}[change])
    if "into" in body:
        body = body | {"into": (await registered(client, county, 320))["id"]}
    place, other = f"/v1/households/{home['id']}", headers(client_id="second")
    await client.patch(place, json={"group_name": "二组"}, headers=county | {"If-Match": "*"})
    stale = await client.request(method, place + path, json=body, headers=other | {"If-Match": '"v1"'})
    assert stale.status_code == 412, stale.text
    for side in (county, other):
        (kept,) = (await client.get(place, headers=side)).json()["refused"]
        assert (kept["refused_by"], kept["is_open"], kept["seen_etag"]) == ("second", True, '"v1"')
        assert kept["current_etag"] not in (None, kept["seen_etag"])
        assert (kept["decision"]["change"], kept["decision"]["fields"]) == (change, fields)
        assert not {str(value) for value in body.values()} & set(str(kept["decision"]).split("'"))
    listed = await client.get("/v1/households", params={"has_refused": "true", "area": VILLAGE}, headers=county)
    assert home["id"] in {item["id"] for item in listed.json()["items"]}
    settle = f"{place}/refused/{kept['id']}/settle"
    settled = await client.post(settle, headers=county)
    assert settled.json()["refused"][0]["is_open"] is False, settled.text
    again = await client.post(settle, headers=county)
    assert (again.status_code, again.json()["code"]) == (404, "refused_decision.not_open")


async def test_a_stale_correction_of_a_person_is_seen_on_the_household_and_ends_when_it_is_made_anew(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    home = await registered(client, county, 340)
    person, place = home["members"][0]["id"], f"/v1/households/{home['id']}"
    await client.patch(place, json={"group_name": "二组"}, headers=county | {"If-Match": "*"})
    body = {"name": "王更正", "reason": "户口簿更正"}
    url = f"/v1/persons/{person}/correction"
    stale = await client.post(url, json=body, headers=county | {"If-Match": '"v1"'})
    assert stale.status_code == 412, stale.text
    (kept,) = (await client.get(place, headers=county)).json()["refused"]
    assert kept["decision"] == {"change": "correction", "fields": ["name", "reason"], "person_id": person}
    done = await client.post(url, json=body, headers=county | {"If-Match": "*"})
    assert (done.status_code, done.json()["refused"][0]["is_open"]) == (200, False), done.text


async def test_a_change_neither_merges_nor_takes_a_merger_back(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    home = await registered(client, county, 360)
    refused = await client.patch(
        f"/v1/households/{home['id']}", json={"status": "merged"}, headers=county | {"If-Match": "*"}
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "registry.household.ended")


async def test_a_repeated_change_has_one_effect_and_a_repeated_refusal_is_kept_once(
    client: httpx.AsyncClient, county: dict[str, str], headers: Any
) -> None:
    """An app whose connection broke sends all of it again, with the ETags of before."""
    home = await registered(client, county, 380)
    place, keyed = f"/v1/households/{home['id']}", {"Idempotency-Key": "app-380"}
    sent = county | {"If-Match": f'"v{home["version"]}"'}
    first, again = [await client.patch(place, json={"group_name": "三组"}, headers=sent | keyed) for _ in range(2)]
    assert (first.status_code, again.status_code) == (200, 200), again.text
    assert (first.headers["etag"], again.headers["idempotent-replayed"]) == (again.headers["etag"], "true")
    assert again.json() == first.json()
    reused = await client.patch(place, json={"group_name": None}, headers=sent | keyed)
    assert (reused.status_code, reused.json()["code"]) == (422, "idempotency_key_reused")
    other = headers(client_id="second") | {"If-Match": sent["If-Match"], "Idempotency-Key": "app-381"}
    for _ in range(2):
        stale = await client.patch(place, json={"group_name": "四组"}, headers=other)
        assert stale.status_code == 412, stale.text
    kept = (await client.get(place, headers=county)).json()["refused"]
    assert [(each["refused_by"], each["is_open"]) for each in kept] == [("second", True)]


async def test_of_a_stale_change_codes_are_kept_and_what_may_name_a_person_is_not(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    """Both sides see what was proposed, as far as the household's events tell it."""
    home = await registered(client, county, 390)
    place = f"/v1/households/{home['id']}"
    proposed = {"is_resettled": True, "housing_tenure": "rented_safe", "phone": "13800000001", "group_name": "王家组"}
    stale = await client.patch(place, json=proposed, headers=county | {"If-Match": '"v0"'})
    assert stale.status_code == 412, stale.text
    (kept,) = (await client.get(place, headers=county)).json()["refused"]
    assert kept["decision"] == {
        "change": "patch",
        "fields": sorted(proposed),
        "values": {"is_resettled": True, "housing_tenure": "rented_safe"},
    }
