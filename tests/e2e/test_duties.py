"""What must be done by a day, through the gateway: an imported case has its duties, and a plan closes the first."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from bangfu_local.embedded import EmbeddedSystem, township_client

from .test_following import Call, call, until
from .two_townships import PLAN

__all__ = ["call"]

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

TOWN, VILLAGE = "990103101000", "990103101201"


async def test_an_imported_case_has_its_duties_and_a_plan_closes_the_first(
    running_system: EmbeddedSystem, gateway: httpx.AsyncClient, call: Call
) -> None:
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
    await until(lambda: holds({"D07", "D08"}))
    assert (await call(town, "GET", f"/v1/duties/{plan['id']}")).json()["state"] == "done"
