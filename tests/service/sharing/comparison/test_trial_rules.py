"""Rules tried out on a month: what another one would find, where, and nothing written; wrong ones are refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from servicekit.ids import new_id

COST = {"year": 2026, "period_to": "2026-10-31", "basic_paid": "0", "critical_paid": "0", "aid_paid": "0"}
NEW = {
    "id": "R-MED-91",
    "scope": "person",
    "needs": ["DS-MED-COST"],
    "risk_type": "01",
    "predicate": "cost_self_paid_ytd >= income.monitoring_line",
    "deadline": "次月15日前报送",
    "source": "[assumption]",
    "requirements": ["F-C04"],
    "title": {"zh": "自付超过收入线", "en": "paid more than a line"},
    "evidence": {"zh": "自付 {cost_self_paid_ytd} 元。", "en": "Paid {cost_self_paid_ytd}."},
    "severity": [{"level": "ORANGE"}],
    "examples": {"ORANGE": {"much": {"cost_self_paid_ytd": "12000"}}, "none": {"little": {"cost_self_paid_ytd": "5"}}},
}


@pytest.fixture
async def county(world: Any) -> Any:
    """Two households that paid 27,000 and 12,000 yuan themselves; R-MED-02 finds the first."""
    paid = {1: "27000.00", 2: "12000.00"}
    for serial in paid:
        await world.household(f"h{serial}", {"serial": serial}, incomes={2026: Decimal(90_000)})
    rows = [{"serial": serial} | COST | {"total": each, "self_paid_ytd": each} for serial, each in paid.items()]
    await world.deliver("DS-MED-COST", *rows)
    return world


async def tried(world: Any, *rules: dict[str, Any], **more: Any) -> dict[str, tuple[list[str], list[str]]]:
    run = await world.compare(dry_run=True, rules=list(rules), **more)
    assert (run["kind"], run["state"]) == ("dry_run", "done"), run
    return {
        each["rule_id"]: (each["added"], each["dropped"])
        for each in run["difference"]
        if each["added"] or each["dropped"]
    }


async def test_a_changed_a_new_and_a_retired_rule_show_what_they_would_find(county: Any) -> None:
    changed = {"id": "R-MED-02", "predicate": "cost_self_paid_ytd >= 10000"}
    assert await tried(county, changed) == {"R-MED-02": (["h2"], [])}
    assert await tried(county, NEW) == {"R-MED-91": (["h1", "h2"], [])}
    assert await tried(county, {"id": "R-MED-02", "retired": True}) == {"R-MED-02": ([], ["h1"])}
    assert await tried(
        county, NEW, {"id": "R-MED-02", "retired": True}, parameters={"income.monitoring_line": "20000"}
    ) == {
        "R-MED-02": ([], ["h1"]),
        "R-MED-91": (["h1"], []),
    }
    assert await county.findings(rules=None) == []
    assert await county.events(rules=None) == []


async def test_where_something_would_change_is_said_by_township(county: Any) -> None:
    run = await county.compare(dry_run=True, rules=[NEW])
    [told] = [each for each in run["difference"] if each["rule_id"] == "R-MED-91"]
    assert told["townships"] == [{"area_code": "990101101000", "added": 2, "dropped": 0}]


@pytest.mark.parametrize(
    ("rules", "pointer", "word"),
    [
        ([{"predicate": "TRUE"}], "/rules/0", "id"),
        ([{"id": "R-MED-02", "predicate": "cost_self_paid_ytd >"}], "/rules/0", "not a SQL expression"),
        ([{"id": "R-MED-02", "predicate": "no_such_fact"}], "/rules/0", "no_such_fact"),
        ([{"id": "R-MED-02", "predicate": "(SELECT TRUE FROM household)"}], "/rules/0", "not in the language"),
        ([{"id": "R-MED-02", "predicate": "read_csv('/etc/passwd') IS NULL"}], "/rules/0", "not in the language"),
        ([{"id": "R-MED-02", "colour": "blue"}], "/rules/0", "colour"),
        ([{"id": "R-MED-98", "predicate": "TRUE"}], "/rules/0", "severity"),
        ([NEW, {"id": "R-MED-98", "retired": True}], "/rules/1", "only a rule that ships"),
        ([NEW, NEW], "/rules", "twice"),
        ([{"id": "../../x", "predicate": "TRUE"}], "/rules/0", "R-MED-02"),
    ],
)
async def test_a_wrong_rule_is_refused_and_says_what_is_wrong(
    world: Any, rules: list[dict[str, Any]], pointer: str, word: str
) -> None:
    answer = await world.client.post(
        "/v1/comparison-runs",
        json={"period": "2026-10", "dry_run": True, "rules": rules},
        headers=world.headers() | {"Idempotency-Key": new_id()},
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "sharing.comparison.invalid_rules"), answer.text
    [error] = answer.json()["errors"]
    assert error["pointer"] == pointer
    assert word in error["detail"]


async def test_rules_are_only_tried_out(world: Any) -> None:
    answer = await world.client.post(
        "/v1/comparison-runs",
        json={"period": "2026-10", "rules": [NEW]},
        headers=world.headers() | {"Idempotency-Key": new_id()},
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "sharing.comparison.invalid_rules")
