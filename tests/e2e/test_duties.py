"""What must be done by a day, through the gateway: an imported case has its duties, a plan closes the first."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from bangfu_local.embedded import EmbeddedSystem, township_client

from .test_following import Call, call, until
from .two_townships import PLAN

__all__ = ["call"]

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

TOWN, VILLAGE = "990103101000", "990103101203"


async def test_an_imported_case_has_its_duties_and_a_plan_closes_the_first(
    running_system: EmbeddedSystem, gateway: httpx.AsyncClient, call: Call
) -> None:
    """F-A37: what the plan has departments do is theirs until they say what became of it."""
    town = township_client(TOWN).client_id
    person = {"person_no": "99DUTY00101", "name": "钱到期", "birth_date": "1970-01-01", "sex": "1"}
    body = {
        "hh_no": "99DUTY001", "village_code": VILLAGE, "hh_type": "0", "members": [
            person | {"relation": "head", "labour": "1"}
        ],
        "monitor": {"category": "1", "identified_on": "2026-01-10", "risk_types": ["01"]},
    }  # fmt: skip
    made = await call("bureau", "POST", "/v1/households", json=body)
    assert made.status_code == 201, made.text
    home = made.json()["id"]

    async def open_kinds() -> dict[str, dict[str, Any]]:
        params = {"household_id": home, "state": "open"}
        answer = await call(town, "GET", "/v1/duties", params=params)
        assert answer.status_code == 200, answer.text
        return {item["kind"]: item for item in answer.json()["items"]}

    async def holds(kinds: set[str]) -> bool:
        return set(await open_kinds()) == kinds

    await until(lambda: holds({"D06", "D07", "D08"}))
    plan = (await open_kinds())["D06"]
    assert plan["due_on"] == "2026-11-20", "from the day that it came, 10 November 2026"
    accepted = await call(town, "POST", f"/v1/duties/{plan['id']}/accept")
    assert (accepted.status_code, accepted.json()["holder"]) == (200, town), accepted.text
    put = await call(town, "PUT", f"{plan['link']}/plan", json=PLAN)
    assert put.status_code == 200, put.text
    await until(lambda: holds({"D07", "D08", "P03"}))
    assert (await call(town, "GET", f"/v1/duties/{plan['id']}")).json()["state"] == "done"
    for task in put.json()["tasks"]:
        place, duty = f"/v1/plan-tasks/{task['id']}", f"/v1/duties/P03-{task['id']}"
        assert (await call("med", "GET", place)).status_code == 404

        async def accept(duty: str = duty) -> bool:
            return (await call("civ", "POST", f"{duty}/accept")).status_code == 200

        await until(accept)
        assert (await call("civ", "GET", duty)).json()["link"] == place
        done = {"state": "done", "done_on": "2026-11-10", "evidence": "CIV-2026-18"}
        said = await call("civ", "PATCH", place, json=done)
        assert (said.status_code, said.json()["state"]) == (200, "done"), said.text
    await until(lambda: holds({"D07"}))  # a task of development that is done counts as the measure


async def test_a_department_answers_for_what_it_owes_and_the_township_looks_at_what_it_refuses(
    running_system: EmbeddedSystem, gateway: httpx.AsyncClient, call: Call
) -> None:
    """F-F07, F-G01: from a visit to the grant, nobody acts without the duty in hand, and every step is in the feed."""
    town = township_client(TOWN).client_id
    person = {"person_no": "99GAP00101", "name": "孙政策", "birth_date": "1970-01-01", "sex": "1"}
    body = {
        "hh_no": "99GAP001", "village_code": VILLAGE, "hh_type": "0",
        "members": [person | {"relation": "head", "labour": "1"}],
    }  # fmt: skip
    made = await call("bureau", "POST", "/v1/households", json=body)
    assert made.status_code == 201, made.text
    home = made.json()["id"]
    seen = {"household_id": home, "risk_type": "05", "visited_on": "2026-11-10", "visitors": ["s-1"], "note": "受损"}
    clues: list[str] = []

    async def reported() -> bool:
        answer = await call(town, "POST", "/v1/visits", json=seen)
        clues.extend([answer.json()["clue_id"]] if answer.status_code < 300 else [])
        return bool(clues)

    await until(reported)
    etag = (await call(town, "GET", f"/v1/clues/{clues[0]}")).headers["etag"]
    said = {"result": "confirmed_policy", "verifiers": ["s-1", "s-2"], "visited_on": "2026-11-10", "note": "属实"}
    place = f"/v1/clues/{clues[0]}/verification"
    verified = await call(town, "POST", place, json=said, headers={"If-Match": etag})
    assert verified.status_code == 200, verified.text
    (gap,) = (await call("civ", "GET", "/v1/policy-gaps", params={"household": home})).json()["items"]
    assert (gap["state"], gap["department"], gap["duty_id"]) == ("open", "CIV", f"G01-{gap['id']}")
    place = f"/v1/policy-gaps/{gap['id']}"
    assert (await call("med", "GET", place)).status_code == 404

    async def give(who: str, what: str, duty: str, answer: dict[str, Any]) -> dict[str, Any]:
        early = await call(who, "POST", f"{place}/{what}", json=answer)
        assert (early.status_code, early.json()["code"]) == (409, "alerts.duty.not_in_hand"), early.text
        taken = await call(who, "POST", f"/v1/duties/{duty}-{gap['id']}/accept")
        assert taken.status_code == 200, taken.text
        done = await call(who, "POST", f"{place}/{what}", json=answer)
        assert done.status_code == 200, done.text
        return dict(done.json())

    refused = {"result": "refused", "reason": "not_eligible", "note": "材料显示不符合条件"}
    assert (await give("civ", "result", "G01", refused))["state"] == "returned"
    objected = await give(town, "review", "G02", {"agrees": False, "note": "符合临时救助条件"})
    assert (objected["state"], objected["result"]) == ("open", None)
    granted = await call("civ", "POST", f"{place}/result", json={"result": "granted", "granted_on": "2026-11-10"})
    assert (granted.status_code, granted.json()["state"]) == (200, "closed"), "it still has the duty in hand"
    duties = (await call("bureau", "GET", "/v1/duties", params={"household_id": home})).json()["items"]
    assert {duty["kind"]: duty["state"] for duty in duties} == {"D03": "done", "G01": "done", "G02": "done"}
    assert {duty["title"]["household"]["hh_no"] for duty in duties} == {"99GAP001"}
    feed = (await call("bureau", "GET", "/v1/alerts", params={"area": VILLAGE, "limit": 100})).json()["items"]
    told = [each["data"] for each in feed if each["data"].get("gap_id") == gap["id"]]
    assert [(each["state"], each["result"]) for each in told] == [
        ("open", None), ("returned", "refused"), ("open", None), ("closed", "granted"),
    ]  # fmt: skip
