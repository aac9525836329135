"""Through the gateway: a house is unsafe by its grade, safe by a visit, and the corrected data take the grade back."""

from __future__ import annotations

from typing import Any

import pytest

from bangfu_local.embedded import township_client

from .test_following import PERIOD, QUIET, TOWN, Call, call, register, until, with_check_digit

__all__ = ["call"]

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

HOUSES, NUMBER = "DS-HOU-GRADE", with_check_digit("99010319700408031")


async def test_a_house_is_unsafe_by_its_grade_safe_by_a_visit_and_the_correction_takes_the_grade_back(
    call: Call,
) -> None:
    """F-A12; the ledger of what is lacking follows (F-B01)."""
    home = await register(call, "99STAT001", NUMBER, "吴危房", "1970-04-08", village=QUIET)
    place = f"/v1/households/{home}/statuses"

    async def appraise(grade: str) -> None:
        house = {"house_ref": "HF-STAT-1", "appraised_on": "2026-09-18", "sole_residence": True, "measure": "none"}
        record = {"id_no": NUMBER, "name": "吴危房", "grade": grade} | house
        sent = await call("hou", "POST", f"/v1/datasets/{HOUSES}/records", json={"period": PERIOD, "record": record})
        assert sent.status_code in (200, 201), sent.text

    async def house() -> dict[str, Any] | None:
        shown = (await call("bureau", "GET", place)).json()["current"].get("housing")
        return dict(shown) if shown else None

    async def is_unsafe() -> bool:
        await appraise("D")  # the first may have come before the household was known there
        return await house() is not None

    await until(is_unsafe)
    unsafe = await house()
    assert unsafe is not None
    assert (unsafe["is_safe"], unsafe["source"], unsafe["department"]) == (False, HOUSES, "HOU")
    assert unsafe["checked_on"] == "2026-09-18"
    assert "D级" in unsafe["detail"]["zh"]

    async def ledger(who: str, **query: str) -> list[dict[str, Any]]:
        wanted = {"area": QUIET, "guarantee": "housing", "household_id": home, **query}
        answer = await call(who, "GET", "/v1/shortfalls", params=wanted)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])

    [lacking] = await ledger(township_client(TOWN).client_id)
    assert lacking["title"]["household"]["hh_no"] == "99STAT001"
    assert (lacking["department"], lacking["source"], lacking["since_on"]) == ("HOU", HOUSES, "2026-09-18")

    visit = {"statuses": {"housing": {"is_safe": True, "checked_on": "2026-11-02", "note": "已搬入新房"}}}
    assert (await call("bureau", "PUT", place, json=visit)).status_code == 200
    visited = await house()
    assert visited is not None
    assert (visited["is_safe"], visited["source"]) == (True, "visit")
    assert await ledger("bureau") == []
    assert [row["closed_by"] for row in await ledger("bureau", state="closed")] == ["visit"]
    assert [(other["source"], other["is_safe"]) for other in visited["contradicts"]] == [(HOUSES, False)]

    await appraise("A")

    async def is_taken_back() -> bool:
        shown = await house()
        return shown is not None and not shown["contradicts"]

    await until(is_taken_back)
    told = (await call("bureau", "GET", place)).json()["history"]
    assert [row["withdrawn_at"] is not None for row in told if row["source"] == HOUSES] == [True]


async def test_a_renovation_ends_what_is_lacking_by_its_acceptance(call: Call) -> None:
    """F-B10, F-B22, F-B25: unsafe, on the list, finished, and safe once it is accepted."""
    home = await register(
        call, "99STAT002", with_check_digit("99010319700408099"), "吴改造", "1970-04-08", village=QUIET
    )
    town = township_client(TOWN).client_id
    seen = {"statuses": {"housing": {"is_safe": False, "checked_on": "2026-09-18", "note": "墙体开裂"}}}
    assert (await call("bureau", "PUT", f"/v1/households/{home}/statuses", json=seen)).status_code == 200

    async def open_ones() -> int:
        params = {"area": QUIET, "guarantee": "housing", "household_id": home}
        return int((await call(town, "GET", "/v1/shortfalls", params=params)).json()["total"])

    assert await open_ones() == 1
    listed = {"kind": "dilapidated", "year": 2026, "wish": "willing", "grade": "D"}
    made = await call("bureau", "POST", f"/v1/households/{home}/renovations", json=listed)
    assert made.status_code == 201, made.text
    place, etag = made.headers["location"], made.headers["etag"]
    days = {"approved_on": "2026-09-20", "started_on": "2026-09-25", "finished_on": "2026-10-30"}
    built = await call("bureau", "PATCH", place, json=days | {"mode": "repair"}, headers={"If-Match": etag})
    assert (built.status_code, built.json()["stage"]) == (200, "finished"), built.text
    assert await open_ones() == 1, "finished is not safe"
    record = {"accepted_on": "2026-11-03", "grade": "B", "record_no": "YS-2026-01"}
    headers = {"If-Match": built.headers["etag"]}
    accepted = await call("bureau", "PATCH", place, json={"acceptance": record}, headers=headers)
    assert accepted.json()["stage"] == "accepted", accepted.text
    assert await open_ones() == 0
    completion = await call(town, "GET", "/v1/renovations/completion", params={"year": 2026})
    assert [row["accepted"] >= 1 for row in completion.json()["items"] if row["area_code"] == TOWN] == [True]
