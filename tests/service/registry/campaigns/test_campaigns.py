"""Campaigns of visits: a task a household, results one by one and late, coverage, and the duties of the villages."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from registry_world import COUNTY, household, member, outbox, send
from roster_case import appoint, made, person, refused, unit
from sqlalchemy import text

from contracts.registry import VisitRisksReported
from registry.campaigns.service import follow_job
from servicekit import clock
from servicekit.db import Database

Headers = Callable[..., dict[str, str]]
Caller = dict[str, str]

_TOWNS = itertools.count(150)
_SERIALS = itertools.count(1)
_DAY_S = 86_400.0
LARGE = 3_000


def day(offset: int = 0) -> str:
    return (clock.today() + timedelta(days=offset)).isoformat()


@dataclass
class Place:
    """A township with two villages, two households each, and a cadre of the first one."""

    town: str
    villages: tuple[str, str]
    homes: tuple[tuple[str, str], tuple[str, str]]
    cadre: str
    caller: Caller


@pytest.fixture
async def place(client: httpx.AsyncClient, county: Caller, headers: Headers) -> Place:
    town = f"990101{next(_TOWNS)}000"
    villages = (f"{town[:9]}201", f"{town[:9]}202")
    rows = [f"{town},镇{town},{COUNTY},2020-01-01", *(f"{code},村{code},{town},2020-01-01" for code in villages)]
    listed = "code,name,parent_code,valid_from\n" + "\n".join(rows) + "\n"
    done = await send(client, listed.encode(), county, kind="text/csv", path="/v1/areas/import")
    assert done.json()["state"] == "done", done.text
    homes = [(await home(client, county, code), await home(client, county, code)) for code in villages]
    cadre = await person(client, county, await unit(client, county, "village", villages[0]))
    await appoint(client, county, cadre, "VILLAGE", villages[0])
    scopes = ("households:read", "contacts:write", "staff:read")
    caller = headers(areas=[villages[0]], scopes=scopes, person=cadre, client_id="app")
    return Place(town, villages, (homes[0], homes[1]), cadre, caller)


async def home(client: httpx.AsyncClient, headers: Caller, village: str, **more: Any) -> str:
    serial = next(_SERIALS)
    body = household(f"99S{serial:07d}", member(serial), village_code=village, **more)
    return str((await made(client, headers, "/v1/households", **body))["id"])


async def opened(client: httpx.AsyncClient, headers: Caller, area: str, **more: Any) -> dict[str, Any]:
    body = {"kind": "sweep", "name": "下半年集中排查", "area_code": area, "from_on": day(-10), "until_on": day(20)}
    return dict(await made(client, headers, "/v1/campaigns", **(body | {"form_version": "2026-2"} | more)))


async def visit(client: httpx.AsyncClient, caller: Caller, campaign: str, home_id: str, **more: Any) -> dict[str, Any]:
    body = {"household_id": home_id, "campaign_id": campaign, "happened_on": day(), "way": "visit"} | more
    return dict(await made(client, caller, "/v1/contacts", **body))


async def tasks(client: httpx.AsyncClient, caller: Caller, campaign: str, **query: Any) -> dict[str, Any]:
    answer = await client.get(f"/v1/campaigns/{campaign}/tasks", params=query, headers=caller)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def states(client: httpx.AsyncClient, caller: Caller, campaign: str, **query: Any) -> dict[str, str]:
    return {item["household_id"]: item["state"] for item in (await tasks(client, caller, campaign, **query))["items"]}


async def duties(database: Database, campaign: str, village: str) -> list[tuple[int, str | None]]:
    said = await outbox(database, "registry.duty.v1", f"D11-{campaign}-{village}")
    return [(each["revision"], each.get("outcome")) for each in said]


async def test_every_household_of_the_area_has_a_task_that_people_recognise(
    client: httpx.AsyncClient, county: Caller, place: Place, registry_database: Database
) -> None:
    """F-A11, F-A18: a full sweep."""
    campaign = await opened(client, county, place.town)
    assert (campaign["state"], campaign["kind_label"]) == ("running", "集中排查")
    listed = await tasks(client, county, campaign["id"], limit=3)
    assert (listed["total"], len(listed["items"]), listed["titles"]) == (4, 3, "shown")
    rest = await tasks(client, county, campaign["id"], limit=3, cursor=listed["next_cursor"])
    assert rest["next_cursor"] is None
    rows = listed["items"] + rest["items"]
    assert {row["household_id"] for row in rows} == {*place.homes[0], *place.homes[1]}
    assert {row["state_label"] for row in rows} == {"待走访"}
    assert rows[0]["title"]["area_path"] == ["试验县", f"镇{place.town}", f"村{place.villages[0]}"]
    assert rows[0]["title"]["household"]["head"]["name"] == "张**"
    for village in place.villages:
        (told,) = await outbox(registry_database, "registry.duty.v1", f"D11-{campaign['id']}-{village}")
        assert (told["subject_id"], told["area_code"]) == (f"{campaign['id']}/{village}", village)
        assert (told["due_on"], told["household_id"]) == (day(20), None)


async def test_two_of_a_kind_do_not_run_in_one_place(client: httpx.AsyncClient, county: Caller, place: Place) -> None:
    campaign = await opened(client, county, place.town)
    body = {"kind": "sweep", "name": "再次排查", "from_on": day(20), "until_on": day(40), "form_version": "1"}
    for area in (place.town, place.villages[0]):
        answer = await client.post("/v1/campaigns", json=body | {"area_code": area}, headers=county)
        document = answer.json()
        assert (answer.status_code, document["code"]) == (409, "registry.campaign.overlaps")
        assert document["campaign_id"] == campaign["id"]
    await opened(client, county, place.town, from_on=day(21), until_on=day(40))
    await opened(client, county, place.town, kind="verification")
    for wrong, code in (
        ({"until_on": day(-20)}, "until_on.before"),
        ({"area_code": "990101999000"}, "area_code.unknown"),
    ):
        asked = {"area_code": place.town, **body, "from_on": day(-10), "kind": "follow_up"} | wrong
        assert await refused(client, county, "/v1/campaigns", **asked) == (422, "registry.campaign.invalid", [code])


async def test_other_kinds_concern_those_whom_they_are_about(
    client: httpx.AsyncClient, county: Caller, place: Place
) -> None:
    """F-A34, F-D01: periodic verification, and the follow-up of resettled households."""
    monitor = {"category": "1", "identified_on": "2026-01-10", "risk_types": ["01"]}
    watched = await home(client, county, place.villages[0], monitor=monitor)
    former = await home(client, county, place.villages[1], hh_type="1")
    moved = await home(client, county, place.villages[1], is_resettled=True)
    verified = await opened(client, county, place.town, kind="verification")
    assert set(await states(client, county, verified["id"])) == {watched, former}
    followed = await opened(client, county, place.town, kind="follow_up")
    assert set(await states(client, county, followed["id"])) == {moved}
    listed = (await client.get("/v1/campaigns", params={"area": place.villages[0]}, headers=county)).json()
    assert {item["id"] for item in listed["items"]} >= {verified["id"], followed["id"]}
    kinds = {"area": place.town, "kind": "follow_up", "state": "running"}
    (only,) = (await client.get("/v1/campaigns", params=kinds, headers=county)).json()["items"]
    assert only["id"] == followed["id"]


async def test_the_last_visit_ends_the_villages_duty_and_a_late_older_result_changes_nothing(
    client: httpx.AsyncClient, county: Caller, place: Place, registry_database: Database
) -> None:
    """F-A11, F-G07: two times; both visits of a household stay."""
    campaign = (await opened(client, county, place.town))["id"]
    one, two = place.homes[0]
    first = await visit(client, place.caller, campaign, one, outcome="absent")
    assert (first["staff_id"], first["recorded_by"]) == (place.cadre, f"staff:{place.cadre}")
    again = await visit(client, place.caller, campaign, one, happened_on=day(-1))
    late = await visit(client, place.caller, campaign, one, happened_on=day(-5), risk_types=["11"])
    (row,) = [row for row in (await tasks(client, county, campaign))["items"] if row["household_id"] == one]
    assert (row["state"], row["contact_id"], row["visits"]) == ("no_risk", again["id"], 3)
    assert await duties(registry_database, campaign, place.villages[0]) == [(1, None)]
    await visit(client, place.caller, campaign, two, outcome="refused", note="不愿开门", way="phone")
    assert await duties(registry_database, campaign, place.villages[0]) == [(1, None), (2, "done")]
    assert await duties(registry_database, campaign, place.villages[1]) == [(1, None)]
    kept = (await client.get("/v1/contacts", params={"campaign_id": campaign}, headers=county)).json()
    assert [item["id"] for item in kept["items"]][1:] == [late["id"], again["id"], first["id"]]
    undone = await states(client, county, campaign, undone="true")
    assert undone == dict.fromkeys(place.homes[1], "open")


async def test_a_risk_goes_to_the_township_once_with_who_was_there(
    client: httpx.AsyncClient, county: Caller, place: Place, registry_database: Database
) -> None:
    campaign = (await opened(client, county, place.town))["id"]
    home_id, _ = place.homes[0]
    with_her = await person(client, county, await unit(client, county, "village", place.villages[0]))
    await appoint(client, county, with_her, "WORKTEAM", place.villages[0], unit_id=await unit(
        client, county, "workteam", place.villages[0]
    ))  # fmt: skip
    body = {
        "household_id": home_id, "campaign_id": campaign, "happened_on": day(), "way": "visit",
        "companions": [with_her], "risk_types": ["11", "01"], "statuses": {"housing": False, "water": True},
    }  # fmt: skip
    key = place.caller | {"Idempotency-Key": "visit-of-a-risk-0001"}
    for _ in range(2):  # the connection broke: the same step again
        answer = await client.post("/v1/contacts", json=body, headers=key)
        assert answer.status_code == 201, answer.text
    (told,) = await outbox(registry_database, "registry.visit.v1", home_id)
    event = VisitRisksReported.model_validate(told)
    assert (event.channel, event.campaign_id, event.risk_types) == ("CH4", campaign, ["11", "01"])
    assert event.visitors == [f"staff:{place.cadre}", f"staff:{with_her}"]
    assert event.visit_id == answer.json()["id"]
    assert await states(client, county, campaign, state="risk_found") == {home_id: "risk_found"}
    seen = (await client.get(f"/v1/households/{home_id}/statuses", headers=county)).json()["current"]
    assert {kind: (each["is_safe"], each["checked_on"]) for kind, each in seen.items()} == {
        "housing": (False, day()), "water": (True, day()),
    }  # fmt: skip
    plain = {"household_id": home_id, "happened_on": day(), "way": "visit", "risk_types": ["02"]}
    await made(client, place.caller, "/v1/contacts", **plain)
    assert (await outbox(registry_database, "registry.visit.v1", home_id))[-1]["channel"] == "CH2"


async def test_nobody_from_elsewhere_gives_a_result(
    client: httpx.AsyncClient, county: Caller, headers: Headers, place: Place
) -> None:
    campaign = (await opened(client, county, place.villages[0]))["id"]
    there, here = place.homes[1][0], place.homes[0][0]
    body = {"campaign_id": campaign, "happened_on": day(), "way": "visit"}
    outside = await refused(client, place.caller, "/v1/contacts", **body, household_id=there)
    assert outside[:2] == (404, "registry.household.not_found")
    theirs = await refused(client, county, "/v1/contacts", **body, household_id=there, staff_id=place.cadre)
    assert theirs == (422, "registry.contact.invalid", ["campaign_id.not_concerned"])
    early = await refused(client, place.caller, "/v1/contacts", **(body | {"happened_on": day(-11)}), household_id=here)
    assert early == (422, "registry.contact.invalid", ["happened_on.before_campaign"])
    stranger = await person(client, county, await unit(client, county, "village", place.villages[1]))
    await appoint(client, county, stranger, "VILLAGE", place.villages[1])
    posing = headers(areas=[place.town], scopes=("contacts:write",), person=stranger, client_id="app")
    assert (await refused(client, posing, "/v1/contacts", **body, household_id=here))[2] == ["staff_id.not_paired"]
    named = await refused(client, posing, "/v1/contacts", **body, household_id=here, staff_id=place.cadre)
    assert named[2] == ["staff_id.not_you"]
    town = headers(areas=["990101102000"], client_id="town-2")
    assert (await client.get(f"/v1/campaigns/{campaign}", headers=town)).status_code == 404
    assert (await client.get("/v1/campaigns", params={"area": place.town}, headers=town)).status_code == 404
    cancel = {"reason": "误发起"}
    assert (await refused(client, town, f"/v1/campaigns/{campaign}/cancel", **cancel))[0] == 404
    assert (await refused(client, place.caller, f"/v1/campaigns/{campaign}/cancel", **cancel))[0] == 403


async def test_coverage_by_village_and_rolled_up_within_the_callers_areas(
    client: httpx.AsyncClient, county: Caller, headers: Headers, place: Place
) -> None:
    campaign = (await opened(client, county, place.town))["id"]
    await visit(client, place.caller, campaign, place.homes[0][0], risk_types=["11"])
    await visit(client, place.caller, campaign, place.homes[0][1], outcome="absent")

    async def coverage(caller: Caller, **query: str) -> Any:
        answer = await client.get(f"/v1/campaigns/{campaign}/coverage", params=query, headers=caller)
        assert answer.status_code == 200, answer.text
        return answer.json()

    counts = {"due": 2, "visited": 1, "risk_found": 1, "absent": 1, "refused": 0, "open": 0, "percent": "50.0"}
    one, two = place.villages
    whole = await coverage(county)
    assert [item["area_code"] for item in whole["items"]] == [one, two]
    assert {name: whole["items"][0][name] for name in counts} == counts
    assert whole["items"][0]["area_path"][-1] == f"村{one}"
    assert (whole["total"]["due"], whole["total"]["percent"], whole["total"]["area_code"]) == (4, "25.0", None)
    (rolled,) = (await coverage(county, by="town"))["items"]
    assert (rolled["area_code"], rolled["due"], rolled["visited"]) == (place.town, 4, 1)
    assert (await coverage(county, by="county"))["items"][0]["area_code"] == COUNTY
    assert (await coverage(place.caller))["total"]["due"] == 2, "the village's own"
    asked = {"area": two}
    refusal = await client.get(f"/v1/campaigns/{campaign}/coverage", params=asked, headers=place.caller)
    assert refusal.status_code == 404
    assert (await coverage(county, **asked))["total"]["open"] == 2
    far = headers(areas=[COUNTY], grid="9", client_id="grid", person=place.cadre)
    assert (await coverage(far))["total"]["due"] == 0


async def test_who_comes_gets_a_task_who_ends_leaves_and_a_merged_village_takes_its_tasks_along(
    client: httpx.AsyncClient, county: Caller, place: Place, registry_database: Database
) -> None:
    campaign = (await opened(client, county, place.town))["id"]
    one, two = place.villages
    new = await home(client, county, one)
    direct = await home(client, county, one)
    await visit(client, place.caller, campaign, direct)  # before anybody looked who came
    etag = (await client.get(f"/v1/households/{place.homes[0][0]}", headers=county)).headers["etag"]
    into = {"into": place.homes[0][1], "reason": "核对户口簿", "relations": []}
    members = (await client.get(f"/v1/households/{place.homes[0][0]}", headers=county)).json()["members"]
    into["relations"] = [{"id": members[0]["id"], "relation": "other"}]
    merged = await client.post(
        f"/v1/households/{place.homes[0][0]}/merge", json=into, headers=county | {"If-Match": etag}
    )
    assert merged.status_code == 200, merged.text
    for _ in range(2):
        await follow_job(registry_database)()
    assert await states(client, county, campaign, area=one) == {
        new: "open", direct: "no_risk", place.homes[0][1]: "open",
    }  # fmt: skip
    change = {
        "effective_on": day(), "source_document": "某县民政〔2026〕12号", "moves": [{"from_code": one, "to_code": two}],
        "closes": [one],
    }  # fmt: skip
    done = await client.post("/v1/area-changes", json=change, headers=county)
    assert done.status_code < 300, done.text
    assert await duties(registry_database, campaign, one) == [(1, None), (2, "cancelled")]
    assert len(await states(client, county, campaign, area=two)) == 5
    reopened = await duties(registry_database, campaign, two)
    assert reopened == [(1, None)], "it has the duty already"


async def test_a_cancelled_campaign_takes_its_duties_back_and_no_results(
    client: httpx.AsyncClient, county: Caller, place: Place, registry_database: Database
) -> None:
    campaign = (await opened(client, county, place.town))["id"]
    cancelled = await made(client, county, f"/v1/campaigns/{campaign}/cancel", 200, reason="区域填写错误")
    assert (cancelled["state"], cancelled["cancelled_why"]) == ("cancelled", "区域填写错误")
    assert await duties(registry_database, campaign, place.villages[0]) == [(1, None), (2, "cancelled")]
    body = {"household_id": place.homes[0][0], "campaign_id": campaign, "happened_on": day(), "way": "visit"}
    assert (await refused(client, place.caller, "/v1/contacts", **body))[:2] == (409, "registry.campaign.cancelled")
    again = await refused(client, county, f"/v1/campaigns/{campaign}/cancel", reason="再次取消")
    assert again[:2] == (409, "registry.campaign.cancelled")
    await opened(client, county, place.town)


async def test_after_the_last_day_newcomers_stay_out_and_the_late_visit_still_ends_the_duty(
    client: httpx.AsyncClient,
    county: Caller,
    headers: Headers,
    place: Place,
    registry_database: Database,
    move_clock: Callable[[float], None],
) -> None:
    campaign = (await opened(client, county, place.villages[0], until_on=day(1)))["id"]
    await visit(client, place.caller, campaign, place.homes[0][0])
    move_clock(3 * _DAY_S)
    late = await home(client, county, place.villages[0])
    await follow_job(registry_database)()
    caller = headers(
        areas=[place.villages[0]], scopes=("contacts:write",), person=place.cadre, client_id="app",
    )  # fmt: skip
    body = {"campaign_id": campaign, "happened_on": day(), "way": "visit"}
    assert (await refused(client, caller, "/v1/contacts", **body, household_id=late))[2] == [
        "campaign_id.not_concerned"
    ]
    shown = (await client.get(f"/v1/campaigns/{campaign}", headers=headers())).json()
    assert shown["state"] == "over"
    await visit(client, caller, campaign, place.homes[0][1])
    assert await duties(registry_database, campaign, place.villages[0]) == [(1, None), (2, "done")]


async def test_a_county_owes_its_sweep_until_it_opens_one(
    client: httpx.AsyncClient, county: Caller, place: Place, registry_database: Database
) -> None:
    """F-A18: the county's own duty, whatever its townships do."""
    today = date.fromisoformat(day())
    duty = f"S01-{COUNTY[:6]}-sweep-{today.year}-{'01' if today.month < 7 else '07'}"

    async def said() -> list[tuple[int, str | None]]:
        for _ in range(2):  # nothing is announced twice
            await follow_job(registry_database)()
        return [
            (each["revision"], each.get("outcome"))
            for each in await outbox(registry_database, "registry.duty.v1", duty)
        ]

    assert await said() == [(1, None)]
    running = (await client.get("/v1/campaigns", params={"kind": "sweep", "limit": 200}, headers=county)).json()
    for other in running["items"]:
        if other["state"] in ("running", "ahead"):
            await made(client, county, f"/v1/campaigns/{other['id']}/cancel", 200, reason="由全县排查代替")
    whole = await opened(client, county, COUNTY, from_on=day(), until_on=day(30))
    assert await said() == [(1, None), (2, "done")]
    await made(client, county, f"/v1/campaigns/{whole['id']}/cancel", 200, reason="推迟到下月")
    assert await said() == [(1, None), (2, "done"), (3, None)]


