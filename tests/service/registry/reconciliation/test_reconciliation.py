"""Reconciliation with the national system: an export is compared, never merged; differences are decided one by one."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx
import pytest
import xlsxwriter
from import_files import XLSX, as_xlsx
from registry_world import COUNTY, OTHER_VILLAGE, TOWN, VILLAGE, household, household_id, id_no, member, ndjson, send
from sqlalchemy import text

from registry.reconciliation import service as reconciliation
from servicekit.db import Database

IMPORT = "/v1/reconciliations/import"


def row(hh_no: str, sequence: int, **changes: str) -> dict[str, str]:
    """A row of the export that agrees with `registered` in all it says."""
    return {
        "户编号": hh_no,
        "行政村代码": VILLAGE,
        "户类型": "脱贫户",
        "姓名": "张伟明",
        "证件号码": id_no(sequence),
        "人口编号": f"99P{sequence:08d}19800101",
        "出生日期": "19800101",
        "性别": "男",
        "与户主关系": "户主",
        "劳动技能": "普通劳动力",
        "联系电话": "13912345678",
        "2026年工资性收入": "30000",
    } | changes


def registered(hh_no: str, sequence: int, *more: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return household(hh_no, member(sequence), *more, hh_type="1", **changes)


def as_csv(*rows: dict[str, str]) -> bytes:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue().encode()


async def register(client: httpx.AsyncClient, headers: dict[str, str], *households: dict[str, Any]) -> None:
    done = (await send(client, ndjson(*households), headers)).json()
    assert (done["state"], done["rows_rejected"]) == ("done", 0), done


async def compare(client: httpx.AsyncClient, headers: dict[str, str], body: bytes, kind: str = "text/csv") -> Any:
    answer = await send(client, body, headers, kind=kind, path=IMPORT)
    done = answer.json()
    assert done["state"] == "done", done
    return done


async def listed(client: httpx.AsyncClient, headers: dict[str, str], run: str, **wanted: str) -> list[dict[str, Any]]:
    answer = await client.get(
        f"/v1/reconciliations/{run}/differences", params={"limit": "200", **wanted}, headers=headers
    )
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    assert answer.json()["total"] == len(items)
    return items


def shown(items: list[dict[str, Any]]) -> set[tuple[Any, ...]]:
    return {(each["kind"], each["field"], each["hh_no"], each["registered"], each["exported"]) for each in items}


async def decide(
    client: httpx.AsyncClient, headers: dict[str, str], run: str, *items: dict[str, Any], decision: str = "accept"
) -> list[dict[str, Any]]:
    said = [
        {"id": each["id"], "revision": each["revision"], "decision": decision}
        | ({"reason": "以入户核实为准"} if decision == "ignore" else {})
        for each in items
    ]
    answer = await client.post(f"/v1/reconciliations/{run}/decisions", json={"items": said}, headers=headers)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_every_field_that_both_hold_is_compared_and_nothing_changes(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    """F-E11: 账账相符."""
    await register(client, county, registered("99R001", 1), registered("99R002", 2), registered("99R003", 3))
    home = await household_id(client, "99R001", county)
    before = (await client.get(f"/v1/households/{home}", headers=county)).json()
    export = as_csv(
        row("99R001", 1, 户类型="一般农户", 姓名="张伟民", 联系电话="13987654321", **{"2026年工资性收入": "31000"}),
        row("99R002", 2, 姓名="张　伟明", 劳动技能="无劳动力"),
        row("99R009", 9),
    )
    done = await compare(client, county, export)
    assert (done["households"], done["persons"], done["created"], done["updated"]) == (3, 3, 0, 0)
    items = await listed(client, county, done["import_id"])
    assert shown(items) == {
        ("field", "hh_type", "99R001", "1", "0"),
        ("field", "name", "99R001", "张**", "张**"),
        ("field", "phone", "99R001", "139****5678", "139****4321"),
        ("field", "wage", "99R001", "30000.00", "31000.00"),
        ("field", "labour", "99R002", "1", "5"),
        ("only_in_export", "", "99R009", None, "99R009"),
        ("only_in_register", "", "99R003", "99R003", None),
    }
    told = next(each for each in items if each["field"] == "labour")
    assert (told["path"], told["head"], told["who"], told["title"]) == (
        ["试验县", "甲镇", "甲村"], "张**", "张**", "劳动技能",
    )  # fmt: skip
    assert (await client.get(f"/v1/households/{home}", headers=county)).json() == before
    detail = (await client.get(f"/v1/reconciliations/{done['import_id']}", headers=county)).json()
    assert (detail["open"], detail["villages"][0]["open"], len(detail["fields"])) == (7, 7, 7)
    assert (await client.get("/v1/reconciliations", headers=county)).json()["items"][0]["id"] == done["import_id"]


async def test_accepting_is_a_change_by_hand_and_together(client: httpx.AsyncClient, county: dict[str, str]) -> None:
    await register(client, county, registered("99R011", 11))
    home = await household_id(client, "99R011", county)
    export = as_csv(
        row(
            "99R011",
            11,
            姓名="张新民",
            联系电话="13900000011",
            劳动技能="弱劳动力或半劳动力",
            **{"2026年工资性收入": "1"},
        )
    )
    run = (await compare(client, county, export))["import_id"]
    items = await listed(client, county, run, area=TOWN)
    items = [each for each in items if each["hh_no"] == "99R011"]
    assert {each["field"] for each in items} == {"name", "phone", "labour", "wage"}
    answers = await decide(client, county, run, *items)
    assert {each["state"] for each in answers} == {"accepted"}
    now = (await client.get(f"/v1/households/{home}", headers=county)).json()
    assert (now["phone"], now["members"][0]["labour"]) == ("139****0011", "3")
    history = (await client.get(f"/v1/households/{home}/history", headers=county)).json()["items"]
    assert [each["cause"] for each in history] == ["reconciliation", "reconciliation"]  # the household, its income
    again = await decide(client, county, run, items[0])
    assert again[0]["problem"]["code"] == "registry.reconciliation.decided"


async def test_a_corrected_register_makes_a_difference_vanish_and_a_stale_decision_is_refused(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    await register(client, county, registered("99R021", 21), registered("99R022", 22))
    export = as_csv(
        row("99R021", 21, 户类型="一般农户", 联系电话="13900000021"),
        row("99R022", 22, 户类型="一般农户", 联系电话="13900000022"),
    )
    run = (await compare(client, county, export))["import_id"]
    for hh_no, change in (("99R021", {"hh_type": "0", "phone": "13900000021"}), ("99R022", {"phone": "13911111111"})):
        home = await household_id(client, hh_no, county)
        etag = (await client.get(f"/v1/households/{home}", headers=county)).headers["etag"]
        items = {each["field"]: each for each in await listed(client, county, run) if each["hh_no"] == hh_no}
        patched = await client.patch(f"/v1/households/{home}", json=change, headers=county | {"If-Match": etag})
        assert patched.status_code == 200, patched.text
        if hh_no == "99R022":
            [refused] = await decide(client, county, run, items["phone"])
            assert refused["problem"]["code"] == "registry.reconciliation.stale"
    found = {(each["hh_no"], each["field"]): each["state"] for each in await listed(client, county, run)}
    assert {key: state for key, state in found.items() if key[0] in ("99R021", "99R022")} == {
        ("99R021", "hh_type"): "gone", ("99R021", "phone"): "gone",
        ("99R022", "hh_type"): "open", ("99R022", "phone"): "open",
    }  # fmt: skip


async def test_what_was_ignored_stays_so_while_both_values_stay(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    await register(client, county, registered("99R031", 31))
    first = row("99R031", 31, 姓名="张新", 户类型="一般农户")
    run = (await compare(client, county, as_csv(first)))["import_id"]
    items = [each for each in await listed(client, county, run) if each["hh_no"] == "99R031"]
    assert {each["state"] for each in await decide(client, county, run, *items, decision="ignore")} == {"ignored"}
    later = (await compare(client, county, as_csv(first)))["import_id"]
    again = [each for each in await listed(client, county, later) if each["hh_no"] == "99R031"]
    assert {(each["field"], each["state"], each["reason"]) for each in again} == {
        ("name", "ignored", "以入户核实为准"), ("hh_type", "ignored", "以入户核实为准"),
    }  # fmt: skip
    assert {each["state"] for each in await listed(client, county, run) if each["hh_no"] == "99R031"} == {"gone"}
    other = (await compare(client, county, as_csv(first | {"姓名": "张新新"})))["import_id"]
    states = {each["field"]: each["state"] for each in await listed(client, county, other) if each["hh_no"] == "99R031"}
    assert states == {"name": "open", "hh_type": "ignored"}


async def test_absent_is_not_empty(client: httpx.AsyncClient, county: dict[str, str]) -> None:
    await register(client, county, registered("99R041", 41))
    said = row("99R041", 41, 联系电话="")
    del said["2026年工资性收入"]
    run = (await compare(client, county, as_csv(said)))["import_id"]
    assert [each for each in await listed(client, county, run) if each["hh_no"] == "99R041"] == []
    cleared = (await compare(client, county, as_csv(said | {"联系电话": "清空"})))["import_id"]
    [phone] = [each for each in await listed(client, county, cleared) if each["hh_no"] == "99R041"]
    assert (phone["field"], phone["registered"], phone["exported"]) == ("phone", "139****5678", None)
    assert (await decide(client, county, cleared, phone))[0]["state"] == "accepted"
    home = await household_id(client, "99R041", county)
    assert (await client.get(f"/v1/households/{home}", headers=county)).json()["phone"] is None


async def test_persons_are_matched_by_their_numbers_and_what_is_ambiguous_is_told(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    child = {"relation": "child", "labour": "5"}
    await register(
        client,
        county,
        registered("99R051", 51, member(151, "20150101", **child), member(152, "20160101", **child)),
        registered("99R052", 52),
        registered("99R053", 53),
    )
    of_child = {
        "证件号码": id_no(152, "20160101"),
        "出生日期": "20160101",
        "与户主关系": "子女",
        "劳动技能": "无劳动力",
    }
    export = as_csv(
        row("99R051", 51),
        # The person number of one child and the identity number of the other: nobody knows who is meant.
        row("99R051", 152, 人口编号="99P0000015120150101", **of_child),
        # Registered in 99R053.
        row("99R052", 52),
        row("99R052", 53, 与户主关系="兄弟姐妹"),
    )  # fmt: skip
    run = (await compare(client, county, export))["import_id"]
    items = [each for each in await listed(client, county, run) if each["hh_no"].startswith("99R05")]
    found = {(each["kind"], each["subject"], each["hh_no"]) for each in items}
    assert found == {
        ("ambiguous", "person", "99R051"),
        ("elsewhere", "person", "99R053"),
        ("only_in_register", "household", "99R053"),
    }
    answers = await decide(client, county, run, *items)
    assert {each["problem"]["code"] for each in answers} == {"registry.reconciliation.not_acceptable"}


async def test_a_household_under_another_number_is_known_by_its_members(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    await register(client, county, registered("99R061", 61))
    run = (await compare(client, county, as_csv(row("99R069", 61))))["import_id"]
    items = [each for each in await listed(client, county, run) if each["hh_no"] in ("99R061", "99R069")]
    assert shown(items) == {("field", "hh_no", "99R061", "99R061", "99R069")}
    assert not items[0]["can_accept"]


async def test_monitoring_is_compared_and_settled_by_its_own_steps(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    monitor = {"category": "0", "identified_on": "2025-06-01", "risk_types": ["01", "03"]}
    await register(client, county, registered("99R071", 71, monitor=monitor))
    said = {"监测对象类别": "脱贫不稳定户", "识别监测时间": "2025-06-01", "风险类型": "因残、因病"}
    run = (await compare(client, county, as_csv(row("99R071", 71, **said))))["import_id"]
    assert [each for each in await listed(client, county, run) if each["hh_no"] == "99R071"] == []
    run = (await compare(client, county, as_csv(row("99R071", 71, **said | {"风险类型": "因病"}))))["import_id"]
    [risks] = [each for each in await listed(client, county, run) if each["hh_no"] == "99R071"]
    assert (risks["field"], risks["registered"], risks["exported"], risks["can_accept"]) == (
        "open_risks", ["01", "03"], ["01"], False,
    )  # fmt: skip


async def test_rights_are_those_of_the_area_and_of_writing(
    client: httpx.AsyncClient, county: dict[str, str], headers: Any
) -> None:
    await register(client, county, registered("99R081", 81), registered("99R082", 82, village_code=OTHER_VILLAGE))
    export = as_csv(
        row("99R081", 81, 户类型="一般农户"), row("99R082", 82, 行政村代码=OTHER_VILLAGE, 户类型="一般农户")
    )
    run = (await compare(client, county, export))["import_id"]
    town = headers(areas=[TOWN], client_id="town")
    mine = await listed(client, town, run, field="hh_type", state="open")
    assert {each["area_code"] for each in mine} == {VILLAGE}
    theirs = [each for each in await listed(client, county, run) if each["hh_no"] == "99R082"]
    [refused] = await decide(client, town, run, *theirs)
    assert refused["problem"]["code"] == "registry.reconciliation.difference_not_found"
    reader = headers(scopes=["households:read"])
    answer = await client.post(f"/v1/reconciliations/{run}/decisions", json={"items": []}, headers=reader)
    assert answer.json()["code"] == "scope_missing"
    elsewhere = headers(areas=["990102000000"], client_id="elsewhere")
    assert (await client.get(f"/v1/reconciliations/{run}", headers=elsewhere)).status_code == 404
    outside = await client.get(f"/v1/reconciliations/{run}/differences", params={"area": COUNTY}, headers=town)
    assert outside.status_code == 404
    # What lies outside whoever imports an export is not told: the number of a household there is as if it were new.
    own = (await compare(client, town, as_csv(row("99R082", 82))))["import_id"]
    [alone] = [each for each in await listed(client, town, own) if each["hh_no"] == "99R082"]
    assert alone["kind"] == "only_in_export"


async def test_pages_go_on_where_the_last_one_ended(client: httpx.AsyncClient, county: dict[str, str]) -> None:
    numbers = range(91, 96)
    await register(client, county, *(registered(f"99R{each}", each) for each in numbers))
    export = as_csv(*(row(f"99R{each}", each, 户类型="一般农户", 劳动技能="无劳动力") for each in numbers))
    run = (await compare(client, county, export))["import_id"]
    seen: list[str] = []
    wanted = {"limit": "3", "state": "open", "kind": "field"}
    while True:
        page = (await client.get(f"/v1/reconciliations/{run}/differences", params=wanted, headers=county)).json()
        seen += [each["id"] for each in page["items"]]
        assert page["total"] == 10
        if page["next_cursor"] is None:
            break
        wanted["cursor"] = page["next_cursor"]
    assert len(seen) == len(set(seen)) == 10


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([row("99R101", 101), row("99R102", 101, 人口编号="")], "person.duplicate"),
        ([row("99R101", 101), row("99R101", 101, 人口编号="", 与户主关系="配偶")], "person.duplicate"),
        ([row("99R101", 101), row("99R102", 102), row("99R101", 103)], "household.duplicate"),
        ([row("99R101", 101, 证件号码=id_no(101)[:-1] + "Y")], "id_no.characters"),
        ([row("99R101", 101, 行政村代码="990101101299")], "village_code.unknown"),
    ],
)
async def test_a_line_that_is_wrong_is_told_and_its_household_is_not_taken_for_missing(
    client: httpx.AsyncClient, county: dict[str, str], rows: list[dict[str, str]], code: str
) -> None:
    await register(client, county, registered("99R101", 101), registered("99R102", 102))
    done = await compare(client, county, as_csv(*rows, row("99R103", 104)))
    assert code in done["reject_codes"], done
    refused = (await client.get(f"{IMPORT}/{done['import_id']}/rejects", headers=county)).text
    assert id_no(101) not in refused
    assert "张伟明" not in refused
    found = await listed(client, county, done["import_id"])
    assert not [each for each in found if each["hh_no"] in {line["户编号"] for line in rows}]


async def test_a_file_of_another_form_is_refused_and_nothing_is_kept(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    answer = await send(client, "身份证号,医疗总费用\n1,2\n".encode(), county, kind="text/csv", path=IMPORT)
    told = answer.json()
    assert (told["state"], told["problem"]["code"]) == ("failed", "registry.import.column_missing"), told
    missing = await client.get(f"/v1/reconciliations/{told['import_id']}", headers=county)
    assert missing.json()["code"] == "registry.reconciliation.not_found"


async def test_a_workbook_with_other_headings_in_another_order(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    await register(client, county, registered("99R111", 111))
    one = row("99R111", 111)
    names = {
        "户编号": "户编码",
        "行政村代码": "村编码",
        "证件号码": "身份证号码",
        "人口编号": "人员编号",
        "劳动技能": "劳动能力",
    }
    order = list(reversed(one))
    book = as_xlsx([[names.get(name, name) for name in order], [one[name] for name in order]])
    run = (await compare(client, county, book, XLSX))["import_id"]
    assert [each for each in await listed(client, county, run) if each["hh_no"] == "99R111"] == []


async def test_a_number_and_its_birth_date_are_taken_together(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    await register(client, county, registered("99R121", 121), registered("99R122", 122))
    new = {"证件号码": id_no(123, "19810203"), "出生日期": "1981-02-03"}
    same_day = {"证件号码": id_no(124)}
    export = as_csv(row("99R121", 121, **new), row("99R122", 122, **same_day))
    run = (await compare(client, county, export))["import_id"]
    items = {(each["hh_no"], each["field"]): each for each in await listed(client, county, run, kind="field")}
    birth, number = items["99R121", "birth_date"], items["99R121", "id_no"]
    assert (birth["registered"], birth["exported"]) == ("1980", "1981"), "the day is shown with a full identity only"
    [refused] = await decide(client, county, run, birth)
    assert refused["problem"]["errors"][0]["code"] == "birth_date.alone"
    answers = await decide(client, county, run, birth, number, items["99R122", "id_no"])
    assert [each["state"] for each in answers] == ["accepted"] * 3
    found = await client.post("/v1/persons/search", json={"id_no": new["证件号码"]}, headers=county)
    assert [each["hh_no"] for each in found.json()["items"]] == ["99R121"]


async def test_a_sealed_value_that_expired_is_ignored_but_not_accepted(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    await register(client, county, registered("99R131", 131))
    export = as_csv(row("99R131", 131, 联系电话="13900000131", 户类型="一般农户"))
    run = (await compare(client, county, export))["import_id"]
    async with registry_database.transaction() as session:
        assert await reconciliation.forget_expired(session) == 0
        await session.execute(text("UPDATE reconciliation SET expires_on = '2020-01-01' WHERE id = :id"), {"id": run})
        assert await reconciliation.forget_expired(session) > 0
    items = {each["field"]: each for each in await listed(client, county, run) if each["hh_no"] == "99R131"}
    [refused] = await decide(client, county, run, items["phone"])
    assert refused["problem"]["code"] == "registry.reconciliation.expired"
    assert (await decide(client, county, run, items["hh_type"]))[0]["state"] == "accepted"
    assert (await decide(client, county, run, items["phone"], decision="ignore"))[0]["state"] == "ignored"


async def test_nothing_that_is_stored_of_an_export_shows_a_name_or_a_number(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    await register(client, county, registered("99R141", 141))
    said = row("99R141", 141, 姓名="张显名", 联系电话="13900000141", 证件号码=id_no(142))
    run = (await compare(client, county, as_csv(said, row("99R142", 143, 姓名="李显名"))))["import_id"]
    async with registry_database.transaction() as session:
        stored = (
            await session.execute(
                text("SELECT to_jsonb(d)::text FROM reconciliation_difference d WHERE d.reconciliation_id = :id"),
                {"id": run},
            )
        ).scalars()
        everything = "\n".join(stored)
        left = (await session.execute(text("SELECT count(*) FROM import_block"))).scalar_one()
    assert left == 0, "the bytes of an export are gone with the answer"
    assert not [
        secret for secret in ("显名", "13900000141", id_no(142), id_no(141), id_no(143)) if secret in everything
    ]


async def test_a_workbook_whose_members_hide_below_a_merged_cell_is_not_compared(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    await register(client, county, registered("99R151", 153))
    one = row("99R151", 153)
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, list(one))
        sheet.write_row(1, 0, list(one.values()))
        sheet.write_row(
            2, 0, list((one | {"人口编号": "", "证件号码": id_no(154), "姓名": "", "与户主关系": "子女"}).values())
        )
        name = list(one).index("姓名")
        sheet.merge_range(1, name, 2, name, one["姓名"])
    done = await compare(client, county, buffer.getvalue(), XLSX)
    assert done["reject_codes"] == {"name.merged": 1}, done
    assert not [each for each in await listed(client, county, done["import_id"]) if each["hh_no"] == "99R151"]
