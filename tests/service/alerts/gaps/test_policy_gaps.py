"""Policy gaps: a confirmed clue has a department act, its answer goes back where it is no grant, and all is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from alerts_world import COUNTY, TOWN, World, finding, new_household, snapshot, staff, withdrawal
from clue_steps import verify
from sqlalchemy import text

from alerts.gaps.service import strays_job
from contracts.sharing import FindingRaised
from contracts.vocabulary import Department, HouseholdStatus
from servicekit import clock
from servicekit.ids import new_id

_DAY_S = 86_400.0
READ, HANDLE = "duties:read", "duties:handle"
Headers = Callable[..., dict[str, str]]
GRANTED = {"result": "granted", "granted_on": "2020-01-01"}
REFUSED = {"result": "refused", "reason": "not_eligible", "note": "不符合条件"}


def uninsured(household: str, person: str = "p-1", **changes: Any) -> FindingRaised:
    values: dict[str, Any] = {"person_id": person, "is_policy_gap": True, "department": Department.MED}
    return finding(household, "R-MED-01", **(values | changes))


@pytest.fixture
def med(headers: Headers) -> dict[str, str]:
    return headers(READ, HANDLE, department="MED", client_id="med")


@pytest.fixture
def town(headers: Headers) -> dict[str, str]:
    return headers(READ, HANDLE, "clues:verify", areas=[TOWN])


async def confirmed(
    world: World, client: httpx.AsyncClient, headers: Headers, *found: FindingRaised, result: str = "confirmed_policy"
) -> str:
    """Let a township confirm the clue of findings; give the household."""
    home = found[0].household_id
    await world.register(snapshot(home))
    await world.fold(*found)
    answer = await verify(client, headers, (await world.clues(home))[-1], result=result)
    assert answer.status_code == 200, answer.text
    return home


async def gaps(client: httpx.AsyncClient, caller: dict[str, str], home: str) -> list[dict[str, Any]]:
    answer = await client.get("/v1/policy-gaps", params={"household": home}, headers=caller)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def duties(client: httpx.AsyncClient, caller: dict[str, str], home: str) -> dict[str, str]:
    answer = await client.get("/v1/duties", params={"household_id": home}, headers=caller)
    return {item["kind"]: item["state"] for item in answer.json()["items"] if item["kind"].startswith("G")}


async def told(world: World, home: str) -> list[tuple[str, str | None]]:
    """The alerts of a household's gaps, in order: state and result."""
    rows = [row for row in await world.alerts(home) if row["kind"] == "policy_gap"]
    return [(row["data"]["state"], row["data"]["result"]) for row in rows]


async def give(
    client: httpx.AsyncClient, caller: dict[str, str], gap: dict[str, Any], what: str, body: dict[str, Any]
) -> httpx.Response:
    """Take the gap's duty in hand and give its result."""
    now = (await client.get(f"/v1/policy-gaps/{gap['id']}", headers=caller)).json()
    taken = await client.post(f"/v1/duties/{now['duty_id']}/accept", headers=caller)
    assert taken.status_code == 200, taken.text
    return await client.post(f"/v1/policy-gaps/{gap['id']}/{what}", json=body, headers=caller)


async def test_a_confirmed_gap_is_the_departments_until_it_is_granted(
    world: World, client: httpx.AsyncClient, headers: Headers, med: dict[str, str]
) -> None:
    home = await confirmed(world, client, headers, uninsured(new_household()))
    (gap,) = await gaps(client, med, home)
    assert (gap["state"], gap["department"], gap["rule_id"], gap["person_id"]) == ("open", "MED", "R-MED-01", "p-1")
    (row,) = (await client.get("/v1/duties", params={"household_id": home, "kind": "G01"}, headers=med)).json()["items"]
    assert (row["id"], row["link"], row["due_on"]) == (gap["duty_id"], f"/v1/policy-gaps/{gap['id']}", gap["due_on"])
    assert (row["department"], row["person_id"], row["assignee"]) == ("MED", "p-1", "department")
    place = f"/v1/policy-gaps/{gap['id']}/result"
    early = await client.post(place, json=GRANTED, headers=med)
    assert (early.status_code, early.json()["code"]) == (409, "alerts.duty.not_in_hand")
    answer = await give(client, med, gap, "result", GRANTED)
    assert (answer.status_code, answer.json()["state"], answer.json()["granted_on"]) == (200, "closed", "2020-01-01")
    assert [(step["state"], step["by"]) for step in answer.json()["steps"]] == [("open", None), ("closed", "med")]
    assert await duties(client, med, home) == {"G01": "done"}
    assert await told(world, home) == [("open", None), ("closed", "granted")]
    again = await client.post(place, json=GRANTED, headers=med)
    assert (again.status_code, again.json()["code"]) == (409, "alerts.gap.illegal_step")


