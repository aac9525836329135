"""Through the gateway: what an inspection found is put right and cleared; what is scheduled is done and reported."""

from __future__ import annotations

import pytest

from bangfu_local.embedded import township_client

from .test_following import COUNTY, PERIOD, QUIET, TOWN, Call, call, register, until, with_check_digit

__all__ = ["call"]

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

PLACE = "/v1/rectifications"


async def test_a_problem_is_registered_put_right_cleared_and_looked_back_at(call: Call) -> None:
    """F-F10, F-F12: problem, measure, responsible unit, day and clearing, and the duties of each step."""
    found = {
        "area_code": QUIET, "department": "MED", "source": "discipline", "source_document": "巡察反馈第7号",
        "problem_class": "guarantees", "problem": "参保台账不完整", "found_on": "2026-11-01", "due_on": "2026-12-20",
    }  # fmt: skip
    made = await call("bureau", "POST", PLACE, json=found)
    assert made.status_code == 201, made.text
    place, duty = made.headers["location"], made.json()["duty_id"]
    listed = (await call("med", "GET", "/v1/duties", params={"kind": "Z01", "state": "open"})).json()["items"]
    assert [(row["id"], row["link"], row["due_on"]) for row in listed] == [(duty, place, "2026-12-20")]
    assert (await call("med", "POST", f"/v1/duties/{duty}/accept")).status_code == 200
    for step, said in (
        ("progress", {"note": "已部署", "measure": "逐户核对参保"}),
        ("submission", {"note": "台账已补齐", "evidence": ["参保台账 2026-11"]}),
    ):
        answer = await call("med", "POST", f"{place}/{step}", json=said)
        assert answer.status_code == 200, answer.text
    own = await call("med", "POST", f"{place}/decision", json={"agrees": True, "note": "已完成"})
    assert (own.status_code, own.json()["code"]) == (403, "scope_missing")
    cleared = await call("bureau", "POST", f"{place}/decision", json={"agrees": True, "note": "抽查属实"})
    assert (cleared.status_code, cleared.json()["state"]) == (200, "cleared"), cleared.text
    looked = await call("bureau", "POST", f"{place}/look-back", json={"result": "holds", "note": "未反弹"})
    assert looked.json()["state"] == "looked_back"
    again = (await call("bureau", "POST", PLACE, json=found | {"found_on": "2026-11-10"})).json()
    assert (again["is_recurring"], place.endswith(again["recurs_of"])) == (True, True)
    counts = await call("bureau", "GET", f"{PLACE}/counts", params={"area": QUIET, "problem_class": "guarantees"})
    assert {(row["state"], row["problems"], row["recurring"]) for row in counts.json()["items"]} == {
        ("open", 1, 1), ("looked_back", 1, 0),
    }  # fmt: skip


async def test_the_month_is_scheduled_and_reported(call: Call) -> None:
    """F-F11: what a month's scheduling decided is its unit's, and the month's report says how the ledger stood."""
    decided = {"what": "核对参保台账", "area_code": QUIET, "department": "MED", "due_on": "2026-12-05"}
    meeting = {
        "area_code": COUNTY, "period": "2026-11", "held_on": "2026-11-10", "chaired_by": "领导小组办公室主任",
        "topics": ["整改进度"], "summary": "通报整改进度", "items": [decided],
    }  # fmt: skip
    made = await call("bureau", "POST", "/v1/schedulings", json=meeting)
    assert made.status_code == 201, made.text
    (item,) = made.json()["items"]
    asked = (await call("bureau", "GET", f"/v1/duties/D14-{COUNTY[:6]}-2026-11")).json()
    assert (asked["state"], asked["link"]) == ("done", f"/v1/schedulings?area={COUNTY}&period=2026-11")
    duty = (await call("med", "GET", f"/v1/duties/{item['duty_id']}")).json()
    assert (duty["state"], duty["due_on"]) == ("open", "2026-12-05")
    assert (await call("med", "POST", f"/v1/duties/{duty['id']}/accept")).status_code == 200
    done = await call("med", "POST", f"{duty['link']}/result", json={"done_on": "2026-11-10", "note": "已核对"})
    assert (done.status_code, done.json()["state"]) == (200, "done"), done.text
    report = {"area_code": COUNTY, "period": "2026-10", "note": "本月未登记问题"}
    given = await call("bureau", "POST", "/v1/rectification-reports", json=report)
    assert (given.status_code, given.json()["totals"]["standing"]) == (201, 0), given.text
    early = await call("bureau", "POST", "/v1/rectification-reports", json=report | {"period": "2026-11"})
    assert (early.status_code, early.json()["code"]) == (422, "alerts.rectification_report.too_early")


async def test_a_department_is_told_what_became_of_its_finding_and_reads_it(call: Call) -> None:
    """The result is told in the moment in which it is recorded; the department says that it has read it."""
    town, number = township_client(TOWN).client_id, with_check_digit("99010319680311017")
    home = await register(call, "99FEED001", number, "郑反馈", "1968-03-11", QUIET)
    nothing = dict.fromkeys(("basic_paid", "critical_paid", "aid_paid"), "0")
    row = {"id_no": number, "name": "郑反馈", "year": 2026, "period_to": "2026-10-31", "total": "90000.00"}
    record = row | nothing | {"self_paid_ytd": "90000.00"}
    clues: list[str] = []

    async def has_clue() -> bool:
        await call("med", "POST", "/v1/datasets/DS-MED-COST/records", json={"period": PERIOD, "record": record})
        found = (await call(town, "GET", "/v1/clues", params={"household": home})).json()["items"]
        clues[:] = [each["id"] for each in found]
        return bool(clues)

    await until(has_clue)
    place = f"/v1/clues/{clues[0]}"
    said = {"result": "confirmed_identify", "verifiers": ["s-1", "s-2"], "visited_on": "2026-11-10"}
    tag = (await call(town, "GET", place)).headers["etag"]
    verified = await call(town, "POST", f"{place}/verification", json=said, headers={"If-Match": tag})
    assert verified.status_code == 200, verified.text
    rounds = (await call("med", "GET", "/v1/feedback-rounds", params={"area": COUNTY, "state": "open"})).json()["items"]
    (told,) = rounds
    results = (await call("med", "GET", f"/v1/feedback-rounds/{told['id']}/items", params={"limit": 200})).json()[
        "items"
    ]
    assert "confirmed_identify" in {each["result"] for each in results if each["household_id"] == home}
    duty = (await call("med", "GET", f"/v1/duties/{told['duty_id']}")).json()
    assert (duty["kind"], duty["state"], duty["due_on"]) == ("D17", "open", told["due_on"])
    assert (await call("med", "POST", f"/v1/duties/{duty['id']}/accept")).status_code == 200
    read = await call("med", "POST", f"/v1/feedback-rounds/{told['id']}/acknowledgement", json={"items": told["items"]})
    assert read.status_code == 200, read.text
    assert (await call("med", "GET", f"/v1/duties/{duty['id']}")).json()["state"] == "done"
