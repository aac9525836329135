"""An agreement grants nothing until two people of two units have approved it, and never widens by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from .conftest import COUNTY, ELSEWHERE, OTHER_TOWN, TERMS, TOWN, VILLAGE


async def test_nothing_leaves_before_the_second_side_has_approved(parties: Any) -> None:
    agreement = await parties.drafted()
    for who, what in (("bureau", "offer"), ("bureau", "approve")):
        refused = await parties.rows(agreement)
        assert (refused.status_code, refused.json()["code"]) == (403, "sharing.provision.not_granted")
        assert (await parties.step(who, agreement, what)).status_code == 200
    assert (await parties.rows(agreement)).status_code == 403, "one side alone"
    approved = await parties.step("civ", agreement, "approve")
    assert (approved.json()["state"], approved.json()["holding"]) == ("active", 1)
    page = await parties.rows(agreement)
    assert page.status_code == 200, page.text
    assert [row["person_id"] for row in page.json()["items"]] == ["h1-p1", "h2-p3"]


async def test_one_person_does_not_approve_for_both_sides(parties: Any) -> None:
    agreement = await parties.drafted()
    await parties.step("bureau", agreement, "offer")
    assert (await parties.step("bureau", agreement, "approve")).status_code == 200
    again = await parties.step("bureau", agreement, "approve")
    assert (again.status_code, again.json()["code"]) == (409, "sharing.agreement.not_offered")
    same = await parties.step("civ", agreement, "approve", as_={"client_id": "bureau"})
    assert (same.status_code, same.json()["code"]) == (403, "sharing.agreement.second_person")
    assert (await parties.rows(agreement)).status_code == 403


async def test_who_is_no_side_neither_sees_nor_approves(parties: Any) -> None:
    agreement = await parties.drafted()
    await parties.step("bureau", agreement, "offer")
    assert (await parties.call("hea", "GET", f"/v1/agreements/{agreement['id']}")).status_code == 404
    assert (await parties.step("hea", agreement, "approve")).status_code == 404
    assert (await parties.call("hea", "GET", "/v1/agreements")).json()["total"] == 0
    elsewhere = {"areas": [OTHER_TOWN]}
    assert (await parties.step("civ", agreement, "approve", as_=elsewhere)).status_code == 404
    part = await parties.step("civ", await parties.drafted(area_codes=[COUNTY]), "approve", as_={"areas": [TOWN]})
    assert part.status_code == 404, "it covers a part of the area"
    stranger = {"product": "low-income-tags", "receiver": "CIV", "mode": "list", "terms": TERMS}
    assert (await parties.call("hea", "POST", "/v1/agreements", json=stranger)).status_code == 403


async def test_an_offer_changes_nothing_until_both_have_approved_it(parties: Any) -> None:
    agreement = await parties.agreed()
    wider = {"terms": TERMS | {"fields": ["area_code", "relief", "open_risks"], "area_codes": [COUNTY]}}
    assert (await parties.step("civ", agreement, "terms", json=wider)).status_code == 200
    await parties.step("civ", agreement, "offer")
    await parties.step("civ", agreement, "approve")
    page = (await parties.rows(agreement)).json()
    assert (page["fields"], len(page["items"])) == (["area_code", "relief"], 2), "the old terms hold"
    await parties.step("bureau", agreement, "approve")
    page = (await parties.rows(agreement)).json()
    assert (page["fields"], len(page["items"])) == (["area_code", "relief", "open_risks"], 3)
    assert (await parties.step("civ", agreement, "terms", json=wider)).status_code == 200
    await parties.step("civ", agreement, "offer")
    refused = await parties.step("bureau", agreement, "refuse", json={"why": "超出用途"})
    assert (refused.json()["state"], refused.json()["holding"]) == ("active", 2)


async def test_a_draft_for_elsewhere_takes_nothing_away(parties: Any) -> None:
    agreement = await parties.agreed()
    elsewhere = {"terms": TERMS | {"area_codes": [OTHER_TOWN]}}
    assert (await parties.step("bureau", agreement, "terms", json=elsewhere)).status_code == 200
    here = {"areas": [TOWN]}
    page = await parties.call("civ", "GET", f"/v1/provision/{agreement['id']}/rows", as_=here)
    assert (page.status_code, len(page.json()["items"])) == (200, 2), page.text
    assert (await parties.call("civ", "GET", "/v1/agreements", as_=here)).json()["total"] == 1


async def test_a_later_version_begins_on_its_day(parties: Any, move_clock: Callable[[float], None]) -> None:
    agreement = await parties.agreed()
    later = {"terms": TERMS | {"fields": ["area_code"], "valid_from": "2026-12-01"}}
    await parties.step("bureau", agreement, "terms", json=later)
    for who, what in (("bureau", "offer"), ("bureau", "approve"), ("civ", "approve")):
        assert (await parties.step(who, agreement, what)).status_code == 200
    assert (await parties.rows(agreement)).json()["fields"] == ["area_code", "relief"]
    move_clock((datetime(2026, 12, 1, 1, tzinfo=UTC) - datetime.now(UTC)).total_seconds())
    assert (await parties.rows(agreement)).json()["fields"] == ["area_code"]


async def test_the_last_day_is_looked_at_when_rows_are_read(parties: Any, move_clock: Callable[[float], None]) -> None:
    agreement = await parties.agreed(ends_on="2026-11-11")
    move_clock((datetime(2026, 11, 11, 15, 59, tzinfo=UTC) - datetime.now(UTC)).total_seconds())
    assert (await parties.rows(agreement)).status_code == 200
    move_clock((datetime(2026, 11, 11, 16, 1, tzinfo=UTC) - datetime.now(UTC)).total_seconds())
    assert (await parties.rows(agreement)).status_code == 403, "midnight in China"
    shown = await parties.call("civ", "GET", f"/v1/agreements/{agreement['id']}")
    assert shown.json()["state"] == "ended"
    assert (await parties.call("civ", "GET", "/v1/agreements", params={"state": "ended"})).json()["total"] == 1


@pytest.mark.parametrize("who", ["bureau", "civ"])
async def test_either_side_ends_it_at_once_and_for_good(parties: Any, who: str) -> None:
    agreement = await parties.agreed()
    assert (await parties.rows(agreement)).status_code == 200
    place = f"/v1/agreements/{agreement['id']}/revoke"
    assert (await parties.call("hea", "POST", place, json={"why": "无关部门"})).status_code == 404
    for _ in range(2):
        ended = await parties.call(who, "POST", place, json={"why": "用途已终止"})
        assert (ended.status_code, ended.json()["state"], ended.json()["revoked_by"]) == (200, "revoked", who)
    refused = await parties.rows(agreement)
    assert (refused.status_code, refused.json()["code"]) == (403, "sharing.provision.not_granted")
    late = await parties.step("bureau", agreement, "terms", json={"terms": TERMS})
    assert (late.status_code, late.json()["code"]) == (409, "sharing.agreement.revoked")


async def test_two_people_do_not_overwrite_each_other(parties: Any) -> None:
    agreement = await parties.drafted()
    place = f"/v1/agreements/{agreement['id']}/offer"
    assert (await parties.call("bureau", "POST", place)).status_code == 428
    assert (await parties.call("bureau", "POST", place, headers={"If-Match": '"v1"'})).status_code == 200
    assert (await parties.call("bureau", "POST", place, headers={"If-Match": '"v1"'})).status_code == 412


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"fields": ["id_no"]}, "field.unknown", "/terms/fields/0"),
        ({"fields": []}, "fields.missing", "/terms/fields"),
        ({"ends_on": "2026-10-31"}, "ends_on.early", "/terms/ends_on"),
        ({"ends_on": "2030-12-31"}, "ends_on.late", "/terms/ends_on"),
    ],
)
async def test_terms_that_make_no_sense_are_refused(
    parties: Any, change: dict[str, Any], code: str, pointer: str
) -> None:
    body = {"product": "low-income-tags", "receiver": "CIV", "mode": "list", "terms": TERMS | change}
    answer = await parties.call("bureau", "POST", "/v1/agreements", json=body)
    assert answer.status_code == 422, answer.text
    assert (code, pointer) in {(each["code"], each["pointer"]) for each in answer.json()["errors"]}
    assert (await parties.call("bureau", "GET", "/v1/agreements")).json()["total"] == 0


async def test_a_product_goes_to_whom_it_is_for_in_its_manner(parties: Any) -> None:
    for change, code in (({"receiver": "BNK"}, "receiver.unfit"), ({"mode": "check"}, "mode.unfit")):
        body = {"product": "low-income-tags", "receiver": "CIV", "mode": "list", "terms": TERMS} | change
        answer = await parties.call("bureau", "POST", "/v1/agreements", json=body)
        assert [each["code"] for each in answer.json()["errors"]] == [code]
    unknown = {"product": "nothing", "receiver": "CIV", "mode": "list", "terms": TERMS}
    assert (await parties.call("bureau", "POST", "/v1/agreements", json=unknown)).status_code == 404
    outside = {"product": "low-income-tags", "receiver": "CIV", "mode": "list", "terms": TERMS}
    there = await parties.call("bureau", "POST", "/v1/agreements", json=outside, as_={"areas": [OTHER_TOWN]})
    assert there.status_code == 404


async def test_the_list_shows_a_department_its_own_and_an_auditor_all(parties: Any) -> None:
    first = await parties.agreed()
    second = await parties.drafted("treatment-first", "HEA", "check", area_codes=[VILLAGE])
    assert (await parties.call("civ", "GET", "/v1/agreements")).json()["total"] == 1
    shown = (await parties.call("auditor", "GET", "/v1/agreements")).json()
    assert [each["id"] for each in shown["items"]] == [second["id"], first["id"]]
    page = (await parties.call("bureau", "GET", "/v1/agreements", params={"limit": 1})).json()
    assert (page["total"], page["items"][0]["id"]) == (2, second["id"])
    rest = (await parties.call("bureau", "GET", "/v1/agreements", params={"cursor": page["next_cursor"]})).json()
    assert [each["id"] for each in rest["items"]] == [first["id"]]
    here = {"area": ELSEWHERE}
    assert (await parties.call("bureau", "GET", "/v1/agreements", params=here)).json()["total"] == 0
    assert (await parties.call("bureau", "GET", "/v1/agreements", params={"sttae": "x"})).status_code == 422
