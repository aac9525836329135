"""Through the gateway: a township contests a department's data, and the department sees whom it is about."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bangfu_local.embedded import township_client

from .test_following import MERGED, PERIOD, TOWN, Call, call, register, until, with_check_digit

__all__ = ["call"]

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

DATASET, NUMBER = "DS-MED-COST", with_check_digit("99010319700407031")


async def test_a_department_learns_whom_it_is_about_by_its_duty_and_answers(call: Call) -> None:
    town = township_client(TOWN).client_id
    home = await register(call, "99CORR001", NUMBER, "吴更正", "1970-04-07", MERGED)
    found: list[dict[str, Any]] = []

    async def push(paid: str) -> None:
        nothing = dict.fromkeys(("basic_paid", "critical_paid", "aid_paid"), "0")
        row = {"id_no": NUMBER, "name": "吴更正", "year": 2026, "period_to": "2026-10-31"}
        record = row | nothing | {"total": paid, "self_paid_ytd": paid}
        await call("med", "POST", f"/v1/datasets/{DATASET}/records", json={"period": PERIOD, "record": record})

    async def is_found() -> bool:
        await push("90000.00")
        page = await call("bureau", "GET", "/v1/findings", params={"household_id": home, "rule": "R-MED-02"})
        found[:] = page.json()["items"]
        return bool(found)

    await until(is_found)
    said = {"finding_id": found[0]["finding_id"], "dataset": DATASET, "field": "self_paid_ytd", "proposed": "900.00"}
    asked = await call(town, "POST", "/v1/corrections", json=said | {"why": "结算单上自付900元"})
    assert asked.status_code == 201, asked.text
    place, duty = asked.headers["location"], f"/v1/duties/{asked.json()['duty_id']}"
    async with asyncio.timeout(180):  # announced within the minute
        while (await call("med", "GET", duty)).status_code != 200:  # noqa: ASYNC110  another process cannot set an event
            await asyncio.sleep(0.5)
    shown = (await call("med", "GET", duty)).json()
    assert (shown["kind"], shown["link"], shown["household_id"]) == ("K01", place, home)
    task = f"/v1/households/{home}/task?duty_id={shown['id']}"
    assert (await call("med", "GET", task)).status_code == 403, "nobody has it in hand"
    assert (await call("med", "POST", f"{duty}/accept")).status_code == 200
    seen = await call("med", "GET", task)
    assert (seen.status_code, seen.json()["name"], seen.json()["id_no"]) == (200, "吴更正", NUMBER), seen.text
    await push("900.00")
    read = await call("med", "GET", place)
    assert NUMBER not in read.text
    answer = {"answer": "corrected", "note": "小数点错位,已重新推送"}
    done = await call("med", "POST", f"{place}/answer", json=answer, headers={"If-Match": read.headers["etag"]})
    # Newer data may have closed it first.
    assert done.status_code in (200, 409, 412), done.text
    told = (await call(town, "GET", "/v1/corrections", params={"household_id": home})).json()["items"]
    assert [(each["state"], each["proposed"]) for each in told] == [("corrected", "900.00")]
