"""Lists that cannot be believed are held, lists of wrong areas refused, and corrections join their month."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from servicekit.db import Database
from servicekit.ids import new_id
from sharing.deliveries.service import effective_parts, held_lists, lists_told

from .conftest import PERIOD, WRITER, Api, person

ROLL, LOW, ENROL = "DS-EDU-ROLL", "DS-CIV-LOW", "DS-MED-ENROL"


def enrolled(index: int, **changes: Any) -> dict[str, Any]:
    row = person(index) | {"year": 2026, "scheme": "resident", "personal_paid": "400.00", "subsidy": "0.00"}
    return row | changes


def lines(rows: Sequence[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def listed(*indices: int, **changes: Any) -> bytes:
    return lines([enrolled(index, **changes) for index in indices])


def areas() -> Any:
    number = 100
    while True:
        number += 1
        yield f"990{number}000000"


_AREAS = areas()


@pytest.fixture(autouse=True)
def on_the_tenth(app: Any, business_clock: Any) -> None:
    """The tenth of November 2026, a Tuesday; an app that was created since asks for the real time."""
    business_clock(datetime(2026, 11, 10, 1, tzinfo=UTC))


@pytest.fixture
def area() -> str:
    """A county of its own for each test."""
    return str(next(_AREAS))


@pytest.fixture
def med(api_of: Callable[..., Api], area: str) -> Api:
    return api_of("MED", areas=(area,))


async def effective(database: Database, api: Api, period: str = PERIOD, dataset: str = ENROL) -> list[str]:
    """Give the deliveries of the caller's county that count, in their order."""
    async with database.transaction() as session:
        sources = await effective_parts(session, [dataset], period, api.intake.lake)
        mine = {item["id"] for item in (await api.get("/v1/deliveries", params={"limit": 200})).json()["items"]}
    return [source.delivery_id for source in sources if source.delivery_id in mine]


async def events(database: Database, delivery: str) -> list[str]:
    async with database.transaction() as session:
        found = await session.execute(
            text("SELECT type FROM outbox WHERE data->>'delivery_id' = :id ORDER BY id"), {"id": delivery}
        )
        return [str(kind).split(".")[-2] for kind in found.scalars()]


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (range(10), [0], "shrunk"),
        (range(10), range(7), "shrunk"),
        (range(100), range(79), "shrunk"),
        (range(6), [0, 1, 2, 20, 21, 22], "persons_gone"),
        (range(4), [30, 31, 32, 33], "persons_gone"),
    ],
)
async def test_a_full_list_that_lost_too_much_is_held_and_the_one_before_stays(
    med: Api, sharing_database: Database, before: Sequence[int], after: Sequence[int], reason: str
) -> None:
    good = (await med.deliver(listed(*before), ENROL))["delivery_id"]
    torn = await med.deliver(listed(*after), ENROL)
    assert torn["state"] == "held"
    assert reason in {given["code"] for given in torn["hold"]["reasons"]}
    assert all(given["message"] for given in torn["hold"]["reasons"])
    assert (torn["hold"]["owner_department"], torn["hold"]["due_on"]) == ("MED", "2026-11-12")
    assert await effective(sharing_database, med) == [good]
    assert await events(sharing_database, torn["delivery_id"]) == ["suspended"]
    waiting = (await med.get("/v1/deliveries", params={"state": "held"})).json()["items"]
    assert [item["id"] for item in waiting] == [torn["delivery_id"]]
    ledger = (await med.get("/v1/ledger", params={"period": PERIOD})).json()["entries"]
    entry = next(each for each in ledger if each["dataset"] == ENROL)
    assert (entry["delivery_id"], entry["held_delivery_id"]) == (good, torn["delivery_id"])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (range(10), range(8)),
        (range(10), range(9)),
        (range(3), range(2)),
        (range(100), range(80)),
        (range(5), range(50)),
    ],
)
async def test_a_plausible_list_counts_at_once(
    med: Api, sharing_database: Database, before: Sequence[int], after: Sequence[int]
) -> None:
    await med.deliver(listed(*before), ENROL)
    second = await med.deliver(listed(*after), ENROL)
    assert (second["state"], second["hold"]) == ("committed", None)
    assert await effective(sharing_database, med) == [second["delivery_id"]]


