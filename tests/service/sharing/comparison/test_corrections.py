"""Who verified a finding asks the department to correct its data; it answers, or newer data do."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from servicekit import clock
from servicekit.holding import Duties
from sharing.comparison import starts
from sharing.duties.service import follow_job
from sharing.findings.service import follow_register

COST = {"year": 2026, "period_to": "2026-10-31", "basic_paid": "0", "critical_paid": "0", "aid_paid": "0"}
DATASET, OTHER_VILLAGE = "DS-MED-COST", "990101102201"


def cost(serial: int, self_paid: str = "90000.00") -> dict[str, Any]:
    return {"serial": serial, "total": self_paid, "self_paid_ytd": self_paid} | COST


def town(world: Any, **options: Any) -> dict[str, str]:
    """Who verifies, at a township."""
    return dict(
        world.headers("clues:read", "clues:verify", **{"client_id": "town", "areas": ["990101101000"]} | options)
    )


def med(world: Any, **options: Any) -> dict[str, str]:
    """Somebody of the department."""
    scopes = ("deliveries:read", "duties:handle")
    return dict(world.headers(*scopes, **{"client_id": "med", "department": "MED"} | options))


@pytest.fixture
async def county(world: Any) -> Any:
    """Two households about whom the department's list says too much."""
    for serial in (1, 2):
        await world.household(f"h{serial}", {"serial": serial})
    await world.deliver(DATASET, cost(1), cost(2))
    await world.compare()
    return world


@pytest.fixture(autouse=True)
def alerts(world: Any) -> Iterator[dict[str, Any]]:
    """What alerts says of a correction's duty: who has it in hand, and whether anything is said at all."""
    said: dict[str, Any] = {"holder": "med", "status": 200}

    def answer(request: httpx.Request) -> httpx.Response:
        duty = {"id": request.url.path.rpartition("/")[2], "kind": "K01", "state": "open", "household_id": "h1"}
        return httpx.Response(said["status"], json=duty | {"holder": said["holder"]})

    state = world.client._transport.app.state
    before, settings = state.duties, state.settings.model_copy(update={"alerts_url": "http://alerts"})
    state.duties = Duties(settings, httpx.MockTransport(answer))
    yield said
    state.duties = before


async def finding_of(world: Any, household: str) -> str:
    (found,) = await world.findings(rules={"R-MED-02"}, household_id=household)
    return str(found["finding_id"])


async def ask(world: Any, household: str = "h1", headers: dict[str, str] | None = None, **said: Any) -> Any:
    finding_id = said.pop("finding_id", None) or await finding_of(world, household)
    body = {"finding_id": finding_id, "dataset": DATASET, "field": "self_paid_ytd", "why": "结算单与报送不符"} | said
    return await world.client.post("/v1/corrections", json=body, headers=headers or town(world))


async def asked(world: Any, household: str = "h1") -> dict[str, Any]:
    answer = await ask(world, household)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def step(world: Any, row: dict[str, Any], what: str, said: dict[str, Any], headers: dict[str, str]) -> Any:
    tagged = {"If-Match": f'"v{row["version"]}"'} | headers
    return await world.client.post(f"/v1/corrections/{row['id']}/{what}", json=said, headers=tagged)


async def read(world: Any, row: dict[str, Any]) -> dict[str, Any]:
    answer = await world.client.get(f"/v1/corrections/{row['id']}", headers=town(world))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def listed(world: Any, headers: dict[str, str], **query: Any) -> list[str]:
    answer = await world.client.get("/v1/corrections", params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["items"]]


async def duty(world: Any, row: dict[str, Any]) -> list[dict[str, Any]]:
    """What was announced of its duty, oldest first."""
    for _ in range(2):  # again: nothing is announced twice
        await follow_job(world.database)()
    async with world.database.transaction() as session:
        found = await session.execute(
            text("SELECT data FROM outbox WHERE key = :id ORDER BY id"), {"id": f"K01-{row['id']}"}
        )
        return list(found.scalars())


