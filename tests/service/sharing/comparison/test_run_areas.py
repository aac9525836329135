"""A run is of an area, and of the bureau: who covers less, and a department, neither start it nor see all of it."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from sharing.catalogue.service import load_catalogue

COUNTY, TOWN_A, VILLAGE_B = "990101000000", "990101101000", "990101102201"
PARTS = [[TOWN_A], [TOWN_A, "990102000000"], ["990101102000"], []]
OVERRIDES = {"dry_run": True, "parameters": {"income.monitoring_line": "9000"}}


@pytest.fixture
async def run(world):
    await world.household("h1", {"serial": 1}, housing_tenure="none")
    await world.household("h2", {"serial": 2}, area_code=VILLAGE_B, housing_tenure="none")
    return await world.compare()


@pytest.mark.parametrize("areas", PARTS)
async def test_who_covers_a_part_neither_starts_nor_sees_the_run_of_all(world, run, areas):
    assert run["area_code"] == COUNTY
    headers = world.headers(areas=areas)
    wanted = {"period": world.period, "area_code": COUNTY}
    refused = await world.client.post("/v1/comparison-runs", json=wanted, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (404, "area_outside")
    assert (await world.client.get(f"/v1/comparison-runs/{run['id']}", headers=headers)).status_code == 404
    assert (await world.client.get("/v1/comparison-runs", headers=headers)).json()["items"] == []


@pytest.mark.parametrize("areas", [[COUNTY], [COUNTY, TOWN_A], ["000000000000"]])
async def test_who_covers_the_area_starts_and_sees_it(world, run, areas):
    headers = world.headers(areas=areas)
    assert (await world.client.get(f"/v1/comparison-runs/{run['id']}", headers=headers)).json() == run
    assert len((await world.client.get("/v1/comparison-runs", headers=headers)).json()["items"]) == 1
    asked = await world.client.post("/v1/comparison-runs", json={"period": world.period}, headers=headers)
    assert (asked.status_code, asked.json()["area_code"]) == (202, COUNTY)


async def test_run_of_a_township_compares_its_households_and_leaves_the_others_alone(world, run):
    """Neither raises nor withdraws what another township's households are found to be."""
    await world.events()
    for name, area in (("h1", "990101101201"), ("h2", VILLAGE_B)):
        await world.household(name, {"serial": int(name[1])}, area_code=area)
    of_town = await world.compare(area_code=TOWN_A)
    assert of_town["area_code"] == TOWN_A
    assert [(kind, data["household_id"]) for kind, data in await world.events()] == [("withdrawn", "h1")]
    headers = world.headers(areas=[TOWN_A])
    seen = (await world.client.get("/v1/comparison-runs", headers=headers)).json()["items"]
    assert [each["id"] for each in seen] == [of_town["id"]]


async def test_limited_run_is_of_the_area_of_its_households(world, run):
    async with world.database.transaction() as session:
        [(token,)] = (
            await session.execute(text("SELECT id_token FROM directory_person WHERE household_id = 'h2'"))
        ).all()
        from sharing.comparison import service

        await service.enqueue_households(session, [token], world.period)
    assert await world.executor.work_once()
    [limited] = (await world.client.get("/v1/comparison-runs?kind=limited", headers=world.headers())).json()["items"]
    assert limited["area_code"] == VILLAGE_B
    for areas, status in (([TOWN_A], 404), (["990101102000"], 200)):
        got = await world.client.get(f"/v1/comparison-runs/{limited['id']}", headers=world.headers(areas=areas))
        assert got.status_code == status


@pytest.mark.parametrize("body", [{}, OVERRIDES])
async def test_department_does_not_compare_the_data_of_others_and_sees_what_came_of_its_own(world, run, body):
    headers = world.headers(department="MED")
    refused = await world.client.post("/v1/comparison-runs", json={"period": world.period} | body, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "department_mismatch")
    got = (await world.client.get(f"/v1/comparison-runs/{run['id']}", headers=headers)).json()
    departments = {load_catalogue().by_id[rule["rule_id"]].rule.department for rule in got["rules"]}
    assert departments == {"MED"}
    assert got["matching"] == [], "one number more would move a count"


async def test_a_department_does_not_see_whether_a_pushed_record_met_anybody(world, run):
    """A run of few households begins only if the number is registered, and says in which village."""
    from sharing.comparison import service

    async with world.database.transaction() as session:
        found = await session.execute(text("SELECT id_token FROM directory_person WHERE household_id = 'h2'"))
        await service.enqueue_households(session, [found.scalar_one()], world.period)
    assert await world.executor.work_once()
    [limited] = (await world.client.get("/v1/comparison-runs?kind=limited", headers=world.headers())).json()["items"]
    department = world.headers(department="MED")
    listed = (await world.client.get("/v1/comparison-runs", headers=department)).json()["items"]
    assert [each["id"] for each in listed] == [run["id"]]
    assert (await world.client.get(f"/v1/comparison-runs/{limited['id']}", headers=department)).status_code == 404


async def test_trial_parameters_without_a_dry_run_are_refused(world):
    body = {"period": world.period, "parameters": {"income.monitoring_line": "9000"}}
    refused = await world.client.post("/v1/comparison-runs", json=body, headers=world.headers())
    assert (refused.status_code, refused.json()["code"]) == (422, "sharing.comparison.invalid_parameters")
