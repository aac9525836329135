"""The insurance ledger follows the lists, and what no list says is unknown (F-B08; F-B16: the uninsured by village)."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
import python_calamine

from sharing.comparison import starts

VILLAGE, OTHER = "990101101201", "990101102201"
ENROL = {"year": 2026, "scheme": "resident", "paid_on": "2025-12-20", "personal_paid": "200.00", "subsidy": "180.00"}
COST = {"year": 2026, "period_to": "2026-10-31", "basic_paid": "600", "critical_paid": "100", "aid_paid": "50"}


def enrol(serial: int, **change: Any) -> dict[str, Any]:
    return {"serial": serial} | ENROL | change


def cost(serial: int, self_paid: str = "250.00") -> dict[str, Any]:
    return {"serial": serial, "total": f"{750 + float(self_paid):.2f}", "self_paid_ytd": self_paid} | COST


def reader(world: Any, **options: Any) -> dict[str, str]:
    return dict(world.headers("insurance:read", **{"client_id": "county"} | options))


async def ledger(world: Any, headers: dict[str, str] | None = None, **query: Any) -> dict[str, dict[str, Any]]:
    answer = await world.client.get("/v1/insurance-ledger", params=query, headers=headers or reader(world))
    assert answer.status_code == 200, answer.text
    assert answer.json()["total"] >= len(answer.json()["items"])
    return {row["person_id"]: row for row in answer.json()["items"]}


async def statistics(world: Any, **query: Any) -> dict[str, Any]:
    answer = await world.client.get("/v1/insurance-ledger/statistics", params=query, headers=reader(world))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.fixture
async def county(world: Any) -> Any:
    """In focus: formerly poor, monitored, on relief; one who is not; and one of another township."""
    await world.household("h1", {"serial": 1}, {"serial": 2, "relation": "spouse"}, hh_type="1")
    await world.household("h2", {"serial": 3}, is_monitored=True, monitor_category="1", open_risks=["01"])
    await world.household("h3", {"serial": 4})
    await world.household("h4", {"serial": 5, "relief": "dibao"}, area_code=OTHER)
    return world


async def test_without_lists_everybody_is_unknown_and_nothing_is_zero(county: Any) -> None:
    await county.compare()
    found = await ledger(county)
    assert set(found) == {"h1-p1", "h1-p2", "h2-p3", "h4-p5"}, "who is not in focus is in no ledger"
    assert {(row["enrolment"], row["premium"], row["self_paid"]) for row in found.values()} == {("unknown", None, None)}
    whole = (await statistics(county))["all"]
    assert (whole["persons"], whole["enrolment_unknown"], whole["cost_unknown"]) == (4, 4, 4)
    assert (whole["enrolment_rate"], whole["self_paid"], whole["premium"]) == (None, None, None)


async def test_a_person_s_year_as_the_lists_have_it(county: Any) -> None:
    await county.deliver("DS-MED-ENROL", enrol(1), enrol(3, name="李四"), enrol(4), enrol(5, scheme="employee"))
    await county.deliver("DS-MED-COST", cost(1))
    await county.compare()
    found = await ledger(county)
    insured = found["h1-p1"]
    assert (insured["enrolment"], insured["scheme"], insured["paid_on"]) == ("enrolled", "resident", "2025-12-20")
    amounts = ("premium", "subsidy", "total", "basic_paid", "critical_paid", "aid_paid", "self_paid")
    assert [insured[name] for name in amounts] == ["200.00", "180.00", "1000.00", "600.00", "100.00", "50.00", "250.00"]
    assert (insured["is_formerly_poor"], insured["is_low_income"], insured["period"]) == (True, False, "2026-10")
    spouse = found["h1-p2"]
    assert (spouse["enrolment"], spouse["premium"], spouse["self_paid"]) == ("uninsured", None, "0.00")
    assert found["h2-p3"]["enrolment"] == "unknown", "the number is listed with another name: neither"
    assert set(await ledger(county, enrolment="uninsured")) == {"h1-p2"}
    assert set(await ledger(county, focus="low_income")) == {"h4-p5"}
    assert set(await ledger(county, person_id="h1-p1")) == {"h1-p1"}
    assert set(await ledger(county, year=2025)) == set(found)
    assert {row["enrolment"] for row in (await ledger(county, year=2025)).values()} == {"unknown"}


async def test_figures_by_village_and_township(county: Any) -> None:
    await county.deliver("DS-MED-ENROL", enrol(1), enrol(3), enrol(5))
    await county.deliver("DS-MED-COST", cost(1), cost(5, "750.00"))
    await county.compare()
    by = await statistics(county)
    here, there = by["items"]
    assert (here["area_code"], here["persons"], here["enrolled"], here["uninsured"]) == (VILLAGE, 3, 2, 1)
    assert (here["enrolment_rate"], here["premium"], here["subsidised"]) == (0.6667, "400.00", 2)
    assert (there["area_code"], there["with_cost"], there["self_paid"], there["self_paid_share"]) == (
        OTHER,
        1,
        "750.00",
        0.5,
    )
    assert (by["all"]["persons"], by["all"]["total"], by["all"]["cost_unknown"]) == (4, "2500.00", 0)
    towns = await statistics(county, by="town", limit=1)
    assert [each["area_code"] for each in towns["items"]] == ["990101101000"]
    rest = await statistics(county, by="town", cursor=towns["next_cursor"])
    assert [each["area_code"] for each in rest["items"]] == ["990101102000"]


async def test_the_ledger_follows_corrected_lists_moves_and_who_is_in_focus_no_more(county: Any) -> None:
    rows = [enrol(serial) for serial in (1, 2, 3, 5)]
    await county.deliver("DS-MED-ENROL", *rows)
    await county.compare()
    assert {row["enrolment"] for row in (await ledger(county)).values()} == {"enrolled"}
    await county.deliver("DS-MED-ENROL", rows[0] | {"personal_paid": "380.00", "subsidy": "0.00"}, *rows[2:])
    await county.compare()
    found = await ledger(county)
    assert (found["h1-p1"]["premium"], found["h1-p2"]["enrolment"], found["h1-p2"]["premium"]) == (
        "380.00",
        "uninsured",
        None,
    )
    await county.household("h4", {"serial": 5, "relief": "dibao"}, area_code=VILLAGE)
    assert {each["area_code"] for each in (await statistics(county))["items"]} == {VILLAGE}, "at once, by the register"
    await county.household("h2", {"serial": 3})
    assert "h2-p3" not in await ledger(county)
    await county.compare()
    assert await county.rows("SELECT count(*) FROM insurance_year WHERE household_id = 'h2'") == [(0,)]


async def test_an_older_month_does_not_take_back_what_a_newer_one_said(county: Any) -> None:
    await county.deliver("DS-MED-ENROL", enrol(1), enrol(2), enrol(3), enrol(5))
    await county.compare()
    county.period = "2026-09"
    await county.deliver("DS-MED-ENROL", enrol(2), enrol(3), enrol(5))
    await county.compare()
    assert (await ledger(county))["h1-p1"]["enrolment"] == "enrolled"


async def test_the_ledger_is_of_the_callers_area_and_of_the_insurance_department(county: Any) -> None:
    await county.compare()
    town = reader(county, areas=["990101102000"])
    assert set(await ledger(county, town)) == {"h4-p5"}
    place = "/v1/insurance-ledger"
    for path in (place, f"{place}/statistics", f"{place}/file"):
        outside = await county.client.get(path, params={"area": VILLAGE}, headers=town)
        assert outside.status_code == 404, path
        other = await county.client.get(path, headers=reader(county, department="CIV"))
        assert (other.status_code, other.json()["code"]) == (403, "department_mismatch"), path
        assert (await county.client.get(path, headers=county.headers("findings:read"))).status_code == 403
        assert (await county.client.get(path, params={"yaer": 1}, headers=town)).status_code == 422
    assert len(await ledger(county, reader(county, department="MED"))) == 4
    grid = reader(county, areas=[VILLAGE], grid="g1", person="s1")
    assert await ledger(county, grid) == {}


async def test_the_uninsured_as_a_file(county: Any) -> None:
    await county.deliver("DS-MED-ENROL", enrol(1), enrol(3), enrol(5))
    await county.compare()
    query = {"enrolment": "uninsured", "format": "csv"}
    answer = await county.client.get("/v1/insurance-ledger/file", params=query, headers=reader(county))
    assert answer.status_code == 200, answer.text
    head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    (row,) = [dict(zip(head, row, strict=True)) for row in rows]
    assert (row["人员标识"], row["参保情况"], row["区划代码"], row["个人缴费"]) == ("h1-p2", "未参保", VILLAGE, "")
    book = await county.client.get("/v1/insurance-ledger/file", headers=reader(county))
    sheet = python_calamine.load_workbook(io.BytesIO(book.content)).get_sheet_by_index(0).to_python()
    assert [line[5] for line in sheet] == ["人员标识", "h1-p1", "h1-p2", "h2-p3", "h4-p5"]


async def test_a_pushed_record_reaches_the_ledger_with_the_comparison_it_starts(county: Any) -> None:
    body = {"period": county.period, "record": county.row(cost(3, "90000.00"))}
    headers = county.headers(department="MED")
    answer = await county.client.post("/v1/datasets/DS-MED-COST/records", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    async with county.database.transaction() as session:
        await starts.by_deliveries(session, [answer.json()["delivery_id"]], 0)
    while await county.executor.work_once():
        pass
    found = await ledger(county)
    assert (found["h2-p3"]["self_paid"], found["h2-p3"]["enrolment"]) == ("90000.00", "unknown")
    assert found["h1-p1"]["self_paid"] is None, "one record says nothing of others"
