"""What else happens to a household while its case goes on: moves, mergers, the green channel, and what is refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

import httpx
from life_of_a_household import SHA, Life, register
from life_steps import NEXT, barred_by

from servicekit import clock

Act = Callable[[Life, Random], Awaitable[bool]]
"""Something that may be done; tells whether it could be, as the case stands."""


async def _change(life: Life, kind: str, content: dict[str, Any]) -> httpx.Response:
    """Ask for a change of the household, and have it approved by somebody else where the policy wants that."""
    client = life.world.client
    await life.case.attach()
    body = {
        "kind": kind,
        "occurred_on": clock.today().isoformat(),
        "reason": "户口簿核对",
        "evidence": [SHA],
        "content": content,
    }
    asking = life.world.county("asker") | {"If-Match": "*"}
    asked = await client.post(f"/v1/households/{life.home}/change-requests", json=body, headers=asking)
    assert asked.status_code == 201, (kind, asked.text)
    if asked.json()["state"] != "proposed":
        return asked
    place = f"/v1/change-requests/{asked.json()['id']}/approve"
    return await client.post(place, json={}, headers=life.world.county("approver"))


async def move(life: Life, luck: Random) -> bool:
    """Move to another village, of the same township or not: the case, its duties and its people follow."""
    here = (await life.episode())["area_code"]
    there = luck.choice([village for village in life.world.villages if village != here])
    done = await _change(life, "move", {"village_code": there})
    assert done.status_code == 200, done.text
    life.known = None
    assert (await life.episode())["area_code"] == there
    life.world.acts["moved"] += 1
    return True


async def renumber(life: Life, _: Random) -> bool:
    done = await _change(life, "renumbering", {"hh_no": f"99N{next(life.world.serial):07d}"})
    assert done.status_code in (200, 201), done.text
    life.world.acts["renumbered"] += 1
    return True


async def merge_village(life: Life, _: Random) -> bool:
    old = (await life.episode())["area_code"]
    new = await life.world.merge_village(old)
    life.known = None
    assert (await life.episode())["area_code"] == new
    life.world.acts["village_merged"] += 1
    return True


async def split(life: Life, _: Random) -> bool:
    """Let everybody but the head found a household of their own."""
    shown = (await life.world.client.get(f"/v1/households/{life.home}", headers=life.case.headers)).json()
    others = [member["id"] for member in shown["members"] if member["id"] != life.head]
    if not others:
        return False
    movers = [{"id": who, "relation": "head" if not place else "other"} for place, who in enumerate(others)]
    done = await _change(life, "split", {"hh_no": f"99S{next(life.world.serial):07d}", "members": movers})
    assert done.status_code == 200, done.text
    life.world.acts["split"] += 1
    return True


async def joined(life: Life, _: Random) -> bool:
    """Let another household, which has no case, join this one."""
    world = life.world
    other, head = await register(world, (await life.episode())["area_code"])
    done = await _merge(life, other, life.home, head)
    assert done.status_code == 200, done.text
    world.acts["joined_by"] += 1
    return True


async def merged(life: Life, _: Random) -> bool:
    """Join another household: every episode, and what is owed for it, is that one's from then on."""
    world = life.world
    other, head = await register(world, (await life.episode())["area_code"])
    done = await _merge(life, life.home, other, life.head)
    assert done.status_code == 200, done.text
    before = len(await life.case.episodes())
    life.case, life.head = type(life.case)(world.client, world.county(), other), head
    assert before == 0
    assert len(await life.case.episodes()) == len(life.told)
    world.acts["merged_into"] += 1
    return True


async def _merge(life: Life, gone: str, stays: str, head: str) -> httpx.Response:
    client = life.world.client
    shown = (await client.get(f"/v1/households/{gone}", headers=life.case.headers)).json()
    relations = [{"id": member["id"], "relation": "other"} for member in shown["members"]]
    body = {"reason": "并户", "into": stays, "relations": relations}
    headers = life.case.headers | {"If-Match": "*"}
    return await client.post(f"/v1/households/{gone}/merge", json=body, headers=headers)


