"""A list is held against everything that counts for its area, and mended rows complete the list they belong to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from sqlalchemy import text

from servicekit.db import Database
from servicekit.tokens import tokenisers

from .conftest import Api, person
from .test_holding import ENROL, LOW, effective, enrolled, lines, listed, on_the_tenth

__all__ = ["on_the_tenth"]

TEMP = "DS-CIV-TEMP"
_COUNTIES = count(711)


@pytest.fixture
def area() -> str:
    """A county of its own for each test."""
    return f"990{next(_COUNTIES)}000000"


@pytest.fixture
def med(api_of: Callable[..., Api], area: str) -> Api:
    return api_of("MED", areas=(area,))


@pytest.fixture
def civ(api_of: Callable[..., Api], area: str) -> Api:
    return api_of("CIV", areas=(area,))


def town(area: str, number: int) -> str:
    return f"{area[:6]}{number}000"


@pytest.fixture
def register(sharing_database: Database, settings: Any, area: str) -> Callable[..., Any]:
    """Put persons into the directory: register(101, range(5)) of the county's township 101."""
    tokeniser = tokenisers(settings.keyring("token_key"))["k1"]

    async def put(number: int, indices: Iterable[int]) -> None:
        async with sharing_database.transaction() as session:
            for index in indices:
                values = {"id": f"{area}-{index}", "area": f"{area[:6]}{number}201",
                          "token": tokeniser.id_token(person(index)["id_no"])}  # fmt: skip
                await session.execute(
                    text(
                        "INSERT INTO directory_household (household_id, version, area_code, hh_type, status,"
                        " housing_tenure, is_resettled, is_monitored, open_risks) VALUES (:id, 1, :area, '0',"
                        " 'active', 'owned', false, false, '{}')"
                    ),
                    values,
                )
                await session.execute(
                    text(
                        "INSERT INTO directory_person (household_id, person_id, id_token, person_token, token_key_id,"
                        " birth_date, sex, labour, relation, has_finished_compulsory, health, relief)"
                        " VALUES (:id, :id, :token, 'x', 'k1', '1980-01-01', '1', '1', 'head', false, '{}', 'none')"
                    ),
                    values,
                )

    return put


def reasons(receipt: dict[str, Any]) -> dict[str, tuple[int, int]]:
    hold = receipt["hold"] or {"reasons": []}
    return {given["code"]: (given["rows"], given["of_rows"]) for given in hold["reasons"]}


def refused(indices: Iterable[int], of: Iterable[int]) -> bytes:
    wrong = set(indices)
    return lines([enrolled(index, scheme="?" if index in wrong else "resident") for index in of])


async def test_a_torn_list_of_the_county_is_held_against_the_lists_of_its_towns(
    med: Api, api_of: Callable[..., Api], sharing_database: Database, area: str
) -> None:
    ids = []
    for number, indices in ((101, range(1000, 1010)), (102, range(1010, 1020))):
        api = api_of("MED", areas=(town(area, number),))
        ids.append((await api.deliver(listed(*indices), ENROL))["delivery_id"])
    torn = await med.deliver(listed(1000), ENROL)
    assert (torn["state"], reasons(torn)["shrunk"], reasons(torn)["persons_gone"]) == ("held", (19, 20), (19, 20))
    assert await effective(sharing_database, med) == ids
    whole = await med.deliver(listed(*range(1000, 1020)), ENROL)
    assert whole["state"] == "committed"
    assert await effective(sharing_database, med) == [whole["delivery_id"]]


async def test_a_torn_list_of_a_town_is_held_against_the_countys_list(
    med: Api, api_of: Callable[..., Api], register: Callable[..., Any], sharing_database: Database, area: str
) -> None:
    await register(101, range(1100, 1110))
    await register(102, range(1110, 1120))
    county = await med.deliver(listed(*range(1100, 1120)), ENROL)
    api = api_of("MED", areas=(town(area, 101),))
    torn = await api.deliver(listed(1100), ENROL)
    assert (torn["state"], reasons(torn)["shrunk"]) == ("held", (9, 10))
    whole = await api.deliver(listed(*range(1101, 1110)), ENROL)
    assert whole["state"] == "committed"
    assert await effective(sharing_database, med) == [county["delivery_id"], whole["delivery_id"]]


async def test_a_list_without_a_whole_township_is_held_however_small_that_is(
    med: Api, register: Callable[..., Any]
) -> None:
    await register(101, range(1200, 1240))
    await register(102, range(1240, 1245))
    await register(103, range(1245, 1249))
    await med.deliver(listed(*range(1200, 1249)), ENROL)
    lost = await med.deliver(listed(*range(1200, 1240), *range(1245, 1249)), ENROL)
    assert reasons(lost) == {"area_missing": (5, 49)}
    # Four persons are fewer than the profile's number, and somebody of each other township is there.
    thinner = await med.deliver(listed(*range(1200, 1240), 1240), ENROL)
    assert thinner["state"] == "committed"


