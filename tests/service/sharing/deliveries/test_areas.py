"""A client delivers for its own areas, and says for which one if it has several."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from .conftest import PERIOD, Api, fee

TOWN_A, TOWN_B, TOWN_C = "990101101000", "990101102000", "990101103000"
RECORD = {"period": PERIOD, "record": fee(1)}
NIL = {"dataset": "DS-CIV-TEMP", "period": PERIOD, "reason": "本月无新增"}


def doors(department: str, **more: Any) -> list[tuple[str, dict[str, Any]]]:
    """Give every way in which data for an area arrive."""
    if department == "CIV":
        return [("/v1/deliveries/nil", NIL | more)]
    return [
        ("/v1/deliveries", {"dataset": "DS-EDU-FEE", "period": PERIOD} | more),
        ("/v1/datasets/DS-EDU-FEE/records", RECORD | more),
    ]


async def answers(api: Api, department: str, **more: Any) -> list[httpx.Response]:
    return [await api.post(path, json=body) for path, body in doors(department, **more)]


@pytest.mark.parametrize("department", ["EDU", "CIV"])
async def test_a_client_with_several_areas_says_for_which_one(api_of: Callable[..., Api], department: str) -> None:
    api = api_of(department, areas=(TOWN_A, TOWN_B))
    for answer in await answers(api, department):
        assert (answer.status_code, answer.json()["code"]) == (422, "area_needed"), answer.text
        assert "area_code" in answer.json()["advice"]
    for answer in await answers(api, department, area_code=TOWN_B):
        assert answer.status_code == 201, answer.text
    items = (await api.get("/v1/deliveries")).json()["items"]
    assert {item["area_code"] for item in items} <= {TOWN_A, TOWN_B}


@pytest.mark.parametrize("department", ["EDU", "CIV"])
@pytest.mark.parametrize("areas", [(TOWN_A, TOWN_B), (TOWN_A,), ()])
@pytest.mark.parametrize("wanted", [TOWN_C, "990101000000"])
async def test_nobody_delivers_for_an_area_that_is_not_its_own(
    api_of: Callable[..., Api], department: str, areas: tuple[str, ...], wanted: str
) -> None:
    for answer in await answers(api_of(department, areas=areas), department, area_code=wanted):
        assert (answer.status_code, answer.json()["code"]) == (404, "area_outside"), answer.text


@pytest.mark.parametrize("department", ["EDU", "CIV"])
async def test_a_client_without_area_delivers_nothing(api_of: Callable[..., Api], department: str) -> None:
    for answer in await answers(api_of(department, areas=()), department):
        assert (answer.status_code, answer.json()["code"]) == (404, "area_outside"), answer.text


async def test_the_ledger_is_one_area_of_the_caller(api_of: Callable[..., Api]) -> None:
    api = api_of("EDU", areas=(TOWN_A, TOWN_B))
    assert (await api.get("/v1/ledger", params={"period": PERIOD})).json()["code"] == "area_needed"
    assert (await api.get("/v1/ledger", params={"period": PERIOD, "area": TOWN_A})).json()["area_code"] == TOWN_A
    for foreign in (TOWN_C, "990101000000"):
        assert (await api.get("/v1/ledger", params={"period": PERIOD, "area": foreign})).status_code == 404
