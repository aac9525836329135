"""The month's report: figures of the ledger at the month's end, a duty while it is owed, versions."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from alerts_world import COUNTY, TOWN, World

from alerts.rectification_reports.service import calendar_job
from servicekit.ids import new_id

Headers = Callable[..., dict[str, str]]
READ, WRITE, HANDLE, DUTIES = "supervision:read", "supervision:write", "duties:handle", "duties:read"
PLACE, LEDGER = "/v1/rectification-reports", "/v1/rectifications"
FOUND = {
    "area_code": TOWN, "department": "AGR", "source": "audit", "source_document": "审计报告", "problem_class": "funds",
    "problem": "资金拨付滞后", "measure": "限期拨付", "found_on": "2026-10-01", "due_on": "2026-11-20",
}  # fmt: skip
OF_NOVEMBER = {"area_code": COUNTY, "period": "2026-11", "note": "本月整改推进情况"}
NOTHING = dict.fromkeys(
    ("registered", "submitted", "cleared", "looked_back", "recurring", "standing", "overdue"), 0
)  # fmt: skip


@pytest.fixture
def on(move_clock: Callable[[float], None]) -> Callable[[int, int], None]:
    """Let it be noon of a day of 2026."""

    def move(month: int, day: int) -> None:
        move_clock(datetime(2026, month, day, 4, tzinfo=UTC).timestamp() - time.time())

    return move


async def done(client: httpx.AsyncClient, caller: dict[str, str], place: str, said: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(place, json=said, headers=caller)
    assert answer.status_code in (200, 201), answer.text
    return dict(answer.json())


async def test_a_month_is_reported_as_it_stood_and_its_duty_closes_with_the_report(
    world: World, client: httpx.AsyncClient, headers: Headers, on: Callable[[int, int], None]
) -> None:
    """F-F11: the monthly report on rectification, its figures made by the system, asked for and closed by giving it."""
    county = headers(READ, WRITE, DUTIES, client_id="county")
    agr = headers(READ, HANDLE, DUTIES, department="AGR", client_id="agr")
    ask = calendar_job(world.database)
    on(10, 20)
    old = await done(client, county, LEDGER, FOUND)
    on(11, 10)
    late = await done(client, county, LEDGER, FOUND)
    towns = await done(client, county, LEDGER, FOUND | {"department": None, "due_on": "2026-12-31"})
    await client.post(f"/v1/duties/{old['duty_id']}/accept", headers=agr)
    await done(client, agr, f"{LEDGER}/{old['id']}/progress", {"note": "已启动"})
    await done(client, agr, f"{LEDGER}/{old['id']}/submission", {"note": "已拨付", "evidence": ["凭证"]})
    await done(client, county, f"{LEDGER}/{old['id']}/decision", {"agrees": True, "note": "核实"})
    early = await client.post(PLACE, json=OF_NOVEMBER, headers=county)
    assert (early.status_code, early.json()["code"]) == (422, "alerts.rectification_report.too_early")
    on(12, 3)
    after = await done(client, county, LEDGER, FOUND | {"found_on": "2026-12-01", "due_on": "2026-12-31"})
    assert after["is_recurring"]
    for _ in range(2):
        await ask()
    duties = await world.rows("SELECT id, state, due_on::text FROM duty WHERE kind = 'D15' ORDER BY id")
    assert [(row["id"], row["state"], row["due_on"]) for row in duties] == [
        ("D15-990101-2026-10", "open", "2026-11-10"), ("D15-990101-2026-11", "open", "2026-12-10"),
    ]  # fmt: skip
    report = await done(client, county, PLACE, OF_NOVEMBER)
    of_agr = NOTHING | {"registered": 1, "submitted": 1, "cleared": 1, "standing": 1, "overdue": 1}
    of_town = NOTHING | {"registered": 1, "standing": 1}
    assert report["rows"] == [
        {"source": "audit", "department": None, "area_code": TOWN, **of_town},
        {"source": "audit", "department": "AGR", "area_code": COUNTY, **of_agr},
    ]
    assert report["totals"] == {name: of_agr[name] + of_town[name] for name in NOTHING}
    await ask()
    (duty,) = await world.rows("SELECT state, closed_on::text FROM duty WHERE id = 'D15-990101-2026-11'")
    assert duty == {"state": "done", "closed_on": "2026-12-03"}
    october = await done(client, county, PLACE, OF_NOVEMBER | {"period": "2026-10"})
    assert october["totals"] == NOTHING | {"registered": 1, "standing": 1}, "as it stood then"
    again = await done(client, county, PLACE, OF_NOVEMBER | {"note": "更正:补充约谈情况"})
    assert (again["version"], again["totals"]) == (2, report["totals"])
    listed = (await client.get(PLACE, params={"period": "2026-11"}, headers=county)).json()["items"]
    assert [row["version"] for row in listed] == [2, 1]
    assert (await client.get(f"{PLACE}/{report['id']}", headers=county)).json() == report
    assert {late["state"], towns["state"]} == {"open"}


async def test_who_may_report_and_read(
    client: httpx.AsyncClient, headers: Headers, on: Callable[[int, int], None]
) -> None:
    on(12, 3)
    town = headers(READ, WRITE, areas=[TOWN], client_id="town")
    assert (await client.post(PLACE, json=OF_NOVEMBER, headers=town)).status_code == 404
    key = {"Idempotency-Key": new_id()}
    own = OF_NOVEMBER | {"area_code": TOWN, "period": "2026-09"}
    first, second = [await client.post(PLACE, json=own, headers=town | key) for _ in range(2)]
    assert (first.status_code, first.json()) == (201, second.json())
    place = first.headers["location"]
    department = headers(READ, WRITE, department="AGR", client_id="agr")
    for stranger in (headers(READ, areas=["990101102000"], client_id="far"), department):
        assert (await client.get(place, headers=stranger)).status_code == 404
        assert (await client.get(PLACE, headers=stranger)).json()["items"] == []
    refused = await client.post(PLACE, json=own, headers=department)
    assert (refused.status_code, refused.json()["code"]) == (403, "alerts.not_supervisor")
