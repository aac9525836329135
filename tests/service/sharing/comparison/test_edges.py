"""HTTP edges of runs, findings and rules: who sees what, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.alerts import ClueMoved
from contracts.envelope import envelope_of
from servicekit.ids import new_id
from sharing.catalogue.service import load_catalogue
from sharing.findings import consumers


async def poor_villages(world) -> None:
    for serial, area in ((1, "990101101201"), (2, "990101101202"), (3, "990101102201")):
        await world.household(f"h{serial}", {"serial": serial}, housing_tenure="none", area_code=area)
    await world.compare()


async def test_findings_are_shown_within_the_callers_areas_only(world):
    await poor_villages(world)
    town = world.headers(areas=["990101101000"])
    assert [row["household_id"] for row in await world.findings()] == ["h1", "h2", "h3"]
    assert [row["household_id"] for row in await world.findings(town)] == ["h1", "h2"]
    assert [row["household_id"] for row in await world.findings(area="990101101202")] == ["h2"]
    asked = await world.client.get("/v1/findings?area=990101102000", headers=town)
    assert (asked.status_code, asked.json()["code"]) == (404, "area_outside")
    (other,) = await world.findings(area="990101102000")
    hidden = await world.client.get(f"/v1/findings/{other['finding_id']}", headers=town)
    assert (hidden.status_code, hidden.json()["code"]) == (404, "sharing.finding.unknown")


async def test_department_sees_what_its_own_rules_found(world):
    await poor_villages(world)
    assert len(await world.findings(world.headers("findings:read", department="HOU"))) == 3
    assert await world.findings(world.headers("findings:read", department="EDU")) == []


async def test_pages_of_findings_join_without_gap_or_repetition(world):
    await poor_villages(world)
    one_by_one = await world.findings(limit=1)
    assert [row["household_id"] for row in one_by_one] == ["h1", "h2", "h3"]
    assert await world.findings(limit=2) == one_by_one


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"period": "2026-10"}, 3),
        ({"period": "2026-09"}, 0),
        ({"rule": "R-HOU-02"}, 3),
        ({"rule": "R-EDU-01"}, 0),
        ({"severity": "RED"}, 3),
        ({"severity": "ORANGE"}, 0),
        ({"household_id": "h2"}, 1),
    ],
)
async def test_findings_are_filtered(world, query, count):
    await poor_villages(world)
    assert len(await world.findings(**query)) == count


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/findings?cursor=abc", 422, "invalid_input"),
        ("/v1/findings?cursor=WzEsMl0", 422, "invalid_input"),
        ("/v1/findings?area=99", 422, "invalid_input"),
        ("/v1/findings?period=October", 422, "invalid_input"),
        ("/v1/findings/not-an-id", 422, "invalid_input"),
        ("/v1/findings/0198c0de-0000-7000-8000-000000000001", 404, "sharing.finding.unknown"),
        ("/v1/comparison-runs/none", 404, "sharing.comparison.unknown_run"),
        ("/v1/comparison-runs?cursor=xx", 422, "invalid_input"),
        ("/v1/rules/R-XXX-99", 404, "sharing.rule.unknown"),
        ("/v1/rules/R-XXX-99/precision", 404, "sharing.rule.unknown"),
    ],
)
async def test_wrong_question_has_a_stable_code_and_advice(world, path, status, code):
    answer = await world.client.get(path, headers=world.headers())
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["advice"]


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"period": "2026-12"}, "sharing.comparison.future_period", None),
        ({"period": "2026-13"}, "invalid_input", "/period"),
        ({"period": "2026-10", "area": "x"}, "invalid_input", "/area"),
        (
            {"period": "2026-10", "parameters": {"income.monitoring_line": 1}},
            "sharing.comparison.invalid_parameters",
            None,
        ),
        (
            {"period": "2026-10", "dry_run": True, "parameters": {"income.nothing": 1}},
            "sharing.comparison.invalid_parameters",
            "/parameters/income.nothing",
        ),
        (
            {"period": "2026-10", "dry_run": True, "parameters": {"civ.grace_months": "1.5"}},
            "sharing.comparison.invalid_parameters",
            "/parameters/civ.grace_months",
        ),
    ],
)
async def test_wrong_run_is_refused_and_not_queued(world, body, code, pointer):
    answer = await world.client.post("/v1/comparison-runs", json=body, headers=world.headers())
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    if pointer:
        assert answer.json()["errors"][0]["pointer"] == pointer
    assert await world.rows("SELECT count(*) FROM comparison_run") == [(0,)]


async def test_repeated_request_with_the_same_key_gives_the_same_run(world):
    headers = world.headers() | {"Idempotency-Key": "month-10"}
    answers = [
        await world.client.post("/v1/comparison-runs", json={"period": "2026-10"}, headers=headers) for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[1].headers["Idempotent-Replayed"] == "true"
    assert answers[1].headers["Location"] == answers[0].headers["Location"]
    other = await world.client.post("/v1/comparison-runs", json={"period": "2026-09"}, headers=headers)
    assert other.json()["code"] == "idempotency_key_reused"


async def test_runs_are_listed_newest_first_in_pages(world):
    for period in ("2026-08", "2026-09", "2026-10"):
        await world.client.post("/v1/comparison-runs", json={"period": period}, headers=world.headers())
    first = (await world.client.get("/v1/comparison-runs?limit=2", headers=world.headers())).json()
    assert [run["period"] for run in first["items"]] == ["2026-10", "2026-09"]
    rest = await world.client.get(
        "/v1/comparison-runs", params={"limit": 2, "cursor": first["next_cursor"]}, headers=world.headers()
    )
    assert [run["period"] for run in rest.json()["items"]] == ["2026-08"]
    assert rest.json()["next_cursor"] is None
    only = await world.client.get("/v1/comparison-runs?period=2026-09", headers=world.headers())
    assert len(only.json()["items"]) == 1


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("POST", "/v1/comparison-runs", "comparison:run"),
        ("GET", "/v1/comparison-runs", "comparison:read"),
        ("GET", "/v1/comparison-runs/x", "comparison:read"),
        ("GET", "/v1/findings", "findings:read"),
        ("GET", "/v1/rules", "rules:read"),
        ("GET", "/v1/rules/R-EDU-01", "rules:read"),
        ("GET", "/v1/rules/R-EDU-01/precision", "rules:read"),
    ],
)
async def test_route_needs_its_scope(world, method, path, scope):
    answer = await world.client.request(method, path, headers=world.headers("areas:read"))
    assert answer.status_code == 403
    assert answer.json()["required_scope"] == scope


async def test_rules_are_shown_as_declared(world):
    rules = (await world.client.get("/v1/rules", headers=world.headers())).json()
    assert [rule["id"] for rule in rules] == sorted(load_catalogue().by_id)
    rule = (await world.client.get("/v1/rules/R-MED-01", headers=world.headers())).json()
    assert rule in rules
    assert rule["predicate"] == "has_id_number AND is_low_income AND is_member_by_enrolment AND NOT is_insured"
    assert rule["severities"] == [
        {"severity": "RED", "when": "is_monitored"},
        {"severity": "ORANGE", "when": "TRUE"},
    ]
    named = ["has_id_number", "is_low_income", "is_member_by_enrolment", "is_insured", "is_monitored"]
    assert [fact["name"] for fact in rule["facts"]] == named
    assert rule["needs"] == ["DS-MED-ENROL"]
    assert rule["examples"]


async def clue(world, clue_id: str, state: str, version: int = 1, **values: Any) -> None:
    fixed = {
        "household_id": "h1",
        "area_code": "990101101201",
        "previous_state": None,
        "risk_type": "11",
        "severity": "RED",
        "channels": ["CH3"],
        "rule_ids": ["R-HOU-02"],
    }
    data = ClueMoved(**({"clue_id": clue_id, "state": state, "version": version} | fixed | values))
    moved = envelope_of(data, event_id=new_id(), source="/bangfu/alerts", at=datetime.now(UTC))
    async with world.database.transaction() as session:
        await consumers.on_clues(session, [moved])


async def test_precision_counts_what_the_townships_verified(world):
    await clue(world, "c1", "dispatched", 1)
    await clue(world, "c1", "confirmed_identify", 3)
    await clue(world, "c1", "verifying", 2)  # comes late and does not win
    await clue(world, "c2", "excluded", result_reason="data_error", area_code="990101102201")
    await clue(world, "c3", "confirmed_policy", rule_ids=["R-HOU-01", "R-HOU-02"])
    await clue(world, "c4", "verifying")
    await clue(world, "c5", "confirmed_identify", rule_ids=["R-EDU-01"])
    await clue(world, "c6", "confirmed_identify", rule_ids=[])  # a visit, no rule
    await clue(world, "c7", "withdrawn", area_code="990101102201")  # says nothing of the rule
    answer = await world.client.get("/v1/rules/R-HOU-02/precision", headers=world.headers())
    assert answer.json() == {
        "rule_id": "R-HOU-02",
        "department": "HOU",
        "clues": 5,
        "confirmed": 2,
        "excluded": 1,
        "withdrawn": 1,
        "pending": 1,
        "precision": 0.6667,
        "reasons": {"data_error": 1},
        "towns": [
            {"area_code": "990101101000", "confirmed": 2, "excluded": 0, "withdrawn": 0, "pending": 1},
            {"area_code": "990101102000", "confirmed": 0, "excluded": 1, "withdrawn": 1, "pending": 0},
        ],
    }
    narrow = world.headers(areas=["990101102000"])
    own = (await world.client.get("/v1/rules/R-HOU-02/precision", headers=narrow)).json()
    assert (own["confirmed"], own["excluded"], own["withdrawn"], own["precision"]) == (0, 1, 1, 0.0)
    none = (await world.client.get("/v1/rules/R-MED-01/precision", headers=world.headers())).json()
    assert none["precision"] is None