async def green_channel(life: Life, luck: Random) -> bool:
    """Ask for the green channel as one person; the same one may not approve it; another one does, or refuses."""
    episode = await life.episode()
    if episode["green_channel"] and episode["green_channel"]["phase"] in ("open", "settled"):
        return False
    place = f"/v1/episodes/{episode['id']}/green-channel"
    one, other = luck.sample(life.world.of("county", episode["area_code"]), 2)
    asked = await _say(life, place, one, {"reason": "山洪冲毁住房"})
    states = [step["state"] for step in episode["history"]]
    may = (
        episode["state"] in NEXT
        and not episode["identified_on"]
        and "VISITED" in states
        and "02" in episode["risk_types"]
    )
    if episode["green_channel"] is None or episode["green_channel"]["phase"] != "asked":
        assert (asked.status_code == 200) == may, asked.text
    if not may:
        return False
    life.world.acts["green_asked"] += 1
    is_agreed = life.world.acts["green_refused"] > life.world.acts["green_opened"] // 3
    agreed = {"decision": "approved" if is_agreed else "refused", "opinion": "先行救助"}
    own = await _say(life, f"{place}/decision", one, agreed)
    assert own.status_code == 403, "whoever asked approved"
    decided = await _say(life, f"{place}/decision", other, agreed)
    assert decided.status_code == 200, decided.text
    life.world.acts["green_opened" if agreed["decision"] == "approved" else "green_refused"] += 1
    if agreed["decision"] == "approved":
        assert (await life.measure(episode, "02", done=luck.random() < 0.5)).status_code == 201
    return True


async def _say(life: Life, place: str, staff: str, body: Any) -> httpx.Response:
    headers = life.world.signed_in(staff) | {"If-Match": (await life.episode())["etag"]}
    life.known = None
    return await life.world.client.post(place, json=body, headers=headers)


async def status_falls(life: Life, _: Random) -> bool:
    found = {"is_safe": False, "checked_on": clock.today().isoformat()}
    place = f"/v1/households/{life.home}/statuses"
    put = await life.world.client.put(place, json={"statuses": {"water": found}}, headers=life.case.headers)
    assert put.status_code == 200, put.text
    life.world.acts["status_fell"] += 1
    return True


async def second_clue(life: Life, _: Random) -> bool:
    """Another clue joins the case that is open, and opens no second one."""
    if not (await life.episode())["is_active"]:
        return False
    before = len(await life.case.episodes())
    await life.clue()
    assert len(await life.case.episodes()) == before
    life.world.acts["second_clue"] += 1
    return True


async def appeal_too_late(life: Life, _: Random) -> bool:
    """Only what was refused is appealed against, once, and in time."""
    episode = await life.episode()
    if episode["state"] == "REJECTED":
        return False
    assert (await life.appeal(episode)).status_code == 409
    life.world.acts["appeal_refused"] += 1
    return True


async def stale(life: Life, luck: Random) -> bool:
    """Decide on what somebody else has changed meanwhile: refused, and kept where both see it."""
    episode = await life.episode()
    legal = NEXT.get(episode["state"])
    if not legal:
        return False
    to, people = luck.choice(legal), luck.sample(life.world.everybody, 2)
    answer = await life.post(episode, to, people, life.record(episode, to, people), etag='"v0"')
    assert answer.status_code == 412, answer.text
    life.world.acts["stale"] += 1
    return True


async def illegal(life: Life, luck: Random) -> bool:
    """Try a step that may not follow."""
    episode = await life.episode()
    every = {to for after in NEXT.values() for to in after} | {"APPLIED"}
    to = luck.choice(sorted(every - set(NEXT.get(episode["state"], ()))))
    people = luck.sample(life.world.everybody, 2)
    answer = await life.post(episode, to, people, {})
    assert answer.status_code in (409, 422), answer.text
    life.known = None
    assert (await life.episode())["version"] == episode["version"]
    life.world.acts["illegal"] += 1
    return True


async def anybody(life: Life, luck: Random) -> bool:
    """Let anybody, with every scope, try any legal step: what is accepted is judged by what holds afterwards."""
    episode = await life.episode()
    legal = NEXT.get(episode["state"])
    if not legal:
        return False
    known = sorted({actor.removeprefix("staff:") for step in episode["history"] for actor in step["actors"]})
    among = [staff for staff in known if staff in life.world.everybody]
    people = luck.sample(among or life.world.everybody, 1) + luck.sample(life.world.everybody, luck.choice((0, 1, 2)))
    to = luck.choice(sorted(legal, key=lambda to: not barred_by(episode["state"], to))[:2])
    answer = await life.post(episode, to, people, life.record(episode, to, people))
    if answer.status_code == 200:
        life.reached((episode["state"], to), answer.json(), episode)
        if answer.json()["state"] != to:
            life.world.taken[to, answer.json()["state"]] += 1
    else:
        found = {error["code"] for error in answer.json().get("errors", ())}
        life.world.acts["not_theirs"] += "actors.separation_of_duty" in found
    return True


LIFE: tuple[Act, ...] = (
    move, renumber, merge_village, split, joined, merged, green_channel, status_falls, second_clue, appeal_too_late,
    stale, illegal, anybody,
)  # fmt: skip