async def test_a_month_is_held_against_the_month_before(med: Api, sharing_database: Database) -> None:
    await med.deliver(listed(*range(10)), ENROL, period="2026-09")
    torn = await med.deliver(listed(0, 1), ENROL, period="2026-10")
    assert torn["state"] == "held"
    assert await effective(sharing_database, med) == []


@pytest.mark.parametrize("had_a_list", [True, False])
async def test_a_list_of_which_every_row_was_refused_never_counts(
    med: Api, sharing_database: Database, had_a_list: bool
) -> None:
    good = [(await med.deliver(listed(1, 2, 3), ENROL))["delivery_id"]] if had_a_list else []
    bad = await med.deliver(listed(1, 2, 3, scheme="?"), ENROL)
    assert [given["code"] for given in bad["hold"]["reasons"]] == ["all_refused"]
    answer = await med.post(f"/v1/deliveries/{bad['delivery_id']}/release", json={"reason": "核对无误"})
    assert (answer.status_code, answer.json()["code"]) == (409, "sharing.delivery.nothing_to_release")
    assert await effective(sharing_database, med) == good
    answer = await med.post(f"/v1/deliveries/{bad['delivery_id']}/withdraw", json={"reason": "文件有误"})
    assert (answer.json()["state"], answer.json()["decision_reason"]) == ("withdrawn", "文件有误")
    assert await events(sharing_database, bad["delivery_id"]) == ["suspended", "withdrawn"]


async def test_a_month_of_increments_is_not_replaced_by_refused_rows(
    api_of: Callable[..., Api], sharing_database: Database, area: str
) -> None:
    civ = api_of("CIV", areas=(area,))
    row = person(1) | {"granted_on": "2026-10-02", "amount": "300", "reason": "因病"}
    good = await civ.deliver(lines([row]), "DS-CIV-TEMP")
    bad = await civ.deliver(lines([row | {"amount": "many"}]), "DS-CIV-TEMP")
    assert bad["state"] == "held"
    assert await effective(sharing_database, civ, dataset="DS-CIV-TEMP") == [good["delivery_id"]]


@pytest.mark.parametrize(("refused", "of_rows", "state"), [(3, 10, "held"), (2, 10, "committed"), (1, 2, "committed")])
async def test_a_full_list_with_too_many_refused_rows_is_held(med: Api, refused: int, of_rows: int, state: str) -> None:
    rows = [enrolled(index, scheme="?" if index < refused else "resident") for index in range(of_rows)]
    assert (await med.deliver(lines(rows), ENROL))["state"] == state


async def test_a_list_with_other_names_for_the_same_numbers_is_held(med: Api) -> None:
    await med.deliver(listed(*range(10)), ENROL)
    moved = [enrolled(index, name=f"李{'甲乙丙丁戊'[index % 5]}") for index in range(10)]
    held = await med.deliver(lines(moved), ENROL)
    assert {given["code"]: given["rows"] for given in held["hold"]["reasons"]} == {"names_changed": 10}


async def test_a_nil_return_after_a_list_is_held(
    api_of: Callable[..., Api], sharing_database: Database, area: str
) -> None:
    civ = api_of("CIV", areas=(area,))
    rows = [
        person(index) | {"type": "dibao", "from_on": "2026-01-01", "monthly_amount": "500", "change": "none"}
        for index in range(5)
    ]
    good = await civ.deliver(lines(rows), LOW)
    nil = await civ.post("/v1/deliveries/nil", json={"dataset": LOW, "period": PERIOD, "reason": "本月无"})
    assert nil.json()["state"] == "held"
    assert await effective(sharing_database, civ, dataset=LOW) == [good["delivery_id"]]
    released = await civ.post(f"/v1/deliveries/{nil.json()['delivery_id']}/release", json={"reason": "全部停发"})
    assert released.json()["receipt"]["supersedes"] == good["delivery_id"]


