"""What must hold once docs/extending.md's field of an income is planted."""

from __future__ import annotations

import httpx
from registry_world import household, household_id, member, ndjson, outbox, send

from servicekit.db import Database

NAME = "remittance"


async def test_an_income_has_the_field_by_import_api_and_event(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    lines = ndjson(household("99Z0000021", member(421), incomes=[{"year": 2026, NAME: "1200.50"}]))
    table = (
        "户编号,行政村代码,户类型,姓名,出生日期,性别,与户主关系,劳动技能,2026年外出寄回收入\n"
        '99Z0000022,990101101201,0,张伟明,1980-01-01,男,户主,1,"1,200.50"\n'
    )
    await send(client, lines, county)
    await send(client, table.encode(), county, kind="text/csv")
    for hh_no in ("99Z0000021", "99Z0000022"):
        number = await household_id(client, hh_no, county)
        shown = (await client.get(f"/v1/households/{number}", headers=county)).json()
        assert [income[NAME] for income in shown["incomes"]] == ["1200.50"]
        put = await client.put(f"/v1/households/{number}/incomes/2026", json={NAME: "7.00"}, headers=county)
        assert put.json()[NAME] == "7.00", put.text
        events = await outbox(registry_database, "registry.household.v1", number)
        assert [event["incomes"][0][NAME] for event in events] == ["1200.50", "7.00"]


def test_rules_may_name_it() -> None:
    from sharing.catalogue.service import load_catalogue

    fact = load_catalogue().facts[NAME]
    assert (fact.zh, fact.scopes) == ("外出寄回收入", {"household"})
