"""What sharing tells of a household's file: findings raised, changed and withdrawn, and corrections; to whom."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from servicekit import clock
from servicekit.db import array_text
from servicekit.entries import TimelineQuery, statement
from sharing.timeline.service import SOURCES

DATASET = "DS-MED-COST"
COST = {"year": 2026, "period_to": "2026-10-31", "basic_paid": "0", "critical_paid": "0", "aid_paid": "0"}


def cost(self_paid: str) -> dict[str, Any]:
    return {"serial": 1, "total": self_paid, "self_paid_ytd": self_paid} | COST


def reader(world: Any, *scopes: str, **options: Any) -> dict[str, str]:
    return dict(world.headers(*(scopes or ("findings:read", "clues:read")), **options))


async def read(world: Any, headers: dict[str, str], **params: Any) -> Any:
    answer = await world.client.get("/v1/findings/timeline", params={"household_id": "h1", **params}, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture
async def county(world: Any) -> Any:
    """A household whose finding changes, then goes; in between the department was asked for a correction."""
    await world.household("h1", {"serial": 1})
    for self_paid in ("90000.00", "95000.00"):
        await world.deliver(DATASET, cost(self_paid))
        await world.compare()
    newest = (await read(world, reader(world), kind="finding_changed"))["items"][0]
    body = {"finding_id": newest["link"].rpartition("/")[2], "dataset": DATASET, "field": "self_paid_ytd",
            "why": "结算单与报送不符"}  # fmt: skip
    asker = world.headers("clues:read", "clues:verify", client_id="town", areas=["990101101000"])
    asked = await world.client.post("/v1/corrections", json=body, headers=asker)
    assert asked.status_code == 201, asked.text
    await world.deliver(DATASET, cost("10.00"))
    await world.compare()
    return world


async def test_it_tells_of_findings_with_their_sentence_and_of_corrections(county: Any) -> None:
    told = (await read(county, reader(county), limit=200))["items"]
    assert [(entry["at"], entry["id"]) for entry in told] == sorted(
        ((entry["at"], entry["id"]) for entry in told), reverse=True
    )
    kinds = [entry["kind"] for entry in told]
    assert set(kinds) == {"finding_raised", "finding_changed", "finding_withdrawn", "correction_asked"}
    changed = next(entry for entry in told if entry["kind"] == "finding_changed")
    paid = next(each for each in changed["changes"] if each["field"] == "cost_self_paid_ytd")
    assert (str(paid["before"]), str(paid["after"])) == ("90000.00", "95000.00")
    assert paid["title"]["zh"]
    assert "95000" in changed["text"]["zh"]
    assert "95000" in changed["text"]["en"]
    assert changed["facts"].keys() == {"rule", "period", "risk_type", "severity", "person_id"}
    withdrawn = [entry for entry in told if entry["kind"] == "finding_withdrawn"]
    assert len(withdrawn) == kinds.count("finding_changed"), "what was replaced is told by what replaced it"
    asked = next(entry for entry in told if entry["kind"] == "correction_asked")
    assert asked["text"]["zh"].startswith("请医疗保障局更正")


async def test_a_department_sees_what_its_own_data_led_to(county: Any) -> None:
    med = await read(county, reader(county, "findings:read", "deliveries:read", department="MED"), limit=200)
    assert {entry["kind"] for entry in med["items"]} == {
        "finding_raised", "finding_changed", "finding_withdrawn", "correction_asked",
    }  # fmt: skip
    edu = await read(county, reader(county, "findings:read", "deliveries:read", department="EDU"), limit=200)
    assert edu["items"] == []
    liaison = await read(county, reader(county, "deliveries:read", department="MED"), limit=200)
    assert {entry["kind"] for entry in liaison["items"]} == {"correction_asked"}
    assert "finding_raised" in liaison["left_out"]


async def test_nobody_else_learns_of_it(county: Any) -> None:
    for caller, status in (
        (reader(county, areas=["990101102000"]), 404),
        (reader(county, areas=["990101101000"], grid="一网格", person="p"), 404),
        (reader(county, "rules:read"), 403),
    ):
        answer = await county.client.get("/v1/findings/timeline", params={"household_id": "h1"}, headers=caller)
        assert answer.status_code == status, answer.text


async def test_no_table_is_read_as_a_whole(county: Any) -> None:
    values = {"households": array_text(["h1"]), "own_department": None, "own_rules": None, "limit": 51,
              "before_at": clock.now(), "before_id": "x"}  # fmt: skip
    async with county.database.transaction() as session:
        await session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = await session.execute(text("EXPLAIN " + statement(SOURCES, TimelineQuery(), goes_on=True)), values)
        lines = list(plan.scalars())
    assert not [line for line in lines if "Seq Scan" in line], "\n".join(lines)
