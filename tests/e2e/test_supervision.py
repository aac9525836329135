"""Through the gateway: what an inspection found is put right by its department and cleared by the county."""

from __future__ import annotations

import pytest

from .test_following import QUIET, Call, call

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
