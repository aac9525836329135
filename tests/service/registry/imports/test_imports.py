"""Bulk import: formats, compression, per-row errors, repetition, events."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal
from typing import Any

import httpx
import pytest
import zstandard
from import_files import XLSX, as_csv, as_xlsx, flat_rows
from registry_world import (
    OTHER_TOWN,
    OTHER_VILLAGE,
    VILLAGE,
    household,
    household_id,
    id_no,
    member,
    ndjson,
    outbox,
    rejects,
    send,
)

from contracts.registry import HouseholdSnapshotTaken
from servicekit.db import Database


async def test_households_arrive_with_members_incomes_and_one_snapshot_each(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    """F-A34."""
    body = ndjson(
        household("99H0000001", member(1), member(2, "20150606", relation="child", labour="5")),
        household("99H0000002", member(3), hh_type="1"),
    )
    response = await send(client, body, county)
    assert response.status_code == 200, response.text
    receipt = response.json()
    assert (receipt["households"], receipt["created"], receipt["persons"], receipt["rows_rejected"]) == (2, 2, 3, 0)
    assert (receipt["state"], receipt["rows_read"], receipt["problem"]) == ("done", 2, None)
    assert receipt["opened_at"] <= receipt["started_at"] <= receipt["finished_at"]

    listed = (await client.get("/v1/households", params={"hh_no": "99H0000001"}, headers=county)).json()
    (shown,) = listed["items"]
    assert shown["area_code"] == VILLAGE
    assert shown["phone"] == "139****5678"
    assert [item["name"] for item in shown["members"]] == ["张**", "张**"]
    assert shown["members"][0]["id_no"] == id_no(1)[:6] + "************"
    assert shown["members"][0]["person_no"].startswith("99P")

    (event,) = await outbox(registry_database, "registry.household.v1", shown["id"])
    snapshot = HouseholdSnapshotTaken.model_validate(event)
    assert snapshot.version == 1
    assert len(snapshot.members) == 2
    assert len(snapshot.members[0].id_token or "") == 32
    assert snapshot.incomes[0].net == Decimal("31300.25")
    assert snapshot.incomes[0].per_capita_net == Decimal("15650.13")
    assert snapshot.incomes[0].ref_per_capita == Decimal("15150.13")
    assert "张" not in json.dumps(event, ensure_ascii=False)
    assert id_no(1) not in json.dumps(event)


async def test_the_same_file_again_changes_and_announces_nothing(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    body = ndjson(household("99H0000011", member(11)))
    await send(client, body, county)
    before = len(await outbox(registry_database, "registry.household.v1"))
    receipt = (await send(client, body, county)).json()
    assert (receipt["unchanged"], receipt["updated"], receipt["created"]) == (1, 0, 0)
    assert len(await outbox(registry_database, "registry.household.v1")) == before


async def test_a_changed_household_gets_a_new_version_and_keeps_its_people(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    await send(client, ndjson(household("99H0000021", member(21), member(22, relation="sibling"))), county)
    number = await household_id(client, "99H0000021", county)
    first = (await client.get(f"/v1/households/{number}", headers=county)).json()
    changed = household("99H0000021", member(21, labour="3"), member(23, relation="spouse", female=True))
    receipt = (await send(client, ndjson(changed), county)).json()
    assert receipt["updated"] == 1
    second = (await client.get(f"/v1/households/{number}", headers=county)).json()
    assert second["version"] == 2
    assert second["members"][0]["id"] == first["members"][0]["id"]
    assert second["members"][0]["labour"] == "3"
    assert second["members"][1]["id"] != first["members"][1]["id"]
    assert [event["version"] for event in await outbox(registry_database, "registry.household.v1", number)] == [1, 2]
    history = (await client.get(f"/v1/households/{number}/history", headers=county)).json()["items"]
    assert [(entry["version"], entry["cause"]) for entry in history] == [(1, "import")]
    assert len(history[0]["snapshot"]["members"]) == 2


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
async def test_compressed_files_are_read(client: httpx.AsyncClient, county: dict[str, str], encoding: str) -> None:
    place = 31 if encoding == "gzip" else 32
    lines = (
        ndjson(household(f"99H00000{place}", member(place))),
        ndjson(household(f"99H00001{place}", member(place + 300))),
    )
    pack = gzip.compress if encoding == "gzip" else zstandard.ZstdCompressor().compress
    body = pack(lines[0]) + pack(lines[1])  # two members, as tools that append write them
    response = await send(client, body, county, **{"Content-Encoding": encoding})
    assert response.json()["created"] == 2, response.text


@pytest.mark.parametrize("charset", ["utf-8", "gbk"])
async def test_csv_with_chinese_labels_is_one_household_of_two_rows(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database, charset: str
) -> None:
    first, hh_no = (41, "99H0000041") if charset == "utf-8" else (43, "99H0000043")
    body = as_csv(flat_rows(first, hh_no)).encode(charset)
    response = await send(client, body, county, kind=f"text/csv; charset={charset}")
    receipt = response.json()
    assert (receipt["created"], receipt["persons"], receipt["rows_rejected"]) == (1, 2, 0), response.text
    number = await household_id(client, hh_no, county)
    shown = (await client.get(f"/v1/households/{number}", headers=county)).json()
    assert shown["is_monitored"] is True
    assert shown["open_risks"] == ["01", "09"]
    assert {income["year"]: income["net"] for income in shown["incomes"]} == {2026: "20000.00", 2025: "18000.00"}
    assert shown["members"][0]["relief"] == "dibao"
    (episode,) = (await client.get("/v1/episodes", params={"household_id": number}, headers=county)).json()["items"]
    assert (episode["state"], episode["identified_on"], episode["is_overdue"]) == ("MONITORED", "2025-06-01", False)
    (moved,) = await outbox(registry_database, "registry.episode.v1", number)
    assert (moved["state"], moved["previous_state"]) == ("MONITORED", None)


async def test_xlsx_rows_are_read_with_their_numbers(client: httpx.AsyncClient, county: dict[str, str]) -> None:
    rows = flat_rows(45, "99H0000045")
    rows[0]["出生日期"] = "29221"  # 1980-01-01 as Excel counts days
    bad = flat_rows(47, "99H0000047")
    bad[1]["证件号码"] = bad[1]["证件号码"][:-1] + ("1" if bad[1]["证件号码"][-1] != "1" else "2")
    cells = [list(rows[0]), *[list(row.values()) for row in [*rows, *bad]]]
    cells[1][10] = 29221
    response = await send(client, as_xlsx(cells), county, kind=XLSX)
    receipt = response.json()
    assert (receipt["created"], receipt["rows_rejected"], receipt["households_rejected"]) == (1, 2, 1), response.text
    (reject,) = await rejects(client, receipt["import_id"], county)
    assert (reject["line"], reject["field"], reject["code"]) == (5, "/members/1/id_no", "id_no.checksum")
    assert reject["person_no"] == "99P48"


BAD: list[tuple[str, dict[str, Any], str, str]] = [
    ("no head", {"members": [member(61, relation="sibling")]}, "/members", "household.no_head"),
    (
        "two heads",
        {"members": [member(61), member(62)]},
        "/members/1/relation",
        "household.two_heads",
    ),
    ("nobody", {"members": []}, "/members", "members.missing"),
    ("checksum", {"members": [member(61, id_no="990101198001010019")]}, "/members/0/id_no", "id_no.checksum"),
    ("length", {"members": [member(61, id_no="9901011980")]}, "/members/0/id_no", "id_no.length"),
    ("sex", {"members": [member(61, sex="2")]}, "/members/0/sex", "sex.mismatch"),
    ("birth", {"members": [member(61, birth_date="1981-01-01")]}, "/members/0/birth_date", "birth_date.mismatch"),
    ("relation", {"members": [member(61, relation="uncle")]}, "/members/0/relation", "relation.code"),
    ("missing name", {"members": [member(61, name="")]}, "/members/0/name", "name.missing"),
    ("control characters", {"members": [member(61, name="张\u0000")]}, "/members/0/name", "name.type"),
    ("type", {"hh_type": "7"}, "/hh_type", "hh_type.code"),
    ("village", {"village_code": "990101101999"}, "/village_code", "village_code.unknown"),
    ("not a village", {"village_code": "990101101000"}, "/village_code", "village_code.level"),
    ("money", {"incomes": [{"year": 2026, "wage": "-1"}]}, "/incomes/0/wage", "wage.range"),
    ("cents", {"incomes": [{"year": 2026, "wage": "1.234"}]}, "/incomes/0/wage", "wage.range"),
    ("future year", {"incomes": [{"year": 2099}]}, "/incomes/0/year", "year.range"),
    (
        "category",
        {"monitor": {"category": "0", "identified_on": "2025-06-01", "risk_types": ["01"]}},
        "/monitor/category",
        "category.conflict",
    ),
    ("health", {"members": [member(61, health=["healthy", "chronic"])]}, "/members/0/health", "health.conflict"),
]


@pytest.mark.parametrize(("change", "field", "code"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
async def test_a_household_with_anything_wrong_is_rejected_whole(
    client: httpx.AsyncClient, county: dict[str, str], change: dict[str, Any], field: str, code: str
) -> None:
    bad = household("99H0000061", member(61)) | change
    receipt = (await send(client, ndjson(bad), county)).json()
    assert (receipt["households"], receipt["rows_rejected"]) == (0, 1)
    found = await rejects(client, receipt["import_id"], county)
    assert (field, code) in {(reject["field"], reject["code"]) for reject in found}
    assert {reject["hh_no"] for reject in found} == {"99H0000061"}
    assert "9901011980" not in json.dumps(found), "a reject never repeats a number"
    listed = (await client.get("/v1/households", params={"hh_no": "99H0000061"}, headers=county)).json()
    assert listed["items"] == []


async def test_broken_lines_cost_themselves_only(client: httpx.AsyncClient, county: dict[str, str]) -> None:
    body = b'{"hh_no": \n\n[]\n' + ndjson(household("99H0000071", member(71)))
    receipt = (await send(client, body, county)).json()
    assert (receipt["created"], receipt["rows_rejected"]) == (1, 2)
    found = await rejects(client, receipt["import_id"], county)
    assert [(reject["line"], reject["code"]) for reject in found] == [(1, "row.shape"), (3, "row.shape")]


async def test_a_person_belongs_to_one_active_household(client: httpx.AsyncClient, county: dict[str, str]) -> None:
    """Domain rule 1.4: within a file the first household keeps the person; a registered one must let go first."""
    both = ndjson(
        household("99H0000081", member(81)), household("99H0000082", member(81, person_no="99P9999081", name="别人"))
    )
    receipt = (await send(client, both, county)).json()
    assert (receipt["created"], receipt["rows_rejected"]) == (1, 1)
    (reject,) = await rejects(client, receipt["import_id"], county)
    assert (reject["line"], reject["code"]) == (2, "person.duplicate")

    later = ndjson(household("99H0000083", member(81, person_no="99P9999083")))
    receipt = (await send(client, later, county)).json()
    (reject,) = await rejects(client, receipt["import_id"], county)
    assert (reject["code"], reject["field"]) == ("members.in_other_household", "/members")

    moved = ndjson(
        household("99H0000083", member(83), member(81, relation="sibling")), household("99H0000081", member(84))
    )
    receipt = (await send(client, moved, county)).json()
    assert (receipt["created"], receipt["updated"], receipt["rows_rejected"]) == (1, 1, 0)


async def test_a_household_number_twice_in_a_file_is_a_reject(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    body = ndjson(household("99H0000091", member(91)), household("99H0000091", member(92)))
    receipt = (await send(client, body, county)).json()
    (reject,) = await rejects(client, receipt["import_id"], county)
    assert (receipt["created"], reject["line"], reject["code"]) == (1, 2, "household.duplicate")


async def test_rows_of_a_household_that_stand_apart_are_rejected_together(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    one, two = flat_rows(101, "99H0000101")
    other = flat_rows(103, "99H0000103")
    receipt = (await send(client, as_csv([one, *other, two]).encode(), county, kind="text/csv")).json()
    assert (receipt["created"], receipt["rows_rejected"], receipt["households_rejected"]) == (1, 2, 1)


async def test_broken_quoting_costs_its_household_only(client: httpx.AsyncClient, county: dict[str, str]) -> None:
    good, spoiled = flat_rows(111, "99H0000111"), flat_rows(113, "99H0000113")
    lines = as_csv([*spoiled, *good]).splitlines()
    lines[2] = lines[2].replace("脱贫户", '"脱贫户', 1)
    receipt = (await send(client, "\n".join(lines).encode(), county, kind="text/csv")).json()
    assert (receipt["created"], receipt["rows_rejected"]) == (1, 2), receipt
    found = await rejects(client, receipt["import_id"], county)
    assert {(reject["line"], reject["code"]) for reject in found} == {(3, "row.shape"), (2, "household.incomplete")}
    too_few = as_csv(flat_rows(115, "99H0000115")) + "99H0000115,1\n"
    receipt = (await send(client, too_few.encode(), county, kind="text/csv")).json()
    assert (receipt["created"], receipt["rows_rejected"]) == (0, 3), receipt


async def test_another_areas_household_cannot_be_taken_over(
    client: httpx.AsyncClient, county: dict[str, str], headers: Any
) -> None:
    await send(client, ndjson(household("99H0000121", member(121))), county)
    stranger = headers(areas=[OTHER_TOWN])
    for body, code in (
        (household("99H0000121", member(122), village_code=OTHER_VILLAGE), "household.elsewhere"),
        (household("99H0000123", member(123)), "village_code.unknown"),
    ):
        receipt = (await send(client, ndjson(body), stranger)).json()
        (reject,) = await rejects(client, receipt["import_id"], stranger)
        assert reject["code"] == code
    other = await client.get(f"/v1/imports/{receipt['import_id']}", headers=headers(client_id="another"))
    assert other.status_code == 404


async def test_rejects_can_be_opened_in_excel(client: httpx.AsyncClient, county: dict[str, str]) -> None:
    receipt = (await send(client, b"{}\n", county)).json()
    response = await client.get(f"/v1/imports/{receipt['import_id']}/rejects", params={"format": "csv"}, headers=county)
    assert response.content.startswith(b"\xef\xbb\xbfline,hh_no,person_no,field,code,message")
    assert len(response.text.splitlines()) == 1 + receipt["reject_codes"].__len__()
