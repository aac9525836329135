"""What must hold once docs/extending.md's field of a household is planted: it comes in by every door and goes on."""

from __future__ import annotations

import httpx
from registry_world import household, household_id, member, ndjson, outbox, send

from servicekit.db import Database

NAME = "is_away"


async def test_the_field_arrives_by_api_and_is_shown_and_announced(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    body = household("99Z0000001", member(401), is_away=True)
    created = await client.post("/v1/households", json=body, headers=county | {"Idempotency-Key": "planted-1"})
    assert created.status_code == 201, created.text
    assert created.json()[NAME] is True
    (event,) = await outbox(registry_database, "registry.household.v1", created.json()["id"])
    assert event[NAME] is True
    listed = await client.get("/v1/households", params={"hh_no": "99Z0000001"}, headers=county)
    assert [item[NAME] for item in listed.json()["items"]] == [True]


async def test_the_field_is_patched_kept_in_history_and_announced(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    await send(client, ndjson(household("99Z0000002", member(402))), county)
    number = await household_id(client, "99Z0000002", county)
    url = f"/v1/households/{number}"
    before = await client.get(url, headers=county)
    assert before.json()[NAME] is False
    changed = await client.patch(url, json={NAME: True}, headers=county | {"If-Match": before.headers["ETag"]})
    assert changed.json()[NAME] is True, changed.text
    told = [event[NAME] for event in await outbox(registry_database, "registry.household.v1", number)]
    assert told == [False, True]
    (former,) = (await client.get(f"{url}/history", headers=county)).json()["items"]
    assert former["snapshot"][NAME] is False


async def test_the_field_arrives_by_import_as_lines_and_as_a_table_under_its_chinese_title(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    lines = ndjson(household("99Z0000003", member(403), is_away=True))
    table = (
        "户编号,行政村代码,户类型,姓名,出生日期,性别,与户主关系,劳动技能,整户外出\n"
        "99Z0000004,990101101201,一般农户,张伟明,1980-01-01,男,户主,普通劳动力,是\n"
    )
    await send(client, lines, county)
    await send(client, table.encode(), county, kind="text/csv")
    for hh_no in ("99Z0000003", "99Z0000004"):
        number = await household_id(client, hh_no, county)
        assert (await client.get(f"/v1/households/{number}", headers=county)).json()[NAME] is True
        (event,) = await outbox(registry_database, "registry.household.v1", number)
        assert event[NAME] is True
    # An update of what is registered takes the value that the file gives.
    await send(client, ndjson(household("99Z0000003", member(403), is_away=False)), county)
    number = await household_id(client, "99Z0000003", county)
    assert (await client.get(f"/v1/households/{number}", headers=county)).json()[NAME] is False


async def test_the_template_has_its_column(client: httpx.AsyncClient, county: dict[str, str]) -> None:
    template = await client.get("/v1/imports/template", headers=county)
    assert "整户外出" in template.content.decode("utf-8-sig").splitlines()[-1].split(",")