async def push(world: Any, row: dict[str, Any]) -> None:
    """Push a record; whom it is about is compared by itself."""
    body = {"period": world.period, "record": world.row(row)}
    headers = world.headers(department="MED")
    answer = await world.client.post(f"/v1/datasets/{DATASET}/records", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    async with world.database.transaction() as session:
        await starts.by_deliveries(session, [answer.json()["delivery_id"]], 0)
    while await world.executor.work_once():
        pass


SAYS_CORRECTED = {"answer": "corrected", "note": "已重新报送"}
SAYS_STANDS = {"answer": "stands", "reason": "records_agree", "note": "经核对结算记录,与报送一致"}


async def test_the_department_is_asked_by_a_duty_that_names_whom_it_is_about(county: Any) -> None:
    row = await asked(county)
    assert (row["department"], row["state"], row["due_on"]) == ("MED", "open", "2026-11-25")
    assert (row["household_id"], row["person_id"], row["area_code"]) == ("h1", "h1-p1", "990101101201")
    assert (row["rule_id"], row["field_label"], len(row["deliveries"])) == ("R-MED-02", "年度累计自付", 1)
    assert not {key for key in row if "token" in key or "id_no" in key}
    (said,) = await duty(county, row)
    expected = {
        "duty_id": row["duty_id"], "kind": "K01", "subject_id": row["id"], "household_id": "h1", "person_id": "h1-p1",
        "area_code": "990101101201", "department": "MED", "counts_from": "2026-11-10", "due_on": "2026-11-25",
        "unit": "calendar", "revision": 1,
    }  # fmt: skip
    assert expected.items() <= said.items()
    assert await listed(county, med(county), state="open") == [row["id"]]


@pytest.mark.parametrize(
    ("said", "state", "reason"), [(SAYS_CORRECTED, "corrected", None), (SAYS_STANDS, "stands", "records_agree")]
)
async def test_the_department_answers_and_the_asker_is_told(
    county: Any, said: dict[str, Any], state: str, reason: str | None
) -> None:
    row = await asked(county)
    await duty(county, row)
    key = {"Idempotency-Key": "answer-1"}
    first, again = [await step(county, row, "answer", said, med(county) | key) for _ in range(2)]
    assert (first.status_code, first.json()) == (200, again.json()), first.text
    answered = first.json()
    told = await listed(county, town(county), state=state, changed_since=answered["changed_at"])
    assert told == [row["id"]]
    seen = await read(county, row)
    assert (seen["state"], seen["reason"], seen["note"], seen["closed_by"]) == (state, reason, said["note"], "med")
    assert (seen["duty_id"], seen["version"]) == (None, 2)
    assert [(each["revision"], each.get("outcome")) for each in await duty(county, row)] == [(1, None), (2, "done")]
    late = await step(county, seen, "answer", SAYS_STANDS, med(county))
    assert (late.status_code, late.json()["code"]) == (409, "sharing.correction.not_open")
    assert (await ask(county)).status_code == 201, "what stands may be contested again"


async def test_who_answers_has_the_duty_in_hand(county: Any, alerts: dict[str, Any]) -> None:
    """As of gaps, measures and tasks: somebody else of the department, however it is asked, gives no answer."""
    row = await asked(county)
    for said, status, code in (
        ({"holder": None}, 403, "sharing.correction.not_in_hand"),
        ({"holder": "another"}, 403, "sharing.correction.not_in_hand"),
        ({"status": 404}, 403, "sharing.correction.not_in_hand"),
        ({"status": 500}, 503, "duties_unavailable"),
    ):
        alerts |= {"holder": "med", "status": 200} | said
        refused = await step(county, row, "answer", SAYS_CORRECTED, med(county))
        assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert (await read(county, row))["state"] == "open"
    alerts |= {"holder": "med", "status": 200}
    assert (await step(county, row, "answer", SAYS_CORRECTED, med(county))).status_code == 200


def in_december(move_clock: Any) -> None:
    move_clock((datetime(2026, 12, 10, 1, tzinfo=UTC) - datetime.now(UTC)).total_seconds())


async def test_a_later_month_that_no_longer_says_it_closes_it(county: Any, move_clock: Any) -> None:
    """The finding of its own month stands; November's list says it of the other one alone."""
    one, other = await asked(county, "h1"), await asked(county, "h2")
    await duty(county, one)
    in_december(move_clock)
    county.period = "2026-11"
    await county.deliver(DATASET, cost(1, "1.00"), cost(2))
    assert [each.get("outcome") for each in await duty(county, one)] == [None], "nothing was compared yet"
    await county.compare()
    assert [each.get("outcome") for each in await duty(county, one)] == [None, "done"]
    seen = await read(county, one)
    assert (seen["state"], seen["closed_by"], seen["version"]) == ("corrected", None, 2)
    assert (await read(county, other))["state"] == "open", "its row says the same"
    again = await asked(county, "h1")
    await duty(county, again)
    assert (await read(county, again))["state"] == "open", "what is asked anew needs newer data"


async def test_a_later_month_without_the_departments_data_closes_nothing(county: Any, move_clock: Any) -> None:
    row = await asked(county)
    in_december(move_clock)
    county.period = "2026-11"
    await county.compare()
    assert [each.get("outcome") for each in await duty(county, row)] == [None]
    assert (await read(county, row))["state"] == "open"


@pytest.mark.parametrize("is_list", [True, False])
async def test_newer_data_that_no_longer_say_it_close_it(county: Any, is_list: bool) -> None:
    one, other = await asked(county, "h1"), await asked(county, "h2")
    await duty(county, one)
    if is_list:
        await county.deliver(DATASET, cost(1, "1.00"), cost(2))
        await county.compare()
    else:
        await push(county, cost(1, "1.00"))
    assert [each.get("outcome") for each in await duty(county, one)] == [None, "done"]
    seen = await read(county, one)
    assert (seen["state"], seen["closed_by"], seen["version"]) == ("corrected", None, 2)
    assert (await read(county, other))["state"] == "open", "its row says the same"
    gone = await ask(county, finding_id=one["finding_id"])
    assert (gone.status_code, gone.json()["code"]) == (409, "sharing.correction.finding_gone")


async def test_what_goes_without_the_department_was_not_corrected(county: Any) -> None:
    by_policy, by_register = await asked(county, "h1"), await asked(county, "h2")
    await duty(county, by_policy)
    await county.household("h2", status="ended")
    async with county.database.transaction() as session:
        await follow_register(session, ["h2"], clock.now())
    assert [each.get("outcome") for each in await duty(county, by_register)] == [None, "cancelled"]
    await county.profile(2, med__self_paid_other="99999.00", med__self_paid_low_income="99999.00")
    await county.compare()
    assert [each.get("outcome") for each in await duty(county, by_policy)] == [None, "cancelled"]
    assert {(await read(county, row))["state"] for row in (by_policy, by_register)} == {"moot"}


async def test_it_moves_with_its_household(county: Any) -> None:
    row = await asked(county)
    await duty(county, row)
    await county.household("h1", {"serial": 1}, area_code=OTHER_VILLAGE)
    async with county.database.transaction() as session:
        await follow_register(session, ["h1"], clock.now())
    assert [each["area_code"] for each in await duty(county, row)] == ["990101101201", OTHER_VILLAGE]
    there = town(county, areas=["990101102000"])
    assert (await listed(county, town(county)), await listed(county, there)) == ([], [row["id"]])
    withdrawn = await step(county, row, "withdraw", {"note": "经再次核实,数据无误"}, there)
    assert withdrawn.status_code == 200, withdrawn.text


async def test_who_may_ask_see_answer_and_withdraw(county: Any) -> None:
    elsewhere, edu = town(county, areas=["990101102000"]), med(county, department="EDU")
    assert (await ask(county, headers=elsewhere)).status_code == 404
    machine = town(county, person_stand_in=False)
    assert (await ask(county, headers=machine)).json()["code"] == "scope_missing", "a person asks"
    row = await asked(county)
    place = f"/v1/corrections/{row['id']}"
    for stranger in (elsewhere, edu, med(county, areas=["990102000000"])):
        assert (await county.client.get(place, headers=stranger)).status_code == 404
        assert await listed(county, stranger) == []
    for stranger in (edu, med(county, areas=["990102000000"]), med(county, department=None, client_id="other")):
        assert (await step(county, row, "answer", SAYS_STANDS, stranger)).status_code == 404
    bureau = county.headers("duties:handle", "departments:any", client_id="town")
    own = await step(county, row, "answer", SAYS_CORRECTED, bureau)
    assert (own.status_code, own.json()["code"]) == (403, "sharing.correction.second_person")
    assert (await step(county, row, "withdraw", {"note": "无须更正"}, elsewhere)).status_code == 404
    assert (await county.client.post(f"{place}/answer", json=SAYS_STANDS, headers=med(county))).status_code == 428
    stale = await step(county, row | {"version": 9}, "answer", SAYS_STANDS, med(county))
    assert stale.status_code == 412
    withdrawn = await step(county, row, "withdraw", {"note": "无须更正"}, town(county))
    assert (withdrawn.status_code, withdrawn.json()["state_label"]) == (200, "已撤回")
    assert [each.get("outcome") for each in await duty(county, row)] == [], "nobody heard of it"


async def test_a_department_is_asked_once_at_a_time(county: Any) -> None:
    answers = await asyncio.gather(*(ask(county, why=f"第{number}次核实不符") for number in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    (row,) = [answer.json() for answer in answers if answer.status_code == 201]
    refused = [answer.json() for answer in answers if answer.status_code == 409]
    assert {(each["code"], each["correction_id"]) for each in refused} == {
        ("sharing.correction.already_asked", row["id"])
    }
    other = await ask(county, dataset="DS-CIV-LOW", field=None)
    assert (other.status_code, other.json()["department"]) == (201, "CIV"), "another department's data"


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"dataset": "DS-HOU-GRADE", "field": None}, 422, "sharing.correction.not_contestable"),
        ({"field": "no_such"}, 422, "sharing.correction.not_contestable"),
        ({"proposed": "990101198001010014"}, 422, "invalid_input"),
        ({"why": ""}, 422, "invalid_input"),
        ({"reasn": "x"}, 422, "invalid_input"),
        ({"finding_id": "0198c0de-0000-7000-8000-000000000001"}, 404, "sharing.finding.unknown"),
    ],
)
async def test_what_cannot_be_asked_is_refused(county: Any, said: dict[str, Any], status: int, code: str) -> None:
    refused = await ask(county, **said)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert await listed(county, town(county)) == []


