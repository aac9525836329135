"""Files of the roster: taken once, changed where they say so, refused line by line."""

from __future__ import annotations

from typing import Any

import httpx
from registry_world import COUNTY, TOWN, VILLAGE, outbox, send
from roster_case import appoint, person, unit

from servicekit.db import Database
from servicekit.ids import new_id

PLACE = "/v1/staff/import"
HEAD = "工号,姓名,联系电话,单位,单位类型,单位区划,部门,职务,区划,网格,任职起,任职止,登录账号,签发方\n"


async def put(client: httpx.AsyncClient, text: str, headers: dict[str, str], **more: Any) -> dict[str, Any]:
    answer = await send(client, text.encode(), headers, kind="text/csv", path=PLACE, **more)
    told: dict[str, Any] = answer.json()
    assert told["state"] == "done", told
    return told


async def rejects(
    client: httpx.AsyncClient, done: dict[str, Any], headers: dict[str, str]
) -> list[tuple[int, str, str]]:
    answer = await client.get(f"{PLACE}/{done['import_id']}/rejects?format=csv", headers=headers)
    rows = [line.split(",") for line in answer.text.splitlines()[1:]]
    return [(int(cells[0]), cells[3], cells[4]) for cells in rows]


def counts(told: dict[str, Any]) -> tuple[int, int, int, int]:
    return told["created"], told["updated"], told["unchanged"], told["rows_rejected"]


async def staff_of(client: httpx.AsyncClient, headers: dict[str, str], number: str) -> dict[str, Any]:
    (found,) = (await client.get("/v1/staff", params={"staff_no": number}, headers=headers)).json()["items"]
    return dict((await client.get(f"/v1/staff/{found['id']}", headers=headers)).json())


async def test_a_file_is_taken_once_and_its_people_are_told_by_ids_alone(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    tag = new_id()[-6:]
    town, bureau = f"青石镇政府{tag}", f"农业局{tag}"
    rows = (
        f"F-{tag}-1,李录入,13900000001,{town},乡镇(街道)政府,{TOWN},,乡镇录入员,{TOWN},,2026-01-01,,li-{tag},https://id.example\n"
        f"F-{tag}-1,李录入,,{town},,,,村级采集员,{VILLAGE},,2026-01-01,2026-12-31,,\n"
        f",王无号,13900000002,{town},,,,帮扶责任人,{TOWN},,2026-01-01,,,\n"
        f"F-{tag}-2,赵监测,,{bureau},县级主管部门,{COUNTY},,MONITOR,{COUNTY},,2026/1/1,,,\n"
    )
    assert counts(await put(client, HEAD + rows, county)) == (3, 0, 0, 0)
    assert counts(await put(client, HEAD + rows, county)) == (0, 0, 3, 0), "the same again"
    known = await staff_of(client, county, f"F-{tag}-1")
    assert [term["role"] for term in known["appointments"]] == ["ENTRY", "COLLECTOR"]
    assert (known["phone_masked"], known["unit"]["name"], known["version"]) == ("139****0001", town, 1)
    events = await outbox(registry_database, "registry.staff.v1", known["id"])
    assert len(events) == 1
    assert "李录入" not in str(events)
    assert events[0]["accounts"] == [{"issuer": "https://id.example", "subject": f"li-{tag}"}]
    change = f"F-{tag}-1,李新名,清空,{town},,,,村级采集员,{VILLAGE},,2026-01-01,2026-11-30,,\n"
    assert counts(await put(client, HEAD + change, county)) == (0, 1, 0, 0)
    after = await staff_of(client, county, f"F-{tag}-1")
    assert (after["name"], after["phone_masked"], after["version"]) == ("李新名", None, 2)
    assert [term["last_on"] for term in after["appointments"]] == [None, "2026-11-30"]
    assert len(await outbox(registry_database, "registry.staff.v1", known["id"])) == 2


async def test_wrong_lines_come_back_and_the_others_are_taken(
    client: httpx.AsyncClient, county: dict[str, str], headers: Any
) -> None:
    tag = new_id()[-6:]
    # The liaison of a department: one at a time, whoever was entered by hand.
    bureau_name = f"教育局{tag}"
    bureau = await unit(client, county, "department", COUNTY, name=bureau_name, department="EDU")
    await appoint(client, county, await person(client, county, bureau), "DEPT", COUNTY)
    rows = (
        f"R-{tag}-1,陈联络,,{bureau_name},,,,DEPT,{COUNTY},,2026-06-01,,,\n"
        f"R-{tag}-2,陈干部,,{bureau_name},,,,HELPER,{COUNTY},,2026-06-01,,,\n"
        f"R-{tag}-3,陈三,,没有的单位,,,,,,,,,,\n"
        f",陈四,,{bureau_name},,,,,,,,,,\n"
        f"R-{tag}-5,陈五,,{bureau_name},,,,镇长助理,{COUNTY},,2026-06-01,,,\n"
        f"R-{tag}-2,陈干部,,{bureau_name},,,,HELPER,{COUNTY},,2026-07-01,,,\n"
    )
    done = await put(client, HEAD + rows, county)
    assert counts(done) == (1, 0, 0, 5)
    assert await rejects(client, done, county) == [
        (2, "/role", "role.taken"), (4, "/unit_name", "unit_name.unknown"), (5, "/staff_no", "staff_no.missing"),
        (6, "/role", "role.code"), (7, "/role", "role.overlap"),
    ]  # fmt: skip
    assert done["reject_codes"]["role.taken"] == 1
    away = headers(areas=["990101102000"])
    foreign = await put(client, HEAD + f"R-{tag}-2,陈干部,,{bureau_name},,,,,,,,,,\n", away)
    assert counts(foreign) == (0, 0, 0, 1)
    assert (await client.get(f"{PLACE}/{done['import_id']}", headers=away)).status_code == 404


async def test_who_may_import_households_may_not_import_people(client: httpx.AsyncClient, headers: Any) -> None:
    households = headers(scopes=["households:import"])
    refused = await client.post(PLACE, content=HEAD.encode(), headers=households | {"Content-Type": "text/csv"})
    assert refused.status_code == 403
    assert (await client.get(f"{PLACE}/template", headers=households)).status_code == 403
    own = headers(scopes=["staff:write"])
    template = await client.get(f"{PLACE}/template", headers=own)
    assert "工号" in template.content.decode("utf-8-sig")
