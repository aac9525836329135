"""Through the gateway with the SDK: one household's file, merged from three services, and how it was known before."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from bangfu.sdk import Bangfu, NotFound
from bangfu_local.embedded import EmbeddedSystem, township_client

from .test_following import OTHER_TOWN, PERIOD, QUIET, TOWN, Call, call, register, until, with_check_digit

__all__ = ["call"]

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

DATASET, NUMBER, NAME = "DS-MED-COST", with_check_digit("99010319690909033"), "郑档案"


async def test_a_households_file_is_one_list_by_time_for_whoever_may_see_the_household(
    call: Call, running_system: EmbeddedSystem
) -> None:
    town, other = (township_client(code).client_id for code in (TOWN, OTHER_TOWN))
    home = await register(call, "99FILE001", NUMBER, NAME, "1969-09-09", village=QUIET)
    first = await call("bureau", "GET", f"/v1/households/{home}")
    change = {"housing_tenure": "rented_safe", "group_name": "四组"}
    version = {"If-Match": first.headers["etag"]}
    assert (await call("bureau", "PATCH", f"/v1/households/{home}", json=change, headers=version)).status_code == 200

    async def is_known() -> bool:
        nothing = dict.fromkeys(("basic_paid", "critical_paid", "aid_paid"), "0")
        row = {"id_no": NUMBER, "name": NAME, "year": 2026, "period_to": "2026-10-31", "total": "90000.00",
               "self_paid_ytd": "90000.00"}  # fmt: skip
        await call("med", "POST", f"/v1/datasets/{DATASET}/records", json={"period": PERIOD, "record": row | nothing})
        found = (await call(town, "GET", "/v1/clues", params={"household": home})).json()["items"]
        owed = (await call(town, "GET", "/v1/duties", params={"household_id": home, "kind": "D03"})).json()["items"]
        return bool(owed) and any("R-MED-02" in clue["rule_ids"] for clue in found)

    await until(is_known)
    secrets = running_system.secrets.clients
    async with Bangfu(running_system.gateway_url, "bureau", secrets["bureau"]) as bureau:
        told = [entry async for entry in bureau.timeline.of(home, limit=2)]
        then = await bureau.households.get(home, as_of=datetime.fromisoformat(first.json()["updated_at"]))
        now = await bureau.households.get(home)
    assert [(entry.at, entry.id) for entry in told] == sorted(((entry.at, entry.id) for entry in told), reverse=True)
    assert len({entry.id for entry in told}) == len(told)
    kinds = {entry.kind for entry in told}
    assert kinds >= {"household_registered", "income_recorded", "household_changed", "finding_raised", "clue_raised",
                     "duty_opened"}  # fmt: skip
    changed = next(entry for entry in told if entry.kind == "household_changed")
    made_of_it = {each.field: (each.before, each.after) for each in changed.changes}
    assert made_of_it["housing_tenure"] == ("owned", "rented_safe")
    assert made_of_it["group_name"] == (None, "四组")
    assert [entry for entry in told if entry.kind == "finding_raised" and "90000" in entry.text.zh]
    shown = "".join(entry.model_dump_json() for entry in told)
    assert not [secret for secret in (NUMBER, NAME) if secret in shown]
    tenures = [(each.model_extra or {})["housing_tenure"] for each in (then, now)]
    assert tenures == ["owned", "rented_safe"]
    assert then.members == now.members, "masked the same"

    async with Bangfu(running_system.gateway_url, town, secrets[town]) as township:
        refused: list[str] = []
        own = [entry async for entry in township.timeline.of(home, refused=refused)]
    assert {entry.kind for entry in own} >= {"household_registered", "clue_raised", "duty_opened"}
    assert not {entry.kind for entry in own} & {"finding_raised", "finding_changed"}, "not within its scopes"
    async with Bangfu(running_system.gateway_url, other, secrets[other]) as elsewhere:
        with pytest.raises(NotFound):
            [entry async for entry in elsewhere.timeline.of(home)]
    await _of_departments(call, home)


async def _of_departments(call: Call, home: str) -> None:
    """A department reads no register, and of the file what it has to do and what its data led to."""
    assert (await call("med", "GET", f"/v1/households/{home}/timeline")).status_code == 403
    found: dict[str, list[Any]] = {}
    for who in ("med", "edu"):
        for place in ("/v1/clues/timeline", "/v1/findings/timeline"):
            answer = await call(who, "GET", place, params={"household_id": home})
            assert answer.status_code == 200, answer.text
            found[who] = found.get(who, []) + answer.json()["items"]
            assert {"clue_raised", "finding_raised"} & set(answer.json()["left_out"])
    assert found["edu"] == []
