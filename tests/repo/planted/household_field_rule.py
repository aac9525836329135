"""What must hold once docs/extending.md's field of a household is planted: a rule reads it, and evidence names it."""

from __future__ import annotations


async def test_a_rule_finds_by_the_field_and_says_so(world):
    await world.household("h1", {"serial": 1}, is_monitored=True, is_away=True)
    await world.household("h2", {"serial": 2}, is_monitored=True)
    await world.compare()
    (finding,) = await world.findings(rules=None, rule="R-AGR-90")
    assert finding["household_id"] == "h1"
    assert finding["evidence"] == {"is_monitored": True, "is_away": True}
    told = [data for kind, data in await world.events(rules=None) if kind == "raised" and data["rule_id"] == "R-AGR-90"]
    assert [event["fact_names"]["is_away"]["zh"] for event in told] == ["整户外出"]
