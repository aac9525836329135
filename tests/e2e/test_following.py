"""To the end, through the gateway: a move, a correction, an end and a merged village reach clue and township."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from bangfu.sdk.models import AlertEvent
from bangfu_local.demo.channels import WebhookReceiver
from bangfu_local.embedded import EmbeddedSystem, township_client

from .conftest import token_of

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

PERIOD = "2026-10"
COUNTY, TOWN, OTHER_TOWN = "990103000000", "990103101000", "990103102000"
VILLAGE, OTHER_VILLAGE, MERGED, QUIET = "990103101201", "990103102201", "990103101202", "990103101203"
AREAS = f"""code,name,parent_code,valid_from
990000000000,示例省,,2020-01-01
990100000000,示例市,990000000000,2020-01-01
{COUNTY},丙县,990100000000,2020-01-01
{TOWN},丙镇一,{COUNTY},2020-01-01
{OTHER_TOWN},丙镇二,{COUNTY},2020-01-01
{VILLAGE},丙村一,{TOWN},2020-01-01
{MERGED},丙村并,{TOWN},2020-01-01
{OTHER_VILLAGE},丙村二,{OTHER_TOWN},2020-01-01
{QUIET},丙村静,{TOWN},2020-01-01
"""
COLUMNS = "证件号码,姓名,年度,截止日期,总费用,基本医保支付,大病保险支付,医疗救助支付,年度累计自付,当月门诊自付"
Call = Callable[..., Awaitable[Any]]


@pytest.fixture
async def call(running_system: EmbeddedSystem, gateway: httpx.AsyncClient) -> Call:
    """Call the gateway as a client; the county's areas are registered."""
    await running_system.ensure_clients([township_client(TOWN), township_client(OTHER_TOWN)])

    async def send(who: str, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {await token_of(running_system, gateway, who)}", **more.pop("headers", {})}
        return await gateway.request(method, path, headers=headers, **more)

    made = await send(
        "bureau", "POST", "/v1/areas/import", content=AREAS.encode(), headers={"Content-Type": "text/csv"}
    )
    assert made.status_code in (200, 202), made.text
    await until(lambda: done(send, made.headers["location"]))
    return send


async def done(call: Call, place: str) -> bool:
    """Tell whether an import is over."""
    return (await call("bureau", "GET", place)).json()["state"] in ("done", "failed")


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(60):
        while not await holds():  # noqa: ASYNC110  another process cannot set an event here
            await asyncio.sleep(0.2)


async def register(
    call: Call, hh_no: str, id_no: str, name: str, birth: str = "1980-01-01", village: str = VILLAGE
) -> str:
    """Register a household of one; give its id."""
    person = {"person_no": f"{hh_no}01", "name": name, "id_no": id_no, "birth_date": birth, "sex": "1"}
    body = {
        "hh_no": hh_no, "village_code": village, "hh_type": "1", "housing_tenure": "owned",
        "members": [person | {"relation": "head", "labour": "1"}],
        "incomes": [{"year": 2026, "wage": "400000"}],
    }  # fmt: skip
    made = await call("bureau", "POST", "/v1/households", json=body)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def deliver(call: Call, *rows: tuple[str, str, str]) -> None:
    """Deliver the month's medical cost (number, name, self-paid), all of it, and compare."""
    body = "\n".join(
        [COLUMNS, *(f"{number},{name},2026,2026-10-31,{paid},0,0,0,{paid}," for number, name, paid in rows)]
    )
    opened = await call("med", "POST", "/v1/deliveries", json={"dataset": "DS-MED-COST", "period": PERIOD})
    place = f"/v1/deliveries/{opened.json()['id']}"
    part = await call(
        "med", "PUT", f"{place}/parts/1", content=body.encode(), headers={"Content-Type": "text/csv; charset=utf-8"}
    )
    assert part.json()["accepted"] == len(rows), part.text
    committed = await call("med", "POST", f"{place}/commit", json={"part_count": 1})
    assert committed.status_code == 200, committed.text
    if committed.json()["state"] == "held":  # other people than last time
        released = await call("med", "POST", f"{place}/release", json={"reason": "本月名单核对无误"})
        assert released.status_code == 200, released.text
    run = await call("bureau", "POST", "/v1/comparison-runs", json={"period": PERIOD})
    assert run.status_code in (200, 201, 202), run.text


async def clues(call: Call, who: str, household_id: str) -> list[dict[str, Any]]:
    """Give a household's clues as somebody sees them."""
    listed = await call(who, "GET", "/v1/clues", params={"household": household_id})
    return list(listed.json()["items"])


async def test_moves_corrections_ends_and_merged_villages_reach_the_township(call: Call) -> None:
    numbers = {"moves": "99010319800101013X", "corrected": "990103198001010332", "ends": "990103198001010295"}
    homes = {
        name: await register(call, f"99F000000{place}", number, f"丑{place}甲")
        for place, (name, number) in enumerate(numbers.items(), start=1)
    }
    rows = {
        name: (number, f"丑{place}甲", "126000.00") for place, (name, number) in enumerate(numbers.items(), start=1)
    }
    await deliver(call, *rows.values())
    for home in homes.values():

        async def raised(home: str = home) -> bool:
            return bool(await clues(call, f"town-{TOWN[:9]}", home))

        await until(raised)

    async def patch(name: str, change: dict[str, Any]) -> None:
        place = f"/v1/households/{homes[name]}"
        tag = (await call("bureau", "GET", place)).headers["etag"]
        answer = await call("bureau", "PATCH", place, json=change, headers={"If-Match": tag})
        assert answer.status_code == 200, answer.text

    # The household moves: its clue is with the new township, and gone from the old one.
    await patch("moves", {"village_code": OTHER_VILLAGE})

    async def moved() -> bool:
        old = await clues(call, f"town-{TOWN[:9]}", homes["moves"])
        new = await clues(call, f"town-{OTHER_TOWN[:9]}", homes["moves"])
        return not old and bool(new) and all(clue["dispatched_to"] == OTHER_TOWN for clue in new)

    await until(moved)

    # The department corrects its data: the clue is closed, and subscribers are told that it is resolved.
    await deliver(call, *(row if name != "corrected" else (row[0], row[1], "1260.00") for name, row in rows.items()))

    async def withdrawn() -> bool:
        return {clue["state"] for clue in await clues(call, "bureau", homes["corrected"])} == {"withdrawn"}

    await until(withdrawn)
    alerts = await call("health", "GET", "/v1/alerts", params={"kind": "resolved", "limit": 1000})
    assert homes["corrected"] in {item["data"]["household_id"] for item in alerts.json()["items"]}

    # The village is merged into another one: households and open clues are there.
    change = {
        "effective_on": "2026-11-01", "source_document": "村并", "closes": [VILLAGE],
        "moves": [{"from_code": VILLAGE, "to_code": MERGED}],
    }  # fmt: skip
    changed = await call("bureau", "POST", "/v1/area-changes", json=change)
    assert changed.status_code == 201, changed.text

    async def merged() -> bool:
        return {clue["area_code"] for clue in await clues(call, "bureau", homes["ends"])} == {MERGED}

    await until(merged)

    # The household ends: nobody has to go there any more.
    await patch("ends", {"status": "ended"})

    async def ended() -> bool:
        found = await clues(call, "bureau", homes["ends"])
        return {(clue["state"], clue["closed_because"]) for clue in found} <= {
            ("withdrawn", "household_ended"),
            ("withdrawn", "findings_withdrawn"),
        }

    await until(ended)
    # The township reads the sentence that the department reads.
    (clue,) = [item for item in await clues(call, "bureau", homes["moves"]) if item["rule_ids"]][:1]
    detail = (await call(f"town-{OTHER_TOWN[:9]}", "GET", f"/v1/clues/{clue['id']}")).json()
    finding_id = detail["sources"][0]["finding_id"]
    finding = (await call("bureau", "GET", f"/v1/findings/{finding_id}")).json()
    assert detail["sources"][0]["explanation"] == finding["explanation"]


@dataclass
class Subscriber:
    """The health department on its webhook and its stream: what each was told of a household, in order."""

    told: dict[str, list[tuple[str, str]]]  # channel -> (kind, household)

    def kinds(self, channel: str, household_id: str) -> list[str]:
        return [kind for kind, household in self.told[channel] if household == household_id]


@pytest.fixture
async def subscriber(running_system: EmbeddedSystem, call: Call) -> AsyncIterator[Subscriber]:
    """Subscribed on both channels before anything happens."""
    told: dict[str, list[tuple[str, str]]] = {"webhook": [], "stream": []}

    class Receiver(WebhookReceiver):
        def heard(self, event: AlertEvent) -> None:
            told["webhook"].append((event.data.kind, event.data.household_id))

    receiver = Receiver()
    await receiver.start()
    async with running_system.client("health") as health:
        subscription = await health.subscriptions.create("webhook", "webhook", url=receiver.url)
        receiver.secret = subscription.secret or ""

        async def listen() -> None:
            async for event in health.alerts.stream():
                told["stream"].append((event.data.kind, event.data.household_id))

        listening = asyncio.create_task(listen())
        await asyncio.sleep(1)  # the stream begins with what comes from now on
        try:
            yield Subscriber(told)
        finally:
            listening.cancel()
            await health.subscriptions.delete(subscription.id)
            await receiver.stop()


def with_check_digit(digits: str) -> str:
    """Give a citizen number of its first 17 digits."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return digits + "10X98765432"[sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11]


async def test_what_a_visit_has_begun_stays_and_every_subscriber_is_told(call: Call, subscriber: Subscriber) -> None:
    """Story 12 after a visit began, and households that are merged: clue, webhook, stream and department."""
    numbers = {
        name: with_check_digit(f"99010319820202{serial}")
        for name, serial in (("begun", "011"), ("joins", "013"), ("stays", "015"))
    }
    homes = {
        name: await register(call, f"99F00001{place}", number, f"寅{place}甲", birth="1982-02-02", village=QUIET)
        for place, (name, number) in enumerate(numbers.items())
    }
    rows = {name: (number, f"寅{place}甲", "126000.00") for place, (name, number) in enumerate(numbers.items())}
    await deliver(call, *rows.values())
    town = f"town-{TOWN[:9]}"
    for home in homes.values():

        async def raised(home: str = home) -> bool:
            return any("R-MED-02" in clue["rule_ids"] for clue in await clues(call, town, home))

        await until(raised)
    (begun,) = [clue for clue in await clues(call, town, homes["begun"]) if "R-MED-02" in clue["rule_ids"]]
    accepted = await call(town, "POST", f"/v1/clues/{begun['id']}/accept")
    assert accepted.status_code == 200, accepted.text

    # The department corrects its data after the township has begun: a person decides, and everybody is told.
    corrected = {**rows, "begun": (*rows["begun"][:2], "1260.00")}
    await deliver(call, *corrected.values())

    async def noted() -> bool:
        clue = (await call(town, "GET", f"/v1/clues/{begun['id']}")).json()
        return clue["state"] == "verifying" and clue["ground_gone_at"] is not None

    await until(noted)

    # One household is merged into the other: its clue joins the one of the same risk, which goes on.
    place = f"/v1/households/{homes['joins']}"
    home = await call("bureau", "GET", place)
    head = home.json()["members"][0]["id"]
    said = {"into": homes["stays"], "reason": "并户登记", "relations": [{"id": head, "relation": "sibling"}]}
    merged = await call("bureau", "POST", f"{place}/merge", json=said, headers={"If-Match": home.headers["etag"]})
    assert merged.status_code == 200, merged.text
    assert head in {member["id"] for member in merged.json()["members"]}, "the same person"

    async def joined() -> bool:
        there = await clues(call, town, homes["stays"])
        return not await clues(call, town, homes["joins"]) and "joined" in {clue["closed_because"] for clue in there}

    await until(joined)

    async def told() -> bool:
        pulled = await call("health", "GET", "/v1/alerts", params={"limit": 1000})
        feed = [(item["data"]["kind"], item["data"]["household_id"]) for item in pulled.json()["items"]]
        return all(
            subscriber.kinds(channel, home) == [kind for kind, household in feed if household == home]
            for channel in ("webhook", "stream")
            for home in homes.values()
        )

    await until(told)
    assert "changed" in subscriber.kinds("webhook", homes["begun"])
    assert "resolved" not in subscriber.kinds("webhook", homes["begun"])
    assert "resolved" in subscriber.kinds("stream", homes["stays"]), "the clue that joined the other one"

    # Nobody excludes alone: the township proposes, the county confirms, and then the department is told.
    tag = (await call(town, "GET", f"/v1/clues/{begun['id']}")).headers["etag"]
    found = {
        "result": "excluded", "reason": "data_error", "note": "费用录入有误", "verifiers": ["s-1", "s-2"],
        "visited_on": "2026-11-10",
    }  # fmt: skip
    proposed = await call(town, "POST", f"/v1/clues/{begun['id']}/verification", json=found, headers={"If-Match": tag})
    assert (proposed.status_code, proposed.json()["awaits_confirmation"]) == (202, True), proposed.text
    confirmed = await call(
        "bureau", "POST", f"/v1/clues/{begun['id']}/confirmation", json={"agrees": True, "note": "已核对更正"},
        headers={"If-Match": proposed.headers["etag"]},
    )  # fmt: skip
    assert (confirmed.status_code, confirmed.json()["state"]) == (200, "excluded"), confirmed.text

    async def answered() -> bool:
        return bool((await call("bureau", "GET", "/v1/rules/R-MED-02/precision")).json()["excluded"] >= 1)

    await until(answered)


async def test_a_newborn_that_gets_its_number_by_a_file_stays_the_same_person(call: Call) -> None:
    parent = with_check_digit("99010319850303011")
    home = {
        "hh_no": "99F0000201", "village_code": QUIET, "hh_type": "1", "housing_tenure": "owned",
        "members": [
            {"person_no": "99F000020101", "name": "卯甲", "id_no": parent, "birth_date": "1985-03-03", "sex": "1",
             "relation": "head", "labour": "1"},
            {"person_no": "99F000020102", "name": "卯乙", "birth_date": "2026-10-05", "sex": "1", "relation": "child",
             "labour": "5"},
        ],
    }  # fmt: skip

    async def send(lines: dict[str, Any]) -> dict[str, Any]:
        body = json.dumps(lines, ensure_ascii=False).encode()
        begun = await call(
            "bureau", "POST", "/v1/imports", content=body, headers={"Content-Type": "application/x-ndjson"}
        )
        assert begun.status_code in (200, 202), begun.text
        place = f"/v1/imports/{begun.json()['import_id']}"
        await until(lambda: done(call, place))
        report = (await call("bureau", "GET", place)).json()
        assert not report["reject_codes"], report
        found = await call("bureau", "GET", "/v1/households", params={"hh_no": home["hh_no"]})
        return dict(found.json()["items"][0])

    before = await send(home)
    home["members"][1] |= {"id_no": with_check_digit("99010320261005011")}
    after = await send(home)
    assert after["id"] == before["id"]
    assert {member["id"] for member in after["members"]} == {member["id"] for member in before["members"]}
