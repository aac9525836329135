"""What is wrong is listed where it is, counted, accepted where it is true, and closes once it is mended (F-F23)."""

from __future__ import annotations

from itertools import count
from typing import Any

import httpx
import pytest
from quality_world import Home, World, born, home, income, person
from registry_world import COUNTY, OTHER_TOWN, OTHER_VILLAGE, TOWN, VILLAGE, household_id
from sqlalchemy import text

from feed_reader import nothing_is_held_back
from registry.quality import following, service
from servicekit import changes, clock
from servicekit.db import Database
from servicekit.ids import new_id

Headers = dict[str, str]
NUMBERS = count(9_000_000)
LOW = {"incomes": [income(wage="0.00", business="0.00", business_cost="0.00", transfer="3999.99")]}
_NO_HEALTH = "UPDATE person SET health = '{}' WHERE household_id = CAST(:id AS uuid)"  # behind the back of every check
_ENDED = "UPDATE household SET status = 'ended' WHERE id = CAST(:id AS uuid)"


class Errors:
    """The lists of data quality, as somebody sees them."""

    def __init__(self, client: httpx.AsyncClient, headers: Headers, database: Database) -> None:
        self.client, self.headers, self.database = client, headers, database
        self.world = World(client, headers, database)

    async def made(self, *members: dict[str, Any], **changes: Any) -> str:
        """Register a household, let the worker follow; give its id."""
        said: Home = home(next(NUMBERS), *(members or (person(next(NUMBERS)),)), **changes)
        await self.world.register([said])
        await self.follow()
        return await household_id(self.client, said["hh_no"], self.headers)

    async def follow(self) -> None:
        await nothing_is_held_back(self.database)
        while await following.follow_once(self.database):
            pass

    async def get(self, path: str = "errors", headers: Headers | None = None, **params: Any) -> Any:
        answer = await self.client.get(f"/v1/quality/{path}", params=params, headers=headers or self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def of(self, household: str) -> list[tuple[str, str]]:
        """Give rule and state of everything that was found of a household, the newest first."""
        shown = (await self.client.get(f"/v1/households/{household}/quality", headers=self.headers)).json()
        return [(each["rule"], each["state"]) for each in shown["items"]]

    async def accept(self, error_id: str, reason: str = "入户核实:收入属实", **more: Any) -> httpx.Response:
        url = f"/v1/quality/errors/{error_id}/accept"
        return await self.client.post(url, json={"reason": reason}, headers=more.get("headers", self.headers))

    async def earn(self, household: str, **amounts: str) -> None:
        body = {"transfer": "3999.99", **amounts}
        url = f"/v1/households/{household}/incomes/{LOW['incomes'][0]['year']}"
        answer = await self.client.put(url, json=body, headers=self.headers)
        assert answer.status_code == 200, answer.text
        await self.follow()


@pytest.fixture
def errors(client: httpx.AsyncClient, county: Headers, registry_database: Database) -> Errors:
    return Errors(client, county, registry_database)


async def test_what_a_change_makes_wrong_is_listed_and_gone_once_it_is_mended(errors: Errors) -> None:
    """F-F23: the list names household, area and member, masked, and the evidence without a name or number."""
    pupil = person(next(NUMBERS), born=born(40), name="王小明", relation="child", school_stage="primary")
    home_id = await errors.made(person(next(NUMBERS)), pupil, grid="改正网格")
    listed = await errors.get(grid="改正网格")
    assert (listed["total"], listed["is_more"], listed["next_cursor"]) == (1, False, None)
    [row] = listed["items"]
    assert (row["rule"], row["level"], row["state"], row["scope"]) == ("Q-P12", "warning", "open", "person")
    assert row["evidence"] == {"school_stage": "primary", "age": 40}
    assert row["title"]["area_path"] == ["试验县", "甲镇", "甲村"]
    assert row["title"]["household"]["id"] == home_id
    assert row["person"]["name"] == "王**"
    assert row["title"]["household"]["head"]["name"].startswith("王**")
    assert pupil["name"] not in str(listed)

    detail = await errors.client.get(f"/v1/households/{home_id}", headers=errors.headers)
    member = {"id": row["person"]["id"], "school_stage": None}
    patch = {"members": [member]}
    answer = await errors.client.patch(
        f"/v1/households/{home_id}", json=patch, headers=errors.headers | {"If-Match": detail.headers["etag"]}
    )
    assert answer.status_code == 200, answer.text
    await errors.follow()
    assert (await errors.get(grid="改正网格"))["items"] == []
    [closed] = (await errors.get(grid="改正网格", state="closed"))["items"]
    assert closed["id"] == row["id"]
    assert closed["closed_at"] > closed["opened_at"]


async def test_an_error_that_goes_on_is_the_same_one_with_new_evidence(errors: Errors) -> None:
    home_id = await errors.made(**LOW)
    before = (await errors.client.get(f"/v1/households/{home_id}/quality", headers=errors.headers)).json()["items"]
    await errors.earn(home_id, transfer="3000.00")
    after = (await errors.client.get(f"/v1/households/{home_id}/quality", headers=errors.headers)).json()["items"]
    assert [each["id"] for each in after] == [each["id"] for each in before]
    assert [each["evidence"] for each in before + after] == [
        {"per_capita_net": "3999.99"},
        {"per_capita_net": "3000.00"},
    ]
    assert after[0]["opened_at"] == before[0]["opened_at"]


async def test_a_true_warning_is_accepted_until_its_facts_change(errors: Errors) -> None:
    home_id = await errors.made(grid="属实网格", **LOW)
    [row] = (await errors.get(grid="属实网格"))["items"]
    accepted = await errors.accept(row["id"])
    assert accepted.status_code == 200, accepted.text
    assert accepted.json()["accepted"]["reason"] == "入户核实:收入属实"
    again = await errors.accept(row["id"], reason="换一个理由试试")
    assert again.json() == accepted.json()
    assert (await errors.get(grid="属实网格"))["items"] == []
    [known] = (await errors.get(grid="属实网格", state="accepted"))["items"]
    assert known["id"] == row["id"]
    await errors.earn(home_id, transfer="3999.99")  # the same facts, told again
    assert await errors.of(home_id) == [("Q-H11", "accepted")]
    await errors.earn(home_id, transfer="2000.00")
    assert await errors.of(home_id) == [("Q-H11", "open"), ("Q-H11", "closed")]
    closed = await errors.accept(row["id"])
    assert (closed.status_code, closed.json()["code"]) == (409, "registry.quality.closed")


async def test_a_blocking_error_is_not_accepted(errors: Errors) -> None:
    await errors.made(person(next(NUMBERS), health=[]), grid="必改网格")
    [row] = (await errors.get(grid="必改网格", level="blocking"))["items"]
    refused = await errors.accept(row["id"])
    assert (refused.status_code, refused.json()["code"]) == (409, "registry.quality.blocking")
    assert (await errors.get(grid="必改网格", level="warning"))["items"] == []


async def test_who_is_elsewhere_sees_nothing_and_accepts_nothing(errors: Errors, headers: Any) -> None:
    home_id = await errors.made(grid="边界网格", **LOW)
    [row] = (await errors.get(grid="边界网格"))["items"]
    other = headers(areas=[OTHER_TOWN])
    assert (await errors.get(headers=other, grid="边界网格"))["items"] == []
    assert (await errors.get("counts", headers=other, grid="边界网格"))["items"] == []
    assert (await errors.accept(row["id"], headers=other)).status_code == 404
    for method in ("GET", "POST"):
        answer = await errors.client.request(method, f"/v1/households/{home_id}/quality", headers=other)
        assert answer.status_code == 404
    outside = await errors.client.get("/v1/quality/errors", params={"area": TOWN}, headers=other)
    assert outside.status_code == 404
    own = headers(areas=[VILLAGE], person=new_id(), grid="边界网格")
    assert [each["id"] for each in (await errors.get(headers=own))["items"]] == [row["id"]]
    next_one = headers(areas=[VILLAGE], person=new_id(), grid="别的网格")
    assert (await errors.get(headers=next_one))["items"] == []
    assert (await errors.accept(row["id"], headers=next_one)).status_code == 404
    reader = headers(scopes=["households:read"])
    assert (await errors.accept(row["id"], headers=reader)).status_code == 403


async def test_counts_add_up_from_village_to_county_with_the_oldest(errors: Errors) -> None:
    """RP-15."""
    for village in (VILLAGE, OTHER_VILLAGE, OTHER_VILLAGE):
        await errors.made(grid="计数网格", village_code=village, **LOW)
    first = (await errors.get(grid="计数网格", area=OTHER_VILLAGE))["items"][0]
    await errors.accept(first["id"])
    for by, expected in {
        "village": {VILLAGE: (1, 0, "甲村"), OTHER_VILLAGE: (1, 1, "乙村")},
        "town": {TOWN: (1, 0, "甲镇"), OTHER_TOWN: (1, 1, "乙镇")},
        "county": {COUNTY: (2, 1, "试验县")},
    }.items():
        counted = (await errors.get("counts", grid="计数网格", by=by, rule="Q-H11"))["items"]
        found = {each["area_code"]: (each["open"], each["accepted"], each["area_name"]) for each in counted}
        assert found == expected
        assert {each["oldest_days"] for each in counted} == {0}
        assert sum(each["households"] for each in counted) == 2


async def test_pages_follow_each_other_without_gap_or_repeat(errors: Errors) -> None:
    for _ in range(5):
        await errors.made(grid="翻页网格", **LOW)
    seen, cursor = [], None
    while True:
        page = await errors.get(grid="翻页网格", limit=2, **({"cursor": cursor} if cursor else {}))
        assert page["total"] == 5
        seen += [each["id"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 5
    assert seen == sorted(seen)


async def test_a_run_looks_at_every_household_of_its_area_and_tells_how_far_it_is(errors: Errors, headers: Any) -> None:
    home_id = await errors.made()
    async with errors.database.transaction() as session:
        await session.execute(
            text("UPDATE person SET health = '{}' WHERE household_id = CAST(:id AS uuid)"), {"id": home_id}
        )
    assert await errors.of(home_id) == []
    asked = await errors.client.post("/v1/quality/runs", json={"area_code": TOWN}, headers=errors.headers)
    assert asked.status_code == 202, asked.text
    again = await errors.client.post("/v1/quality/runs", json={"area_code": TOWN}, headers=errors.headers)
    assert (asked.json()["state"], again.json()["id"]) == ("waiting", asked.json()["id"])
    while await following.run_once(errors.database):
        pass
    run = (await errors.client.get(asked.headers["location"], headers=errors.headers)).json()
    assert run["state"] == "done"
    assert run["checked"] == run["households"] >= 1
    assert run["opened"] >= 1
    assert await errors.of(home_id) == [("Q-P01", "open")]
    elsewhere = await errors.client.get(asked.headers["location"], headers=headers(areas=[OTHER_TOWN]))
    assert elsewhere.status_code == 404
    refused = await errors.client.post(
        "/v1/quality/runs", json={"area_code": TOWN}, headers=headers(areas=[OTHER_TOWN])
    )
    assert refused.status_code == 404


async def test_a_household_is_looked_at_now(errors: Errors) -> None:
    home_id = await errors.made()
    async with errors.database.transaction() as session:
        await session.execute(
            text("UPDATE person SET health = '{}' WHERE household_id = CAST(:id AS uuid)"), {"id": home_id}
        )
    answer = await errors.client.post(f"/v1/households/{home_id}/quality", headers=errors.headers)
    assert [each["rule"] for each in answer.json()["items"]] == ["Q-P01"]


async def test_each_night_everybody_is_looked_at_once(errors: Errors) -> None:
    nights = {clock.today()}
    for _ in range(3):
        await following.ask_for_night(errors.database)
        while await following.run_once(errors.database):
            pass
    async with errors.database.transaction() as session:
        asked = (await session.execute(text("SELECT night_of FROM quality_run WHERE night_of IS NOT NULL"))).scalars()
        assert 1 <= len(list(asked)) <= len(nights | {clock.today()})  # whatever midnight passes
    assert (await errors.get("counts"))["checked_on"] is not None


async def test_a_line_of_the_policy_moves_what_is_an_error(errors: Errors, set_policy: Any) -> None:
    home_id = await errors.made(grid="标准网格", **LOW)
    assert await errors.of(home_id) == [("Q-H11", "open")]
    year = LOW["incomes"][0]["year"]
    profile = {"effective_from": f"{year}-01-01", "source_document": "县〔2026〕9号"}
    await set_policy(COUNTY, profile | {"parameters": {"quality.per_capita_low": "3000"}})
    await errors.client.post(f"/v1/households/{home_id}/quality", headers=errors.headers)
    assert await errors.of(home_id) == [("Q-H11", "closed")]
    await set_policy(COUNTY, profile | {"parameters": {"quality.per_capita_low": "4000"}})


async def test_after_a_restore_everything_is_looked_at_again(errors: Errors) -> None:
    home_id = await errors.made()
    async with errors.database.transaction() as session:
        await session.execute(
            text("UPDATE person SET health = '{}' WHERE household_id = CAST(:id AS uuid)"), {"id": home_id}
        )
    await errors.follow()
    assert await errors.of(home_id) == []  # no change of a household told of it
    async with errors.database.transaction() as session:
        await session.execute(text(changes.NEW_ERA))
    await errors.follow()
    assert await errors.of(home_id) == [("Q-P01", "open")]


async def test_a_household_that_ends_has_nothing_wrong(errors: Errors) -> None:
    home_id = await errors.made(**LOW)
    async with errors.database.transaction() as session:
        await session.execute(
            text("UPDATE household SET status = 'ended' WHERE id = CAST(:id AS uuid)"), {"id": home_id}
        )
    await errors.follow()
    assert await errors.of(home_id) == [("Q-H11", "closed")]


async def test_the_rules_are_told_with_advice_facts_and_parameters(errors: Errors) -> None:
    told = {each["code"]: each for each in (await errors.get("rules"))["items"]}
    assert told.keys() == {each.code for each in service.catalogue().items}
    rule = told["Q-H11"]
    assert rule["parameters"] == ["quality.per_capita_low"]
    assert [fact["name"] for fact in rule["facts"]] == ["per_capita_net"]
    assert rule["advice"]["zh"]


@pytest.mark.parametrize(
    ("path", "params"),
    [("errors", {"rule": "x"}), ("errors", {"state": "gone"}), ("counts", {"by": "street"}), ("errors", {"name": "x"})],
)
async def test_unknown_filters_are_refused(errors: Errors, path: str, params: dict[str, str]) -> None:
    answer = await errors.client.get(f"/v1/quality/{path}", params=params, headers=errors.headers)
    assert answer.status_code == 422