async def test_the_department_releases_its_own_list(med: Api, sharing_database: Database) -> None:
    good = await med.deliver(listed(*range(10)), ENROL)
    torn = await med.deliver(listed(1), ENROL)
    path = f"/v1/deliveries/{torn['delivery_id']}/release"
    stale = await med.post(path, json={"reason": "已核对"}, headers={"If-Match": '"v7"'})
    assert stale.status_code == 412
    place = f"/v1/deliveries/{torn['delivery_id']}"
    (kept,) = (await med.get(place)).json()["refused"]
    assert (kept["decision"]["to"], kept["seen_etag"], kept["current_etag"], kept["is_open"]) == (
        "release", '"v7"', '"v1"', True,
    )  # fmt: skip
    listed_ = await med.get("/v1/deliveries?has_refused=true&limit=200")
    assert torn["delivery_id"] in {item["id"] for item in listed_.json()["items"]}
    headers = {"If-Match": '"v1"', "Idempotency-Key": f"r-{torn['delivery_id']}"}
    first, again = [await med.post(path, json={"reason": "已核对"}, headers=headers) for _ in range(2)]
    assert (first.status_code, first.json()) == (200, again.json())
    receipt = first.json()["receipt"]
    assert (receipt["state"], receipt["supersedes"]) == ("committed", good["delivery_id"])
    assert receipt["receipt_no"] == torn["receipt_no"]
    assert await effective(sharing_database, med) == [torn["delivery_id"]]
    assert await events(sharing_database, torn["delivery_id"]) == ["suspended", "committed"]
    once_more = await med.post(path, json={"reason": "已核对"})
    assert (once_more.status_code, once_more.json()["code"]) == (409, "sharing.delivery.not_held")
    decided, overtaken = (await med.get(place)).json()["refused"]
    assert (decided["is_open"], overtaken["is_open"]) == (False, True), "the first was decided anew"
    settled = await med.post(f"{place}/refused/{overtaken['id']}/settle", json=None)
    assert [each["is_open"] for each in settled.json()["refused"]] == [False, False], settled.text


async def test_at_the_bureau_a_second_person_decides(
    api_of: Callable[..., Api], client: Any, token: Any, area: str
) -> None:
    def bureau(name: str) -> Api:
        bearer = token(scopes=(*WRITER, "departments:any"), department=None, areas=(area,), client_id=name)
        return Api(client, {"Authorization": f"Bearer {bearer}"}, api_of("MED").intake)

    pusher = bureau("bureau-1")
    await pusher.deliver(listed(*range(10)), ENROL)
    torn = await pusher.deliver(listed(1), ENROL)
    path = f"/v1/deliveries/{torn['delivery_id']}/release"
    own = await pusher.post(path, json={"reason": "已核对"})
    assert (own.status_code, own.json()["code"]) == (403, "sharing.delivery.second_person")
    foreign = await api_of("EDU", areas=(area,)).post(path, json={"reason": "已核对"})
    elsewhere = await api_of("MED", areas=("990990000000",)).post(path, json={"reason": "已核对"})
    assert (foreign.status_code, elsewhere.status_code) == (404, 404)
    assert (await bureau("bureau-2").post(path, json={"reason": "已核对"})).status_code == 200


