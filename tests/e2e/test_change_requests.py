"""Through the gateway: a marriage is approved by another, a stale approval is a conflict, an app asks offline."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import uuid4

import pytest

from bangfu_local.embedded import ClientSpec, EmbeddedSystem, township_client

from .test_following import OTHER_TOWN, QUIET, TOWN, Call, call, register, until, with_check_digit

__all__ = ["call"]

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

ASKER = ClientSpec("change-app", "采集应用", ("households:read", "households:write", "contacts:write"), areas=(TOWN,))
LEADER = ClientSpec(
    "change-leader", "乡镇审核", ("households:read", "households:approve", "duties:read"), areas=(TOWN,)
)
SCAN = b"%PDF-1.7\n" + b"booklet" * 20
SHA = hashlib.sha256(SCAN).hexdigest()


async def asked(call: Call, home: str, kind: str, content: dict[str, Any]) -> dict[str, Any]:
    body = {"kind": kind, "occurred_on": "2026-11-10", "reason": "户口簿核对", "evidence": [SHA], "content": content}
    etag = (await call(ASKER.client_id, "GET", f"/v1/households/{home}")).headers["etag"]
    place = f"/v1/households/{home}/change-requests"
    answer = await call(ASKER.client_id, "POST", place, json=body, headers={"If-Match": etag})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def decided(call: Call, who: ClientSpec, request: dict[str, Any], verb: str = "approve") -> Any:
    return await call(who.client_id, "POST", f"/v1/change-requests/{request['id']}/{verb}", json={"note": "核对一致"})


async def home_of(call: Call, serial: int, name: str, birth: str) -> tuple[str, str]:
    """A household of one with a scan; its id and its member's."""
    number = with_check_digit(f"990103{birth.replace('-', '')}{serial:03d}")
    home = await register(call, f"99CHG{serial:05d}", number, name, birth, village=QUIET)
    headers = {"Content-Type": "application/pdf"}
    kept = await call(ASKER.client_id, "PUT", f"/v1/households/{home}/attachments/{SHA}", content=SCAN, headers=headers)
    assert kept.status_code == 201, kept.text
    shown = (await call(ASKER.client_id, "GET", f"/v1/households/{home}")).json()
    return home, str(shown["members"][0]["id"])


async def test_a_marriage_a_stale_approval_and_what_was_asked_for_offline(
    running_system: EmbeddedSystem, call: Call
) -> None:
    await running_system.ensure_clients([ASKER, LEADER])
    home, head = await home_of(call, 11, "周建国", "1970-05-05")
    bride = {"name": "林新嫁", "birth_date": "1995-02-02", "sex": "2", "relation": "child_in_law", "labour": "1"}
    son = bride | {"name": "周小明", "birth_date": "1994-03-03", "sex": "1", "relation": "child"}
    for member in (son, bride):
        wed = await asked(call, home, "marriage_in", {"member": member})
        assert wed["state"] == "proposed"
        assert (await decided(call, LEADER, wed)).status_code == 200
    members = (await call(ASKER.client_id, "GET", f"/v1/households/{home}")).json()["members"]
    young = {each["relation"]: each["id"] for each in members}

    couple = [{"id": young["child"], "relation": "head"}, {"id": young["child_in_law"], "relation": "spouse"}]
    split = await asked(call, home, "split", {"hh_no": "99CHG90001", "members": couple})
    duty = f"/v1/duties/R01-{split['id']}"

    async def is_due() -> bool:
        return bool((await call(LEADER.client_id, "GET", duty)).status_code == 200)

    await until(is_due)
    shown = (await call(LEADER.client_id, "GET", duty)).json()
    assert (shown["link"], shown["household_id"]) == (f"/v1/change-requests/{split['id']}", home)
    assert (await decided(call, ASKER, split)).status_code == 403, "who asks has no scope to approve"
    outside = await call(township_client(OTHER_TOWN).client_id, "GET", f"/v1/change-requests/{split['id']}")
    assert outside.status_code == 404
    rival = await asked(call, home, "departure", {"person_id": young["child"]})
    assert rival["contradicts"] == [split["id"]]
    done = await decided(call, LEADER, split)
    assert done.status_code == 200, done.text
    founded = (await call(ASKER.client_id, "GET", f"/v1/households/{done.json()['other_id']}")).json()
    assert {each["id"] for each in founded["members"]} == {young["child"], young["child_in_law"]}

    stale = await decided(call, LEADER, rival)
    assert (stale.status_code, stale.json()["code"]) == (409, "registry.change_request.overtaken")
    for side in (ASKER, LEADER):
        listed = (await call(side.client_id, "GET", "/v1/conflicts", params={"area": QUIET})).json()["items"]
        conflict = next(each for each in listed if each["subject_id"] == rival["id"])
        assert (conflict["by"], conflict["first_by"]) == (LEADER.client_id, LEADER.client_id)
    assert (await decided(call, ASKER, rival, "withdraw")).status_code == 200

    version = (await call(ASKER.client_id, "GET", f"/v1/households/{home}")).json()["version"]
    step = {
        "id": str(uuid4()), "method": "POST", "path": f"/v1/households/{home}/change-requests",
        "if_match": f'"v{version}"',
        "body": {"kind": "move", "occurred_on": "2026-11-10", "reason": "入户核实", "evidence": [SHA],
                 "content": {"group_name": "九组"}},
    }  # fmt: skip
    late = step | {"id": str(uuid4()), "if_match": '"v1"'}
    batch = {"steps": [step, late]}
    first, again = [await call(ASKER.client_id, "POST", "/v1/batch", json=batch) for _ in range(2)]
    assert [each["status"] for each in first.json()["items"]] == [201, 412], first.text
    assert again.json()["items"][0]["is_replayed"] is True
    assert again.json()["items"][0]["result"]["id"] == first.json()["items"][0]["result"]["id"]
    assert head in {
        each["id"] for each in (await call(ASKER.client_id, "GET", f"/v1/households/{home}")).json()["members"]
    }

    async def is_over() -> bool:
        return bool((await call(LEADER.client_id, "GET", duty)).json()["state"] == "done")

    await until(is_over)