async def test_a_first_list_of_everybody_is_held_against_the_register(
    med: Api, register: Callable[..., Any], sharing_database: Database
) -> None:
    await register(101, range(2500, 2520))
    # Rows of persons whom nobody registered do not make a torn list whole.
    torn = await med.deliver(listed(*range(2500, 2511), *range(2530, 2540)), ENROL)
    assert (torn["state"], reasons(torn)) == ("held", {"covers_few": (11, 20)})
    assert "20人中只有11人" in torn["hold"]["reasons"][0]["message"]
    assert await effective(sharing_database, med) == []
    # Mended rows take the doubt away.
    mended = await med.deliver(listed(2511), ENROL, mode="correction", corrects=torn["delivery_id"])
    assert [note["code"] for note in mended["notes"]] == ["delivery.completes_held"]
    assert await effective(sharing_database, med) == [torn["delivery_id"], mended["delivery_id"]]


async def test_a_first_list_of_some_says_that_nothing_was_compared(civ: Api) -> None:
    row = person(2) | {"type": "dibao", "from_on": "2026-01-01", "monthly_amount": "500", "change": "none"}
    first, again = [await civ.deliver(lines([row]), LOW) for _ in range(2)]
    assert ([note["code"] for note in first["notes"]], again["notes"]) == (["delivery.nothing_before"], [])


async def test_the_last_row_of_a_list_does_not_go_unseen(civ: Api, sharing_database: Database) -> None:
    row = person(1) | {"type": "dibao", "from_on": "2026-01-01", "monthly_amount": "500", "change": "none"}
    one = await civ.deliver(lines([row]), LOW)
    nil = (await civ.post("/v1/deliveries/nil", json={"dataset": LOW, "period": "2026-10", "reason": "本月无"})).json()
    assert (nil["state"], reasons(nil)) == ("held", {"shrunk": (1, 1)})
    assert await effective(sharing_database, civ, dataset=LOW) == [one["delivery_id"]]


async def test_what_corrections_added_is_part_of_the_list_before(med: Api) -> None:
    month = await med.deliver(refused(range(1300, 1302), range(1300, 1310)), ENROL, period="2026-09")
    await med.deliver(listed(1300, 1301), ENROL, period="2026-09", mode="correction", corrects=month["delivery_id"])
    torn = await med.deliver(listed(*range(1302, 1309)), ENROL)
    assert reasons(torn)["shrunk"] == (3, 10)


async def test_mended_rows_complete_a_held_list_and_it_counts(med: Api, sharing_database: Database) -> None:
    before = await med.deliver(listed(*range(1400, 1410)), ENROL, period="2026-09")
    held = await med.deliver(refused(range(1400, 1406), range(1400, 1410)), ENROL)
    assert reasons(held)["refused"] == (6, 10)
    some = await med.deliver(listed(1400, 1401), ENROL, mode="correction", corrects=held["delivery_id"])
    assert [note["code"] for note in some["notes"]] == ["delivery.corrects_held"]
    shown = (await med.get(f"/v1/deliveries/{held['delivery_id']}")).json()
    assert (shown["state"], shown["hold"]["reasons"][0]["rows"]) == ("held", 4)
    rest = await med.deliver(listed(*range(1402, 1406)), ENROL, mode="correction", corrects=held["delivery_id"])
    assert [note["code"] for note in rest["notes"]] == ["delivery.completes_held"]
    shown = (await med.get(f"/v1/deliveries/{held['delivery_id']}")).json()
    assert (shown["state"], rest["delivery_id"] in shown["decision_reason"]) == ("committed", True)
    ids = [each["delivery_id"] for each in (held, some, rest)]
    assert await effective(sharing_database, med) == ids
    assert await effective(sharing_database, med, period="2026-09") == [before["delivery_id"]]


async def test_a_list_that_was_refused_as_a_whole_counts_once_its_rows_are_mended(
    med: Api, sharing_database: Database
) -> None:
    held = await med.deliver(refused(range(1500, 1510), range(1500, 1510)), ENROL)
    assert reasons(held) == {"all_refused": (10, 10)}
    some = await med.deliver(listed(*range(1500, 1505)), ENROL, mode="correction", corrects=held["delivery_id"])
    path = f"/v1/deliveries/{held['delivery_id']}/release"
    released = await med.post(path, json={"reason": "其余五人已停保"})
    assert (released.status_code, released.json()["state"]) == (200, "committed")
    assert await effective(sharing_database, med) == [held["delivery_id"], some["delivery_id"]]