async def test_at_the_bureau_one_person_is_one_through_whichever_application(
    api_of: Callable[..., Api], client: Any, token: Any, area: str
) -> None:
    """Two persons are two through the same application."""
    ann, bea = new_id(), new_id()

    def bureau(person: str, app: str) -> Api:
        rights = {"scopes": (*WRITER, "departments:any"), "department": None, "areas": (area,), "client_id": app}
        bearer = token(**rights, person=person)
        return Api(client, {"Authorization": f"Bearer {bearer}"}, api_of("MED").intake)

    pusher = bureau(ann, "console")
    await pusher.deliver(listed(*range(10)), ENROL)
    path = f"/v1/deliveries/{(await pusher.deliver(listed(1), ENROL))['delivery_id']}/release"
    own = await bureau(ann, "desk").post(path, json={"reason": "已核对"})
    assert (own.status_code, own.json()["code"]) == (403, "sharing.delivery.second_person")
    done = await bureau(bea, "console").post(path, json={"reason": "已核对"})
    assert (done.status_code, done.json()["decided_by"]) == (200, f"staff:{bea}")


async def test_a_good_list_makes_a_held_one_moot(med: Api, sharing_database: Database) -> None:
    await med.deliver(listed(*range(10)), ENROL)
    torn = await med.deliver(listed(1), ENROL)
    whole = await med.deliver(listed(*range(11)), ENROL)
    assert [note["code"] for note in whole["notes"]] == ["delivery.held_withdrawn"]
    shown = (await med.get(f"/v1/deliveries/{torn['delivery_id']}")).json()
    assert (shown["state"], whole["delivery_id"] in shown["decision_reason"]) == ("withdrawn", True)
    assert await effective(sharing_database, med) == [whole["delivery_id"]]


async def test_a_held_list_is_told_to_the_rules_of_absence(med: Api, sharing_database: Database, area: str) -> None:
    await med.deliver(listed(*range(10)), ENROL)
    torn = await med.deliver(listed(1), ENROL)
    async with sharing_database.transaction() as session:
        assert (ENROL, area) in await held_lists(session, [ENROL], PERIOD)
        assert (ENROL, area) not in await held_lists(session, [ENROL], "2026-09")
    await med.post(f"/v1/deliveries/{torn['delivery_id']}/withdraw", json={"reason": "残缺"})
    async with sharing_database.transaction() as session:
        assert (ENROL, area) not in await held_lists(session, [ENROL], PERIOD)


async def test_a_list_of_a_later_month_is_told(med: Api, sharing_database: Database, area: str) -> None:
    await med.deliver(listed(1, 2), ENROL, period="2026-10")
    await med.deliver(listed(1, 3), ENROL, period="2026-07")
    async with sharing_database.transaction() as session:
        later = [(each.area_code, each.period) for each in await lists_told(session) if each.dataset == ENROL]
    assert (area, "2026-10") in later


async def test_a_list_of_an_earlier_day_does_not_replace_a_later_one(med: Api, sharing_database: Database) -> None:
    newer = await med.deliver(listed(1, 2, as_of="2026-10-31"), ENROL)
    older = await med.deliver(listed(1, 3, as_of="2026-10-10"), ENROL)
    assert [note["code"] for note in older["notes"]] == ["delivery.older_than_current"]
    assert await effective(sharing_database, med) == [newer["delivery_id"]]
    latest = await med.deliver(listed(1, 4, as_of="2026-11-02"), ENROL)
    assert await effective(sharing_database, med) == [latest["delivery_id"]]


@pytest.mark.parametrize(
    ("county_day", "town_day", "counts"),
    [
        ("2026-10-31", "2026-10-10", "county"),  # whichever arrives first: the county tells of a later day
        ("2026-10-10", "2026-10-31", "both"),
        ("2026-10-31", "2026-10-31", "later"),
    ],
)
@pytest.mark.parametrize("county_first", [True, False])
async def test_of_overlapping_lists_the_later_knowledge_counts(
    api_of: Callable[..., Api], sharing_database: Database, area: str,
    county_day: str, town_day: str, counts: str, county_first: bool,
) -> None:  # fmt: skip
    county, town = api_of("MED", areas=(area,)), api_of("MED", areas=(f"{area[:6]}101000",))
    ids = {}
    for who in ("county", "town") if county_first else ("town", "county"):
        api, day = (county, county_day) if who == "county" else (town, town_day)
        ids[who] = (await api.deliver(listed(1, 2, as_of=day), ENROL))["delivery_id"]
    expected = {
        "county": ["county"],
        "both": ["county", "town"],
        "later": ["county", "town"] if county_first else ["county"],
    }
    assert sorted(await effective(sharing_database, county)) == sorted(ids[who] for who in expected[counts])


