"""Statistics from outside: entered with their source, corrected as a new version, read by whom they concern."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from alerts_world import COUNTY, TOWN

from servicekit.ids import new_id

Headers = Callable[..., dict[str, str]]
READ, WRITE = "supervision:read", "supervision:write"
PLACE, NATION, CITY = "/v1/series-values", "000000000000", "990100000000"


@pytest.fixture(autouse=True)
def noon(move_clock: Callable[[float], None]) -> None:
    """A day that does not end while a test runs."""
    move_clock(datetime(2026, 11, 10, 4, tzinfo=UTC).timestamp() - time.time())


def value(**changes: Any) -> dict[str, Any]:
    return {
        "series": "rural_disposable_growth", "area_code": COUNTY, "period": "2025", "value": "7.10",
        "source": "县统计公报 2025",
    } | changes  # fmt: skip


async def enter(client: httpx.AsyncClient, caller: dict[str, str], *values: Any, kept_by: str = COUNTY) -> Any:
    return await client.post(PLACE, json={"kept_by": kept_by, "values": list(values)}, headers=caller)


def codes(answer: httpx.Response) -> set[tuple[str, str]]:
    return {(error["pointer"], error["code"]) for error in answer.json()["errors"]}


async def test_a_value_is_entered_once_and_corrected_as_a_new_version(
    client: httpx.AsyncClient, headers: Headers
) -> None:
    """F-C02: source, who entered it, the old value stays."""
    county = headers(READ, WRITE, client_id="county")
    key = {"Idempotency-Key": new_id()}
    first, again = [await enter(client, county | key, value(period="2024")) for _ in range(2)]
    assert (first.status_code, first.json()) == (201, again.json())
    (entered,) = first.json()["items"]
    assert (entered["version"], entered["value"], entered["entered_by"]) == (1, "7.10", "county")
    twice = await enter(client, county, value(period="2024", value="8.00"))
    assert (twice.status_code, codes(twice)) == (422, {("/values/0", "value.known")})
    place = f"{PLACE}/{entered['id']}"
    read = await client.get(place, headers=county)
    said = {"value": "7.30", "source": "更正函", "note": "公报数据修订"}
    blind = await client.put(place, json=said, headers=county)
    assert blind.status_code == 428
    second = headers(READ, WRITE, client_id="second")
    mended = await client.put(place, json=said, headers=second | {"If-Match": read.headers["ETag"]})
    assert mended.status_code == 200, mended.text
    told = [(one["version"], one["value"], one["entered_by"], one["note"]) for one in mended.json()["versions"]]
    assert told == [(2, "7.30", "second", "公报数据修订"), (1, "7.10", "county", None)]
    stale = await client.put(place, json=said | {"value": "7.4"}, headers=county | {"If-Match": read.headers["ETag"]})
    assert stale.status_code == 412
    same = await client.put(place, json=said, headers=county | {"If-Match": mended.headers["ETag"]})
    assert (same.status_code, same.json()["errors"][0]["code"]) == (422, "value.same")


async def test_of_values_that_are_given_together_all_are_entered_or_none(
    client: httpx.AsyncClient, headers: Headers
) -> None:
    county = headers(READ, WRITE, client_id="county")
    answer = await enter(
        client,
        county,
        value(period="2023"),
        value(period="2023"),
        value(series="no_such", period="2022"),
        value(period="2022-11"),
        value(period="2026"),
        value(period="2022", value="900"),
        value(period="2021", area_code=TOWN),
        value(period="2021", area_code="110000000000"),
        value(series="rural_disposable_income", period="2022", value="-3"),
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "alerts.series.invalid")
    assert codes(answer) == {
        ("/values/1", "value.twice"), ("/values/2/series", "series.unknown"), ("/values/3/period", "period.month"),
        ("/values/4/period", "period.not_over"), ("/values/5/value", "value.implausible"),
        ("/values/6/area_code", "area_code.level"), ("/values/7/area_code", "area_code.unrelated"),
        ("/values/8/value", "value.implausible"),
    }  # fmt: skip
    listed = await client.get(PLACE, params={"period": "2023", "series": "rural_disposable_growth"}, headers=county)
    assert (listed.json()["total"], listed.json()["items"]) == (0, [])


async def test_a_township_reads_what_its_county_keeps_and_keeps_none_of_others(
    client: httpx.AsyncClient, headers: Headers
) -> None:
    county = headers(READ, WRITE, client_id="county")
    (kept,) = (await enter(client, county, value(series="former_poor_growth", area_code=NATION, period="2020"))).json()[
        "items"
    ]
    town = headers(READ, WRITE, areas=[TOWN], client_id="town")
    assert (await client.get(f"{PLACE}/{kept['id']}", headers=town)).json()["area_code"] == NATION
    listed = (await client.get(PLACE, params={"period": "2020"}, headers=town)).json()
    assert [one["id"] for one in listed["items"]] == [kept["id"]]
    refused = await enter(client, town, value(period="2020"))
    assert refused.status_code == 404
    said = {"value": "1.00", "source": "更正", "note": "改一改"}
    place = f"{PLACE}/{kept['id']}"
    assert (await client.put(place, json=said, headers=town | {"If-Match": '"v1"'})).status_code == 404
    far = headers(READ, areas=["990102000000"], client_id="far")
    assert (await client.get(place, headers=far)).status_code == 404
    assert kept["id"] not in {one["id"] for one in (await client.get(PLACE, headers=far)).json()["items"]}
    department = headers(READ, WRITE, department="AGR", client_id="agr")
    assert (await enter(client, department, value(period="2019"))).status_code == 403


async def test_the_catalogue_says_unit_and_levels(client: httpx.AsyncClient, headers: Headers) -> None:
    found = (await client.get("/v1/series", headers=headers(READ))).json()["items"]
    growth = {one["id"]: one for one in found}["former_poor_growth"]
    assert (growth["unit"], growth["growth_of"]) == ("percent", "former_poor_income")
    assert growth["levels"] == ["nation", "province", "city"]
