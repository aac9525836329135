"""What the national form says of members and households besides: by API, file and change; null is not said (F-G26)."""

from __future__ import annotations

from typing import Any

import httpx
from registry_world import household, household_id, member, ndjson, outbox, send

from contracts.fields import HOUSEHOLD, PERSON
from servicekit.db import Database

OF_PERSON: dict[str, Any] = {
    "id_type": "resident_card", "ethnicity": "15", "education": "junior", "disability_category": "4",
    "disability_level": "3", "insured_resident": True, "insured_employee": False, "critical_insurance": True,
    "medical_aid": False, "pension_resident": True, "pension_employee": False, "work_place": "outside",
    "work_months": 9, "monthly_pay": "3500.00", "work_channel": "away", "public_post": "forest",
    "public_post_months": 3, "is_resettled_person": False, "dropout_reason": None,
}  # fmt: skip
OF_HOUSEHOLD: dict[str, Any] = {
    "poverty_exit_year": 2019, "is_military_family": False, "is_whole_no_labour": False,
    "resettlement_site": "甲安置区", "risk_note": "高额彩礼", "is_willing": True,
}  # fmt: skip


def test_the_fields_are_declared_and_travel_in_no_event() -> None:
    for fields, told in ((PERSON, OF_PERSON), (HOUSEHOLD, OF_HOUSEHOLD)):
        declared = {field.name: field for field in fields}
        assert all(declared[name].is_nullable and not declared[name].in_snapshot for name in told)


async def test_members_and_households_have_them_by_api_file_and_change(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    body = household("99F0000001", member(451, "19710101", **OF_PERSON), hh_type="1", **OF_HOUSEHOLD)
    made = await client.post("/v1/households", json=body, headers=county)
    assert made.status_code == 201, made.text
    imported = household("99F0000002", member(452, "19710101", **OF_PERSON), hh_type="1", **OF_HOUSEHOLD)
    assert (await send(client, ndjson(imported), county)).json()["households"] == 1
    table = (
        "户编号,行政村代码,户类型,脱贫年度,姓名,出生日期,性别,与户主关系,劳动技能,民族,文化程度,务工月数,务工月收入,是否参加大病保险\n"
        "99F0000003,990101101201,1,2019,张伟明,1971-01-01,男,户主,1,土家族,初中,9,3500,是\n"
    )
    assert (await send(client, table.encode(), county, kind="text/csv")).json()["households"] == 1
    for hh_no in ("99F0000001", "99F0000002"):
        home = await household_id(client, hh_no, county)
        shown = (await client.get(f"/v1/households/{home}", headers=county)).json()
        assert {name: shown[name] for name in OF_HOUSEHOLD} == OF_HOUSEHOLD
        assert {name: shown["members"][0][name] for name in OF_PERSON} == OF_PERSON
        assert (
            not OF_PERSON.keys()
            & (await outbox(registry_database, "registry.household.v1", home))[0]["members"][0].keys()
        )
    flat = await household_id(client, "99F0000003", county)
    [person] = (await client.get(f"/v1/households/{flat}", headers=county)).json()["members"]
    told = ("ethnicity", "education", "work_months", "monthly_pay", "critical_insurance", "medical_aid")
    assert [person[name] for name in told] == ["15", "junior", 9, "3500.00", True, None]
    change = {"is_willing": None, "members": [{"id": person["id"], "work_months": None, "monthly_pay": "4000.50"}]}
    patched = await client.patch(f"/v1/households/{flat}", json=change, headers=county | {"If-Match": "*"})
    assert patched.status_code == 200, patched.text
    [person] = patched.json()["members"]
    assert (person["work_months"], person["monthly_pay"], person["ethnicity"]) == (None, "4000.50", "15")


async def test_education_beside_a_stage_at_school_is_refused(client: httpx.AsyncClient, county: dict[str, str]) -> None:
    wrong = member(453, "20100101", labour="5", education="primary", school_stage="junior")
    made = await client.post("/v1/households", json=household("99F0000004", wrong), headers=county)
    assert [(each["pointer"], each["code"]) for each in made.json()["errors"]] == [
        ("/members/0/education", "education.at_school")
    ]