async def test_a_single_record_and_then_a_list_without_it_the_list_holds(med: Api, sharing_database: Database) -> None:
    await med.post(f"/v1/datasets/{ENROL}/records", json={"period": PERIOD, "record": enrolled(7)})
    whole = await med.deliver(listed(1, 2, 3), ENROL)
    assert [note["code"] for note in whole["notes"]] == ["delivery.records_before"]
    assert await effective(sharing_database, med) == [whole["delivery_id"]]


async def test_a_record_of_a_town_gives_way_to_the_countys_list(
    api_of: Callable[..., Api], sharing_database: Database, area: str
) -> None:
    county, town = api_of("MED", areas=(area,)), api_of("MED", areas=(f"{area[:6]}101000",))
    await town.post(f"/v1/datasets/{ENROL}/records", json={"period": PERIOD, "record": enrolled(7)})
    whole = await county.deliver(listed(1, 2, 3), ENROL)
    assert await effective(sharing_database, county) == [whole["delivery_id"]]


@pytest.mark.parametrize("mode", ["correction", "incremental"])
async def test_mended_rows_join_the_month(med: Api, sharing_database: Database, mode: str) -> None:
    rows = [enrolled(index, scheme="?" if index == 9 else "resident") for index in range(10)]
    month = await med.deliver(lines(rows), ENROL)
    mended = await med.deliver(listed(9), ENROL, mode=mode)
    assert (mended["state"], mended["supersedes"], mended["mode"]) == ("committed", None, mode)
    assert await effective(sharing_database, med) == [month["delivery_id"], mended["delivery_id"]]
    following = await med.deliver(listed(*range(10)), ENROL)  # a whole list contains what was mended
    assert await effective(sharing_database, med) == [following["delivery_id"]]


async def test_a_correction_of_a_month_of_increments_joins_it(
    api_of: Callable[..., Api], sharing_database: Database, area: str
) -> None:
    civ = api_of("CIV", areas=(area,))
    row = person(1) | {"granted_on": "2026-10-02", "amount": "300", "reason": "因病"}
    month = await civ.deliver(lines([row]), "DS-CIV-TEMP")
    mended = await civ.deliver(lines([row | person(2)]), "DS-CIV-TEMP", mode="correction")
    assert await effective(sharing_database, civ, dataset="DS-CIV-TEMP") == [
        month["delivery_id"], mended["delivery_id"]
    ]  # fmt: skip
    again = await civ.deliver(lines([row]), "DS-CIV-TEMP")
    assert await effective(sharing_database, civ, dataset="DS-CIV-TEMP") == [again["delivery_id"]]


async def test_a_correction_names_what_may_still_be_corrected(med: Api, api_of: Callable[..., Api]) -> None:
    first = await med.deliver(listed(1, 2), ENROL)
    body = {"dataset": ENROL, "period": PERIOD, "mode": "correction", "corrects": first["delivery_id"]}
    open_one = (await med.post("/v1/deliveries", json=body)).json()
    assert (open_one["corrects"], open_one["mode"]) == (first["delivery_id"], "correction")
    await med.put(open_one["id"], 1, listed(2))
    await med.deliver(listed(1, 2, 3), ENROL)
    late = await med.commit(open_one["id"])
    assert (late.status_code, late.json()["code"]) == (409, "sharing.delivery.corrects_nothing")
    for changed in ({"period": "2026-09"}, {"corrects": "00000000-0000-4000-8000-000000000000"}):
        answer = await med.post("/v1/deliveries", json=body | changed)
        assert (answer.status_code, answer.json()["code"]) == (409, "sharing.delivery.corrects_nothing")
    assert (await med.post("/v1/deliveries", json=body | {"mode": "full"})).status_code == 422


