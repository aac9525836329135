"""Figures are frozen: events of any order, computed again beside what stands, whose they are, what stays here."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest
from alerts_world import COUNTY, OTHER_VILLAGE, TOWN, VILLAGE
from figures_case import Month, china, clue

from alerts.figures import rules
from contracts.alerts import AlertsIndicatorComputed
from contracts.indicators import INDICATORS, Cell
from contracts.registry import RegistryIndicatorComputed
from contracts.sharing import SharingIndicatorComputed
from servicekit import clock
from servicekit.ids import new_id

Headers = Callable[..., dict[str, str]]
READ, WRITE = "figures:read", "figures:write"
CITY = "990100000000"
IDENTIFIED = "/v1/indicators/households_identified/values"


def computed(numbers: dict[str, int], *, version: int = 1, part: int = 1, parts: int = 1, **more: Any) -> Any:
    """What the registry says of an indicator: cells by village."""
    said = {
        "indicator_id": "households_identified",
        "period": "2026-11",
        "version": version,
        "as_of": date(2026, 11, 30),
        "computed_at": clock.now(),
        "why": "calendar",
        "part": part,
        "parts": parts,
        "cells": [Cell(area_code=area, numerator=str(number)) for area, number in numbers.items()],
    }
    return RegistryIndicatorComputed.model_validate(said | more)


async def read(client: httpx.AsyncClient, caller: dict[str, str], path: str = IDENTIFIED, **query: Any) -> Any:
    answer = await client.get(path, params={"period": "2026-11"} | query, headers=caller)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture(autouse=True)
async def nothing(month: Month) -> None:
    await month.run("TRUNCATE figure_version, figure_part, figure_value, clue CASCADE")


async def test_parts_come_in_any_order_and_twice(client: httpx.AsyncClient, headers: Headers, month: Month) -> None:
    """Pending until the last part came; whatever came twice counts once; an old version that comes late stays old."""
    county = headers(READ)
    first, second = (computed({village: 3}, part=n, parts=2) for n, village in ((1, VILLAGE), (2, OTHER_VILLAGE)))
    newer = computed({VILLAGE: 5}, version=2, why="更正后重算")
    for order in itertools.permutations((first, second, newer)):
        await month.run("TRUNCATE figure_version, figure_part, figure_value")
        await month.hear(order[0])
        if order[0] is not newer:
            assert (await read(client, county))["state"] == "pending"
        await month.hear(*order, *order)
        now = await read(client, county)
        assert (now["version"], now["whole"]["value"], now["state"]) == (2, "5", "final")
        assert [(each["version"], each["why"]) for each in now["versions"]] == [(2, "更正后重算"), (1, "calendar")]
        assert (await read(client, county, version=1))["whole"]["value"] == "6"
    gone = await client.get(IDENTIFIED, params={"period": "2026-11", "version": 3}, headers=county)
    assert (gone.status_code, gone.json()["code"]) == (404, "alerts.figures.version")


async def test_what_tells_of_days_to_come_is_not_believed(
    client: httpx.AsyncClient, headers: Headers, month: Month
) -> None:
    """An event of the future waits for its day; nobody asks for a period that has not begun."""
    await month.hear(computed({VILLAGE: 9}, as_of=date(2026, 12, 31)))
    assert (await read(client, headers(READ)))["state"] == "pending"
    ahead = await client.get(IDENTIFIED, params={"period": "2027-01"}, headers=headers(READ))
    assert (ahead.status_code, ahead.json()["code"]) == (422, "alerts.figures.period")
    unknown = await client.get(
        "/v1/indicators/no_such_thing/values", params={"period": "2026-11"}, headers=headers(READ)
    )
    assert (unknown.status_code, unknown.json()["code"]) == (404, "alerts.figures.unknown")


async def test_computed_again_the_old_version_and_its_list_stay(
    client: httpx.AsyncClient, headers: Headers, month: Month
) -> None:
    """A corrected fact gives a new version, with who asked and why; the old one and its list are as they were."""
    asker = headers(READ, WRITE, person="p-county")
    kept = await month.plant("clue", **clue(VILLAGE, china("2026-11-10")))
    await month.publish("clues_raised")
    await month.plant("clue", **clue(VILLAGE, china("2026-11-11")))
    body = {"period": "2026-11", "indicator_ids": ["clues_raised", "households_identified"], "why": "迟到的线索"}
    asked = await client.post("/v1/indicators/recomputations", json=body, headers=asker | {"Idempotency-Key": new_id()})
    assert (asked.status_code, asked.json()["state"]) == (202, "pending"), asked.text
    request_id = asked.json()["id"]
    [told] = await month.run(
        "SELECT data FROM outbox WHERE topic = 'alerts.recomputation.v1' AND key = :id", id=request_id
    )
    assert (told.data["why"], told.data["asked_by"]) == ("迟到的线索", "staff:p-county")

    while await month.own.compute_once(month.database):
        pass
    rows = await month.run("SELECT data FROM outbox WHERE topic = 'alerts.indicator.v1' ORDER BY id DESC LIMIT 1")
    await month.hear(AlertsIndicatorComputed.model_validate(rows[0].data))
    progress = await client.get(asked.headers["location"], headers=asker)
    assert {item["indicator_id"]: item["state"] for item in progress.json()["items"]} == {
        "clues_raised": "done",
        "households_identified": "pending",  # the registry has not answered: it is said, and not taken for done
    }
    assert progress.json()["state"] == "pending"
    values = "/v1/indicators/clues_raised/values"
    new, old = await read(client, asker, values), await read(client, asker, values, version=1)
    assert (new["whole"]["value"], old["whole"]["value"]) == ("2", "1")
    behind = (await client.get(old["whole"]["members"], headers=asker)).json()
    assert [row["subject_id"] for row in behind["items"]] == [kept]

    town = headers(READ, WRITE, areas=[TOWN], person="p-town")
    refused = await client.post(
        "/v1/indicators/recomputations", json=body, headers=town | {"Idempotency-Key": new_id()}
    )
    assert (refused.status_code, refused.json()["code"]) == (404, "area_outside")


async def test_a_rate_of_nothing_says_why(client: httpx.AsyncClient, headers: Headers, month: Month) -> None:
    """No average of percentages: sums over sums; a denominator of zero is no zero."""
    cells = [
        Cell(area_code=VILLAGE, numerator="1", denominator="1"),
        Cell(area_code=OTHER_VILLAGE, numerator="0", denominator="3"),
        Cell(area_code="990101103201", numerator="0", denominator="0"),
    ]
    await month.hear(computed({}, indicator_id="unresolved_share", cells=cells))
    shown = await read(client, headers(READ), "/v1/indicators/unresolved_share/values", level="village")
    assert [row["value"] for row in shown["items"]] == ["100", "0", None]
    assert shown["items"][2]["lacks"]["zh"] == "本期无应计对象,不计算比率"
    assert shown["whole"]["value"] == "25", "1 of 4, and not the mean of 100 and 0"


async def test_a_department_has_its_own_part(client: httpx.AsyncClient, headers: Headers, month: Month) -> None:
    """Of what is broken down by department it sees its part, and of the rest nothing; a grid sees none."""
    cells = [
        Cell(area_code=COUNTY, dimension=dimension, part=part, numerator=number, denominator="4")
        for dimension, part, number in (("", "", "5"), ("department", "HRS", "3"), ("department", "EDU", "2"))
    ]
    said = computed({}, indicator_id="deliveries_on_time", cells=cells).model_dump()
    await month.hear(SharingIndicatorComputed.model_validate(said))
    own = headers(READ, department="HRS")
    shown = await read(client, own, "/v1/indicators/deliveries_on_time/values", area_code=COUNTY)
    assert ([row["part"] for row in shown["items"]], shown["whole"]["numerator"]) == (["HRS"], "3")
    for query in ({}, {"dimension": "dataset"}):
        path = "/v1/indicators/deliveries_on_time/values" if query else IDENTIFIED
        refused = await client.get(path, params={"period": "2026-11"} | query, headers=own)
        assert (refused.status_code, refused.json()["code"]) == (403, "alerts.figures.department")
    grid = await client.get(IDENTIFIED, params={"period": "2026-11"}, headers=headers(READ, areas=[VILLAGE], grid="1"))
    assert grid.status_code == 404


async def test_small_counts_stay_in_the_county(client: httpx.AsyncClient, headers: Headers, month: Month) -> None:
    """Outside the county 1 to 4 is `<5`, and what lies within a county is not told: it would follow from its sum."""
    await month.hear(computed({VILLAGE: 3, OTHER_VILLAGE: 8, "990101103201": 20}))
    inside = await read(client, headers(READ), level="township")
    assert [row["shown"] for row in inside["items"]] == ["3", "8", "20"]
    city = headers(READ, areas=[CITY])
    outside = await read(client, city, level="county", area_code=CITY)
    assert [row["shown"] for row in outside["items"]] == ["31"]
    for asked in ({"level": "township", "area_code": COUNTY}, {"level": "village"}, {"area_code": VILLAGE}):
        refused = await client.get(IDENTIFIED, params={"period": "2026-11"} | asked, headers=city)
        assert (refused.status_code, refused.json()["code"]) == (403, "alerts.figures.county")
    kept = await client.get(inside["items"][2]["members"], headers=city)
    assert kept.status_code in (403, 404)


def test_of_two_counties_the_small_one_does_not_follow_from_the_sum() -> None:
    """Hidden with it is the smallest beside it."""
    indicator = INDICATORS["households_identified"]
    shown = rules.protect([rules.amount(indicator, Decimal(each), None) for each in (3, 8, 20)])
    assert [each.shown for each in shown] == ["<5", "*", "20"]


def test_a_rate_that_tells_of_few_is_hidden_too() -> None:
    """96 of 100 tells that four are not."""
    share = INDICATORS["unresolved_share"]
    [few, many] = rules.protect(
        [rules.amount(share, Decimal(96), Decimal(100)), rules.amount(share, Decimal(50), Decimal(100))]
    )
    assert few.is_hidden
    assert many.is_hidden, "the only other one would tell"