async def test_mended_rows_of_a_refused_delivery_are_not_taken_for_the_month(
    med: Api, sharing_database: Database
) -> None:
    delivery = await med.open(ENROL, strict=True)
    await med.put(delivery, 1, refused([1600], range(1600, 1610)))
    assert (await med.commit(delivery)).status_code == 409
    body = {"dataset": ENROL, "period": "2026-10", "mode": "correction", "corrects": delivery}
    answer = await med.post("/v1/deliveries", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "sharing.delivery.corrects_nothing")
    assert await effective(sharing_database, med) == []


async def test_a_mended_row_of_an_earlier_day_joins_its_list(med: Api, sharing_database: Database) -> None:
    rows = [enrolled(index, as_of="2026-10-31") for index in range(1700, 1710)]
    month = await med.deliver(lines(rows), ENROL)
    mended = await med.deliver(listed(1710, as_of="2026-10-12"), ENROL, mode="correction")
    assert await effective(sharing_database, med) == [month["delivery_id"], mended["delivery_id"]]
    whole = await med.deliver(listed(*range(1700, 1711), as_of="2026-10-31"), ENROL)
    assert await effective(sharing_database, med) == [whole["delivery_id"]]


async def test_an_older_list_that_does_not_count_makes_no_held_one_moot(med: Api) -> None:
    await med.deliver(listed(*range(1800, 1810), as_of="2026-10-31"), ENROL)
    torn = await med.deliver(listed(1800, as_of="2026-11-02"), ENROL)
    older = await med.deliver(listed(*range(1800, 1810), as_of="2026-10-01"), ENROL)
    assert [note["code"] for note in older["notes"]] == ["delivery.older_than_current"]
    assert (await med.get(f"/v1/deliveries/{torn['delivery_id']}")).json()["state"] == "held"


async def test_a_month_of_increments_is_replaced_by_as_many_and_added_to_when_that_is_said(
    civ: Api, sharing_database: Database
) -> None:
    def grants(indices: Iterable[int]) -> bytes:
        return lines([person(i) | {"granted_on": "2026-10-02", "amount": "300", "reason": "因病"} for i in indices])

    first = await civ.deliver(grants(range(10)), TEMP, mode="incremental")
    added = await civ.deliver(grants([10]), TEMP, mode="incremental")
    assert (first["supersedes"], added["supersedes"], added["mode"]) == (None, None, "incremental")
    assert await effective(sharing_database, civ, dataset=TEMP) == [first["delivery_id"], added["delivery_id"]]
    torn = await civ.deliver(grants([1]), TEMP)
    assert (torn["state"], reasons(torn)) == ("held", {"shrunk": (9, 10)})
    again = await civ.deliver(grants(range(11)), TEMP)
    assert (again["state"], again["supersedes"]) == ("committed", first["delivery_id"])
    assert await effective(sharing_database, civ, dataset=TEMP) == [again["delivery_id"]]
    entry = next(
        each for each in (await civ.get("/v1/ledger", params={"period": "2026-10"})).json()["entries"]
        if each["dataset"] == TEMP
    )  # fmt: skip
    assert (entry["status"], entry["delivery_id"]) == ("on_time", again["delivery_id"])


async def test_rows_about_persons_of_elsewhere_are_named_in_the_receipt(
    api_of: Callable[..., Api], register: Callable[..., Any], area: str
) -> None:
    await register(101, [1900])
    await register(102, [1901])
    receipt = await api_of("MED", areas=(town(area, 101),)).deliver(listed(1900, 1901, 1902), ENROL)
    assert (receipt["rows_accepted"], receipt["rows_rejected"]) == (2, 1)
    assert [(note["code"], note["message"][0]) for note in receipt["notes"]] == [("delivery.rows_outside", "1")]


async def test_a_held_list_past_its_day_is_told(med: Api, business_clock: Any) -> None:
    await med.deliver(listed(*range(2000, 2010)), ENROL)
    torn = await med.deliver(listed(2000), ENROL)
    assert torn["hold"]["is_overdue"] is False
    overdue = {"state": "held", "overdue": True}
    assert (await med.get("/v1/deliveries", params=overdue)).json()["items"] == []
    business_clock(datetime(2026, 11, 13, 1, tzinfo=UTC))  # due on the 12th
    (shown,) = (await med.get("/v1/deliveries", params=overdue)).json()["items"]
    assert (shown["id"], shown["hold"]["is_overdue"]) == (torn["delivery_id"], True)