async def test_what_is_refused_goes_to_the_township_and_back_until_they_agree(
    world: World,
    client: httpx.AsyncClient,
    headers: Headers,
    med: dict[str, str],
    town: dict[str, str],
    move_clock: Callable[[float], None],
) -> None:
    move_clock(0)
    home = await confirmed(world, client, headers, uninsured(new_household()))
    (gap,) = await gaps(client, med, home)
    assert (await give(client, med, gap, "result", REFUSED)).json()["state"] == "returned"
    assert await duties(client, town, home) == {"G01": "done", "G02": "open"}
    move_clock(3 * _DAY_S)
    objected = await give(client, town, gap, "review", {"agrees": False, "note": "符合条件,请重新办理"})
    assert (objected.status_code, objected.json()["state"], objected.json()["result"]) == (200, "open", None)
    assert objected.json()["due_on"] > gap["due_on"], "its whole time again"
    assert await duties(client, town, home) == {"G01": "open", "G02": "done"}
    said = {"result": "not_applicable", "note": "已在外地参保"}
    assert (await give(client, med, gap, "result", said)).json()["state"] == "returned"
    assert await duties(client, town, home) == {"G01": "done", "G02": "open"}
    agreed = await give(client, town, gap, "review", {"agrees": True, "note": "电话核实属实"})
    assert (agreed.json()["state"], agreed.json()["result"]) == ("closed", "not_applicable")
    assert await duties(client, town, home) == {"G01": "done", "G02": "done"}
    assert await told(world, home) == [
        ("open", None), ("returned", "refused"), ("open", None), ("returned", "not_applicable"),
        ("closed", "not_applicable"),
    ]  # fmt: skip


async def test_who_granted_it_takes_it_back_and_the_duty_is_open_again(
    world: World, client: httpx.AsyncClient, headers: Headers, med: dict[str, str], move_clock: Callable[[float], None]
) -> None:
    home = await confirmed(world, client, headers, uninsured(new_household()))
    (gap,) = await gaps(client, med, home)
    place, why = f"/v1/policy-gaps/{gap['id']}/take-back", {"note": "参保登记未办成"}
    early = await client.post(place, json=why, headers=med)
    assert (early.status_code, early.json()["code"]) == (409, "alerts.gap.illegal_step")
    assert (await give(client, med, gap, "result", GRANTED)).status_code == 200
    colleague = headers(READ, HANDLE, department="MED", client_id="colleague")
    other = await client.post(place, json=why, headers=colleague)
    assert (other.status_code, other.json()["code"]) == (403, "alerts.gap.not_granter")
    moved_on = headers(READ, HANDLE, department="EDU", client_id="med")
    assert (await client.post(place, json=why, headers=moved_on)).status_code == 404
    move_clock(3 * _DAY_S)
    key = {"Idempotency-Key": new_id()}
    for _ in range(2):
        taken = await client.post(place, json=why, headers=med | key)
        assert (taken.status_code, taken.json()["state"], taken.json()["result"]) == (200, "open", None), taken.text
    assert taken.json()["due_on"] > gap["due_on"], "its whole time again"
    assert (taken.json()["steps"][-1]["note"], taken.json()["steps"][-1]["by"]) == ("参保登记未办成", "med")
    assert await duties(client, med, home) == {"G01": "open"}
    assert await told(world, home) == [("open", None), ("closed", "granted"), ("open", None)]
    assert (await give(client, med, gap, "result", GRANTED)).json()["state"] == "closed"


