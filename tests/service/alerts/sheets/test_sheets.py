"""Sheets of a county's month: made of figures, frozen, issued by another person, and cut for whoever reads them."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import httpx
import pytest
from alerts_world import COUNTY, World, event_of
from python_calamine import CalamineWorkbook
from sqlalchemy import text

from alerts.clues.consumers import on_areas
from alerts.figures import service as figures
from contracts.alerts import AlertsIndicatorComputed
from contracts.area_vocabulary import AreaTag
from contracts.indicators import INDICATORS, Cell, Computed
from contracts.registry import AreaChanged, TagOfArea
from servicekit import clock
from servicekit.ids import new_id

Headers = Callable[..., dict[str, str]]
READ, WRITE = "figures:read", "figures:write"
MONTH = "/v1/sheets/monthly/2026-11"
CITY = "990100000000"
TOWNS = ["990101101000", "990101102000", "990101103000"]
NAMES = {
    COUNTY: ("示例县", "county"),
    TOWNS[0]: ("青石镇", "town"), TOWNS[1]: ("白水乡", "town"), TOWNS[2]: ("红土乡", "town"),
    "990101101201": ("青石村", "village"), "990101101202": ("青山村", "village"), "990101102201": ("白水村", "village"),
    "990101103201": ("红土村", "village"),
}  # fmt: skip
RAISED = {"990101101201": 7, "990101101202": 2, "990101102201": 12, "990101103201": 9}
ON_TIME = {"990101101201": (6, 7), "990101101202": (2, 2), "990101102201": (12, 12)}


@pytest.fixture(autouse=True)
async def county_of_figures(world: World, move_clock: Callable[[float], None]) -> None:
    """Noon of the second of December, and a county with three townships."""
    move_clock(datetime(2026, 12, 2, 4, tzinfo=UTC).timestamp() - time.time())
    async with world.database.transaction() as session:
        for table in ("sheet", "figure_value", "figure_part", "figure_version"):
            await session.execute(text(f"DELETE FROM {table}"))
        for code, (name, level) in NAMES.items():
            await session.execute(
                text("INSERT INTO area (area_code, name, level) VALUES (:c, :n, :l) ON CONFLICT DO NOTHING"),
                {"c": code, "n": name, "l": level},
            )
    await tell(world, "clues_raised", [cell(place, number) for place, number in RAISED.items()] + [
        cell("990101101201", 5, dimension="risk", part="01"), cell("990101101201", 2, dimension="risk", part="11"),
        cell("990101102201", 12, dimension="department", part="MED"),
    ])  # fmt: skip
    await tell(world, "clues_verified_on_time", [cell(place, *both) for place, both in ON_TIME.items()])


def cell(area_code: str, numerator: int, denominator: int | None = None, **more: str) -> Cell:
    below = None if denominator is None else str(denominator)
    return Cell(area_code=area_code, numerator=str(numerator), denominator=below, **more)


async def tell(world: World, indicator: str, cells: list[Cell], *, version: int = 1, period: str = "2026-11") -> None:
    """Let a service have computed an indicator."""
    said: Computed = AlertsIndicatorComputed(
        indicator_id=indicator, period=period, version=version, as_of=date(2026, 11, 30), computed_at=clock.now(),
        why="calendar", part=1, parts=1, cells=cells,
    )  # fmt: skip
    async with world.database.transaction() as session:
        await figures.take(session, [said])


async def read(client: httpx.AsyncClient, caller: dict[str, str], path: str = MONTH, **query: Any) -> dict[str, Any]:
    answer = await client.get(path, params=query or None, headers=caller)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def code(client: httpx.AsyncClient, caller: dict[str, str], path: str = MONTH, **query: Any) -> tuple[int, str]:
    answer = await client.get(path, params=query or None, headers=caller)
    return answer.status_code, answer.json().get("code", "")


def column(sheet: dict[str, Any], indicator: str, form: str = "areas", place: int = 0) -> dict[str, dict[str, Any]]:
    """Give the cells of an indicator by row."""
    for table in sheet["tables"]:
        found = [at for at, each in enumerate(table["columns"]) if each["indicator_id"] == indicator]
        if table["form"] == form and found:
            return {row["code"]: row["cells"][found[place]] for row in table["rows"]}
    raise AssertionError(f"{indicator} does not stand in it")


async def kept(
    client: httpx.AsyncClient, headers: Headers, path: str = MONTH, *, is_issued: bool = True
) -> dict[str, Any]:
    said = {"area_code": COUNTY, "accepts_missing": True}
    frozen = await client.post(f"{path}/freeze", json=said, headers=headers(READ, WRITE, client_id="office"))
    assert frozen.status_code == 201, frozen.text
    if is_issued:
        said = {"area_code": COUNTY, "version": frozen.json()["version"]}
        issued = await client.post(f"{path}/issue", json=said, headers=headers(READ, WRITE, client_id="chief"))
        assert issued.status_code == 200, issued.text
    return dict(frozen.json())


async def printed(client: httpx.AsyncClient, caller: dict[str, str]) -> list[bytes]:
    """Give its page, PDF and workbook."""
    return [
        (await client.get(MONTH, params={"format": form}, headers=caller)).content for form in ("html", "pdf", "xlsx")
    ]


async def test_the_month_of_a_county_adds_up_and_what_was_not_computed_is_missing(
    client: httpx.AsyncClient, headers: Headers
) -> None:
    """F-F01, F-F03: made of the figures; county, townships and villages add up; nothing is zero by absence."""
    county = headers(READ)
    sheet = await read(client, county)
    assert (sheet["state"], sheet["sheet"], sheet["title"]) == ("draft", None, "示例县2026年11月月调度表")
    raised = column(sheet, "clues_raised")
    assert {name: each["shown"] for name, each in raised.items()} == {
        COUNTY: "30", TOWNS[0]: "9", TOWNS[1]: "12", TOWNS[2]: "9",
    }  # fmt: skip
    town = await read(client, county, area_code=TOWNS[0])
    assert {name: each["value"] for name, each in column(town, "clues_raised").items()} == {
        TOWNS[0]: "9", "990101101201": "7", "990101101202": "2",
    }  # fmt: skip
    rate = column(sheet, "clues_verified_on_time")
    assert (rate[COUNTY]["value"], rate[COUNTY]["numerator"], rate[COUNTY]["denominator"]) == ("95.24", "20", "21")
    assert (rate[TOWNS[2]]["state"], rate[TOWNS[2]]["shown"]) == ("no_value", "无应计对象")
    assert raised[TOWNS[0]]["members"] == [
        f"/v1/indicator-members/alerts/clues_raised?period=2026-11&version=1&area_code={TOWNS[0]}"
    ]
    lacking = {each["indicator_id"] for each in sheet["missing"]}
    assert "clues_raised" not in lacking
    assert "deliveries_on_time" in lacking
    missing = column(sheet, "deliveries_on_time")[COUNTY]
    assert (missing["state"], missing["shown"], missing["value"], missing["members"]) == ("missing", "尚缺", None, [])
    parts = column(sheet, "clues_raised", "parts")
    assert parts[TOWNS[0]]["shown"] == "5"


async def test_a_frozen_sheet_stays_as_it_was_whatever_is_computed_after_it(
    client: httpx.AsyncClient, headers: Headers, world: World
) -> None:
    """F-F01: draft, frozen, issued by a second person; a recomputation is a new version."""
    office = headers(READ, WRITE, client_id="office")
    refused = await client.post(f"{MONTH}/freeze", json={"area_code": COUNTY}, headers=office)
    assert (refused.status_code, refused.json()["code"]) == (409, "alerts.sheet.incomplete")
    assert "部门数据按时报送率 2026-11" in refused.json()["missing"]
    first = await kept(client, headers, is_issued=False)
    assert (first["version"], first["state"]) == (1, "frozen")
    own = await client.post(f"{MONTH}/issue", json={"area_code": COUNTY, "version": 1}, headers=office)
    assert (own.status_code, own.json()["code"]) == (403, "alerts.sheet.second_person")
    town = headers(READ, areas=[TOWNS[0]], client_id="town")
    assert await code(client, town) == (404, "alerts.sheet.not_found")
    key = {"Idempotency-Key": new_id()}
    for _ in range(2):
        chief = headers(READ, WRITE, client_id="chief") | key
        issued = await client.post(f"{MONTH}/issue", json={"area_code": COUNTY, "version": 1}, headers=chief)
        assert (issued.status_code, issued.json()["state"]) == (200, "issued")
    chief = headers(READ, WRITE, client_id="chief")
    again = await client.post(f"{MONTH}/issue", json={"area_code": COUNTY, "version": 1}, headers=chief)
    assert (again.status_code, again.json()["code"]) == (409, "alerts.sheet.issued")

    before = await read(client, office)
    files = [
        (await client.get(MONTH, params={"format": form}, headers=office)).content for form in ("html", "pdf", "xlsx")
    ]
    await tell(world, "clues_raised", [cell("990101101201", 100)], version=2)
    assert await read(client, office) == before
    assert await printed(client, office) == files
    assert column(await read(client, office, draft=True), "clues_raised")[COUNTY]["value"] == "100"
    second = await kept(client, headers)
    assert (second["version"], second["digest"] != first["digest"]) == (2, True)
    assert column(await read(client, town), "clues_raised")[TOWNS[0]]["value"] == "100"
    old = await read(client, office, version=1)
    assert old == before
    listed = await read(client, office, "/v1/sheets", kind="monthly", period="2026-11")
    assert [(row["version"], row["state"]) for row in listed["items"]] == [(2, "issued"), (1, "issued")]


async def test_a_sheet_is_a_page_a_pdf_and_a_workbook(client: httpx.AsyncClient, headers: Headers) -> None:
    await kept(client, headers)
    county = headers(READ)
    files = {form: await client.get(MONTH, params={"format": form}, headers=county) for form in ("html", "pdf", "xlsx")}
    assert all(answer.status_code == 200 for answer in files.values())
    page = files["html"].text
    assert "示例县2026年11月月调度表（第1版）" in page
    assert "尚缺指标：" in page
    assert "<td>95.24（20/21）</td>" in page
    assert files["pdf"].content.startswith(b"%PDF-")
    book = CalamineWorkbook.from_filelike(BytesIO(files["xlsx"].content))
    rows = book.get_sheet_by_name("一、线索").to_python()
    heads = rows[0]
    raised = heads.index("新发现线索（条）")
    assert [(row[0], row[raised]) for row in rows[1:]] == [
        ("示例县", 30.0), ("青石镇", 9.0), ("白水乡", 12.0), ("红土乡", 9.0),
    ]  # fmt: skip
    wrong = await client.get(MONTH, params={"format": "docx"}, headers=county)
    assert wrong.status_code == 422


async def test_the_bulletin_ranks_by_exact_rates_and_who_has_no_figure_stands_apart(
    client: httpx.AsyncClient, headers: Headers, world: World
) -> None:
    """F-F02: townships and departments by rank; equal ones share it; nobody without a figure is first or last."""
    await tell(world, "deliveries_on_time", [
        cell(COUNTY, 3, 4, dimension="department", part="MED"), cell(COUNTY, 6, 8, dimension="department", part="CIV"),
        cell(COUNTY, 1, 9, dimension="department", part="HRS"),
    ])  # fmt: skip
    bulletin = "/v1/sheets/bulletin/2026-11"
    await kept(client, headers, bulletin)
    sheet = await read(client, headers(READ), bulletin)
    towns, departments = sheet["tables"]
    of_rate = [each["indicator_id"] for each in towns["columns"]].index("clues_verified_on_time")
    assert [(row["code"], row["cells"][of_rate]["rank"]) for row in towns["rows"]] == [
        (TOWNS[1], 1), (TOWNS[0], 2), (TOWNS[2], None),
    ]  # fmt: skip
    assert towns["columns"][of_rate]["ranked_of"] == 2
    of_data = [each["indicator_id"] for each in departments["columns"]].index("deliveries_on_time")
    assert {row["code"]: row["cells"][of_data]["rank"] for row in departments["rows"]} == {"CIV": 1, "MED": 1, "HRS": 3}

    own = await read(client, headers(READ, areas=[TOWNS[0]], client_id="town"), bulletin)
    assert [row["code"] for table in own["tables"] for row in table["rows"]] == [TOWNS[0]]
    assert own["tables"][0]["rows"][0]["cells"][of_rate]["rank"] == 2
    med = await read(client, headers(READ, department="MED", client_id="med"), bulletin)
    assert [row["code"] for table in med["tables"] for row in table["rows"]] == ["MED"]
    page = (await client.get(bulletin, params={"format": "html"}, headers=headers(READ))).text
    assert "<td>100（12/12），第1名</td>" in page
    assert "<td>无应计对象，不排名</td>" in page


async def test_who_is_above_the_county_reads_aggregates_without_small_counts(
    client: httpx.AsyncClient, headers: Headers, world: World
) -> None:
    """F-F04: the city reads what was issued, no list, no draft, and no count below five, also by subtraction."""
    await tell(
        world, "clues_raised", [cell("990101101201", 3), cell("990101102201", 12), cell("990101103201", 9)], version=2
    )
    path, city = "/v1/sheets/city/2026-11", headers(READ, WRITE, areas=[CITY], client_id="city")
    assert await code(client, city, path, area_code=COUNTY) == (404, "alerts.sheet.not_found")
    await kept(client, headers, path)
    sheet = await read(client, city, path, area_code=COUNTY)
    raised = column(sheet, "clues_raised")
    assert raised.keys() == {COUNTY, *TOWNS}
    assert (raised[TOWNS[0]]["shown"], raised[TOWNS[0]]["numerator"], raised[TOWNS[0]]["state"]) == (
        "<5",
        None,
        "hidden",
    )
    others = [each["shown"] for name, each in raised.items() if name != TOWNS[0]]
    assert "隐去" in others, "what is left of the total would tell"
    assert not any(each["members"] for row in sheet["tables"] for line in row["rows"] for each in line["cells"])
    for form in ("html", "xlsx", "pdf"):
        assert (await client.get(path, params={"area_code": COUNTY, "format": form}, headers=city)).status_code == 200
    every = await read(client, city, path)
    assert (every["area_code"], every["county_code"], every["is_protected"]) == (CITY, None, True)
    assert await code(client, city, path, area_code=COUNTY, draft=True) == (403, "alerts.sheet.of_county")
    assert await code(client, city, MONTH, area_code=COUNTY) == (403, "alerts.sheet.kept_in_county")
    frozen = await client.post(f"{path}/freeze", json={"area_code": COUNTY}, headers=city)
    assert (frozen.status_code, frozen.json()["code"]) == (403, "alerts.sheet.of_county")
    inside = await read(client, headers(READ), path)
    assert column(inside, "clues_raised")[TOWNS[0]]["shown"] == "3"


async def test_near_misses(client: httpx.AsyncClient, headers: Headers) -> None:
    county, town = headers(READ, WRITE, client_id="office"), headers(READ, WRITE, areas=[TOWNS[0]], client_id="town")
    med = headers(READ, WRITE, department="MED", client_id="med")
    assert await code(client, county, "/v1/sheets/yearly/2026-11") == (404, "alerts.sheet.kind")
    assert await code(client, county, "/v1/sheets/monthly/2026-Q4") == (422, "alerts.sheet.period")
    assert await code(client, county, "/v1/sheets/monthly/2027-01") == (422, "alerts.sheet.period")
    assert (await code(client, county, "/v1/sheets/monthly/2026-13"))[0] == 422
    assert await code(client, county, version=9) == (404, "alerts.sheet.not_found")
    assert await code(client, county, area_code="990102000000") == (404, "area_outside")
    assert (await code(client, county, unknown="1"))[0] == 422
    running = await read(client, county, "/v1/sheets/monthly/2026-12")
    assert (running["state"], running["is_over"]) == ("draft", False)
    for caller, path, said, wanted in (
        (county, "/v1/sheets/monthly/2026-12", {}, (422, "alerts.sheet.too_early")),
        (county, MONTH, {"area_code": TOWNS[0]}, (403, "alerts.sheet.of_county")),
        (county, MONTH, {"area_code": "990102000000"}, (404, "area_outside")),
        (town, MONTH, {}, (404, "area_outside")),
        (med, MONTH, {}, (403, "alerts.not_supervisor")),
    ):
        body = {"area_code": COUNTY, "accepts_missing": True} | said
        answer = await client.post(f"{path}/freeze", json=body, headers=caller)
        assert (answer.status_code, answer.json()["code"]) == wanted, path
    absent = await client.post(f"{MONTH}/issue", json={"area_code": COUNTY, "version": 1}, headers=county)
    assert (absent.status_code, absent.json()["code"]) == (404, "alerts.sheet.not_found")
    assert await code(client, headers(READ, areas=[TOWNS[0]], client_id="town"), draft=True) == (
        403,
        "alerts.sheet.of_county",
    )
    assert await code(client, headers(READ, areas=["990101101201"], grid="一网格")) == (404, "area_outside")
    kinds = await read(client, county, "/v1/sheet-kinds")
    assert {"monthly", "quarterly", "bulletin", "city", "trend"} <= {each["id"] for each in kinds["items"]}
    assert all(set(each["indicator_ids"]) <= INDICATORS.keys() for each in kinds["items"])


async def test_areas_of_a_tag_stand_together_and_each_tag_has_its_areas(
    client: httpx.AsyncClient, headers: Headers, world: World
) -> None:
    """F-F24: priority and demonstration areas side by side, then each tag with its own."""
    since = date(2026, 1, 1)
    tagged = {
        TOWNS[0]: [TagOfArea(tag=AreaTag.PRIORITY, first_on=since)],
        "990101101201": [TagOfArea(tag=AreaTag.PRIORITY, first_on=since)],
        "990101102201": [
            TagOfArea(tag=AreaTag.DEMONSTRATION, first_on=since),
            TagOfArea(tag=AreaTag.PRIORITY, first_on=since, last_on=date(2026, 10, 31)),
        ],
    }
    async with world.database.transaction() as session:
        await on_areas(session, [
            event_of(AreaChanged(area_code=place, name=NAMES[place][0], level=NAMES[place][1], parent_code=None,
                                 valid_from=since, tags=tags))
            for place, tags in tagged.items()
        ])  # fmt: skip
    path = "/v1/sheets/tagged/2026-11"
    sheet = await read(client, headers(READ), path)
    by_tag = column(sheet, "clues_raised", "tags")
    assert {tag: each["value"] for tag, each in by_tag.items()} == {"priority": "9", "demonstration": "12"}
    assert by_tag["priority"]["members"] == [
        f"/v1/indicator-members/alerts/clues_raised?period=2026-11&version=1&area_code={TOWNS[0]}"
    ]
    areas_of = {table["dimension"]: [row["code"] for row in table["rows"]] for table in sheet["tables"]}
    assert areas_of["priority"] == [TOWNS[0], "990101101201"]
    assert areas_of["demonstration"] == ["990101102201"]
    await kept(client, headers, path)
    own = await read(client, headers(READ, areas=[TOWNS[1]], client_id="town"), path)
    assert [row["code"] for table in own["tables"] for row in table["rows"]] == ["990101102201"]


async def test_a_quarter_is_its_months_and_one_that_is_missing_leaves_it_missing(
    client: httpx.AsyncClient, headers: Headers, world: World
) -> None:
    """F-F03, F-G41: the quarterly report adds months up; the trend shows each month."""
    path = "/v1/sheets/quarterly/2026-Q4"
    assert column(await read(client, headers(READ), path), "clues_raised")[COUNTY]["state"] == "missing"
    for period, number in (("2026-10", 4), ("2026-12", 1)):
        await tell(world, "clues_raised", [cell("990101101201", number)], period=period)
    quarter = column(await read(client, headers(READ), path), "clues_raised")
    assert (quarter[COUNTY]["value"], quarter[TOWNS[0]]["value"]) == ("35", "14")
    assert len(quarter[COUNTY]["members"]) == 3
    trend = await read(client, headers(READ), "/v1/sheets/trend/2026-11", area_code=TOWNS[0])
    months = next(table for table in trend["tables"] if table["columns"][0]["indicator_id"] == "clues_raised")
    assert [each["label"]["zh"] for each in months["columns"]][-2:] == ["2026-10", "2026-11"]
    assert [[each["shown"] for each in row["cells"]][-3:] for row in months["rows"]] == [
        ["尚缺", "4", "9"], ["尚缺", "4", "7"], ["尚缺", "0", "2"],
    ]  # fmt: skip