async def test_an_answer_without_a_reason_is_none(county: Any) -> None:
    row = await asked(county)
    refused = await step(county, row, "answer", {"answer": "stands"}, med(county))
    assert (refused.status_code, refused.json()["code"]) == (422, "sharing.correction.answer_invalid")
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/reason", "/note"]
    assert (await read(county, row))["state"] == "open"


async def test_the_list_is_paged_and_filtered(county: Any) -> None:
    rows = [await asked(county, household) for household in ("h1", "h2")]
    first = (await county.client.get("/v1/corrections?limit=1", headers=med(county))).json()
    after = await listed(county, med(county), limit=1, cursor=first["next_cursor"])
    assert [first["items"][0]["id"], *after] == [rows[1]["id"], rows[0]["id"]]
    for query, count in (
        ({"department": "EDU"}, 0), ({"department": "MED"}, 2), ({"dataset": DATASET}, 2), ({"household_id": "h2"}, 1),
        ({"finding_id": rows[0]["finding_id"]}, 1), ({"state": "stands"}, 0), ({"area": "990101101201"}, 2),
        ({"changed_since": "2030-01-01T00:00:00Z"}, 0),
    ):  # fmt: skip
        assert len(await listed(county, med(county), **query)) == count, query
    outside = await county.client.get("/v1/corrections?area=990102000000", headers=med(county))
    assert outside.status_code == 404