async def test_what_is_taken_back_is_withdrawn_where_nothing_speaks_for_it(
    world: World, client: httpx.AsyncClient, headers: Headers, med: dict[str, str]
) -> None:
    found = uninsured(new_household())
    home = await confirmed(world, client, headers, found)
    (gap,) = await gaps(client, med, home)
    assert (await give(client, med, gap, "result", GRANTED)).status_code == 200
    await world.fold(withdrawal(found))
    taken = await client.post(f"/v1/policy-gaps/{gap['id']}/take-back", json={"note": "误填"}, headers=med)
    assert (taken.status_code, taken.json()["state"]) == (200, "withdrawn")
    assert await duties(client, med, home) == {"G01": "cancelled"}


async def test_the_departments_data_of_a_later_month_take_a_grant_back(
    world: World, client: httpx.AsyncClient, headers: Headers, med: dict[str, str]
) -> None:
    home = await confirmed(world, client, headers, uninsured(new_household()))
    (gap,) = await gaps(client, med, home)
    assert (await give(client, med, gap, "result", GRANTED)).status_code == 200
    await world.fold(uninsured(home, period=f"{clock.today():%Y-%m}"))
    assert [each["state"] for each in await gaps(client, med, home)] == ["closed"], "it began before the answer"
    await world.fold(uninsured(home, "p-2", period="2999-01"), finding(home, "R-MED-02", period="2999-01"))
    assert [each["state"] for each in await gaps(client, med, home)] == ["closed"], "of somebody else, of another rule"
    for _ in range(2):
        await world.fold(uninsured(home, period="2999-01"))
    (again,) = await gaps(client, med, home)
    assert (again["id"], again["state"], again["result"]) == (gap["id"], "open", None)
    assert await duties(client, med, home) == {"G01": "open"}
    assert await told(world, home) == [("open", None), ("closed", "granted"), ("open", None)]
    answer = await verify(client, headers, (await world.clues(home))[-1], result="confirmed_policy")
    assert answer.status_code == 200, answer.text
    assert [each["state"] for each in await gaps(client, med, home) if each["person_id"] == "p-1"] == ["open"]


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"result": "granted"}, {"/granted_on"}),
        ({"result": "granted", "granted_on": "2999-01-01"}, {"/granted_on"}),
        ({"result": "refused", "note": "x"}, {"/reason"}),
        ({"result": "refused", "reason": "declined"}, {"/note"}),
        ({"result": "not_applicable", "reason": "declined"}, {"/reason", "/note"}),
    ],
)
async def test_an_answer_that_lacks_something_changes_nothing(
    world: World,
    client: httpx.AsyncClient,
    headers: Headers,
    med: dict[str, str],
    body: dict[str, Any],
    pointers: set[str],
) -> None:
    home = await confirmed(world, client, headers, uninsured(new_household()))
    (gap,) = await gaps(client, med, home)
    answer = await give(client, med, gap, "result", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "alerts.gap.answer_invalid")
    assert {error["pointer"] for error in answer.json()["errors"]} == pointers
    assert (await gaps(client, med, home))[0]["version"] == gap["version"]


