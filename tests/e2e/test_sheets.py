"""Through the gateway: a county's month is computed, frozen, issued by another person, and read by whom it concerns."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import httpx
import pytest
from python_calamine import CalamineWorkbook

from bangfu_local.embedded import ClientSpec, EmbeddedSystem

from .test_following import COUNTY, MERGED, TOWN, Call, call, register, until, with_check_digit

__all__ = ["call"]

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

OVER, RUNNING, CITY = "2026-10", "2026-11", "990100000000"
FIGURES = ("clues_raised", "clues_verified_on_time")
_SCOPES = ("areas:read", "households:read", "clues:read", "figures:read", "figures:write", "supervision:read")


@pytest.fixture
async def office(call: Call, running_system: EmbeddedSystem) -> None:
    """Two people of the county, one of a township, one of the city."""
    await running_system.ensure_clients(
        [
            ClientSpec("office-c", "丙县办公室", _SCOPES, areas=(COUNTY,)),
            ClientSpec("chief-c", "丙县负责人", _SCOPES, areas=(COUNTY,)),
            ClientSpec("figures-c", "丙镇一统计", ("figures:read",), areas=(TOWN,)),
            ClientSpec("city-c", "示例市", ("figures:read",), areas=(CITY,)),
        ]
    )


async def compute(call: Call, period: str) -> None:
    """Have the figures of a period computed, and wait for them."""
    asked = await call("office-c", "POST", "/v1/indicators/recomputations",
                       json={"period": period, "indicator_ids": list(FIGURES), "why": "测试"})  # fmt: skip
    assert asked.status_code == 202, asked.text

    async def is_done() -> bool:
        return bool((await call("office-c", "GET", asked.headers["location"])).json()["state"] == "done")

    await until(is_done)


def raised(sheet: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Give the cells of the clues that were raised, by area."""
    for table in sheet["tables"]:
        for place, column in enumerate(table["columns"]):
            if table["form"] == "areas" and column["indicator_id"] == "clues_raised":
                return {row["code"]: row["cells"][place] for row in table["rows"]}
    raise AssertionError("clues do not stand in it")


async def test_the_months_sheet_of_a_county_from_its_figures_to_those_who_read_it(call: Call, office: None) -> None:
    """F-F01, F-F03, F-F04: numbers with lists, a version made by two people, own rows, aggregates above."""
    home = await register(call, "99F0000091", with_check_digit("99010319800101091"), "丑九甲", village=MERGED)

    async def is_known() -> bool:
        said = {"household_id": home, "via": "app", "applied_on": "2026-11-10", "risk_type": "04", "note": "缺劳动力"}
        return bool((await call(f"town-{TOWN[:9]}", "POST", "/v1/applications", json=said)).status_code == 201)

    await until(is_known)
    await compute(call, RUNNING)
    path = f"/v1/sheets/monthly/{RUNNING}"
    draft = (await call("office-c", "GET", path)).json()
    assert (draft["state"], draft["is_over"]) == ("draft", False)
    whole = raised(draft)[COUNTY]
    assert int(whole["value"]) >= 1
    assert int(whole["value"]) == sum(int(each["value"]) for code, each in raised(draft).items() if code != COUNTY)
    behind = await call("office-c", "GET", whole["members"][0])
    assert (behind.status_code, str(behind.json()["total"])) == (200, whole["value"]), behind.text
    early = await call("office-c", "POST", f"{path}/freeze", json={"area_code": COUNTY})
    assert (early.status_code, early.json()["code"]) == (422, "alerts.sheet.too_early")

    await compute(call, OVER)
    for kind in ("monthly", "city"):
        path = f"/v1/sheets/{kind}/{OVER}"
        said = {"area_code": COUNTY, "accepts_missing": True}
        frozen = await call("office-c", "POST", f"{path}/freeze", json=said)
        assert frozen.status_code == 201, frozen.text
        version = {"area_code": COUNTY, "version": frozen.json()["version"]}
        alone = await call("office-c", "POST", f"{path}/issue", json=version)
        assert (alone.status_code, alone.json()["code"]) == (403, "alerts.sheet.second_person")
        issued = await call("chief-c", "POST", f"{path}/issue", json=version)
        assert (issued.status_code, issued.json()["state"]) == (200, "issued"), issued.text

    monthly = f"/v1/sheets/monthly/{OVER}"
    kept = (await call("office-c", "GET", monthly)).json()
    figures = await call("office-c", "GET", "/v1/indicators/clues_raised/values", params={"period": OVER})
    assert raised(kept)[COUNTY]["value"] == figures.json()["whole"]["value"]
    own = (await call("figures-c", "GET", monthly)).json()
    assert {row["code"][:9] for table in own["tables"] for row in table["rows"]} == {TOWN[:9]}
    above = await call("figures-c", "GET", monthly, params={"area_code": COUNTY})
    assert (above.status_code, above.json()["code"]) == (404, "area_outside")

    files: dict[str, httpx.Response] = {
        form: await call("office-c", "GET", monthly, params={"format": form}) for form in ("html", "pdf", "xlsx")
    }
    assert "丙县2026年10月月调度表" in files["html"].text
    assert files["pdf"].content.startswith(b"%PDF-")
    book = CalamineWorkbook.from_filelike(BytesIO(files["xlsx"].content))
    assert book.get_sheet_by_name("一、线索").to_python()[1][0] == "丙县"

    kept_inside = await call("city-c", "GET", monthly, params={"area_code": COUNTY})
    assert (kept_inside.status_code, kept_inside.json()["code"]) == (403, "alerts.sheet.kept_in_county")
    city = (await call("city-c", "GET", f"/v1/sheets/city/{OVER}")).json()
    assert (city["is_protected"], COUNTY in raised(city)) == (True, True)
    assert not any(cell["members"] for table in city["tables"] for row in table["rows"] for cell in row["cells"])
    denied = await call("city-c", "POST", f"/v1/sheets/city/{OVER}/freeze", json={"area_code": COUNTY})
    assert (denied.status_code, denied.json()["code"]) == (403, "scope_missing")
