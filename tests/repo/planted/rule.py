"""What must hold once docs/extending.md's rule is planted: it is listed, runs, and explains what it found."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

RULE = "R-MED-09"
COST = {
    "year": 2026,
    "period_to": "2026-10-31",
    "basic_paid": "0",
    "critical_paid": "0",
    "aid_paid": "0",
}


async def test_the_rule_is_listed_and_finds_whom_it_describes(world: Any) -> None:
    await world.profile()
    await world.household("h", {"serial": 1}, {"serial": 2}, incomes={2026: Decimal(2500)})
    await world.deliver("DS-MED-COST", *(
        {"serial": serial, "total": paid, "self_paid_ytd": paid} | COST
        for serial, paid in ((1, "5000.00"), (2, "4999.99"))
    ))  # fmt: skip
    run = await world.compare()
    (outcome,) = [rule for rule in run["rules"] if rule["rule_id"] == RULE]
    assert (outcome["findings"], outcome["skipped_because"]) == (1, None)
    found = (await world.client.get("/v1/findings", params={"period": world.period}, headers=world.headers())).json()
    (finding,) = [item for item in found["items"] if item["rule_id"] == RULE]
    assert (finding["person_id"], finding["severity"]) == ("h-p1", "YELLOW")
    assert finding["explanation"]["zh"] == "年度累计自付5000.00元，家庭年纯收入2500.00元，在参保名单中：否。"
    shown = (await world.client.get(f"/v1/rules/{RULE}", headers=world.headers())).json()
    assert shown["datasets"] == ["DS-MED-COST", "DS-MED-ENROL"]
