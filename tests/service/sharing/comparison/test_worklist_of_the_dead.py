"""Rows that list somebody who is dead wait for the department that sent them, and it may find out otherwise (F-B14)."""

from __future__ import annotations

from typing import Any

import pytest

LOW, HUKOU = "DS-CIV-LOW", "DS-PSB-HUKOU"


def relief(serial: int, **values: Any) -> dict[str, Any]:
    given = {"type": "dibao", "from_on": "2025-03-01", "monthly_amount": "380.00", "change": "none"}
    return {"serial": serial, "name": "李强"} | given | values


def death(serial: int, **values: Any) -> dict[str, Any]:
    return {"serial": serial, "name": "李强", "change": "death", "changed_on": "2026-09-12"} | values


@pytest.fixture
async def county(world: Any) -> Any:
    """A couple of whom one cannot work and the other receives relief, and died."""
    await world.household(
        "h1", {"serial": 1, "name": "张伟", "labour": "5"}, {"serial": 2, "name": "李强", "relation": "spouse"}
    )
    await world.deliver(LOW, relief(2), department="CIV")
    await world.deliver(HUKOU, death(2), department="PSB")
    await world.compare()
    return world


async def waiting(world: Any, department: str, **query: Any) -> list[dict[str, Any]]:
    answer = await world.client.get(
        "/v1/worklist", params={"kind": "deceased"} | query, headers=world.headers(department=department)
    )
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_the_department_that_pays_the_dead_is_asked_and_no_other(county: Any) -> None:
    (row,) = await waiting(county, "CIV")
    assert (row["dataset"], row["household_id"], row["person_id"]) == (LOW, "h1", "h1-p2")
    assert row["allowed"] == ["wrong_data", "withdrawn", "alive"]
    assert row["kind_label"] == "户籍登记已死亡,名单仍有此人或仍在发放"
    assert not {key for key in row if "token" in key or "id_no" in key}
    assert await waiting(county, "MED") == []
    assert "R-CIV-02" in {each["rule_id"] for each in await county.findings()}


async def test_who_turns_out_to_live_counts_again_and_is_not_asked_about_next_month(county: Any) -> None:
    (row,) = await waiting(county, "CIV")
    headers = county.headers(department="CIV") | {"If-Match": f'"v{row["version"]}"'}
    body = {"decision": "alive", "reason": "入户见到本人"}
    decided = await county.client.post(f"/v1/worklist/{row['id']}/decision", json=body, headers=headers)
    assert (decided.status_code, decided.json()["state"]) == (200, "alive"), decided.text
    await county.compare()
    assert "R-CIV-02" not in {each["rule_id"] for each in await county.findings()}
    assert [each["state"] for each in await waiting(county, "CIV")] == ["alive"]


async def test_a_list_without_the_dead_settles_the_row(county: Any) -> None:
    await county.deliver(LOW, relief(2, change="stopped", to_on="2026-09-30"), department="CIV")
    await county.compare()
    assert [each["state"] for each in await waiting(county, "CIV")] == ["moot"]