async def test_nobody_elses_department_township_or_person_acts(
    world: World, client: httpx.AsyncClient, headers: Headers, med: dict[str, str], town: dict[str, str]
) -> None:
    home = await confirmed(world, client, headers, uninsured(new_household()))
    (gap,) = await gaps(client, med, home)
    place = f"/v1/policy-gaps/{gap['id']}"
    for stranger in (
        headers(READ, HANDLE, department="EDU", client_id="edu"),
        headers(READ, HANDLE, "clues:verify", areas=["990101102000"], client_id="far"),
    ):
        assert await gaps(client, stranger, home) == []
        assert (await client.get(place, headers=stranger)).status_code == 404
        assert (await client.post(f"{place}/result", json=GRANTED, headers=stranger)).status_code == 404
    (seen,) = await gaps(client, town, home)
    assert seen["id"] == gap["id"], "its township sees it"
    others = await client.post(f"{place}/result", json=GRANTED, headers=town)
    assert (others.status_code, others.json()["code"]) == (403, "alerts.duty.not_yours")
    assert (await give(client, med, gap, "result", REFUSED)).status_code == 200
    own = headers(READ, HANDLE, "clues:verify", department="MED", client_id="med")
    judged = await client.post(f"{place}/review", json={"agrees": True, "note": "属实"}, headers=own)
    assert (judged.status_code, judged.json()["code"]) == (403, "alerts.duty.not_yours")
    second = headers(READ, HANDLE, "clues:verify", areas=[TOWN], client_id="med")
    same = await give(client, second, gap, "review", {"agrees": True, "note": "属实"})
    assert (same.status_code, same.json()["code"]) == (403, "alerts.gap.second_person")


async def test_two_persons_are_two_gaps_and_the_next_month_opens_none_again(
    world: World, client: httpx.AsyncClient, headers: Headers, med: dict[str, str]
) -> None:
    home = new_household()
    await confirmed(world, client, headers, uninsured(home), uninsured(home, "p-2"))
    assert {gap["person_id"] for gap in await gaps(client, med, home)} == {"p-1", "p-2"}
    later = {"period": "2026-11"}
    await confirmed(world, client, headers, uninsured(home, **later), uninsured(home, "p-3", **later))
    assert sorted(gap["person_id"] for gap in await gaps(client, med, home)) == ["p-1", "p-2", "p-3"]


async def test_a_gap_goes_and_comes_back_with_its_finding_and_ends_with_its_household(
    world: World, client: httpx.AsyncClient, headers: Headers, med: dict[str, str]
) -> None:
    home = new_household()
    found = uninsured(home)
    await confirmed(world, client, headers, found)
    await world.fold(withdrawal(found))
    assert ([gap["state"] for gap in await gaps(client, med, home)], await duties(client, med, home)) == (
        ["withdrawn"], {"G01": "cancelled"},
    )  # fmt: skip
    await world.fold(found)
    assert ([gap["state"] for gap in await gaps(client, med, home)], await duties(client, med, home)) == (
        ["open"], {"G01": "open"},
    )  # fmt: skip
    (gap,) = await gaps(client, med, home)
    assert (await give(client, med, gap, "result", REFUSED)).status_code == 200
    await world.register(snapshot(home, version=2, status=HouseholdStatus.ENDED))
    assert await duties(client, med, home) == {"G01": "done"}
    states = [row["state"] for row in await world.rows("SELECT state FROM duty WHERE id = :id", id=f"G02-{gap['id']}")]
    assert states == ["cancelled"]
    assert await told(world, home) == [
        ("open", None), ("withdrawn", None), ("open", None), ("returned", "refused"), ("withdrawn", "refused"),
    ]  # fmt: skip


async def test_a_household_that_is_merged_takes_its_gaps_along(
    world: World, client: httpx.AsyncClient, headers: Headers, med: dict[str, str]
) -> None:
    home, into = new_household(), new_household()
    await world.register(snapshot(into))
    await confirmed(world, client, headers, uninsured(home))
    await world.register(snapshot(home, version=2, status=HouseholdStatus.MERGED, merged_into=into))
    (gap,) = await gaps(client, med, into)
    assert gap["state"] == "open"
    assert await duties(client, med, into) == {"G01": "open"}


@pytest.mark.parametrize(
    ("result", "is_gap", "departments"),
    [
        ("confirmed_policy", False, ["MED"]),
        ("confirmed_identify", True, ["MED"]),
        ("confirmed_identify", False, []),
        ("unreachable", True, []),
    ],
)
async def test_which_results_have_a_department_act(
    world: World, client: httpx.AsyncClient, headers: Headers, result: str, is_gap: bool, departments: list[str]
) -> None:
    found = uninsured(new_household(), is_policy_gap=is_gap)
    home = await confirmed(world, client, headers, found, result=result)
    assert [gap["department"] for gap in await gaps(client, headers(READ), home)] == departments


