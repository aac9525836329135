"""Many are seen in full when a second person has confirmed it, by who asked, for a time, within a day's number."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY
from registry_world import (
    COUNTY,
    OTHER_TOWN,
    OTHER_VILLAGE,
    TOWN,
    VILLAGE,
    clue_of,
    household,
    household_id,
    id_no,
    member,
    ndjson,
    send,
)
from sqlalchemy import text

from registry.settings import RegistrySettings
from servicekit.db import Database
from servicekit.ids import new_id

PER_DAY = 10
NOON = datetime(2050, 3, 1, 4, tzinfo=UTC)  # in China, so that no test runs over midnight
WHY = {
    "fields": ["name", "phone"],
    "purpose_code": "assistance",
    "legal_basis": "防汛转移工作方案",
    "reason": "汛期电话通知",
}
PATH = "/v1/unmaskings"
YES, NO = {"agrees": True, "note": "与方案一致"}, {"agrees": False, "note": "不再需要"}


@pytest.fixture(scope="module")
def settings(settings: RegistrySettings) -> RegistrySettings:
    return settings.model_copy(update={"unmask_bulk_most": 6, "unmask_bulk_per_day": PER_DAY, "unmask_per_day": 1})


@pytest.fixture(autouse=True)
def at_noon(move_clock: Callable[[float], None]) -> None:
    move_clock(NOON.timestamp() - time.time())


@pytest.fixture(scope="module", autouse=True)
async def homes(client: httpx.AsyncClient, county: dict[str, str]) -> dict[str, str]:
    """Three households of one village, one with two members, and one of another township."""
    first = household("99U0000001", member(401), member(402, relation="child", name="张小红"))
    rest = [household(f"99U000000{number}", member(400 + 10 * number)) for number in (2, 3)]
    far = household("99U0000004", member(450), village_code=OTHER_VILLAGE)
    assert (await send(client, ndjson(first, *rest, far), county)).json()["households"] == 4
    return {f"99U000000{number}": await household_id(client, f"99U000000{number}", county) for number in (1, 2, 3, 4)}


class Office:
    """People of one office, and what they ask for."""

    def __init__(self, client: httpx.AsyncClient, headers: Any) -> None:
        self.client, self._headers = client, headers
        self.ann, self.ben = self.somebody(), self.somebody()

    def somebody(self, **more: Any) -> dict[str, str]:
        return dict(self._headers(person=new_id(), **more))

    async def ask(self, who: dict[str, str], **chosen: Any) -> httpx.Response:
        return await self.client.post(PATH, json=WHY | chosen, headers=who)

    async def decide(self, who: dict[str, str], request: str, said: dict[str, Any]) -> httpx.Response:
        return await self.client.post(f"{PATH}/{request}/decision", json=said, headers=who)

    async def read(self, who: dict[str, str], request: str, **params: Any) -> httpx.Response:
        return await self.client.get(f"{PATH}/{request}/persons", params=params, headers=who)

    async def confirmed(self, **chosen: Any) -> str:
        asked = await self.ask(self.ann, **chosen)
        assert asked.status_code == 201, asked.text
        agreed = await self.decide(self.ben, asked.json()["id"], YES)
        assert (agreed.status_code, agreed.json()["state"]) == (200, "confirmed"), agreed.text
        return str(asked.json()["id"])


@pytest.fixture
def office(client: httpx.AsyncClient, headers: Any) -> Office:
    return Office(client, headers)


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_one_asks_another_confirms_the_first_reads_and_each_look_is_recorded(
    office: Office, homes: dict[str, str], registry_database: Database
) -> None:
    """ASVS 2.3.5."""
    asked = (await office.ask(office.ann, area_code=VILLAGE)).json()
    assert (asked["state"], asked["persons"], asked["area_code"]) == ("open", 3, VILLAGE), "heads"
    request = asked["id"]
    assert code(await office.read(office.ann, request)) == (409, "registry.unmasking.not_confirmed")
    assert code(await office.decide(office.ann, request, YES)) == (403, "registry.unmasking.second_person")
    plain = office.somebody(scopes=["persons:unmask"])
    assert code(await office.decide(plain, request, YES)) == (403, "scope_missing")
    for _ in range(2):  # said again: no answer came
        assert (await office.decide(office.ben, request, YES)).json()["state"] == "confirmed"
    assert code(await office.decide(office.somebody(), request, YES)) == (409, "registry.unmasking.decided")
    for other in (office.ben, office.somebody()):
        assert code(await office.read(other, request)) == (403, "registry.unmasking.not_yours")
    first = await office.read(office.ann, request, limit=2)
    assert first.headers["cache-control"] == "no-store"
    rest = await office.read(office.ann, request, limit=2, cursor=first.json()["next_cursor"])
    rows = first.json()["items"] + rest.json()["items"]
    assert [row["hh_no"] for row in rows] == ["99U0000001", "99U0000002", "99U0000003"]
    assert {(row["name"], row["phone"], row["id_no"], row["address"]) for row in rows} == {
        ("张伟明", "13912345678", None, None)
    }, "what was asked for, and no more"
    assert rest.json()["next_cursor"] is None
    async with registry_database.transaction() as session:
        kept = (
            await session.execute(
                text("SELECT household_id::text, fields FROM unmasking WHERE request_id = :id"), {"id": request}
            )
        ).all()
    assert {row.household_id for row in kept} == {homes[f"99U000000{number}"] for number in (1, 2, 3)}
    assert all(row.fields == ["name", "phone"] for row in kept)


async def test_a_table_has_all_of_them_and_the_single_looks_are_counted_apart(
    office: Office, homes: dict[str, str], client: httpx.AsyncClient, registry_database: Database
) -> None:
    request = await office.confirmed(household_ids=[homes["99U0000001"]], whom="members", fields=["name", "id_no"])
    table = await office.read(office.ann, request, format="csv", limit=1)
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert table.headers["cache-control"] == "no-store"
    head, *rows = csv.reader(io.StringIO(table.text.removeprefix("\ufeff")))
    assert head[:3] == ["person_id", "household_id", "hh_no"]
    assert [row[4:6] for row in rows] == [["张伟明", id_no(401)], ["张小红", id_no(402)]]
    me = (await client.get("/v1/me", headers=office.ann)).json()
    assert me["looks"]["left"] == 1, "what two agreed to uses no single look up"


async def test_rights_are_those_of_the_day_of_reading(office: Office, homes: dict[str, str]) -> None:
    """A term that ended in one township: what was confirmed there is left out."""
    person = new_id()
    ann = office._headers(person=person)
    asked = await office.ask(ann, household_ids=[homes["99U0000003"], homes["99U0000004"]])
    assert asked.json()["area_code"] == COUNTY
    town = office.somebody(areas=[TOWN])
    assert code(await office.decide(town, asked.json()["id"], YES)) == (404, "registry.unmasking.not_found")
    assert (await office.decide(office.ben, asked.json()["id"], YES)).status_code == 200
    moved = office._headers(person=person, areas=[OTHER_TOWN])
    page = (await office.read(moved, asked.json()["id"])).json()
    assert ([row["hh_no"] for row in page["items"]], page["left_out"]) == (["99U0000004"], 1)


async def test_what_was_taken_back_refused_or_is_over_is_gone(
    office: Office, homes: dict[str, str], move_clock: Any
) -> None:
    for who, state in ((office.ann, "withdrawn"), (office.ben, "refused")):
        request = await office.confirmed(household_ids=[homes["99U0000001"]])
        assert (await office.decide(who, request, NO)).json()["state"] == state
        assert code(await office.read(office.ann, request)) == (410, "registry.unmasking.gone")
        assert code(await office.decide(office.somebody(), request, YES)) == (409, "registry.unmasking.decided")
    waiting = (await office.ask(office.ann, household_ids=[homes["99U0000002"]])).json()["id"]
    readable = await office.confirmed(household_ids=[homes["99U0000002"]])
    move_clock(NOON.timestamp() + 73 * 3600 - time.time())
    assert code(await office.read(office.ann, readable)) == (410, "registry.unmasking.gone")
    assert code(await office.decide(office.ben, waiting, YES)) == (409, "registry.unmasking.decided")
    listed = await office.client.get(PATH, params={"state": "expired", "limit": 200}, headers=office.ben)
    assert {waiting, readable} <= {item["id"] for item in listed.json()["items"]}
    open_ones = await office.client.get(PATH, params={"state": "open", "limit": 200}, headers=office.ben)
    assert waiting not in {item["id"] for item in open_ones.json()["items"]}


async def test_a_day_has_a_number_of_persons_whatever_is_read_again(office: Office) -> None:
    request = await office.confirmed(area_code=VILLAGE)
    before = REGISTRY.get_sample_value("bangfu_look_quota_marks_total", {"state": "near"}) or 0.0
    for _ in range(PER_DAY // 3):
        assert len((await office.read(office.ann, request)).json()["items"]) == 3
    refused = await office.read(office.ann, request)
    assert code(refused) == (429, "registry.unmasking.quota_used_up")
    assert (refused.json()["per_day"], refused.json()["left"]) == (PER_DAY, PER_DAY % 3)
    assert len((await office.read(office.ann, request, limit=PER_DAY % 3)).json()["items"]) == PER_DAY % 3
    after = REGISTRY.get_sample_value("bangfu_look_quota_marks_total", {"state": "near"}) or 0.0
    assert after - before == 1


async def test_wrong_requests_are_told_what_is_wrong_and_nothing_is_kept(
    office: Office, homes: dict[str, str], registry_database: Database
) -> None:
    ann = office.ann
    faults = [
        ({}, "chosen.one_way"),
        ({"area_code": "990101102202"}, "chosen.nobody"),
        ({"area_code": COUNTY, "whom": "members", "monitored": True}, "chosen.nobody"),
        ({"area_code": VILLAGE, "legal_basis": None}, "legal_basis.missing"),
    ]
    for changes, expected in faults:
        answer = await office.ask(ann, **changes)
        assert code(answer) == (422, "registry.unmasking.invalid"), answer.text
        assert [error["code"] for error in answer.json()["errors"]] == [expected]
    foreign = {"legal_basis": None, "case_id": await clue_of(registry_database, homes["99U0000004"])}
    assert code(await office.ask(ann, household_ids=[homes["99U0000001"]], **foreign)) == (
        422, "registry.person.case_unknown",
    )  # fmt: skip
    assert code(await office.ask(ann, person_ids=[new_id()])) == (404, "registry.person.not_found")
    town = office.somebody(areas=[TOWN])
    assert code(await office.ask(town, household_ids=[homes["99U0000004"]])) == (404, "registry.household.not_found")
    assert code(await office.ask(town, area_code=OTHER_TOWN)) == (404, "area_outside")
    listed = await office.client.get(PATH, headers=office.somebody(areas=[OTHER_TOWN]))
    assert listed.json()["items"] == []


async def test_one_request_has_so_many_persons_at_most(
    office: Office, client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    many = household("99U0000009", *(member(460 + n, relation="child" if n else "head") for n in range(7)))
    assert (await send(client, ndjson(many), county)).json()["households"] == 1
    home = await household_id(client, "99U0000009", county)
    answer = await office.ask(office.ann, household_ids=[home], whom="members")
    assert [error["code"] for error in answer.json()["errors"]] == ["chosen.too_many"]


async def test_no_machine_asks_confirms_or_reads_for_itself(
    client: httpx.AsyncClient, office: Office, headers: Any
) -> None:
    machine = headers(client_id="machine", person_stand_in=False)
    request = await office.confirmed(area_code=VILLAGE)
    for answer in (
        await office.ask(machine, area_code=VILLAGE),
        await office.decide(machine, request, NO),
        await office.read(machine, request),
    ):
        assert code(answer) == (403, "scope_missing")
