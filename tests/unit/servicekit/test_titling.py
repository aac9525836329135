"""Names come from the registry with the caller's token, and a list without them is complete and says so."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from pydantic import BaseModel, ValidationError

from servicekit import titling
from servicekit.settings import AsksRegistry
from servicekit.titles import SaysTitles, Titled, TitlesState
from servicekit.titling import RegistryTitles, TitlesForCaller

HOME = "0198c0de-0000-7000-8000-000000000001"
OTHER = "0198c0de-0000-7000-8000-000000000002"
VILLAGE = "990101101201"
HOUSEHOLD = {
    "id": HOME, "hh_no": "99T1", "area_code": VILLAGE, "status": "active", "head": {"id": OTHER, "name": "张**"}
}  # fmt: skip
FOUND = {"households": [HOUSEHOLD], "areas": [{"code": VILLAGE, "path": ["试验县", "甲镇", "甲村"]}]}


@dataclass
class Row:
    household_id: str | None
    area_code: str = VILLAGE


def settings(**given: Any) -> AsksRegistry:
    stores = {"database_url": "postgresql://a:b@localhost/c", "bus_url": "embedded:x", "mode": "embedded"}
    return AsksRegistry.model_validate(stores | {"registry_url": "http://registry:8000"} | given)


class Registry:
    """Answers as told, and remembers what it was asked."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []

    async def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        given = self.answers.pop(0) if self.answers else httpx.Response(200, json=FOUND)
        if isinstance(given, Exception):
            raise given
        return given

    def titles(self, caller: str = "Bearer t", **given: Any) -> TitlesForCaller:
        return TitlesForCaller(RegistryTitles(settings(**given), httpx.MockTransport(self.answer)), caller)


async def test_a_page_costs_one_question_with_the_callers_token() -> None:
    registry = Registry()
    rows = [Row(HOME), Row(HOME), Row(None), Row("not-registered-1"), Row(OTHER, "990101101000")]
    titles = await registry.titles("Bearer of-the-caller").of(rows)
    (asked,) = registry.asked
    assert (asked.url.path, asked.headers["authorization"]) == ("/v1/households/titles", "Bearer of-the-caller")
    assert json.loads(asked.content) == {"household_ids": [HOME, OTHER], "area_codes": [VILLAGE, "990101101000"]}
    assert titles.state is TitlesState.SHOWN
    named, _, nobody, _, foreign = [titles.of(row) for row in rows]
    assert named is not None
    assert named.model_dump() == {"area_path": ["试验县", "甲镇", "甲村"], "household": HOUSEHOLD}
    assert nobody is not None
    assert (nobody.area_path, nobody.household) == (["试验县", "甲镇", "甲村"], None)
    assert foreign is not None
    assert (foreign.area_path, foreign.household) == ([], None)


async def test_rows_are_given_with_their_title() -> None:
    class Plain(BaseModel):
        household_id: str
        area_code: str
        amount: int

    class Listed(Plain, Titled):
        pass

    class Shown(Listed, SaysTitles):
        pass

    row = Plain(household_id=HOME, area_code=VILLAGE, amount=5)
    titles = await Registry().titles().of([row])
    (listed,) = titles.on([row], Listed)
    assert (listed.amount, listed.title) == (5, titles.of(row))
    assert titles.one(row, Shown, titles=titles.state).titles is TitlesState.SHOWN


async def test_an_empty_page_asks_nobody() -> None:
    registry = Registry()
    assert (await registry.titles().of([])).state is TitlesState.SHOWN
    assert registry.asked == []


@pytest.mark.parametrize("status", [401, 403])
async def test_who_may_not_see_households_gets_rows_without_names(status: int) -> None:
    titles = await Registry(httpx.Response(status)).titles().of([Row(HOME)])
    assert (titles.state, titles.of(Row(HOME))) == (TitlesState.REFUSED, None)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("silent"),
        httpx.Response(503),
        httpx.Response(404),
        httpx.Response(200, text="{"),
        httpx.Response(200, json={"households": [{"id": HOME}], "areas": []}),
    ],
    ids=["nobody listens", "silent", "overloaded", "of an earlier release", "no JSON", "of another form"],
)
async def test_a_registry_that_does_not_answer_costs_the_names_only(answer: httpx.Response | Exception) -> None:
    titles = await Registry(answer).titles().of([Row(HOME)])
    assert (titles.state, titles.of(Row(HOME))) == (TitlesState.UNAVAILABLE, None)


async def test_a_registry_that_hangs_is_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0

    async def hang(_: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        await asyncio.Event().wait()
        raise AssertionError

    registry = RegistryTitles(settings(registry_timeout_s=0.05), httpx.MockTransport(hang))
    for _ in range(3):
        assert (await TitlesForCaller(registry, "t").of([Row(HOME)])).state is TitlesState.UNAVAILABLE
    assert asked == 1
    monkeypatch.setattr(titling, "_RETRY_S", 0.0)
    registry._retry_at_s = 0.0
    await TitlesForCaller(registry, "t").of([Row(HOME)])
    assert asked == 2


async def test_nothing_is_kept_between_callers() -> None:
    registry = Registry(httpx.Response(200, json=FOUND), httpx.Response(403))
    asking = RegistryTitles(settings(), httpx.MockTransport(registry.answer))
    first = await TitlesForCaller(asking, "Bearer a").of([Row(HOME)])
    second = await TitlesForCaller(asking, "Bearer b").of([Row(HOME)])
    assert (first.state, second.state) == (TitlesState.SHOWN, TitlesState.REFUSED)
    assert [each.headers["authorization"] for each in registry.asked] == ["Bearer a", "Bearer b"]
    assert second.of(Row(HOME)) is None


async def test_without_an_address_nobody_is_asked() -> None:
    registry = Registry()
    assert (await registry.titles(registry_url="").of([Row(HOME)])).state is TitlesState.UNAVAILABLE
    assert registry.asked == []


def test_the_address_is_a_base_and_production_wants_it_encrypted() -> None:
    with pytest.raises(ValidationError, match="registry_url must be http"):
        settings(registry_url="http://registry:8000/v1")
    for url, is_told in (("http://registry:8000", True), ("https://registry:8000", False), ("", False)):
        told = [text for channel, text in settings(registry_url=url).channel_faults() if channel == "services"]
        assert bool(told) == is_told, url