async def test_a_large_area_is_opened_set_by_set(
    client: httpx.AsyncClient, county: Caller, place: Place, registry_database: Database
) -> None:
    """A statement for all households, whatever their number: 300,000 take seconds."""
    copied = "hh_type, housing_tenure, is_resettled, population, is_monitored, open_risks, unsafe_statuses, status"
    async with registry_database.transaction() as session:
        await session.execute(
            text(
                f"INSERT INTO household (id, hh_no, village_code, {copied}, version, created_at, updated_at)"
                f" SELECT uuidv7(), '99L' || n, h.village_code, {copied}, 1, now(), now()"
                " FROM household h, generate_series(1, :number) n WHERE h.id = CAST(:home AS uuid)"
            ),
            {"home": place.homes[1][0], "number": LARGE},
        )
    campaign = (await opened(client, county, place.villages[1]))["id"]
    assert (await tasks(client, county, campaign, limit=1))["total"] == LARGE + 2
    assert (await client.get(f"/v1/campaigns/{campaign}/coverage", headers=county)).json()["total"]["due"] == LARGE + 2


async def test_a_visit_is_in_the_households_file_with_all_who_were_there(
    client: httpx.AsyncClient, county: Caller, place: Place
) -> None:
    campaign = (await opened(client, county, place.town))["id"]
    home_id = place.homes[0][0]
    await visit(client, place.caller, campaign, home_id, risk_types=["11"])
    query = {"kind": "contact_made"}
    told = (await client.get(f"/v1/households/{home_id}/timeline", params=query, headers=county)).json()
    (entry,) = told["items"]
    assert entry["text"]["zh"] == "入户走访:见到或联系上。"
    assert entry["persons"] == [f"staff:{place.cadre}"]
    assert (entry["facts"]["risk_types"], entry["facts"]["campaign_id"]) == (["11"], campaign)
