"""What must hold once docs/extending.md's dataset is planted: it is delivered, explained, compared and invented."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import python_calamine

from bangfu_county import generate
from bangfu_county.oracle import KNOWN_RULES, check_manifest, expected
from contracts.vocabulary import Department
from sharing.catalogue.service import load_catalogue

CODE = "DS-DPF-CARE"


def assessed(serial: int, level: int, **values: Any) -> dict[str, Any]:
    return {"serial": serial, "category": "limb", "level": level, "assessed_on": "2020-03-01"} | values


async def test_a_delivery_is_taken_and_its_rules_find_what_they_should(world: Any) -> None:
    await world.profile()
    await world.household("poor", {"serial": 1}, {"serial": 2}, {"serial": 3}, hh_type="1")
    await world.household("ordinary", {"serial": 4}, {"serial": 5})
    await world.deliver(
        CODE,
        *(assessed(1, 2), assessed(2, 3), assessed(3, 1, name="李四"), assessed(4, 1), assessed(9, 1)),
        department="DPF",
    )
    run = await world.compare()
    assert run["state"] == "done", run
    outcomes = {rule["rule_id"]: rule["findings"] for rule in run["rules"]}
    assert (outcomes["R-DPF-90"], outcomes["R-DPF-91"]) == (1, 1)
    matching = {entry["dataset"]: entry for entry in run["matching"]}[CODE]
    assert (matching["matched"], matching["quarantined"], matching["unmatched"]) == (3, 1, 1)
    answer = await world.client.get("/v1/findings", params={"period": world.period}, headers=world.headers())
    found = {item["rule_id"]: item for item in answer.json()["items"] if item["rule_id"].startswith("R-DPF-9")}
    assert found["R-DPF-90"]["person_id"] == "poor-p1"
    assert found["R-DPF-90"]["severity"] == "ORANGE"
    assert found["R-DPF-90"]["explanation"]["zh"] == "照护2级，低收入人口：是。"
    assert found["R-DPF-91"]["household_id"] == "poor"
    assert found["R-DPF-91"]["explanation"]["en"] == "2 members in need of care."


async def test_template_schema_and_table_of_errors_come_by_themselves(world: Any) -> None:
    headers = world.headers("datasets:read", "deliveries:write", "deliveries:read", department="DPF")
    dataset = (await world.client.get(f"/v1/datasets/{CODE}", headers=headers)).json()
    assert [field["label"] for field in dataset["fields"]][3:] == ["残疾类别", "照护等级", "评估日期"]
    assert dataset["department_label"] == Department.DPF.label
    template = await world.client.get(f"/v1/datasets/{CODE}/template", headers=headers)
    sheet = python_calamine.load_workbook(io.BytesIO(template.content)).get_sheet_by_index(0)
    assert sheet.to_python()[0] == ["证件号码", "姓名", "数据日期", "残疾类别", "照护等级", "评估日期"]
    opened = await world.client.post("/v1/deliveries", json={"dataset": CODE, "period": world.period}, headers=headers)
    number = world.row({"serial": 1})["id_no"]
    lines = f"证件号码,姓名,残疾类别,照护等级,评估日期\n{number},张三,听力,7,\n"
    part = await world.client.put(
        f"/v1/deliveries/{opened.json()['id']}/parts/1",
        content=lines.encode(),
        headers=headers | {"Content-Type": "text/csv"},
    )
    assert part.json()["rejected"] == 1
    rejects = await world.client.get(f"/v1/deliveries/{opened.json()['id']}/rejects", headers=headers)
    (reject,) = [json.loads(line) for line in rejects.text.splitlines()]
    assert reject["code"] in {"category.code", "level.range", "assessed_on.missing"}


async def test_its_rules_stand_in_the_list(world: Any) -> None:
    rules = {rule["id"]: rule for rule in (await world.client.get("/v1/rules", headers=world.headers())).json()}
    assert rules["R-DPF-90"]["datasets"] == [CODE, "DS-CIV-LOW"]  # the second through is_low_income
    assert set(load_catalogue().rows[CODE].columns) == {"level", "assessed_on"}


def test_its_rows_are_invented_with_their_faults_and_the_oracle_claims_nothing_of_them(tmp_path: Path) -> None:
    manifest = generate(tmp_path, households=400, seed=1)
    dirt = manifest.dirt[CODE]
    assert dirt.accepted > 30
    assert {"category.code", "level.range", "assessed_on.missing"} <= dirt.rejected.keys()
    assert [entry.department for entry in manifest.files if entry.dataset == CODE] == ["DPF"]
    assert not {"R-DPF-90", "R-DPF-91"} & KNOWN_RULES
    assert check_manifest(expected(tmp_path), manifest) == []
