"""Where cases gather and figures look capped: planted, beside near misses, against an oracle in plain Python."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from registry_world import AREAS, COUNTY, OTHER_TOWN, TOWN, household, member, ndjson, send
from sqlalchemy import text

from registry.area_checks import rules, service
from servicekit import clock
from servicekit.db import Database
from servicekit.ids import new_id

Headers = dict[str, str]
TODAY = clock.today()
LAST_MONTH = TODAY.replace(day=1) - timedelta(days=1)


@dataclass
class Village:
    """A village as it is planted: households, of them monitored ones by the days since their identification."""

    code: str
    households: int
    identified: Sequence[int] = ()
    risk: str = "01"
    clues: int = 0
    refused: int = 0
    ids: list[str] = field(default_factory=list)


PLANTED = [
    Village("990101101210", 230, [3] * 10, risk="02"),  # as many as a village needs; a cause; clearly unusual
    Village("990101101211", 190, [29] * 9, risk="03"),  # one fewer; their cause came too long ago to be one event
    Village("990101102210", 60, [400] * 3, risk="04"),  # three of sixty are 5 %
    Village("990101102211", 61, [400] * 3, risk="05"),  # three of sixty-one are less
    Village("990101102212", 20, [400] * 2, risk="06"),  # two of twenty are a tenth, and too few to say anything
    Village("990101103210", 120, [30], clues=20),  # the thirtieth day counts no more as lately
    Village("990101104210", 150, clues=20, refused=3),
    Village("990101105210", 100, clues=19, refused=2),
]


def expected(villages: Sequence[Village]) -> set[tuple[str, str, str | None]]:
    """Give (check, area, cause) by the default parameters, the slow way."""
    found = set()
    for level in ("village", "town"):
        areas: dict[str, list[Village]] = {}
        for each in villages:
            areas.setdefault(each.code if level == "village" else each.code[:9] + "000", []).append(each)
        new = {code: sum(day < 30 for each in of for day in each.identified) for code, of in areas.items()}
        size = {code: sum(each.households for each in of) for code, of in areas.items()}
        many, share = (10, 0.05) if level == "village" else (30, 0.03)
        for code, of in areas.items():
            monitored = sum(len(each.identified) for each in of)
            if new[code] >= many:
                found.add(("CK-08A", code, None))
            if monitored >= 3 and monitored >= share * size[code]:
                found.add(("CK-08B", code, None))
            elsewhere = sum(new.values()) - new[code], sum(size.values()) - size[code]
            rate = size[code] * elsewhere[0] / elsewhere[1]
            chance = 1 - sum(math.exp(-rate) * rate**k / math.factorial(k) for k in range(new[code]))
            if new[code] >= 3 and chance < 0.01:
                found.add(("CK-08C", code, None))
            causes = Counter(each.risk for each in of for day in each.identified if day < 14)
            found |= {("CK-08D", code, risk) for risk, number in causes.items() if number >= 5}
            lately = [day for each in of for day in each.identified if day < 180]
            if level == "town" and sum(each.clues for each in of) >= 20 and not lately:
                found.add(("CK-12A", code, None))
            refused = sum(each.refused for each in of)
            decided = refused + sum(_is_of_last_month(day) for each in of for day in each.identified)
            if level == "town" and refused >= 3 and refused == decided:
                found.add(("CK-12B", code, None))
    return found


def _is_of_last_month(days: int) -> bool:
    day = TODAY - timedelta(days=days)
    return (day.year, day.month) == (LAST_MONTH.year, LAST_MONTH.month)


class County:
    """A county whose villages are planted."""

    def __init__(self, client: httpx.AsyncClient, headers: Headers, database: Database) -> None:
        self.client, self.headers, self.database = client, headers, database

    async def plant(self, villages: Sequence[Village]) -> None:
        towns = {each.code[:9] + "000" for each in villages} - {TOWN, OTHER_TOWN}
        lines = [f"{code},镇{code[6:9]},{COUNTY},2020-01-01" for code in sorted(towns)]
        lines += [f"{each.code},村{each.code[6:]},{each.code[:9]}000,2020-01-01" for each in villages]
        areas = AREAS.splitlines()[0] + "\n" + "\n".join(lines)
        await send(self.client, areas.encode(), self.headers, kind="text/csv", path="/v1/areas/import")
        homes, number = [], 0
        for each in villages:
            for place in range(each.households):
                number += 1
                watched = None
                if place < len(each.identified):
                    day = TODAY - timedelta(days=each.identified[place])
                    watched = {"category": "1", "identified_on": day.isoformat(), "risk_types": [each.risk]}
                one = member(number % 400, f"19{50 + number % 40}0101", id_no=None)
                one |= {"person_no": f"99A{number:06d}", "name": f"王{number}"}
                homes.append(household(f"99A{number:07d}", one, village_code=each.code, monitor=watched, hh_type="0"))
        receipt = (await send(self.client, ndjson(*homes), self.headers)).json()
        assert receipt["households"] == len(homes), receipt
        for each in villages:
            each.ids = await self.column(
                "SELECT id::text FROM household WHERE village_code = :code ORDER BY hh_no", code=each.code
            )
            for home in each.ids[: each.clues]:
                await self.do(
                    "INSERT INTO clue (clue_id, household_id, risk_type, found_at, state, version)"
                    " VALUES (:clue, :home, '01', now() - interval '20 days', 'excluded', 1)", clue=new_id(), home=home,
                )  # fmt: skip
            for home in each.ids[-each.refused :] if each.refused else []:
                await self.refuse(home, LAST_MONTH)

    async def refuse(self, home: str, day: date) -> None:
        await self.do(
            "INSERT INTO episode (id, household_id, origin, state, risk_types, found_on, is_active, sequence, version,"
            " created_at, updated_at) VALUES (uuidv7(), CAST(:home AS uuid), 'clue', 'REJECTED', '{01}', :day, false,"
            " 1, 1, now(), CAST(:day AS timestamptz))",
            home=home,
            day=day,
        )

    async def do(self, statement: str, **values: Any) -> None:
        async with self.database.transaction() as session:
            await session.execute(text(statement), values)

    async def column(self, query: str, **values: Any) -> list[Any]:
        async with self.database.transaction() as session:
            return list((await session.execute(text(query), values)).scalars())

    async def look(self) -> None:
        answer = await self.client.post("/v1/area-checks", json={}, headers=self.headers)
        assert (answer.status_code, answer.json()["counties"]) == (200, [COUNTY]), answer.text

    async def found(self, headers: Headers | None = None, **params: Any) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            asked = params | {"limit": 3} | ({"cursor": cursor} if cursor else {})
            answer = await self.client.get("/v1/area-checks", params=asked, headers=headers or self.headers)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            items += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                assert page["total"] == len(items)
                return items


@pytest.fixture(scope="module")
async def planted(client: httpx.AsyncClient, county: Headers, registry_database: Database) -> County:
    found = County(client, county, registry_database)
    await found.plant(PLANTED)
    await found.look()
    return found


def place(item: dict[str, Any]) -> tuple[str, str, str | None]:
    return item["code"], item["area_code"], item["cause"]


async def test_what_was_planted_is_found_and_no_near_miss(planted: County) -> None:
    """F-A01, F-A21: CK-08 and CK-12, each check at least once."""
    wanted = expected(PLANTED)
    assert {place(item) for item in await planted.found()} == wanted
    of_sites = {code for code, rule in rules.load().rules.items() if rule.scope == "site"}
    assert {code for code, _, _ in wanted} == rules.load().rules.keys() - of_sites
    before = {item["id"] for item in await planted.found()}
    await planted.look()
    assert {item["id"] for item in await planted.found()} == before


async def test_a_finding_names_its_area_and_opens_to_the_households_behind_it(planted: County) -> None:
    [item] = await planted.found(code="CK-08A", area=PLANTED[0].code)
    assert item["evidence"] == {"level": "village", "new_households": 10}
    assert item["area_path"][0] == "试验县"
    shown = (await planted.client.get(f"/v1/area-checks/{item['id']}", headers=planted.headers)).json()
    assert shown["households_total"] == 10
    assert {row["household_id"] for row in shown["households"]} == set(PLANTED[0].ids[:10])
    assert shown["titles"] == "shown"
    assert all(row["title"]["household"]["head"]["name"].startswith("王") for row in shown["households"])
    behind = {
        ("CK-08B", PLANTED[2].code): 3,
        ("CK-08D", PLANTED[0].code): 10,
        ("CK-12A", "990101104000"): 20,
        ("CK-12B", "990101104000"): 3,
    }
    ids = {(each["code"], each["area_code"]): each["id"] for each in await planted.found()}
    for key, number in behind.items():
        told = (await planted.client.get(f"/v1/area-checks/{ids[key]}", headers=planted.headers)).json()
        assert told["households_total"] == number, key


async def test_each_finding_is_a_duty_of_the_county(planted: County) -> None:
    said = await planted.column(
        "SELECT data ->> 'subject_id' FROM outbox WHERE topic = 'registry.duty.v1' AND data ->> 'kind' = 'V02'"
    )
    assert set(said) == {item["id"] for item in await planted.found()}
    assert len(said) == len(set(said))


async def test_whoever_is_elsewhere_sees_nothing_and_only_the_county_judges(planted: County, headers: Any) -> None:
    [item] = await planted.found(code="CK-08A", area=PLANTED[0].code)
    url = f"/v1/area-checks/{item['id']}"
    other = headers(areas=[OTHER_TOWN])
    assert item["id"] not in {each["id"] for each in await planted.found(other)}
    looked = await planted.client.post("/v1/area-checks", json={}, headers=other)
    assert looked.json()["open"] == len(await planted.found(other)) < len(await planted.found())
    assert (await planted.client.get(url, headers=other)).json()["code"] == "registry.area_check.not_found"
    said = {"answer": "经研判为洪涝所致,已启动专项帮扶"}
    refused = await planted.client.post(f"{url}/answer", json=said, headers=headers(scopes=["households:read"]))
    assert refused.status_code == 403
    assert (await planted.client.post(f"{url}/answer", json=said, headers=other)).status_code == 404
    assert (
        await planted.client.post(f"{url}/answer", json={"answer": "短"}, headers=planted.headers)
    ).status_code == 422
    answered = await planted.client.post(f"{url}/answer", json=said, headers=planted.headers)
    assert (answered.status_code, answered.json()["state"]) == (200, "answered"), answered.text
    again = await planted.client.post(f"{url}/answer", json=said, headers=planted.headers)
    assert (again.status_code, again.json()["code"]) == (409, "registry.area_check.over")
    await planted.look()  # what was judged is not found again while it lasts
    assert await planted.found(code="CK-08A", area=PLANTED[0].code) == []
    [kept] = await planted.found(code="CK-08A", area=PLANTED[0].code, state="answered")
    assert kept["answer"] == said["answer"]


async def test_what_is_over_closes_with_its_duty_and_is_found_anew_when_it_comes_back(planted: County) -> None:
    [item] = await planted.found(code="CK-12B")
    village = next(each for each in PLANTED if each.refused == 3)
    await planted.do(
        "UPDATE episode SET identified_on = :day, state = 'MONITORED' WHERE household_id = CAST(:home AS uuid)",
        home=village.ids[-1],
        day=LAST_MONTH,
    )
    await planted.do(
        "UPDATE episode SET state = 'MONITORED' WHERE household_id = CAST(:home AS uuid)", home=village.ids[-1]
    )
    await planted.look()
    assert await planted.found(code="CK-12B") == []
    [closed] = await planted.found(code="CK-12B", state="closed")
    assert closed["id"] == item["id"]
    outcomes = await planted.column(
        "SELECT data ->> 'outcome' FROM outbox WHERE data ->> 'subject_id' = :id ORDER BY id", id=item["id"]
    )
    assert outcomes == [None, "done"]
    await planted.do(
        "UPDATE episode SET identified_on = NULL, state = 'REJECTED' WHERE household_id = CAST(:home AS uuid)",
        home=village.ids[-1],
    )
    await planted.look()
    [anew] = await planted.found(code="CK-12B")
    assert anew["id"] != item["id"]


async def test_the_worker_looks_at_every_county(planted: County) -> None:
    await planted.do("DELETE FROM area_check WHERE code = 'CK-08D'")
    await service.follow_job(planted.database)()
    assert {item["area_code"] for item in await planted.found(code="CK-08D")} == {PLANTED[0].code, TOWN}
