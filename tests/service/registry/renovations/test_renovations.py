"""Renovations of houses: entered by hand, each step kept, safe by acceptance alone, against the year's target."""

from __future__ import annotations

from itertools import count
from typing import Any

import httpx
import pytest
from registry_world import COUNTY, OTHER_TOWN, OTHER_VILLAGE, TOWN, household, member

from servicekit import clock

NUMBERS = count(300)
YEARS = count(2030)
RENOVATED = {
    "mode": "rebuild", "approved_on": "2025-03-02", "due_on": "2025-10-31", "started_on": "2025-04-01",
    "finished_on": "2025-09-20", "subsidy": "32000.00",
}  # fmt: skip
ACCEPTED = {"accepted_on": "2025-10-08", "grade": "A", "record_no": "YS-2025-017"}


class House:
    """A household of the test's own, on the list of a year of the test's own."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str]) -> None:
        self.client, self.headers = client, headers

    async def listed(self, *, village: dict[str, str] | None = None, **said: Any) -> House:
        number = next(NUMBERS)
        body = household(f"99H00{number}", member(number), **(village or {}))
        made = await self.client.post("/v1/households", json=body, headers=self.headers)
        assert made.status_code == 201, made.text
        self.household_id = made.json()["id"]
        self.body = {"kind": "dilapidated", "year": next(YEARS), "wish": "willing", "grade": "D"} | said
        self.year = str(self.body["year"])
        added = await self.add()
        assert added.status_code == 201, added.text
        self.id, self.etag = added.json()["id"], added.headers["etag"]
        return self

    async def add(self, key: str | None = None) -> httpx.Response:
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        place = f"/v1/households/{self.household_id}/renovations"
        return await self.client.post(place, json=self.body, headers=headers)

    async def change(self, **said: Any) -> httpx.Response:
        answer = await self.client.patch(
            f"/v1/renovations/{self.id}", json=said, headers=self.headers | {"If-Match": self.etag}
        )
        self.etag = answer.headers.get("etag", self.etag)
        return answer

    async def get(self, path: str, caller: dict[str, str] | None = None, **query: Any) -> httpx.Response:
        return await self.client.get(path, params=query, headers=caller or self.headers)

    async def status(self) -> dict[str, Any] | None:
        shown = await self.get(f"/v1/households/{self.household_id}/statuses")
        found = shown.json()["current"].get("housing")
        return dict(found) if found else None


@pytest.fixture
async def house(client: httpx.AsyncClient, county: dict[str, str]) -> House:
    return await House(client, county).listed()


async def test_only_the_acceptance_makes_the_house_safe(house: House) -> None:
    """F-B10, F-B25: the wish, the progress, the end of the renovation."""
    done = await house.change(**RENOVATED)
    assert (done.status_code, done.json()["stage"]) == (200, "finished"), done.text
    assert await house.status() is None, "finished is not safe"
    accepted = await house.change(acceptance=ACCEPTED)
    assert (accepted.json()["stage"], accepted.json()["accepted_grade"]) == ("accepted", "A")
    status = await house.status()
    assert status is not None
    assert (status["is_safe"], status["checked_on"], status["version"]) == (True, "2025-10-08", 1)
    assert status["note"].startswith("农村危房改造验收合格：A级，验收编号YS-2025-017")
    again = await house.change(acceptance=ACCEPTED, note="档案已归集")
    assert again.status_code == 200
    status = await house.status()
    assert status is not None
    assert status["version"] == 1, "the same record says it once"
    shown = (await house.get(f"/v1/renovations/{house.id}")).json()
    assert [step["stage"] for step in shown["steps"]] == ["listed", "finished", "accepted", "accepted"]
    assert shown["steps"][1]["changes"] == RENOVATED


async def test_bad_input_changes_nothing(house: House) -> None:
    for said, code in (
        ({}, "nothing"),
        ({"approved_on": "2025-03-02"}, "mode.missing"),
        ({"started_on": "2025-03-02"}, "day.skipped"),
        ({"acceptance": ACCEPTED}, "day.skipped"),
        (
            {"mode": "rebuild", "approved_on": clock.today().replace(year=clock.today().year + 1).isoformat()},
            "day.future",
        ),
    ):
        answer = await house.change(**said)
        assert (answer.status_code, answer.json()["code"]) == (422, "registry.renovation.invalid"), said
        assert code in {error["code"] for error in answer.json()["errors"]}, said
    assert (await house.change(colour="red")).status_code == 422
    assert (await house.change(acceptance=ACCEPTED | {"grade": "C"})).status_code == 422
    shown = (await house.get(f"/v1/renovations/{house.id}")).json()
    assert (shown["version"], shown["stage"], shown["approved_on"]) == (1, "listed", None)
    assert await house.status() is None


async def test_two_people_do_not_overwrite_each_other(house: House) -> None:
    stale = house.etag
    assert (await house.change(wish="undecided")).status_code == 200
    house.etag = stale
    assert (await house.change(wish="unwilling")).status_code == 412
    answer = await house.client.patch(f"/v1/renovations/{house.id}", json={"wish": "willing"}, headers=house.headers)
    assert answer.status_code == 428


async def test_one_of_a_kind_and_year_and_the_same_request_again_is_no_second_one(house: House) -> None:
    again = await house.add()
    assert (again.status_code, again.json()["code"]) == (409, "registry.renovation.exists")
    house.body["kind"] = "seismic"
    first, second = await house.add("renovation-1"), await house.add("renovation-1")
    assert (first.status_code, second.status_code, first.json()["id"]) == (201, 201, second.json()["id"])


async def test_what_is_late_and_what_was_cancelled(house: House) -> None:
    said = {"mode": "repair", "approved_on": "2025-03-02", "due_on": "2025-04-01"}
    assert (await house.change(**said)).json()["is_late"] is True
    mine = {"year": house.year}
    assert (await house.get("/v1/renovations", **mine, late=True)).json()["total"] == 1
    assert (await house.get("/v1/renovations", **mine, late=False)).json()["total"] == 0
    cancelled = (await house.change(cancelled_because="农户已购商品房")).json()
    assert (cancelled["stage"], cancelled["is_late"]) == ("cancelled", False)
    [row] = (await house.get("/v1/renovations", **mine, stage="cancelled")).json()["items"]
    assert row["title"]["household"]["hh_no"].startswith("99H00")
    assert (await house.change(cancelled_because=None)).json()["stage"] == "approved"


async def test_completion_against_the_target_of_each_township(house: House, headers: Any) -> None:
    """F-B22: each household's progress and completion against the target."""
    place = f"/v1/renovation-targets/{COUNTY}/{house.year}"

    async def target(numbers: dict[str, Any], etag: str = '"v0"', caller: Any = None) -> httpx.Response:
        said = {"targets": numbers}
        return await house.client.put(place, json=said, headers=(caller or house.headers) | {"If-Match": etag})

    numbers = {TOWN: {"dilapidated": 4}, OTHER_TOWN: {"seismic": 2}}
    assert (await target(numbers)).json()["version"] == 1
    assert (await target(numbers)).json()["version"] == 1, "the same again changes nothing"
    assert (await target({TOWN: {"dilapidated": 5}})).status_code == 412
    foreign = await target({"990199101000": {"dilapidated": 5}}, '"v1"')
    assert foreign.json()["errors"][0]["code"] == "targets.foreign"
    assert (await target(numbers, caller=headers(areas=[TOWN], client_id="town"))).status_code == 404
    assert (await house.get(place)).headers["etag"].startswith('"v1')

    assert (await house.change(**RENOVATED)).status_code == 200
    other = await House(house.client, house.headers).listed(
        village={"village_code": OTHER_VILLAGE}, year=int(house.year), wish="unwilling"
    )
    found = (await house.get("/v1/renovations/completion", year=house.year)).json()
    rows = {(row["area_code"], row["kind"]): row for row in found["items"]}
    done = rows[TOWN, "dilapidated"]
    assert (done["target"], done["listed"], done["started"], done["finished"], done["accepted"]) == (4, 1, 1, 1, 0)
    assert (done["completion"], done["subsidy"], done["area_path"][-1]) == ("0.2500", "32000.00", "甲镇")
    assert (rows[OTHER_TOWN, "seismic"]["target"], rows[OTHER_TOWN, "seismic"]["listed"]) == (2, 0)
    assert (rows[OTHER_TOWN, "dilapidated"]["target"], rows[OTHER_TOWN, "dilapidated"]["approved"]) == (None, 0)
    mine = await house.get("/v1/renovations/completion", headers(areas=[OTHER_TOWN], client_id="o"), year=house.year)
    assert {row["area_code"] for row in mine.json()["items"]} == {OTHER_TOWN}
    assert (await house.get(f"/v1/renovations/{other.id}")).json()["stage"] == "unwilling"


