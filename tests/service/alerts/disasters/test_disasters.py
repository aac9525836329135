"""Disasters: declared, households taken in as RED clues, helped first, followed until nothing is owed, closed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from alerts_world import COUNTY, OTHER_VILLAGE, TOWN, VILLAGE, World, event_of, finding, new_household, snapshot
from clue_steps import exclude, verify

from alerts.clues.consumers import on_episodes
from contracts.registry import EpisodeMoved
from contracts.vocabulary import EpisodeState, RiskType, Severity
from servicekit import clock
from servicekit.ids import new_id

WRITE, READ, REPORT = "disasters:write", "clues:read", "clues:report"


@pytest.fixture
def bureau(headers: Any) -> dict[str, str]:
    return dict(headers(WRITE, READ, REPORT, client_id="county-emg"))


@pytest.fixture
def town(headers: Any) -> dict[str, str]:
    return dict(headers(WRITE, READ, REPORT, areas=[TOWN], client_id="town-1"))


def flood(**changes: Any) -> dict[str, Any]:
    began = (clock.today() - timedelta(days=1)).isoformat()
    return {"kind": "0201", "name": "甲镇山洪", "areas": [COUNTY], "from_on": began, "source": "department"} | changes


class Event:
    """A disaster as the county sees it."""

    def __init__(self, client: httpx.AsyncClient, caller: dict[str, str], url: str) -> None:
        self.client, self.caller, self.url = client, caller, url

    async def read(self) -> dict[str, Any]:
        answer = await self.client.get(self.url, headers=self.caller)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def take(self, *items: dict[str, Any], **headers: str) -> dict[str, Any]:
        body = {"items": items}
        answer = await self.client.post(f"{self.url}/households", json=body, headers=self.caller | headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def rows(self, **params: Any) -> list[dict[str, Any]]:
        answer = await self.client.get(f"{self.url}/households", params=params, headers=self.caller)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])

    async def row(self, home: str) -> dict[str, Any]:
        (found,) = [row for row in await self.rows() if row["household_id"] == home]
        return found

    async def help(self, affected_id: str, **changes: Any) -> httpx.Response:
        body = {"what": "转移安置,发放棉被大米", "given_on": clock.today().isoformat()} | changes
        return await self.client.post(f"{self.url}/households/{affected_id}/help", json=body, headers=self.caller)

    async def decide(self, row: dict[str, Any], what: str, caller: dict[str, str] | None = None) -> httpx.Response:
        etag = {"If-Match": f'"v{row["version"]}"'}
        url = f"{self.url}/households/{row['id']}/{what}"
        return await self.client.post(url, json={"reason": "同名户误登"}, headers=(caller or self.caller) | etag)

    async def close(self) -> httpx.Response:
        etag = {"If-Match": f'"v{(await self.read())["version"]}"'}
        body = {"reason": "救助和手续均已办结"}
        return await self.client.post(f"{self.url}/close", json=body, headers=self.caller | etag)


@pytest.fixture
async def event(client: httpx.AsyncClient, bureau: dict[str, str]) -> Event:
    declared = await client.post("/v1/disasters", json=flood(), headers=bureau)
    assert declared.status_code == 201, declared.text
    return Event(client, bureau, declared.headers["location"])


async def homes(world: World, count: int, **changes: Any) -> list[str]:
    found = [new_household() for _ in range(count)]
    await world.register(*(snapshot(home, **changes) for home in found))
    return found


async def episode(world: World, clue: dict[str, Any], state: EpisodeState, sequence: int, **changes: Any) -> None:
    moved = EpisodeMoved(
        episode_id=f"e-{clue['household_id']}",
        sequence=sequence,
        household_id=clue["household_id"],
        area_code=VILLAGE,
        clue_id=clue["id"],
        state=state,
        previous_state=None,
        risk_types=[RiskType.DISASTER],
        occurred_on=clock.today(),
        **changes,
    )
    async with world.database.transaction() as session:
        await on_episodes(session, [event_of(moved)])


async def test_each_household_of_a_list_becomes_a_red_clue_and_has_its_own_result(
    event: Event, world: World, town: dict[str, str]
) -> None:
    """F-A14: the list is taken in; the channel is the one by which the county heard of it."""
    hit, other = await homes(world, 2)
    (gone,) = await homes(world, 1, status="ended")
    items: list[dict[str, Any]] = [
        {"household_id": hit, "house_damage": "collapsed", "loss": "68000.00"},
        {"household_id": other}, {"household_id": hit}, {"household_id": "nobody"}, {"household_id": gone},
    ]  # fmt: skip
    taken = await event.take(*items)
    assert [item["result"] for item in taken["items"]] == ["added", "added", "twice", "unknown", "ended"]
    assert (taken["added"], taken["refused"]) == (2, 3)
    (clue,) = await world.clues(hit)
    assert (clue["risk_type"], clue["severity"], clue["channels"]) == ("02", "RED", ["CH3"])
    assert clue["id"] == taken["items"][0]["clue_id"]
    assert [alert["kind"] for alert in await world.alerts(hit)] == ["raised"]
    shown = (await event.client.get(f"/v1/clues/{clue['id']}", headers=event.caller)).json()
    assert "甲镇山洪（洪涝灾害）：住房倒塌，估计损失68000.00元。" in str(shown["sources"])
    again = await event.take(items[0], {"household_id": other, "injured": 1})
    assert [item["result"] for item in again["items"]] == ["already", "updated"]
    assert (await event.row(other))["harm"]["injured"] == 1
    assert len(await world.clues(other)) == 1
    assert (await world.clues(other))[0]["source_count"] == 1, "what is corrected speaks once"
    (own, *_) = await event.rows(area=TOWN)
    assert own["state"] == "affected"
    timeline = await event.client.get("/v1/clues/timeline", params={"household_id": hit}, headers=event.caller)
    assert "disaster_affected" in {entry["kind"] for entry in timeline.json()["items"]}


async def test_it_joins_the_open_clue_of_the_risk_and_makes_it_red(event: Event, world: World) -> None:
    (home,) = await homes(world, 1)
    await world.fold(finding(home, "R-EMG-01", risk_type=RiskType.DISASTER, severity=Severity.YELLOW))
    (before,) = await world.clues(home)
    await event.take({"household_id": home, "house_damage": "severe"})
    (clue,) = await world.clues(home)
    assert (clue["id"], clue["severity"], clue["source_count"]) == (before["id"], "RED", 2)
    assert [alert["kind"] for alert in await world.alerts(home)] == ["raised", "escalated"]
    removed = await event.decide(await event.row(home), "remove")
    assert removed.status_code == 200, removed.text
    (clue,) = await world.clues(home)
    assert (clue["state"], clue["severity"]) == ("dispatched", "YELLOW"), "what else speaks for it stands"


async def test_an_accident_is_risk_05_and_a_cadres_list_channel_2(
    client: httpx.AsyncClient, bureau: dict[str, str], world: World
) -> None:
    said = flood(kind="05", source="cadres", name="渡船侧翻")
    declared = await client.post("/v1/disasters", json=said, headers=bureau)
    assert declared.json()["risk_type"] == "05"
    accident = Event(client, bureau, declared.headers["location"])
    (home,) = await homes(world, 1)
    await accident.take({"household_id": home, "deaths": 1})
    (clue,) = await world.clues(home)
    assert (clue["risk_type"], clue["channels"]) == ("05", ["CH2"])


async def test_a_household_taken_off_the_list_by_mistake_withdraws_its_clue_and_may_come_back(
    event: Event, world: World
) -> None:
    home, begun = await homes(world, 2)
    await event.take({"household_id": home}, {"household_id": begun})
    row = await event.row(home)
    stale = await event.decide(row | {"version": 9}, "remove")
    assert stale.status_code == 412
    removed = await event.decide(row, "remove")
    assert (removed.status_code, removed.json()["state"]) == (200, "removed"), removed.text
    assert [clue["state"] for clue in await world.clues(home)] == ["withdrawn"]
    assert [alert["kind"] for alert in await world.alerts(home)] == ["raised", "resolved"]
    assert (await event.decide(removed.json(), "write-off")).json()["code"] == "alerts.disaster.household_over"
    assert (await event.help(row["id"])).status_code == 409
    assert {row["household_id"] for row in await event.rows()} == {begun}
    assert [row["household_id"] for row in await event.rows(state="removed")] == [home]
    back = await event.take({"household_id": home, "house_damage": "general"})
    assert back["items"][0]["result"] == "added"
    assert [clue["state"] for clue in await world.clues(home)] == ["dispatched"]
    assert (await event.read())["totals"]["affected"] == 2


async def test_help_comes_first_and_the_disaster_is_closed_once_nothing_is_owed(
    event: Event, world: World, headers: Any
) -> None:
    """F-A14: affected, helped, procedure, settled; the debts are written off only with a reason, by the county."""
    home, doubtful, lost = await homes(world, 3)
    await event.take(*({"household_id": each} for each in (home, doubtful, lost)))
    row = await event.row(home)
    early = await event.help(row["id"], given_on=(clock.today() - timedelta(days=2)).isoformat())
    assert [error["code"] for error in early.json()["errors"]] == ["given_on.early"]
    helped = await event.help(row["id"])
    assert (helped.json()["state"], len(helped.json()["help"])) == ("helped", 1), helped.text
    (clue,) = await world.clues(home)
    assert (await verify(event.client, headers, clue)).status_code == 200
    assert (await event.row(home))["state"] == "procedure"
    await episode(world, clue, EpisodeState.VISITED, 2, green_channel=True)
    row = await event.row(home)
    assert (row["episode_id"], row["episode_state"], row["has_green_channel"]) == (f"e-{home}", "VISITED", True)
    totals = (await event.read())["totals"]
    assert (totals["affected"], totals["helped"], totals["waiting"], totals["procedure"]) == (3, 1, 2, 1)
    refused = await event.close()
    assert (refused.status_code, refused.json()["open_by_state"]) == (409, {"affected": 2, "procedure": 1})

    await episode(world, clue, EpisodeState.MONITORED, 9, green_channel=True)
    await world.register(snapshot(home, version=2, is_monitored=True))
    assert (await event.row(home))["state"] == "settled"
    assert (
        await exclude(event.client, headers, (await world.clues(doubtful))[0], reason="data_error")
    ).status_code == 200
    assert (await event.row(doubtful))["state"] == "settled", "a written negative owes nothing"
    written_off = await event.decide(await event.row(lost), "write-off")
    assert (written_off.status_code, written_off.json()["state"]) == (200, "written_off"), written_off.text
    assert [clue["state"] for clue in await world.clues(lost)] == ["dispatched"], "its clue goes on"
    closed = await event.close()
    assert (closed.status_code, closed.json()["closed_by"]) == (200, "county-emg"), closed.text
    late = await event.client.post(
        f"{event.url}/households", json={"items": [{"household_id": lost}]}, headers=event.caller
    )
    assert late.json()["code"] == "alerts.disaster.closed"


async def test_an_episode_that_was_refused_in_the_end_owes_nothing(event: Event, world: World, headers: Any) -> None:
    (home,) = await homes(world, 1)
    await event.take({"household_id": home})
    (clue,) = await world.clues(home)
    await verify(event.client, headers, clue)
    await episode(world, clue, EpisodeState.VISITED, 2, green_channel=True)
    await episode(world, clue, EpisodeState.REJECTED, 3, green_channel=True, has_ended=True)
    row = await event.row(home)
    assert (row["state"], row["episode_state"]) == ("settled", "REJECTED")


async def test_a_hazard_zone_takes_every_household_once_and_shows_where_it_is_concentrated(
    event: Event, world: World
) -> None:
    village, other = "990101103201", "990101103202"
    first, second, third = await homes(world, 3, area_code=village)
    await world.register(snapshot(third, version=2, area_code=village, grid="07"))
    (far, _) = await homes(world, 2, area_code=other)
    await event.take({"household_id": first})
    zone = {"area_code": village, "grid": "07", "house_damage": "general"}
    url = f"{event.url}/zones"
    took = await event.client.post(url, json=zone, headers=event.caller)
    assert took.json() == {"added": 1, "already": 0}, took.text
    took = await event.client.post(url, json={"area_code": village}, headers=event.caller)
    assert took.json() == {"added": 1, "already": 2}
    await event.take({"household_id": far})
    villages = {one["area_code"]: one for one in (await event.read())["villages"]}
    assert (villages[village]["affected"], villages[village]["households"]) == (3, 3)
    assert [(one, villages[one]["share"]) for one in villages] == [(village, "1.0000"), (other, "0.5000")]
    assert (await event.row(third))["harm"]["house_damage"] == "general"
    assert {(await world.clues(home))[0]["severity"] for home in (first, second, third)} == {"RED"}


async def test_who_may_and_where(event: Event, world: World, town: dict[str, str], headers: Any) -> None:
    (here,), (there,) = await homes(world, 1), await homes(world, 1, area_code=OTHER_VILLAGE)
    client, url = event.client, event.url
    assert (await client.post("/v1/disasters", json=flood(), headers=town)).status_code == 404, "the county declares"
    assert (await client.post("/v1/disasters", json=flood(), headers=headers(READ))).status_code == 403
    as_town = Event(client, town, url)
    taken = await as_town.take({"household_id": here}, {"household_id": there})
    assert [item["result"] for item in taken["items"]] == ["added", "unknown"]
    await event.take({"household_id": there})
    assert [row["household_id"] for row in await as_town.rows()] == [here]
    assert (await as_town.read())["totals"]["affected"] == 1
    assert (await event.read())["totals"]["affected"] == 2
    foreign = await event.row(there)
    assert (await client.get(f"{url}/households/{foreign['id']}", headers=town)).status_code == 404
    assert (await event.decide(foreign, "remove", town)).status_code == 404
    assert (await event.decide(await event.row(here), "write-off", town)).status_code == 404, "the county writes off"
    own = f'"v{(await event.read())["version"]}"'
    closing = await client.post(f"{url}/close", json={"reason": "已办结了"}, headers=town | {"If-Match": own})
    assert closing.status_code == 404
    elsewhere = headers(WRITE, READ, areas=["990102000000"], client_id="elsewhere")
    assert (await client.get(url, headers=elsewhere)).status_code == 404
    assert (await client.get("/v1/disasters", headers=elsewhere)).json()["items"] == []
    assert url.endswith((await client.get("/v1/disasters", headers=town)).json()["items"][0]["id"])
    assert (await client.get("/v1/disasters", params={"area": COUNTY}, headers=town)).status_code == 404


async def test_a_repeat_changes_nothing_and_what_was_said_wrong_is_corrected(
    event: Event, world: World, client: httpx.AsyncClient, bureau: dict[str, str]
) -> None:
    key = {"Idempotency-Key": new_id()}
    twice = [await client.post("/v1/disasters", json=flood(), headers=bureau | key) for _ in range(2)]
    assert twice[0].json()["id"] == twice[1].json()["id"]
    (home,) = await homes(world, 1)
    taken = [await event.take({"household_id": home}, **{"Idempotency-Key": "list-1"}) for _ in range(2)]
    assert taken[0] == taken[1]
    etag = {"If-Match": f'"v{(await event.read())["version"]}"'}
    ended = {"to_on": clock.today().isoformat(), "areas": [TOWN]}
    corrected = await client.patch(event.url, json=ended, headers=bureau | etag)
    assert (corrected.status_code, corrected.json()["areas"]) == (200, [TOWN]), corrected.text
    assert (await client.patch(event.url, json=ended, headers=bureau | etag)).status_code == 412
    assert (await client.patch(event.url, json=ended, headers=bureau)).status_code == 428
    (there,) = await homes(world, 1, area_code=OTHER_VILLAGE)
    assert (await event.take({"household_id": there}))["items"][0]["result"] == "outside"
    wrong = await client.post("/v1/disasters", json=flood(areas=[TOWN, "990102101000"]), headers=bureau)
    assert [error["code"] for error in wrong.json()["errors"]] == ["areas.county"]