async def test_a_dataset_without_whole_lists_takes_none(api_of: Callable[..., Api], area: str) -> None:
    body = {"dataset": "DS-CIV-TEMP", "period": PERIOD, "mode": "full"}
    answer = await api_of("CIV", areas=(area,)).post("/v1/deliveries", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "sharing.delivery.mode_unsupported")


async def test_a_delivery_is_for_an_area_of_its_client(api_of: Callable[..., Api], area: str) -> None:
    towns = tuple(f"{area[:6]}{town}000" for town in (101, 102))
    med = api_of("MED", areas=towns)
    for path, extra in (("", {}), ("/nil", {"reason": "本月无"})):
        body = {"dataset": LOW if path else ENROL, "period": PERIOD} | extra
        api = api_of("CIV", areas=towns) if path else med
        unnamed = await api.post(f"/v1/deliveries{path}", json=body)
        assert (unnamed.status_code, unnamed.json()["code"]) == (422, "area_needed")
        for foreign in (area, f"{area[:6]}103000", "990000000000"):
            answer = await api.post(f"/v1/deliveries{path}", json=body | {"area_code": foreign})
            assert (answer.status_code, answer.json()["code"]) == (404, "area_outside")
        assert (await api.post(f"/v1/deliveries{path}", json=body | {"area_code": towns[1]})).status_code == 201
    receipt = await med.deliver(listed(1), ENROL, area_code=towns[0])
    assert receipt["state"] == "committed"


async def test_rows_about_persons_registered_elsewhere_are_counted_and_not_named(
    api_of: Callable[..., Api], sharing_database: Database, settings: Any, area: str
) -> None:
    from servicekit.tokens import tokenisers

    tokeniser = tokenisers(settings.keyring("token_key"))["k1"]
    town, other = f"{area[:6]}101000", f"{area[:6]}102000"
    async with sharing_database.transaction() as session:
        for index, village in ((501, f"{area[:6]}101201"), (502, f"{area[:6]}102201")):
            await session.execute(
                text(
                    "INSERT INTO directory_household (household_id, version, area_code, hh_type, status,"
                    " housing_tenure, is_resettled, is_monitored, open_risks) VALUES (:id, 1, :area, '0', 'active',"
                    " 'owned', false, false, '{}')"
                ),
                {"id": f"{area}-{index}", "area": village},
            )
            await session.execute(
                text(
                    "INSERT INTO directory_person (household_id, person_id, id_token, person_token, token_key_id,"
                    " birth_date, sex, labour, relation, has_finished_compulsory, health, relief)"
                    " VALUES (:id, :id, :token, 'x', 'k1', '1980-01-01', '1', '1', 'head', false, '{}', 'none')"
                ),
                {"id": f"{area}-{index}", "token": tokeniser.id_token(person(index)["id_no"])},
            )
    med = api_of("MED", areas=(town,))
    receipt = await med.deliver(listed(501, 502, 503), ENROL)
    assert (receipt["rows_accepted"], receipt["rows_rejected"]) == (2, 1)
    rejects = await med.get(f"/v1/deliveries/{receipt['delivery_id']}/rejects")
    assert rejects.text == "", "how many they are is told, and not which"
    for index in (501, 502, 504):  # of the area, of elsewhere, of nowhere: the same answer
        record = {"period": PERIOD, "record": enrolled(index)}
        assert (await med.post(f"/v1/datasets/{ENROL}/records", json=record)).status_code == 201
        both = api_of("MED", areas=(town, other))
        unnamed = await both.post(f"/v1/datasets/{ENROL}/records", json=record)
        assert (unnamed.status_code, unnamed.json()["code"]) == (422, "area_needed")
        named = await both.post(f"/v1/datasets/{ENROL}/records", json=record | {"area_code": other})
        assert named.status_code == 201