async def test_housing_is_that_departments_and_an_area_sees_its_own(house: House, headers: Any) -> None:
    mine = {"year": house.year}
    for department, number, status in (("HOU", 1, 200), ("MED", 0, 404)):
        liaison = headers(scopes=["duties:read", "plans:write"], department=department, client_id=department)
        found = (await house.get("/v1/renovations", liaison, **mine)).json()
        assert (found["total"], found["titles"]) == (number, "refused")
        assert (await house.get(f"/v1/renovations/{house.id}", liaison)).status_code == status
    medical = headers(department="MED", client_id="med")
    refused = await house.client.patch(
        f"/v1/renovations/{house.id}", json={"wish": "undecided"}, headers=medical | {"If-Match": house.etag}
    )
    assert refused.status_code == 403
    outside = headers(areas=[OTHER_TOWN], client_id="outside")
    assert (await house.get("/v1/renovations", outside, **mine)).json()["total"] == 0
    assert (await house.get(f"/v1/renovations/{house.id}", outside)).status_code == 404


async def test_pages_follow_each_other(house: House) -> None:
    for _ in range(2):
        await House(house.client, house.headers).listed(year=int(house.year))
    seen, query = [], {"limit": "2", "year": house.year}
    while True:
        page = (await house.get("/v1/renovations", **query)).json()
        assert page["total"] == 3
        seen += [row["id"] for row in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert (len(seen), len(set(seen))) == (3, 3)
