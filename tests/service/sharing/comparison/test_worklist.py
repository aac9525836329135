"""Rows that a comparison cannot use wait for a person; what was decided is used, and holds next month."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from sharing.comparison import starts
from sharing.duties.service import follow_job
from sharing.worklist.service import capped_total

COST = {"year": 2026, "period_to": "2026-10-31", "basic_paid": "0", "critical_paid": "0", "aid_paid": "0"}
DATASET = "DS-MED-COST"


def cost(serial: int, self_paid: str = "90000.00", **values: Any) -> dict[str, Any]:
    return {"serial": serial, "total": self_paid, "self_paid_ytd": self_paid} | COST | values


@pytest.fixture
async def county(world: Any) -> Any:
    """A household whose member the department knows by another name."""
    await world.household("h1", {"serial": 1, "name": "张伟"})
    await world.household("h2", {"serial": 2, "name": "李强"})
    return world


async def waiting(world: Any, headers: dict[str, str] | None = None, **query: Any) -> list[dict[str, Any]]:
    answer = await world.client.get(
        "/v1/worklist", params={"state": "open"} | query, headers=headers or world.headers(department="MED")
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["total"] >= len(answer.json()["items"])
    return list(answer.json()["items"])


async def decide(world: Any, row: dict[str, Any], decision: str, **options: Any) -> Any:
    headers = options.pop("headers", None) or world.headers(department="MED")
    headers = headers | {"If-Match": options.pop("if_match", f'"v{row["version"]}"')}
    body = {"decision": decision, "reason": "经核对户口簿"}
    return await world.client.post(f"/v1/worklist/{row['id']}/decision", json=body, headers=headers | options)


async def test_a_row_under_another_name_waits_with_owner_day_and_place(county: Any) -> None:
    delivery = await county.deliver(DATASET, cost(1, name="张卫"), cost(2, name="李强"))
    await county.compare()
    (row,) = await waiting(county)
    assert (row["kind"], row["dataset"], row["department"]) == ("name_differs", DATASET, "MED")
    assert (row["delivery_id"], row["part_no"], row["line_no"]) == (delivery, 1, 1)
    assert (row["household_id"], row["person_id"], row["area_code"]) == ("h1", "h1-p1", "990101101201")
    assert (row["due_on"], row["kind_label"]) == ("2026-11-17", "证件号码相同但姓名不符")
    assert row["allowed"] == ["same_person", "other_person", "wrong_data", "withdrawn"]
    assert not {key for key in row if "token" in key or "id_no" in key}


async def test_the_same_person_is_used_at_once_and_not_asked_again_next_month(county: Any) -> None:
    await county.deliver(DATASET, cost(1, name="张卫"))
    await county.compare()
    assert await county.findings(rules={"R-MED-02"}) == []
    (row,) = await waiting(county)
    answer = await decide(county, row, "same_person")
    assert (answer.status_code, answer.json()["state_label"]) == (200, "认定为同一人")
    await county.compare()
    assert [found["person_id"] for found in await county.findings(rules={"R-MED-02"})] == ["h1-p1"]
    county.period = "2026-11"
    await county.deliver(DATASET, cost(1, name="张卫"))
    run = await county.compare()
    assert await waiting(county) == []
    (matching,) = [each for each in run["matching"] if each["dataset"] == DATASET]
    assert (matching["matched"], matching["quarantined"]) == (1, 0)
    shown = (await county.client.get(f"/v1/worklist/{row['id']}", headers=county.headers(department="MED"))).json()
    assert shown["state"] == "same_person"


async def test_another_name_next_month_is_another_question(county: Any) -> None:
    await county.deliver(DATASET, cost(1, name="张卫"))
    await county.compare()
    (row,) = await waiting(county)
    await decide(county, row, "same_person")
    county.period = "2026-11"
    await county.deliver(DATASET, cost(1, name="张维"))
    await county.compare()
    (asked,) = await waiting(county)
    assert asked["id"] != row["id"]


@pytest.mark.parametrize("mended", ["张伟", None])
async def test_what_later_data_settle_waits_no_longer(county: Any, mended: str | None) -> None:
    await county.deliver(DATASET, cost(1, name="张卫"), cost(2, name="李强"))
    await county.compare()
    (row,) = await waiting(county)
    rows = [cost(2, name="李强")] + ([cost(1, name=mended)] if mended else [])
    await county.deliver(DATASET, *rows)
    await county.compare()
    assert await waiting(county) == []
    shown = (await county.client.get(f"/v1/worklist/{row['id']}", headers=county.headers())).json()
    assert [step["state"] for step in shown["history"]] == ["open", "moot"]
    await county.deliver(DATASET, cost(1, name="张卫"), cost(2, name="李强"))
    await county.compare()
    assert [again["id"] for again in await waiting(county)] == [row["id"]]


async def test_contradictory_rows_and_unknown_numbers_wait_too(county: Any) -> None:
    rows = [cost(1, "1.00", name="张伟"), cost(1, "2.00", name="张伟"), cost(7, name="王五")]
    await county.deliver(DATASET, *rows, *[cost(serial, "1.00", name="李强") for serial in (2, 12, 13, 14, 15, 16, 17)])
    await county.compare()
    kinds = sorted(row["kind"] for row in await waiting(county, limit=50))
    assert kinds == ["contradicts", *["unmatched"] * 7]
    (row,) = await waiting(county, kind="contradicts")
    unfit = await decide(county, row, "same_person")
    assert (unfit.status_code, unfit.json()["allowed"]) == (409, ["wrong_data", "withdrawn"])
    assert (await decide(county, row, "wrong_data")).status_code == 200


async def test_who_may_see_and_decide(county: Any) -> None:
    await county.deliver(DATASET, cost(1, name="张卫"))
    await county.compare()
    (row,) = await waiting(county)
    assert await waiting(county, county.headers(department="EDU")) == []
    elsewhere = county.headers(department="MED", areas=("990102000000",))
    assert await waiting(county, elsewhere) == []
    for stranger in (county.headers(department="EDU"), elsewhere):
        assert (await decide(county, row, "same_person", headers=stranger)).status_code == 404
    blind = await county.client.post(
        f"/v1/worklist/{row['id']}/decision",
        json={"decision": "same_person", "reason": "已核对"},
        headers=county.headers(department="MED"),
    )
    assert blind.status_code == 428
    assert (await decide(county, row, "same_person", if_match='"v9"')).status_code == 412
    place, reader = f"/v1/worklist/{row['id']}", county.headers(department="MED")
    (kept,) = (await county.client.get(place, headers=reader)).json()["refused"]
    assert (kept["decision"]["decision"], kept["seen_etag"], kept["is_open"]) == ("same_person", '"v9"', True)
    open_ones = await county.client.get("/v1/worklist?has_refused=true", headers=reader)
    assert [each["id"] for each in open_ones.json()["items"]] == [row["id"]]
    key = {"Idempotency-Key": "d-1"}
    first, again = [await decide(county, row, "same_person", **key) for _ in range(2)]
    assert (first.status_code, first.json()) == (200, again.json())
    late = await decide(county, first.json(), "other_person")
    assert (late.status_code, late.json()["code"]) == (409, "sharing.worklist.decided")
    anew, overtaken = (await county.client.get(place, headers=reader)).json()["refused"]
    assert (anew["is_open"], overtaken["is_open"]) == (False, True)
    settled = await county.client.post(f"{place}/refused/{overtaken['id']}/settle", headers=reader)
    assert not any(each["is_open"] for each in settled.json()["refused"]), settled.text


async def test_the_list_is_paged_counted_and_filtered(county: Any) -> None:
    await county.deliver(DATASET, *[cost(serial, "1.00", name="王五") for serial in range(20, 25)])
    await county.compare()
    headers = county.headers(department="MED")
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await county.client.get("/v1/worklist", params={"limit": 2} | cursor, headers=headers)).json()
        assert page["total"] == 5
        seen += [row["id"] for row in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert len(set(seen)) == 5
    for query, count in (
        ({"period": "2026-09"}, 0), ({"dataset": DATASET}, 5), ({"area": "990102000000"}, 0), ({"overdue": True}, 0),
        ({"changed_since": "2030-01-01T00:00:00Z"}, 0), ({"changed_since": "2020-01-01T00:00:00Z"}, 5),
    ):  # fmt: skip
        page = (await county.client.get("/v1/worklist", params=query, headers=headers)).json()
        assert page["total"] == count, query
    assert (await county.client.get("/v1/worklist", params={"sttae": "open"}, headers=headers)).status_code == 422


async def push(world: Any, row: dict[str, Any], **options: Any) -> None:
    """Push a record, and let the service hear that it was received."""
    headers = world.headers(department="MED", **options)
    body = {"period": world.period, "record": world.row(row)}
    answer = await world.client.post(f"/v1/datasets/{DATASET}/records", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    async with world.database.transaction() as session:
        await starts.by_deliveries(session, [answer.json()["delivery_id"]], 0)


async def test_single_records_that_meet_nobody_wait_before_a_whole_run_meets_them(county: Any) -> None:
    for row in (cost(1, name="张卫"), cost(2, name="李强"), cost(7, name="王五")):
        await push(county, row)
    await push(county, cost(8, name="王五"), areas=("990102000000",))
    await push(county, cost(1, name="张维"), areas=("990102000000",))  # registered elsewhere: not for it to know
    known, unknown = sorted(await waiting(county), key=lambda row: row["kind"])
    (elsewhere,) = await waiting(county, county.headers(areas=("990102000000",)))
    assert (known["kind"], known["household_id"], known["area_code"]) == ("name_differs", "h1", "990101101201")
    assert (unknown["kind"], unknown["household_id"], unknown["due_on"]) == ("unmatched", None, "2026-11-17")
    assert (elsewhere["kind"], elsewhere["area_code"]) == ("unmatched", "990102000000")
    # A whole run meets the same rows, and asks nothing twice.
    before = {row["id"] for row in await waiting(county)}
    await county.compare()
    assert {row["id"] for row in await waiting(county)} == before
    await decide(county, known, "same_person")
    await push(county, cost(1, "91000.00", name="张卫"))
    assert [row["id"] for row in await waiting(county)] == [unknown["id"]]


async def test_single_records_count_for_the_days_bound(county: Any) -> None:
    await county.profile(2, sharing__worklist_rows_per_day="1")
    for serial in (30, 31):
        await push(county, cost(serial, name="王五"))
    assert (await seen(county, county.headers()), await seen(county, county.headers(department="MED"))) == (
        (1, 1), (1, 100),
    )  # fmt: skip


async def test_what_the_register_learns_waits_no_longer(county: Any) -> None:
    await push(county, cost(1, name="张卫"))
    await push(county, cost(7, name="王五"))
    for household, serial, name in (("h1", 1, "张卫"), ("h7", 7, "王五")):
        await county.household(household, {"serial": serial, "name": name})
        async with county.database.transaction() as session:
            await starts.by_households(session, [household], 0)
    assert await waiting(county) == []


ROLL = "DS-EDU-ROLL"
CHILD = {"birth_date": "2016-05-01", "has_finished_compulsory": False}


def pupil(serial: int, **values: Any) -> dict[str, Any]:
    row = {"serial": serial, "school": "石桥小学", "stage": "primary", "grade": 3, "roll_status": "enrolled"}
    return row | {"present": True} | values


async def edu_delivers(world: Any, *rows: dict[str, Any]) -> str:
    return str(await world.deliver(ROLL, *rows, department="EDU"))


async def test_who_cannot_be_checked_waits_and_is_not_asked_again_once_somebody_has_looked(world: Any) -> None:
    edu = world.headers(department="EDU")
    await world.household("h1", CHILD | {"serial": 1, "id_token": None, "person_token": None})
    await world.household("h2", CHILD | {"serial": 3})
    await world.compare()
    assert await waiting(world, edu, dataset=ROLL) == [], "without a roll nothing was looked at"
    await edu_delivers(world, pupil(3))
    await world.compare()
    (row,) = await waiting(world, edu, kind="unchecked")
    assert (row["dataset"], row["rule_id"], row["department"]) == (ROLL, "R-EDU-91", "EDU")
    assert (row["household_id"], row["person_id"], row["area_code"]) == ("h1", "h1-p1", "990101101201")
    assert (row["delivery_id"], row["line_no"], row["due_on"]) == (None, None, "2026-11-17")
    assert row["allowed"] == ["checked", "wrong_data", "not_covered"]
    assert await waiting(world, world.headers(department="MED"), kind="unchecked") == []
    answer = await decide(world, row, "checked", headers=edu)
    assert (answer.status_code, answer.json()["state_label"]) == (200, "已人工核查")
    world.period = "2026-11"
    await edu_delivers(world, pupil(3))
    await world.compare()
    assert await waiting(world, edu, kind="unchecked", dataset=ROLL) == []


async def test_who_can_be_checked_again_waits_no_longer_and_what_was_not_looked_at_stays(world: Any) -> None:
    edu = world.headers(department="EDU")
    await world.household("h1", CHILD | {"serial": 3, "name": "张伟"})
    await edu_delivers(world, pupil(3, name="张卫"), pupil(4), pupil(5))
    await world.compare()
    (row,) = await waiting(world, edu, kind="unchecked")
    # The next list cannot be believed: the rule is not evaluated, and its question has not gone.
    torn = await edu_delivers(world, pupil(9))
    await world.compare()
    assert [each["id"] for each in await waiting(world, edu, kind="unchecked")] == [row["id"]]
    await world.client.post(f"/v1/deliveries/{torn}/withdraw", json={"reason": "残缺"}, headers=edu)
    await edu_delivers(world, pupil(3, name="张伟"), pupil(4), pupil(5))
    await world.compare()
    assert await waiting(world, edu, kind="unchecked") == []


async def test_a_household_without_income_is_a_row_of_the_register(world: Any) -> None:
    await world.household("h1", {"serial": 1})
    await world.compare()
    (row,) = await waiting(world, world.headers(department="AGR"), kind="unchecked")
    assert (row["dataset"], row["dataset_label"][:3], row["rule_id"]) == ("register", "登记册", "R-AGR-91")
    assert (row["household_id"], row["person_id"]) == ("h1", None)


async def test_of_a_wrong_file_some_rows_are_listed_and_the_others_counted(world: Any) -> None:
    bureau = world.headers()
    await world.household("h1", {"serial": 1})
    await world.profile(2, sharing__worklist_rows="3")
    strangers = [cost(serial, "1.00", name="王五") for serial in range(30, 38)]
    await world.deliver(DATASET, *strangers)
    await world.compare()
    page = (await world.client.get("/v1/worklist", params={"kind": "unmatched"}, headers=bureau)).json()
    assert (page["total"], page["not_listed"], {row["line_no"] for row in page["items"]}) == (3, 5, {1, 2, 3})
    (counted,) = (await world.client.get(f"/v1/worklist/counts?dataset={DATASET}", headers=bureau)).json()["items"]
    assert (counted["kind"], counted["state"], counted["rows"], counted["not_listed"]) == ("unmatched", "open", 3, 5)
    assert (await world.client.get("/v1/worklist/counts", headers=world.headers(department="EDU"))).json()[
        "items"
    ] == []
    # What was decided makes room for the next ones; nobody is asked twice, and all come to their turn.
    (first,) = [row for row in page["items"] if row["line_no"] == 1]
    await decide(world, first, "not_covered")
    await world.compare()
    page = (await world.client.get("/v1/worklist", params={"state": "open", "dataset": DATASET}, headers=bureau)).json()
    assert (sorted(row["line_no"] for row in page["items"]), page["not_listed"]) == ([2, 3, 4], 4)
    await world.deliver(DATASET, *strangers[:6], cost(1, "1.00"))
    await world.compare()
    page = (await world.client.get("/v1/worklist", params={"state": "open", "dataset": DATASET}, headers=bureau)).json()
    assert (page["total"], page["not_listed"]) == (3, 2)


async def seen(world: Any, headers: dict[str, str], **query: str) -> tuple[int, int]:
    """How many rows are listed, and how many more there are."""
    query = {"dataset": DATASET} | query
    page = (await world.client.get("/v1/worklist", params={"state": "open"} | query, headers=headers)).json()
    counts = (await world.client.get("/v1/worklist/counts", params=query, headers=headers)).json()
    assert counts["not_listed"] == page["not_listed"]
    return page["total"], page["not_listed"]


async def test_a_department_learns_of_so_many_numbers_a_day_whether_they_are_registered(county: Any) -> None:
    med, bureau = county.headers(department="MED"), county.headers()
    await county.profile(2, sharing__worklist_rows_per_day="3")
    await county.deliver(DATASET, *[cost(serial, "1.00", name="王五") for serial in range(30, 35)])
    used_up = capped_total.labels("MED", "day")
    before = used_up._value.get()
    await county.compare()
    assert (await seen(county, med), await seen(county, bureau)) == ((3, 100), (3, 2))
    assert used_up._value.get() == before + 1
    # Another list, and one registered number under another name in it: neither place, kind nor count gives it away.
    await county.deliver(DATASET, *[cost(serial, "1.00", name="王五") for serial in (30, 31, 32, 33, 1)])
    await county.compare()
    assert (await seen(county, med), await seen(county, bureau)) == ((3, 100), (3, 2))
    for query in ({"kind": "name_differs"}, {"kind": "unmatched"}, {"area": "990101101201"}, {"area": "990102000000"}):
        assert (await seen(county, med, **query))[1] == 100, query
    assert await seen(county, med, kind="contradicts") == (0, 0)
    items = (await county.client.get("/v1/worklist/counts", headers=med)).json()["items"]
    assert [(item["kind"], item["not_listed"]) for item in items] == [("unmatched", 0)]
    # The next day lists more; what waits already takes no room.
    async with county.database.transaction() as session:
        await session.execute(text("UPDATE worklist_row SET opened_at = opened_at - interval '1 day'"))
    await county.compare()
    assert await seen(county, med) == (5, 0)


async def test_a_number_is_not_answered_under_one_name_after_another(county: Any) -> None:
    tried = capped_total.labels("MED", "names")
    before = tried._value.get()
    for name, listed in (("张一", 1), ("张二", 1), ("张三", 0)):
        await county.deliver(DATASET, cost(1, name=name), cost(2, name="李强"))
        await county.compare()
        assert len(await waiting(county)) == listed, name
    assert (tried._value.get(), (await seen(county, county.headers()))[1]) == (before + 1, 1)
    # The name that it is registered under is no further guess, and another department is asked on its own account.
    await county.deliver(DATASET, cost(1, name="张二"), cost(2, name="李强"))
    await county.compare()
    assert len(await waiting(county)) == 1


async def test_rows_past_their_day_are_told(world: Any) -> None:
    med = world.headers(department="MED")
    await world.household("h1", {"serial": 1})
    await world.deliver(DATASET, cost(40, "1.00", name="王五"))
    await world.compare()
    assert [row["is_overdue"] for row in await waiting(world, med)] == [False]
    async with world.database.transaction() as session:
        await session.execute(text("UPDATE worklist_row SET due_on = '2026-11-09'"))
    assert [row["is_overdue"] for row in await waiting(world, med, overdue=True)] == [True]
    (counted,) = (await world.client.get("/v1/worklist/counts", headers=med)).json()["items"]
    assert (counted["rows"], counted["overdue"], counted["area_code"][:6]) == (1, 1, "990101")


async def test_waiting_rows_are_one_duty_a_dataset_month_and_county(county: Any) -> None:
    await county.deliver(DATASET, cost(1, name="张卫"), cost(2, name="李刚"))
    await county.compare()

    async def said() -> list[tuple[int, str | None]]:
        for _ in range(2):  # again: nothing is announced twice
            await follow_job(county.database)()
        async with county.database.transaction() as session:
            rows = await session.execute(
                text("SELECT data FROM outbox WHERE key = :id ORDER BY id"),
                {"id": f"W01-MED-{DATASET}-2026-10-990101"},
            )
            found = list(rows.scalars())
        assert {(one["area_code"], one["department"], one["due_on"]) for one in found} <= {
            ("990101000000", "MED", "2026-11-17")
        }
        return [(one["revision"], one.get("outcome")) for one in found]

    before = await said()
    first, second = await waiting(county)
    assert before[-1][1] is None
    await decide(county, first, "wrong_data")
    assert await said() == before, "another row waits"
    await decide(county, second, "wrong_data")
    assert (await said())[-1] == (before[-1][0] + 1, "done")
