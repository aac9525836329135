"""What an agreement grants leaves, with a receipt and an entry for each person, and nothing else.

F-A48: tags of the low-income population go to civil affairs; F-C25: banks get the white list with the fewest fields;
F-B06: hospitals learn yes or no.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import zipfile
from dataclasses import replace
from datetime import date
from typing import Any

import orjson
import pytest
import python_calamine

from sharing.places.service import KnownArea, take
from sharing.products import loading
from sharing.provision import service
from sharing.provision.problems import NothingGranted
from sharing.provision.schemas import FileIn

from .conftest import COUNTY, SECOND, TERMS, TOWN, VILLAGE, id_number


async def check(parties: Any, agreement: dict[str, Any], serial: int, name: str = "张三", who: str = "hea") -> Any:
    body = {"id_no": id_number(serial), "name": name}
    return await parties.call(who, "POST", f"/v1/provision/{agreement['id']}/check", json=body)


async def file(parties: Any, agreement: dict[str, Any], form: str, **more: Any) -> Any:
    place = f"/v1/provision/{agreement['id']}/file"
    return await parties.call("civ", "POST", place, json={"format": form} | more)


async def ledger(parties: Any, person_id: str, who: str = "auditor", **as_: Any) -> Any:
    return await parties.call(who, "GET", "/v1/purpose-ledger", params={"person_id": person_id}, as_=as_)


async def revoked(parties: Any, agreement: dict[str, Any]) -> None:
    place = f"/v1/agreements/{agreement['id']}/revoke"
    assert (await parties.call("bureau", "POST", place, json={"why": "用途已终止"})).status_code == 200


async def test_a_receiver_gets_what_it_asks_for_and_is_agreed(parties: Any) -> None:
    agreement = await parties.agreed()
    page = (await parties.rows(agreement, fields="relief,open_risks,id_no")).json()
    assert (page["fields"], page["withheld"]) == (["relief"], ["open_risks", "id_no"])
    assert [row["values"] for row in page["items"]] == [{"relief": "dibao"}, {"relief": "none"}]
    none = await parties.rows(agreement, fields="open_risks")
    assert (none.status_code, none.json()["code"]) == (403, "sharing.provision.fields_not_agreed")
    assert none.json()["agreed"] == ["area_code", "relief"]
    assert (await parties.rows(agreement, fileds="relief")).status_code == 422
    assert (await parties.rows(agreement, area="990102000000")).status_code == 404


async def test_rows_are_of_the_agreed_area_and_of_the_callers(parties: Any) -> None:
    agreement = await parties.agreed(area_codes=[COUNTY])
    everybody = (await parties.rows(agreement)).json()["items"]
    assert [row["household_id"] for row in everybody] == ["h1", "h2", "h4"]
    first = (await parties.rows(agreement, limit=2)).json()
    rest = (await parties.rows(agreement, cursor=first["next_cursor"])).json()
    assert first["items"] + rest["items"] == everybody
    own = {"areas": [TOWN]}
    place = f"/v1/provision/{agreement['id']}/rows"
    assert (await parties.call("civ", "GET", place, as_=own)).status_code == 404, "an agreement is of its whole area"
    narrow = (await parties.rows(agreement, area=SECOND)).json()["items"]
    assert [row["household_id"] for row in narrow] == ["h2"]


async def test_only_the_receiver_draws_and_with_the_client_that_is_named(parties: Any) -> None:
    agreement = await parties.agreed()
    bureau = await parties.call(
        "bureau", "GET", f"/v1/provision/{agreement['id']}/rows", headers=parties.issuer.headers("provision:read")
    )
    assert (bureau.status_code, bureau.json()["code"]) == (403, "sharing.provision.not_receiver")
    assert (await parties.rows(agreement, who="hea")).status_code == 404
    assert (await file(parties, agreement, "csv")).json()["code"] == "sharing.provision.other_mode"
    body = {"product": "low-income-tags", "receiver": "CIV", "receiver_client": "civ-store", "mode": "list"}
    terms = {
        k: v
        for k, v in agreement["terms"][0].items()
        if k in ("area_codes", "legal_basis", "purpose", "valid_from", "ends_on")
    }
    drafted = (
        await parties.call("bureau", "POST", "/v1/agreements", json=body | {"terms": terms | {"fields": ["relief"]}})
    ).json()
    for who, what in (("bureau", "offer"), ("bureau", "approve"), ("civ", "approve")):
        assert (await parties.step(who, drafted, what)).status_code == 200
    assert (await parties.rows(drafted)).status_code == 403
    named = await parties.call("civ", "GET", f"/v1/provision/{drafted['id']}/rows", as_={"client_id": "civ-store"})
    assert named.status_code == 200


async def test_each_released_field_of_a_person_is_in_the_purpose_ledger(parties: Any) -> None:
    agreement = await parties.agreed()
    page = (await parties.rows(agreement, fields="relief")).json()
    (entry,) = (await ledger(parties, "h1-p1")).json()["items"]
    assert (entry["id"], entry["receiver"], entry["purpose"]) == (page["receipt_id"], "CIV", "核对救助对象")
    assert [(field["name"], field["field_class"]) for field in entry["fields"]] == [("relief", "S4")]
    assert (entry["agreement_id"], entry["terms"], entry["household_id"]) == (agreement["id"], 1, "h1")
    assert (await ledger(parties, "h1-p2")).json()["total"] == 0, "nothing about the spouse left"
    assert (await ledger(parties, "h1-p1", "bureau", areas=[TOWN])).json()["total"] == 1
    assert (await ledger(parties, "h1-p1", "bureau", areas=["990101102000"])).status_code == 404
    assert (await ledger(parties, "h1-p1", "bureau", areas=[VILLAGE], grid="g1", person="s1")).status_code == 404
    other = parties.issuer.headers("households:read", department="HEA", areas=[COUNTY])
    assert (await parties.client.get("/v1/purpose-ledger?person_id=h1-p1", headers=other)).json()["total"] == 0
    for change in ("UPDATE provision_receipt SET rows = 0", "DELETE FROM provision_person"):
        with pytest.raises(Exception, match="append-only"):
            await parties.query(change)


async def test_a_row_about_a_household_is_entered_for_each_member(parties: Any) -> None:
    agreement = await parties.agreed("credit-white-list", "BNK", area_codes=[COUNTY], fields=["area_code"])
    page = (await parties.rows(agreement, who="bnk")).json()
    assert [(row["household_id"], row["person_id"]) for row in page["items"]] == [("h2", None), ("h4", None)]
    assert [set(row["values"]) for row in page["items"]] == [{"area_code"}, {"area_code"}]
    assert (await ledger(parties, "h2-p3")).json()["total"] == 1


async def test_a_check_says_yes_or_no_and_the_same_of_who_is_unknown(parties: Any) -> None:
    agreement = await parties.agreed("treatment-first", "HEA", "check")
    answers = {
        "on relief": await check(parties, agreement, 1), "monitored": await check(parties, agreement, 3),
        "neither": await check(parties, agreement, 4), "another name": await check(parties, agreement, 1, "李四"),
        "unknown": await check(parties, agreement, 99), "of another township": await check(parties, agreement, 5),
    }  # fmt: skip
    said = {who: answer.json() for who, answer in answers.items()}
    assert said == {who: {"answer": who in ("on relief", "monitored")} for who in said}
    assert {answer.headers["cache-control"] for answer in answers.values()} == {"no-store"}
    receipts = (await parties.call("hea", "GET", "/v1/provision/receipts")).json()["items"]
    assert [each["id"] for each in reversed(receipts)] == [each.headers["bangfu-receipt"] for each in answers.values()]
    assert {each["rows"] for each in receipts} == {1}
    assert (await ledger(parties, "h1-p1")).json()["total"] == 1, "the other name met nobody"
    assert (await ledger(parties, "h3-p4")).json()["total"] == 1, "a no is an answer about somebody"
    wrong = await parties.call(
        "hea", "POST", f"/v1/provision/{agreement['id']}/check", json={"id_no": "1", "name": "张"}
    )
    assert (wrong.status_code, wrong.json()["code"]) == (422, "sharing.provision.number_invalid")


@pytest.mark.parametrize("form", ["csv", "ndjson", "xlsx"])
async def test_a_file_is_sealed_and_each_row_bears_the_receipt(parties: Any, form: str) -> None:
    agreement = await parties.agreed(mode="file")
    answer = await file(parties, agreement, form)
    assert answer.status_code == 200, answer.text
    receipt = answer.headers["bangfu-receipt"]
    (entry,) = (await parties.call("civ", "GET", "/v1/provision/receipts")).json()["items"]
    assert (entry["id"], entry["rows"], entry["sha256"]) == (receipt, 2, hashlib.sha256(answer.content).hexdigest())
    digest = base64.b64encode(bytes.fromhex(entry["sha256"])).decode()
    assert answer.headers["repr-digest"] == f"sha-256=:{digest}:"
    if form == "ndjson":
        rows = [orjson.loads(line) for line in answer.content.splitlines()]
        assert rows[0] == {
            "household_id": "h1",
            "person_id": "h1-p1",
            "area_code": VILLAGE,
            "relief": "dibao",
            "receipt_id": receipt,
        }
    elif form == "csv":
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert rows[0] == ["户标识", "人员标识", "行政村代码", "享受低保特困", "提供回执"]
        assert rows[1:] == [["h1", "h1-p1", VILLAGE, "低保", receipt], ["h2", "h2-p3", SECOND, "不享受", receipt]]
    else:
        rows = python_calamine.load_workbook(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
        assert [row[-1] for row in rows] == ["提供回执", receipt, receipt]
        with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
            assert "核对救助对象" in book.read("docProps/core.xml").decode()
            assert receipt in book.read("xl/worksheets/sheet1.xml").decode(), "at the foot of each page"
    assert (await ledger(parties, "h2-p3")).json()["items"][0]["id"] == receipt


async def test_the_days_quota_is_not_exceeded_by_a_row(parties: Any) -> None:
    agreement = await parties.agreed(mode="file", rows_per_day=3)
    assert (await file(parties, agreement, "csv")).status_code == 200
    refused = await file(parties, agreement, "csv")
    assert (refused.status_code, refused.json()["rows_left"]) == (429, 1)
    assert int(refused.headers["retry-after"]) > 3600
    assert await parties.query("SELECT count(*) FROM provision_receipt") == [(1,)]


async def test_a_file_that_is_being_sent_stops_when_its_agreement_is_revoked(
    parties: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_PIECE_BYTES", 64)
    monkeypatch.setattr(service, "_LOOK_S", 0.0)
    agreement = await parties.agreed(mode="file")
    principal = await parties.app.state.verifier.verify(parties.headers("civ")["Authorization"].split()[1])
    async with parties.database.transaction() as session:
        sealed = await service.file(session, principal, agreement["id"], FileIn(format="csv"))
    sending = service.send(parties.database, sealed, agreement["id"])
    assert len(await anext(sending)) == 64 < sealed.size
    await revoked(parties, agreement)
    with pytest.raises(NothingGranted):
        await anext(sending)
    assert sealed.file.file.closed


async def test_a_feed_tells_what_is_new_other_and_gone(parties: Any) -> None:
    agreement = await parties.agreed(mode="feed")

    async def changes(cursor: str | None = None) -> dict[str, Any]:
        params = {"cursor": cursor} if cursor else {}
        answer = await parties.call("civ", "GET", f"/v1/provision/{agreement['id']}/changes", params=params)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    first = await changes()
    assert [(each["person_id"], each["is_gone"]) for each in first["items"]] == [("h1-p1", False), ("h2-p3", False)]
    again = await changes(first["next_cursor"])
    assert (again["items"], again["next_cursor"]) == ([], first["next_cursor"])
    await parties.household("h1", {"serial": 1, "relief": "tekun"}, {"serial": 2, "relation": "spouse"})
    await parties.household("h2", {"serial": 3}, area_code=SECOND)  # monitored no more
    second = await changes(first["next_cursor"])
    told = {each["person_id"]: (each["is_gone"], each["values"]) for each in second["items"]}
    assert told == {"h1-p1": (False, {"area_code": VILLAGE, "relief": "tekun"}), "h2-p3": (True, {})}
    assert {each["person_id"] for each in (await changes(first["next_cursor"]))["items"]} == {"h1-p1", "h2-p3"}, (
        "replayed"
    )
    await parties.household("h1", {"serial": 2, "relation": "spouse"})  # the person is deleted
    third = await changes(second["next_cursor"])
    assert [(each["person_id"], each["is_gone"]) for each in third["items"]] == [("h1-p1", True)]
    assert (await ledger(parties, "h1-p1")).json()["total"] == 4, "what left stays on record: page, news, replay, gone"


async def test_a_field_that_is_declared_no_more_is_given_no_more(parties: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    agreement = await parties.agreed()
    declared = dict(loading.load_products())
    product = declared["low-income-tags"]
    less = tuple(field for field in product.fields if field.name != "relief")
    changed = replace(product, fields=less)
    monkeypatch.setattr("sharing.products.service.load_products", lambda: declared | {product.id: changed})
    page = (await parties.rows(agreement)).json()
    assert (page["fields"], page["withheld"]) == (["area_code"], ["relief"])
    shown = (await parties.call("civ", "GET", f"/v1/agreements/{agreement['id']}")).json()
    assert [(each["name"], each["label"]) for each in shown["terms"][0]["fields"]][1] == ("relief", None)
    monkeypatch.setattr("sharing.products.service.load_products", dict)
    assert (await parties.rows(agreement)).status_code == 403, "the product itself is gone"


async def test_an_agreement_follows_its_area_and_takes_in_nobody_new(parties: Any) -> None:
    on, new, old = date(2026, 11, 5), "990101102301", "990101102201"
    agreement = await parties.agreed(area_codes=[VILLAGE])
    await parties.household("h1", {"serial": 1, "relief": "dibao"}, area_code=new)

    async def told(*areas: KnownArea) -> dict[str, Any]:
        async with parties.database.transaction() as session:
            await take(session, areas)
        return dict((await parties.rows(agreement)).json())

    assert (await parties.rows(agreement)).json()["items"] == [], "the village is not known to have followed"
    page = await told(KnownArea(VILLAGE, date(2020, 1, 1), on, (new,)), KnownArea(new, on))
    assert ([row["household_id"] for row in page["items"]], page["lapsed_areas"]) == (["h1"], [])
    page = await told(KnownArea(old, date(2020, 1, 1), on, (new,)))
    assert (page["items"], page["lapsed_areas"]) == ([], [new]), "others live there too"
    shown = (await parties.call("civ", "GET", f"/v1/agreements/{agreement['id']}")).json()
    assert (shown["areas"], shown["lapsed_areas"]) == ([VILLAGE], [new])
    body = {"product": "low-income-tags", "receiver": "CIV", "mode": "list", "terms": TERMS | {"area_codes": [VILLAGE]}}
    refused = await parties.call("bureau", "POST", "/v1/agreements", json=body)
    assert refused.json()["errors"][0]["code"] == "area.ended"


async def test_a_wrong_list_is_called_back_and_stays_open_until_it_is_confirmed(parties: Any) -> None:
    agreement = await parties.agreed()
    receipt = (await parties.rows(agreement)).json()["receipt_id"]
    place = f"/v1/provision/receipts/{receipt}"
    said = {"why": "低保类别有误", "person_ids": ["h1-p1"]}
    assert (await parties.call("civ", "POST", f"{place}/recall", json=said)).status_code == 403
    assert (await parties.call("hea", "POST", f"{place}/recall", json=said)).status_code == 404
    stranger = await parties.call("bureau", "POST", f"{place}/recall", json=said | {"person_ids": ["h3-p4"]})
    assert stranger.json()["code"] == "sharing.receipt.not_about"
    early = await parties.call("civ", "POST", f"{place}/acknowledge", json={"note": "已删除"})
    assert early.json()["code"] == "sharing.receipt.not_recalled"
    recalled = await parties.call("bureau", "POST", f"{place}/recall", json=said)
    assert recalled.json()["recall"]["state"] == "open", recalled.text
    assert (await parties.call("bureau", "POST", f"{place}/recall", json=said)).status_code == 409
    waiting = {"recall": "open"}
    assert len((await parties.call("civ", "GET", "/v1/provision/receipts", params=waiting)).json()["items"]) == 1
    await revoked(parties, agreement)
    assert (await parties.call("bureau", "POST", f"{place}/acknowledge", json={"note": "已删除"})).status_code == 403
    done = await parties.call("civ", "POST", f"{place}/acknowledge", json={"note": "已删除并重新领取"})
    assert (done.json()["recall"]["state"], done.json()["recall"]["acknowledged_by"]) == ("acknowledged", "civ")
    assert (await parties.call("civ", "GET", "/v1/provision/receipts", params=waiting)).json()["items"] == []
    (entry,) = (await ledger(parties, "h1-p1")).json()["items"]
    assert entry["recall"]["why"] == "低保类别有误"


async def test_who_is_on_the_register_no_more_is_still_the_auditors(parties: Any) -> None:
    agreement = await parties.agreed()
    await parties.rows(agreement)
    for table in ("person", "household"):
        await parties.query(f"DELETE FROM directory_{table} WHERE household_id = 'h1' RETURNING 1")
    assert (await ledger(parties, "h1-p1")).json()["total"] == 1
    assert (await ledger(parties, "h1-p1", "bureau")).status_code == 404
    assert (await ledger(parties, "nobody")).status_code == 404
