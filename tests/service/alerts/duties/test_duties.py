"""The list of duties: what owners say in whatever order, who sees and acts, and the clock."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from alerts_world import COUNTY, OTHER_VILLAGE, TOWN, VILLAGE, World, event_of, finding, new_household, snapshot
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from alerts.clues.consumers import on_households
from alerts.duties import service, store
from alerts.duties.consumers import on_duties
from alerts.subscriptions.consumers import on_clients
from contracts.duties import Duty
from contracts.gateway import ClientChanged
from contracts.registry import RegistryDutyClosed, RegistryDutyOpened
from contracts.vocabulary import Severity
from servicekit import clock
from servicekit.ids import new_id

_DAY_S = 86_400.0
READ, HANDLE = "duties:read", "duties:handle"
Headers = Callable[..., dict[str, str]]


def duty(household: str | None = None, *, kind: str = "D06", due_in: int = 10, **changes: Any) -> dict[str, Any]:
    """What is said of a duty, to be opened or closed."""
    episode = new_id()
    today = clock.today()
    facts = {
        "duty_id": f"{kind}-{episode}", "revision": 1, "kind": kind, "subject_id": episode,
        "household_id": household or new_household(), "area_code": VILLAGE, "counts_from": today,
        "due_on": today + timedelta(days=due_in),
    }  # fmt: skip
    return facts | changes


def opened(facts: dict[str, Any], **changes: Any) -> RegistryDutyOpened:
    return RegistryDutyOpened.model_validate(facts | changes)


def closed(facts: dict[str, Any], **changes: Any) -> RegistryDutyClosed:
    return RegistryDutyClosed.model_validate(facts | {"outcome": "done", "closed_on": clock.today()} | changes)


async def say(world: World, *facts: Duty) -> None:
    async with world.database.transaction() as session:
        await on_duties(session, [event_of(fact) for fact in facts])


async def row(world: World, duty_id: str) -> dict[str, Any]:
    (found,) = await world.rows("SELECT * FROM duty WHERE id = :id", id=duty_id)
    return found


async def told(world: World, duty_id: str) -> list[tuple[str, str | None]]:
    """The alerts of a duty in order: kind and level."""
    rows = await world.rows("SELECT kind, data FROM alert WHERE data ->> 'duty_id' = :id ORDER BY position", id=duty_id)
    return [(item["kind"], item["data"]["escalated_to"]) for item in rows]


_STORY = ("open", "moved", "closed", "again", "closed again")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.lists(st.sampled_from(range(len(_STORY))), min_size=1, max_size=9), size=st.integers(1, 4))
async def test_whatever_the_order_the_newest_that_was_said_holds(world: World, order: list[int], size: int) -> None:
    """Twice, late, closed before opened: the state is that of the greatest revision heard, in any batches."""
    facts = duty()
    later = facts["due_on"] + timedelta(days=3)
    story = [
        opened(facts), opened(facts, revision=2, due_on=later), closed(facts, revision=3, due_on=later),
        opened(facts, revision=4), closed(facts, revision=5, outcome="cancelled"),
    ]  # fmt: skip
    for start in range(0, len(order), size):
        await say(world, *(story[place] for place in order[start : start + size]))
    newest = story[max(order)]
    found = await row(world, facts["duty_id"])
    state = newest.outcome if isinstance(newest, RegistryDutyClosed) else "open"
    assert (found["revision"], found["state"], found["due_on"]) == (newest.revision, state, newest.due_on)
    assert (found["closed_on"] is None) == (state == "open")


async def _number(client: httpx.AsyncClient, caller: dict[str, str], query: dict[str, str]) -> int:
    """Give how many duties a list has (F-F21)."""
    return int((await client.get("/v1/duties", params=query, headers=caller)).json()["total"])


async def test_a_household_that_moved_takes_its_duties_along_whichever_is_heard_first(world: World) -> None:
    early, late = new_household(), new_household()
    before, after = duty(early), duty(late)
    await say(world, opened(before))
    await world.register(snapshot(early, area_code=OTHER_VILLAGE), snapshot(late, area_code=OTHER_VILLAGE))
    await say(world, opened(after))
    for facts in (before, after):
        assert (await row(world, facts["duty_id"]))["area_code"] == OTHER_VILLAGE
    async with world.database.transaction() as session:
        await on_households(session, [event_of(snapshot(early, version=2))])
    assert (await row(world, before["duty_id"]))["area_code"] == VILLAGE


async def test_each_step_fires_once_whatever_clock_and_replicas_do(world: World, move_clock: Any) -> None:
    """A reminder, the county, the leadership group: two workers at once, a clock that steps back and forth."""
    move_clock(0)
    facts = duty(due_in=10)
    await say(world, opened(facts))
    job = service.clock_job(world.database)
    await job()
    assert await told(world, facts["duty_id"]) == []
    for days in (7, 6, 7, 8):
        move_clock(days * _DAY_S)
        await asyncio.gather(job(), job())
    assert await told(world, facts["duty_id"]) == [("duty_near", None)]
    for days in (11, 9, 11):
        move_clock(days * _DAY_S)
        await asyncio.gather(job(), job())
    assert await told(world, facts["duty_id"]) == [("duty_near", None), ("duty_late", "county")]
    assert (await row(world, facts["duty_id"]))["escalated_to"] == "county"
    move_clock(400 * _DAY_S)
    await asyncio.gather(job(), job())
    await job()
    everything = [("duty_near", None), ("duty_late", "county"), ("duty_late", "leadership")]
    assert await told(world, facts["duty_id"]) == everything


async def test_a_duty_of_an_announced_kind_is_an_alert_once_when_it_is_opened(world: World) -> None:
    """What a counter-check found is heard of above the township at once (F-A25)."""
    quiet, facts = duty(), duty(kind="V01")
    for said in (opened(quiet), opened(facts), opened(facts), opened(facts, revision=2)):
        await say(world, said)
    assert await told(world, quiet["duty_id"]) == []
    assert await told(world, facts["duty_id"]) == [("duty_opened", None)]
    await say(world, closed(facts, revision=3))
    await say(world, opened(facts, revision=4))  # the same is found again
    assert await told(world, facts["duty_id"]) == [("duty_opened", None)] * 2


async def test_a_clock_that_jumps_over_everything_does_every_step_in_order(
    world: World, move_clock: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("alerts.duties.service._BATCH", 3)
    move_clock(0)
    many = [duty(due_in=10) for _ in range(8)]
    await say(world, *(opened(facts) for facts in many))
    move_clock(100 * _DAY_S)
    job = service.clock_job(world.database)
    await asyncio.gather(job(), job())
    await job()
    for facts in many:
        assert await told(world, facts["duty_id"]) == [
            ("duty_near", None), ("duty_late", "county"), ("duty_late", "leadership"),
        ]  # fmt: skip


async def test_a_duty_that_is_heard_of_late_goes_where_it_belongs_at_once(world: World) -> None:
    """Nobody is reminded of a day that is over."""
    facts = duty(due_in=-2)
    await say(world, opened(facts))
    await service.clock_job(world.database)()
    assert await told(world, facts["duty_id"]) == [("duty_late", "county")]


async def test_another_day_gives_the_ladder_anew_and_a_closed_duty_is_left_alone(world: World) -> None:
    later, done = duty(due_in=-2), duty(due_in=-2)
    await say(world, opened(later), opened(done))
    await service.clock_job(world.database)()
    day = clock.today() + timedelta(days=2)
    await say(world, opened(later, revision=2, due_on=day), closed(done, revision=2))
    found = await row(world, later["duty_id"])
    assert (found["escalated_to"], found["step"], found["next_on"]) == (None, 0, day - timedelta(days=3))
    await service.clock_job(world.database)()
    assert await told(world, later["duty_id"]) == [("duty_late", "county"), ("duty_near", None)]
    assert await told(world, done["duty_id"]) == [("duty_late", "county")]


async def test_nothing_is_late_while_sending_is_held(world: World) -> None:
    facts = duty(due_in=-2)
    await say(world, opened(facts))
    async with world.database.transaction() as session:
        await session.execute(text("INSERT INTO outward_hold (since, reason) VALUES (now(), 'restore')"))
    await service.clock_job(world.database)()
    assert await told(world, facts["duty_id"]) == []
    async with world.database.transaction() as session:
        await session.execute(text("DELETE FROM outward_hold"))
    await service.clock_job(world.database)()
    assert await told(world, facts["duty_id"]) == [("duty_late", "county")]


async def test_verifying_a_clue_is_a_duty_as_long_as_the_clue_is_open(world: World) -> None:
    household = new_household()
    found = finding(household, severity=Severity.RED)
    await world.fold(found)
    (clue,) = await world.clues(household)
    seen = await row(world, f"D03-{clue['id']}")
    assert (seen["state"], seen["due_on"]) == ("open", clock.today() + timedelta(days=3))
    async with world.database.transaction() as session:  # a release before this one knew no duties
        await session.execute(text("DELETE FROM duty WHERE id = :id"), {"id": f"D03-{clue['id']}"})
    await service.clues_job(world.database)()
    await service.clues_job(world.database)()
    assert (await row(world, f"D03-{clue['id']}"))["state"] == "open"


async def page(client: httpx.AsyncClient, headers: dict[str, str], **params: Any) -> list[dict[str, Any]]:
    """All pages of the list, whose totals agree with what they hold."""
    items: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        given = {name: value for name, value in {**params, "cursor": cursor}.items() if value is not None}
        answer = await client.get("/v1/duties", params=given, headers=headers)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        items += body["items"]
        cursor = body["next_cursor"]
        if cursor is None:
            assert body["total"] == len(items)
            return items


def ids(items: Sequence[dict[str, Any]]) -> set[str]:
    return {item["id"] for item in items}


async def test_the_list_is_by_day_and_bounded_by_area_and_department_as_the_counts_are(
    world: World, client: httpx.AsyncClient, headers: Headers
) -> None:
    home = new_household()
    mine = [duty(home, due_in=days, kind=kind) for days, kind in ((5, "D07"), (-3, "D06"), (30, "D08"))]
    elsewhere = duty(area_code=OTHER_VILLAGE, due_in=1)
    medical = duty(due_in=2, department="MED")
    await say(world, *(opened(facts) for facts in (*mine, elsewhere, medical)))
    town = headers(READ, areas=[TOWN])
    seen = await page(client, town, household_id=home, limit=2)
    assert [item["id"] for item in seen] == [mine[place]["duty_id"] for place in (1, 0, 2)]
    assert [item["is_overdue"] for item in seen] == [True, False, False]
    assert (seen[0]["kind_label"]["zh"], seen[0]["days_left"], seen[0]["link"]) == (
        "制定帮扶计划", -3, f"/v1/episodes/{mine[1]['subject_id']}",
    )  # fmt: skip
    assert elsewhere["duty_id"] not in ids(await page(client, town, limit=200))
    assert elsewhere["duty_id"] in ids(await page(client, headers(READ), limit=200))
    department = headers(READ, department="MED")
    assert ids(await page(client, department, limit=200)) == {medical["duty_id"]}
    assert await page(client, headers(READ, department="CIV"), limit=200) == []
    for params, wanted in (
        ({"kind": "D06"}, {1}), ({"overdue": "true"}, {1}), ({"overdue": "false"}, {0, 2}),
        ({"due_before": str(clock.today() + timedelta(days=6))}, {0, 1}), ({"assignee": "village"}, set()),
        ({"state": "done"}, set()), ({"area": VILLAGE}, {0, 1, 2}),
    ):  # fmt: skip
        found = await page(client, town, household_id=home, **params)
        assert ids(found) == {mine[place]["duty_id"] for place in wanted}, params
    for caller in (town, headers(READ), department):
        counted = (await client.get("/v1/duties/counts", headers=caller)).json()["items"]
        listed = await page(client, caller, limit=200)
        by_area = [item["area_code"][: 12 if caller is town else 9].ljust(12, "0") for item in listed]
        of_list = sorted((item["kind"], item["state"], area) for item, area in zip(listed, by_area, strict=True))
        assert [(item["kind"], item["state"], item["area_code"]) for item in counted] == sorted(set(of_list))
        assert [item["duties"] for item in counted] == [len(list(same)) for _, same in itertools.groupby(of_list)]
        assert sum(item["overdue"] for item in counted) == sum(item["is_overdue"] for item in listed)
    assert (await client.get("/v1/duties", params={"area": OTHER_VILLAGE}, headers=town)).status_code == 404
    assert (await client.get("/v1/duties", params={"cursor": "WzEsMl0"}, headers=town)).status_code == 422


async def test_only_the_assignee_takes_it_in_hand_hands_it_over_and_notes(
    world: World, client: httpx.AsyncClient, headers: Headers
) -> None:
    facts = duty()
    await say(world, opened(facts))
    async with world.database.transaction() as session:
        await on_clients(
            session,
            [
                event_of(ClientChanged(client_id=name, version=1, is_active=True, scopes=scopes, areas=[area],
                                       department=department))
                for name, scopes, area, department in (
                    ("deputy-101", [READ, HANDLE], TOWN, None), ("reader-101", [READ], TOWN, None),
                    ("deputy-102", [READ, HANDLE], "990101102000", None),
                    ("county", [READ, HANDLE], COUNTY, None), ("school", [READ, HANDLE], TOWN, "EDU"),
                )
            ],
        )  # fmt: skip
    place = f"/v1/duties/{facts['duty_id']}"
    town = headers(READ, HANDLE, areas=[TOWN], client_id="town-101")
    deputy = headers(READ, HANDLE, areas=[TOWN], client_id="deputy-101")
    county = headers(READ, HANDLE, areas=[COUNTY], client_id="county")
    elsewhere = headers(READ, HANDLE, areas=["990101102000"], client_id="deputy-102")
    assert (await client.post(f"{place}/accept", headers=elsewhere)).status_code == 404
    assert (await client.post(f"{place}/accept", headers=county)).json()["code"] == "alerts.duty.not_yours"
    subject = {"subject_id": facts["subject_id"]}
    assert [await _number(client, town, subject | {"has_holder": held}) for held in ("false", "true")] == [1, 0]
    for _ in range(2):
        taken = await client.post(f"{place}/accept", headers=town)
        assert (taken.status_code, taken.json()["holder"]) == (200, "town-101"), taken.text
    assert [await _number(client, town, subject | {"has_holder": held}) for held in ("false", "true")] == [0, 1]
    assert (await client.post(f"{place}/accept", headers=deputy)).json()["code"] == "alerts.duty.in_other_hands"
    wanted = {"to": "deputy-101", "text": "请入户"}
    async with asyncio.timeout(10):  # what a client may do is looked up twice a second
        while True:
            key = {"Idempotency-Key": new_id()}
            if (await client.post(f"{place}/hand-over", json=wanted, headers=town | key)).status_code == 200:
                break
    for _ in range(2):
        given = await client.post(f"{place}/hand-over", json=wanted, headers=town | key)
        assert (given.status_code, given.json()["holder"]) == (200, "deputy-101"), given.text
    for other in ("deputy-102", "reader-101", "county", "school", "nobody"):  # not of those who may act on it
        unfit = await client.post(f"{place}/hand-over", json={"to": other}, headers=deputy)
        assert (unfit.status_code, unfit.json()["code"]) == (422, "alerts.duty.hand_over_unfit"), other
    noted = await client.post(f"{place}/notes", json={"text": "已约户主"}, headers=deputy)
    assert [(note["kind"], note["by"], note["to"]) for note in noted.json()["notes"]] == [
        ("accepted", "town-101", None), ("handed_over", "town-101", "deputy-101"), ("note", "deputy-101", None),
    ]  # fmt: skip
    assert (await client.post(f"{place}/notes", json={"text": "催办"}, headers=county)).status_code == 403
    await say(world, closed(facts, revision=2))
    late = await client.post(f"{place}/notes", json={"text": "又来"}, headers=deputy)
    assert (late.status_code, late.json()["code"]) == (409, "alerts.duty.closed")
    done = (await client.get(place, headers=deputy)).json()
    assert done["state"] == "done"
    first, second = done["holders"]  # F-A05: who was before
    assert (first["holder"], first["given_by"], first["until"]) == ("town-101", None, second["since"])
    assert (second["holder"], second["given_by"], second["until"]) == ("deputy-101", "town-101", None)
    for subject, found in ((facts["subject_id"], [facts["duty_id"]]), ("another", [])):
        rows = await page(client, deputy, subject_id=subject)
        assert [row["id"] for row in rows] == found


async def test_two_who_act_on_a_duty_see_each_other(
    world: World, client: httpx.AsyncClient, headers: Headers, move_clock: Any
) -> None:
    """ASVS 2.3: what the second one wanted has no effect, is kept, and is settled by acting anew or by saying so."""
    move_clock(0)
    ann, bea = (headers(READ, HANDLE, areas=[TOWN], client_id=name) for name in ("ann", "bea"))
    facts = duty(due_in=2)
    await say(world, opened(facts))
    place = f"/v1/duties/{facts['duty_id']}"
    read = await client.get(place, headers=bea)
    assert (read.json()["version"], read.headers["etag"][:4]) == (1, '"v1-')
    move_clock(_DAY_S)
    await service.clock_job(world.database)()
    assert (await client.get(place, headers=bea)).json()["version"] == 1, "a reminder changes nothing for who acts"
    taken = await client.post(f"{place}/accept", headers=ann | {"If-Match": read.headers["etag"]})
    assert (taken.status_code, taken.headers["etag"]) == (200, '"v2"')
    stale = {"If-Match": read.headers["etag"]}
    wanted: list[tuple[str, dict[str, Any] | None]] = [
        ("accept", None), ("notes", {"text": "明日入户"}), ("hand-over", {"to": "ann", "text": "请接手"}),
    ]  # fmt: skip
    for step, said in wanted:
        for _ in range(2):  # as an app repeats it
            late = await client.post(f"{place}/{step}", json=said, headers=bea | stale)
            assert (late.status_code, late.json()["current_etag"]) == (412, '"v2"')
    refused = (await client.get(place, headers=ann)).json()["refused"]
    assert [(each["decision"]["change"], each["refused_by"], each["is_open"]) for each in refused] == [
        ("accept", "bea", True), ("note", "bea", True), ("hand_over", "bea", True),
    ]  # fmt: skip
    assert ids(await page(client, ann, has_refused="true", household_id=facts["household_id"])) == {facts["duty_id"]}
    settled = await client.post(f"{place}/refused/{refused[0]['id']}/settle", headers=ann)
    assert [each["is_open"] for each in settled.json()["refused"]] == [False, True, True]
    again = await client.post(f"{place}/refused/{refused[0]['id']}/settle", headers=ann)
    assert (again.status_code, again.json()["code"]) == (404, "refused_decision.not_open")
    anew = await client.post(f"{place}/notes", json={"text": "明日入户"}, headers=bea | {"If-Match": '"v2"'})
    assert (anew.status_code, anew.json()["version"]) == (201, 3)
    assert [each["is_open"] for each in anew.json()["refused"]] == [False, False, False]
    await say(world, opened(facts, revision=2))
    assert (await client.get(place, headers=ann)).json()["version"] == 4, "its owner said more"
    assert ids(await page(client, ann, has_refused="true", household_id=facts["household_id"])) == set()


async def test_why_it_is_due_is_told_day_by_day(world: World, client: httpx.AsyncClient, headers: Headers) -> None:
    facts = duty(
        kind="D05", counts_from=date(2026, 9, 30), due_on=date(2026, 10, 9), unit="working",
        pauses=[{"since": "2026-10-08", "until": "2026-10-08", "reason": "公示中 / under publicity"}],
    )  # fmt: skip
    await say(world, closed(facts, closed_on=date(2026, 10, 10)))
    answer = await client.get(f"/v1/duties/{facts['duty_id']}/clock", headers=headers(READ))
    assert answer.status_code == 200, answer.text
    days = {day["on"]: (day["counts"], day["number"]) for day in answer.json()["days"]}
    assert days["2026-10-01"] == ("off", 0), "National Day"
    assert days["2026-10-08"] == ("paused", 0)
    assert days["2026-10-09"] == ("counted", 1)
    assert days["2026-10-10"] == ("late", 1)
    assert (await client.get("/v1/duties/D05-none/clock", headers=headers(READ))).status_code == 404


@pytest.mark.parametrize("path", ["", "/counts"])
async def test_who_may_not_read_duties_is_refused(client: httpx.AsyncClient, headers: Headers, path: str) -> None:
    assert (await client.get(f"/v1/duties{path}", headers=headers("clues:read"))).status_code == 403


async def test_more_than_is_counted_is_said(
    world: World, client: httpx.AsyncClient, headers: Headers, monkeypatch: Any
) -> None:
    monkeypatch.setattr(store, "COUNTED", 2)
    home = new_household()
    await say(world, *(opened(duty(home, due_in=days)) for days in range(4)))
    body = (await client.get("/v1/duties", params={"household_id": home}, headers=headers(READ))).json()
    assert (body["total"], body["is_more"], len(body["items"])) == (2, True, 4)
