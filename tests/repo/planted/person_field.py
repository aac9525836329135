"""What must hold once docs/extending.md's field of a person is planted."""

from __future__ import annotations

import httpx
from registry_world import household, household_id, member, ndjson, outbox, send

from servicekit.db import Database

NAME = "native_place"


async def test_a_person_has_the_field_by_api_import_patch_and_event(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    body = household("99Z0000011", member(411, native_place="甲县"))
    created = await client.post("/v1/households", json=body, headers=county | {"Idempotency-Key": "planted-11"})
    assert [person[NAME] for person in created.json()["members"]] == ["甲县"], created.text
    table = (
        "户编号,行政村代码,户类型,姓名,出生日期,性别,与户主关系,劳动技能,籍贯\n"
        "99Z0000012,990101101201,0,张伟明,1980-01-01,男,户主,1,乙县\n"
    )
    await send(client, table.encode(), county, kind="text/csv")
    await send(client, ndjson(household("99Z0000013", member(413))), county)
    for hh_no, before in (("99Z0000012", "乙县"), ("99Z0000013", None)):
        number = await household_id(client, hh_no, county)
        shown = await client.get(f"/v1/households/{number}", headers=county)
        (person,) = shown.json()["members"]
        assert person[NAME] == before
        change = {"members": [{"id": person["id"], NAME: "丙县"}]}
        patched = await client.patch(
            f"/v1/households/{number}", json=change, headers=county | {"If-Match": shown.headers["ETag"]}
        )
        assert patched.json()["members"][0][NAME] == "丙县", patched.text
        events = await outbox(registry_database, "registry.household.v1", number)
        assert [event["members"][0][NAME] for event in events] == [before, "丙县"]
