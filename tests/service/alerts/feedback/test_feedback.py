"""D17: what became of a department's findings is told to it as it is decided, and it says that it read so."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from alerts_world import COUNTY, TOWN, World, finding, new_household, snapshot
from clue_steps import verify

from contracts.sharing import FindingRaised
from contracts.vocabulary import Department
from servicekit.ids import new_id

Headers = Callable[..., dict[str, str]]
READ, HANDLE = "duties:read", "duties:handle"
PLACE = "/v1/feedback-rounds"


@pytest.fixture(autouse=True)
def noon(move_clock: Callable[[float], None]) -> None:
    """A day that does not end while a test runs."""
    move_clock(datetime(2026, 11, 10, 4, tzinfo=UTC).timestamp() - time.time())


def of(department: Department, household: str, rule: str = "R-MED-02", **changes: Any) -> FindingRaised:
    return finding(household, rule, department=department, **changes)


async def decided(
    world: World, client: httpx.AsyncClient, headers: Headers, *found: FindingRaised, result: str = "confirmed_identify"
) -> None:
    """Let a township verify the clue of findings."""
    home = found[0].household_id
    await world.register(snapshot(home))
    await world.fold(*found)
    answer = await verify(client, headers, (await world.clues(home))[-1], result=result)
    assert answer.status_code == 200, answer.text


async def rounds(client: httpx.AsyncClient, caller: dict[str, str], **wanted: str) -> list[dict[str, Any]]:
    answer = await client.get(PLACE, params=wanted, headers=caller)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_a_department_is_told_each_result_and_says_that_it_read_them(
    world: World, client: httpx.AsyncClient, headers: Headers
) -> None:
    hea = headers(READ, HANDLE, department="HEA", client_id="hea")
    first, second = of(Department.HEA, new_household()), of(Department.HEA, new_household())
    quiet = of(Department.HEA, first.household_id, "R-MED-03", person_id="p-2")
    await decided(world, client, headers, first, quiet)
    (told,) = await rounds(client, hea, state="open")
    assert (told["area_code"], told["department"], told["items"], told["due_on"]) == (COUNTY, "HEA", 2, "2026-11-25")
    duty = (await client.get(f"/v1/duties/{told['duty_id']}", headers=hea)).json()
    assert (duty["kind"], duty["assignee"], duty["link"]) == ("D17", "department", f"{PLACE}/{told['id']}/items")
    await decided(world, client, headers, second, result="confirmed_policy")
    (told,) = await rounds(client, hea, state="open")
    assert told["items"] == 3, "what is decided until then comes into the same round"
    place = f"{PLACE}/{told['id']}"
    page = (await client.get(f"{place}/items", params={"limit": 2}, headers=hea)).json()
    rest = (await client.get(f"{place}/items", params={"cursor": page["next_cursor"]}, headers=hea)).json()["items"]
    results = {each["finding_id"]: (each["result"], each["decided_on"]) for each in [*page["items"], *rest]}
    assert results == {
        first.finding_id: ("confirmed_identify", "2026-11-10"), quiet.finding_id: ("confirmed_identify", "2026-11-10"),
        second.finding_id: ("confirmed_policy", "2026-11-10"),
    }  # fmt: skip
    early = await client.post(f"{place}/acknowledgement", json={"items": 3}, headers=hea)
    assert (early.status_code, early.json()["code"]) == (409, "alerts.duty.not_in_hand")
    await client.post(f"/v1/duties/{told['duty_id']}/accept", headers=hea)
    unread = await client.post(f"{place}/acknowledgement", json={"items": 2}, headers=hea)
    assert (unread.status_code, unread.json()["code"], unread.json()["items"]) == (409, "alerts.feedback.grew", 3)
    key = {"Idempotency-Key": new_id()}
    for _ in range(2):
        answer = await client.post(f"{place}/acknowledgement", json={"items": 3}, headers=hea | key)
        assert (answer.status_code, answer.json()["acknowledged_by"]) == (200, "hea"), answer.text
    assert (await client.get(f"/v1/duties/{told['duty_id']}", headers=hea)).json()["state"] == "done"
    again = await client.post(f"{place}/acknowledgement", json={"items": 3}, headers=hea)
    assert (again.status_code, again.json()["code"]) == (409, "alerts.feedback.acknowledged")
    await decided(world, client, headers, of(Department.HEA, new_household()))
    (later,) = await rounds(client, hea, state="open")
    assert (later["items"], later["id"] != told["id"]) == (1, True)


async def test_each_department_is_told_of_its_own_findings_and_of_what_was_decided_for_good(
    world: World, client: httpx.AsyncClient, headers: Headers
) -> None:
    home = new_household()
    edu, hou = of(Department.EDU, home), of(Department.HOU, home, "R-MED-03")
    await decided(world, client, headers, edu, hou, result="unreachable")
    callers = {code: headers(READ, HANDLE, department=code, client_id=code.lower()) for code in ("EDU", "HOU")}
    assert [await rounds(client, caller) for caller in callers.values()] == [[], []], "nothing is decided yet"
    answer = await verify(client, headers, (await world.clues(home))[-1], result="confirmed_identify")
    assert answer.status_code == 200, answer.text
    for code, found in (("EDU", edu), ("HOU", hou)):
        (told,) = await rounds(client, callers[code])
        items = (await client.get(f"{PLACE}/{told['id']}/items", headers=callers[code])).json()["items"]
        assert [each["finding_id"] for each in items] == [found.finding_id]
        other = callers["HOU" if code == "EDU" else "EDU"]
        for stranger in (other, headers(READ, HANDLE, areas=[TOWN], client_id="town")):
            assert told["id"] not in {each["id"] for each in await rounds(client, stranger)}
            for place in ("", "/items"):
                assert (await client.get(f"{PLACE}/{told['id']}{place}", headers=stranger)).status_code == 404
            said = await client.post(f"{PLACE}/{told['id']}/acknowledgement", json={"items": 1}, headers=stranger)
            assert said.status_code == 404
    assert {each["department"] for each in await rounds(client, headers(READ), state="open")} >= {"EDU", "HOU"}


async def test_results_at_the_same_time_come_into_one_round(
    world: World, client: httpx.AsyncClient, headers: Headers
) -> None:
    homes = [new_household() for _ in range(4)]
    await world.register(*(snapshot(home) for home in homes))
    await world.fold(*(of(Department.WAT, home) for home in homes))
    clues = [(await world.clues(home))[-1] for home in homes]
    answers = await asyncio.gather(*(verify(client, headers, clue, result="confirmed_identify") for clue in clues))
    assert [answer.status_code for answer in answers] == [200] * 4
    (told,) = await rounds(client, headers(READ, department="WAT"))
    assert told["items"] == 4