async def test_one_clue_has_several_departments_act_and_none_of_them_leads(
    world: World, client: httpx.AsyncClient, headers: Headers
) -> None:
    """F-G02: each answers for itself; the clue is what they have in common."""
    home = new_household()
    relief = finding(home, "R-CIV-01", person_id=None, scope="household", department=Department.CIV)
    await confirmed(world, client, headers, relief, uninsured(home, is_policy_gap=False))
    callers = {code: headers(READ, HANDLE, department=code, client_id=code.lower()) for code in ("CIV", "MED")}
    mine = {code: await gaps(client, caller, home) for code, caller in callers.items()}
    assert {code: [gap["department"] for gap in found] for code, found in mine.items()} == {
        "CIV": ["CIV"], "MED": ["MED"],
    }  # fmt: skip
    assert len({gap["clue_id"] for found in mine.values() for gap in found}) == 1
    assert (await give(client, callers["CIV"], mine["CIV"][0], "result", GRANTED)).json()["state"] == "closed"
    assert [gap["state"] for gap in await gaps(client, callers["MED"], home)] == ["open"]


async def test_the_person_who_has_the_duty_in_hand_answers_and_no_colleague(
    world: World, client: httpx.AsyncClient, headers: Headers
) -> None:
    """Whatever the application; until it is handed over."""
    ann, bea = new_id(), new_id()
    await world.appoint(*(staff(each, "DEPT", COUNTY, department="MED") for each in (ann, bea)))
    home = await confirmed(world, client, headers, uninsured(new_household()))

    def signed_in(person: str) -> dict[str, str]:
        return headers(READ, HANDLE, department="MED", client_id="desk", person=person)

    (gap,) = await gaps(client, signed_in(ann), home)
    await client.post(f"/v1/duties/{gap['duty_id']}/accept", headers=signed_in(ann))
    place = f"/v1/policy-gaps/{gap['id']}/result"
    colleague = await client.post(place, json=GRANTED, headers=signed_in(bea))
    assert (colleague.status_code, colleague.json()["code"]) == (409, "alerts.duty.in_other_hands")
    to = {"to": f"staff:{bea}"}
    given = await client.post(f"/v1/duties/{gap['duty_id']}/hand-over", json=to, headers=signed_in(ann))
    assert given.status_code == 200, given.text
    answer = await client.post(place, json=GRANTED, headers=signed_in(bea))
    assert (answer.status_code, answer.json()["steps"][-1]["by"]) == (200, f"staff:{bea}"), answer.text


async def test_what_an_earlier_release_left_to_policy_alone_is_opened_once(
    world: World, client: httpx.AsyncClient, headers: Headers, med: dict[str, str]
) -> None:
    home = await confirmed(world, client, headers, uninsured(new_household()))
    async with world.database.transaction() as session:
        for table, column in (("policy_gap_step", "gap_id"), ("policy_gap", "id")):
            own = "SELECT g.id FROM policy_gap g JOIN clue c ON c.id = g.clue_id WHERE c.household_id = :home"
            await session.execute(text(f"DELETE FROM {table} WHERE {column} IN ({own})"), {"home": home})
    job = strays_job(world.database)
    await job()
    await job()
    (gap,) = await gaps(client, med, home)
    assert (gap["state"], gap["department"]) == ("open", "MED")
    assert gap["due_on"] > clock.today().isoformat()


async def test_a_repeat_with_the_same_key_changes_nothing(
    world: World, client: httpx.AsyncClient, headers: Headers, med: dict[str, str]
) -> None:
    home = await confirmed(world, client, headers, uninsured(new_household()))
    (gap,) = await gaps(client, med, home)
    await client.post(f"/v1/duties/{gap['duty_id']}/accept", headers=med)
    key = {"Idempotency-Key": new_id()}
    for _ in range(2):
        answer = await client.post(f"/v1/policy-gaps/{gap['id']}/result", json=GRANTED, headers=med | key)
        assert (answer.status_code, answer.json()["version"]) == (200, 2)
    assert await told(world, home) == [("open", None), ("closed", "granted")]
