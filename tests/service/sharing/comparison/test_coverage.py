"""A run says of each rule whether it was evaluated, in part or not, where and why."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from contracts.registry import PolicyProfileActivated
from sharing.catalogue.service import load_catalogue, load_datasets
from sharing.policy.service import take_profiles

from .test_runs import cost

VILLAGE_B = "990101102201"
ROLL = {"school": "红旗镇中心小学", "stage": "primary", "grade": 3, "roll_status": "enrolled"}
GRADE = {"house_ref": "F1", "grade": "D", "appraised_on": "2026-10-02", "sole_residence": "是", "measure": "未处置"}


def of(run, rule_id: str) -> dict:
    [rule] = [rule for rule in run["rules"] if rule["rule_id"] == rule_id]
    return rule


def gaps(run, rule_id: str) -> set[tuple]:
    return {(gap["reason"], gap["dataset"], *gap["areas"]) for gap in of(run, rule_id)["gaps"]}


@pytest.mark.parametrize(
    ("rule_id", "dataset"),
    [
        (compiled.rule.id, code)
        for compiled in load_catalogue().rules
        for code in (*compiled.rule.needs, *compiled.rule.needs_one)
    ],
)
async def test_run_without_a_dataset_says_so_of_every_rule_that_needs_it(world, rule_id, dataset):
    """DS-HOU-GRADE, DS-EDU-FEE and DS-CIV-TEMP too, which add rows and were taken for empty."""
    await world.household("h1", {"serial": 1}, incomes={2026: Decimal(30000)})
    rule = of(await world.compare(), rule_id)
    assert (rule["status"], rule["findings"]) == ("not_evaluated", 0)
    assert ("missing", dataset) in {(gap["reason"], gap["dataset"]) for gap in rule["gaps"]}
    assert load_datasets()[rule["gaps"][0]["dataset"]].code in rule["skipped_because"]


async def test_every_dataset_is_named_by_some_rule_of_a_run_without_it(world):
    await world.household("h1", {"serial": 1})
    run = await world.compare()
    named = {gap["dataset"] for rule in run["rules"] for gap in rule["gaps"]}
    assert named >= {code for compiled in load_catalogue().rules for code in compiled.datasets}


async def test_nil_return_is_knowledge_and_a_list_of_one_township_is_knowledge_of_a_part(world):
    await world.household("h1", {"serial": 1})
    await world.household("h2", {"serial": 2}, area_code=VILLAGE_B)
    await world.deliver("DS-HOU-GRADE", department="HOU")
    await world.deliver("DS-MED-COST", cost(1, "1.00"), areas=["990101101000"])
    run = await world.compare()
    assert (of(run, "R-HOU-01")["status"], of(run, "R-HOU-01")["gaps"]) == ("evaluated", [])
    assert of(run, "R-MED-03")["status"] == "partly"
    assert gaps(run, "R-MED-03") == {("missing", "DS-MED-COST", "990101102000")}


async def test_list_that_is_too_old_is_named_with_its_month(world):
    await world.household("h1", {"serial": 1})
    world.period = "2026-08"
    await world.deliver("DS-EDU-ROLL", {"serial": 1, "present": "是"} | ROLL, department="EDU")
    run = await world.compare(period="2026-10")
    [gap] = [gap for gap in of(run, "R-EDU-01")["gaps"] if gap["is_blocking"]]
    assert (gap["reason"], gap["period"]) == ("too_old", "2026-08")
    assert "2026-08" in of(run, "R-EDU-01")["skipped_because"]


async def test_single_records_are_no_list_to_be_absent_from(world):
    await world.household("h1", {"serial": 1})
    answer = await world.client.post(
        "/v1/datasets/DS-EDU-ROLL/records",
        json={"period": world.period, "record": world.row({"serial": 1, "present": "是"} | ROLL)},
        headers=world.headers(department="EDU"),
    )
    assert answer.status_code == 201, answer.text
    run = await world.compare()
    assert ("records_only", "DS-EDU-ROLL", "990101000000") in gaps(run, "R-EDU-01")
    assert of(run, "R-EDU-01")["status"] == "not_evaluated"


async def test_households_without_income_are_counted_and_no_income_at_all_is_not_no_poverty(world):
    await world.household("h1", {"serial": 1}, incomes={2024: Decimal(1000)})
    run = await world.compare()
    assert (of(run, "R-AGR-01")["status"], of(run, "R-AGR-01")["findings"]) == ("not_evaluated", 0)
    assert "income" in of(run, "R-AGR-01")["skipped_because"]
    await world.household("h2", {"serial": 2}, incomes={2026: Decimal(1000)})
    run = await world.compare()
    assert (of(run, "R-AGR-01")["status"], of(run, "R-AGR-01")["findings"]) == ("partly", 1)
    [gap] = [gap for gap in of(run, "R-AGR-01")["gaps"] if gap["reason"] == "income_unknown"]
    assert gap["households"] == 1


async def test_village_without_a_policy_profile_is_left_out_and_named(world):
    await world.rows("DELETE FROM policy_profile RETURNING 1")
    profile = PolicyProfileActivated(
        region="990101101000", version=1, effective_from=date(2021, 1, 1), source_document="文号", parameters={}
    )
    async with world.database.transaction() as session:
        await take_profiles(session, [profile])
    await world.household("h1", {"serial": 1}, housing_tenure="none")
    await world.household("h2", {"serial": 2}, housing_tenure="none", area_code=VILLAGE_B)
    run = await world.compare()
    assert (of(run, "R-HOU-02")["status"], of(run, "R-HOU-02")["findings"]) == ("partly", 1)
    assert ("no_profile", None, "990101102000") in gaps(run, "R-HOU-02")


async def test_list_of_an_old_month_that_comes_late_accuses_nobody_whom_a_newer_one_may_know(world):
    child = {"serial": 1, "birth_date": date(2016, 5, 1), "has_finished_compulsory": False, "relation": "child"}
    await world.household("h1", child)
    await world.deliver("DS-EDU-ROLL", {"serial": 1, "present": "是"} | ROLL, department="EDU")
    assert of(await world.compare(), "R-EDU-01")["findings"] == 0
    world.period = "2026-07"
    await world.deliver("DS-EDU-ROLL", {"serial": 1, "present": "否"} | ROLL, department="EDU")
    run = await world.compare()
    assert ("overtaken", "DS-EDU-ROLL", "990101000000") in gaps(run, "R-EDU-01")
    assert await world.events(rules={"R-EDU-01"}) == []
    assert await world.findings(rules={"R-EDU-01"}) == []


async def test_finding_of_an_old_month_is_still_kept_up_to_date_when_a_newer_list_is_known(world):
    await world.household("h1", {"serial": 1}, hh_type="1")
    world.period = "2026-09"
    await world.deliver("DS-MED-COST", cost(1, "12000"))
    await world.compare()
    world.period = "2026-10"
    await world.deliver("DS-MED-COST", cost(1, "13000"))
    await world.compare()
    await world.events()
    world.period = "2026-09"
    await world.deliver("DS-MED-COST", cost(1, "11000"))
    await world.compare()
    assert [kind for kind, _ in await world.events(rules={"R-MED-02"})] == ["raised", "withdrawn"]
    await world.deliver("DS-MED-COST", cost(1, "1"))
    await world.compare()
    assert [kind for kind, _ in await world.events(rules={"R-MED-02"})] == ["withdrawn"]


async def test_what_a_rule_only_looks_at_beside_is_named_too(world):
    await world.household("h1", {"serial": 1}, incomes={2026: Decimal(1000)})
    run = await world.compare()
    assert of(run, "R-AGR-01")["status"] == "partly"
    assert {gap["reason"] for gap in of(run, "R-AGR-01")["gaps"]} == {"context_missing"}


async def test_rules_that_argue_from_absence_wait_while_the_list_is_held(world):
    """The list before still counts for what it says; who is missing from it is not accused."""
    for number in range(10):
        await world.household(f"h{number}", {"serial": number}, hh_type="1")
    await world.deliver("DS-MED-ENROL", *(enrolled(number) for number in range(9)))
    await world.compare()
    assert [data["household_id"] for _, data in await world.events(rules={"R-MED-01"})] == ["h9"]
    torn = await world.deliver("DS-MED-ENROL", enrolled(0))
    assert await world.rows("SELECT state FROM delivery WHERE id = :id", id=torn) == [("held",)]
    run = await world.compare()
    assert of(run, "R-MED-01")["status"] == "not_evaluated"
    assert ("held", "DS-MED-ENROL", "990101000000") in gaps(run, "R-MED-01")
    assert await world.events(rules={"R-MED-01"}) == []
    assert [finding["household_id"] for finding in await world.findings(rules={"R-MED-01"})] == ["h9"]


def enrolled(serial: int) -> dict:
    return {"serial": serial, "year": 2026, "scheme": "resident", "personal_paid": "400.00", "subsidy": "0.00"}


async def coverage(world, headers=None, **query) -> dict[tuple[str, str], dict]:
    """All pages of coverage, by township and rule."""
    found: dict[tuple[str, str], dict] = {}
    cursor = None
    while True:
        asked = {"period": world.period, "limit": 7, **query} | ({"cursor": cursor} if cursor else {})
        answer = await world.client.get("/v1/coverage", params=asked, headers=headers or world.headers())
        assert answer.status_code == 200, answer.text
        page = answer.json()
        for row in page["items"]:
            assert found.setdefault((row["area_code"], row["rule_id"]), row) is row, "a row on two pages"
        cursor = page["next_cursor"]
        if cursor is None:
            return found


async def test_each_rule_says_of_each_township_whether_it_was_evaluated(world):
    """Of a county where one township's list came: evaluated there with its findings, and not in the other one."""
    town, other = "990101101000", "990101102000"
    await world.household("h1", {"serial": 1}, hh_type="1", incomes={2026: Decimal(30000)})
    await world.household("h2", {"serial": 2}, area_code=VILLAGE_B, hh_type="1", incomes={2026: Decimal(30000)})
    await world.household("h3", {"serial": 3}, area_code="990101102202", hh_type="1")
    await world.deliver("DS-MED-COST", cost(1, "12000.00"), areas=[town])
    run = await world.compare()
    rows = await coverage(world)
    assert {area for area, _ in rows} == {town, other}
    assert {rule for _, rule in rows} == {compiled.rule.id for compiled in load_catalogue().rules}
    here, there = rows[town, "R-MED-03"], rows[other, "R-MED-03"]
    assert (here["status"], here["findings"], here["villages"], here["households"]) == ("evaluated", 0, 1, 1)
    assert (rows[town, "R-MED-02"]["findings"], rows[other, "R-MED-02"]["findings"]) == (1, 0)
    assert (there["status"], there["findings"], there["villages"], there["households"]) == ("not_evaluated", 0, 2, 2)
    assert [(gap["reason"], gap["dataset"], gap["villages"]) for gap in there["gaps"]] == [
        ("missing", "DS-MED-COST", [])
    ]
    assert "DS-MED-COST" in there["because"]
    assert {row["run_id"] for row in rows.values()} == {run["id"]}
    drop = rows[other, "R-AGR-02"]
    assert (drop["status"], rows[town, "R-AGR-02"]["status"]) == ("partly", "evaluated")
    assert [(gap["reason"], gap["villages"], gap["households"]) for gap in drop["gaps"]] == [
        ("income_unknown", ["990101102202"], 1)
    ]
    assert await coverage(world, area=other, rule="R-MED-03") == {(other, "R-MED-03"): there}
    assert {key[1] for key in await coverage(world, status="not_evaluated", area=town)} >= {"R-MED-01", "R-EDU-01"}


async def test_coverage_is_of_the_newest_run_and_of_the_callers_areas_and_department(world):
    town, other = "990101101000", "990101102000"
    await world.household("h1", {"serial": 1})
    await world.household("h2", {"serial": 2}, area_code=VILLAGE_B)
    await world.compare()
    await world.deliver("DS-MED-COST", cost(1, "1.00"))
    newest = await world.compare(area_code=town)
    of_rule = {area: row for (area, _), row in (await coverage(world, rule="R-MED-03")).items()}
    assert (of_rule[town]["status"], of_rule[town]["run_id"]) == ("evaluated", newest["id"])
    assert of_rule[other]["status"] == "not_evaluated", "what the run of the township did not look at"
    assert {area for area, _ in await coverage(world, world.headers(areas=[other]))} == {other}
    rules = {rule for _, rule in await coverage(world, world.headers(department="MED"))}
    assert rules == {rule.id for rule in (each.rule for each in load_catalogue().rules) if rule.department == "MED"}
    await world.household("h2", {"serial": 2}, area_code=VILLAGE_B, status="merged")
    await world.compare()
    assert {area for area, _ in await coverage(world)} == {town}, "nobody lives in the other one any more"
