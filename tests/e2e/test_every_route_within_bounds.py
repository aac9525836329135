"""Every route compares what it is about with the caller's areas and department (`route_bounds.CASES`).

The routes come from the merged OpenAPI page: a new route without a case fails the day it appears. A caller of township
A, and one of another department, must get 403 or 404, or an answer in which nothing of B is shown or counted. The same
request of B's own caller succeeds, so a case that asks for nothing proves nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

import httpx
import pytest
from python_calamine import CalamineWorkbook

from bangfu_local.embedded import ClientSpec, EmbeddedSystem

from .conftest import token_of
from .plan_bounds import MEASURE
from .route_bounds import CASES
from .route_case import Case, Kind, nothing
from .test_every_route import is_public, operations
from .two_townships import COUNTY, PERIOD, TOWN_B, VILLAGE_B, World, build, cost, settle

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(scope="module")
async def document(gateway: httpx.AsyncClient) -> dict[str, Any]:
    return dict((await gateway.get("/openapi.json")).json())


def bounded(document: dict[str, Any]) -> set[tuple[str, str]]:
    """The routes that need a token."""
    found = {(method, path) for path, method, operation in operations(document) if not is_public(operation)}
    return found | {("GET", "/v1/alerts/stream")}


@pytest.fixture(scope="module")
async def world(running_system: EmbeddedSystem, gateway: httpx.AsyncClient, document: dict[str, Any]) -> World:
    scopes: set[str] = set()
    for _, _, operation in operations(document):
        if not is_public(operation):
            scopes |= set(operation["x-bangfu-access"]["scopes"])
    return await build(running_system, gateway, scopes)


async def test_every_route_says_what_it_compares_with_whom(document: dict[str, Any]) -> None:
    assert bounded(document) - CASES.keys() == set(), "say in CASES what these routes compare with the caller"
    assert CASES.keys() - bounded(document) == set(), "these routes are gone"
    assert all(case.why or case.area != "open" for case in CASES.values())


async def request_of(world: World, route: tuple[str, str], case: Case, who: str) -> httpx.Response:
    method, path = route
    more = await (case.make or nothing)(world)
    values = {name: value[1:] if value.startswith("=") else world.b[value] for name, value in case.path.items()}
    return await world.call(who, method, path.format(**values | more.pop("path", {})), **more)


def marks(world: World) -> set[str]:
    """What tells that an answer has something of township B in it."""
    return {*world.b.values(), TOWN_B, VILLAGE_B, "town-b", "med-b", "civ-b"}


def read(answer: httpx.Response) -> str:
    """The text of an answer; of a workbook, which is packed, that of its cells."""
    if answer.headers.get("content-type") != _WORKBOOK:
        return answer.text
    book = CalamineWorkbook.from_filelike(BytesIO(answer.content))
    return "\n".join(str(book.get_sheet_by_name(name).to_python()) for name in book.sheet_names)


def shown(world: World, case: Case, answer: httpx.Response, *, of_department: bool = False) -> list[str]:
    """What of B is in an answer; between departments of B, what belongs to one of them."""
    owned = {world.b[name] for name in ("delivery", "measure", "plan_task", "finding")}
    looked_for = owned if of_department else case.marks or marks(world)
    text = read(answer)
    return sorted(mark for mark in looked_for if mark in text)


def refused(answer: httpx.Response, kind: Kind, found: list[str], label: str) -> list[str]:
    """Say what is wrong with the answer that a stranger got."""
    if kind == "object" and answer.status_code not in (403, 404):
        return [f"{label} -> {answer.status_code} {answer.text[:200]} (expected 403 or 404)"]
    if kind == "list" and answer.status_code not in (200, 403, 404):
        return [f"{label} -> {answer.status_code} {answer.text[:200]}"]
    if kind == "list" and answer.status_code == 200 and found:
        return [f"{label} shows {found}: {answer.text[:300]}"]
    return []


async def nothing_taken(world: World, who: str, answer: httpx.Response, label: str) -> list[str]:
    """A file about B was received; see that nothing of it was done."""
    if answer.status_code in (403, 404):
        return []
    done = await world.done(who, "GET", answer.headers["location"], params={"wait_s": 50})
    taken = (done.get("created") or 0) + (done.get("updated") or 0)
    return [f"{label} took {taken}: {done}"] if taken or done["state"] not in ("done", "failed") else []


async def walk(
    world: World, who: Callable[[Case], str], kind_of: Callable[[Case], Kind], *, of_department: bool = False
) -> None:
    faults: list[str] = []
    for route, case in CASES.items():
        if kind_of(case) == "open":
            continue
        answer = await request_of(world, route, case, who(case))
        label = f"{who(case)}: {' '.join(route)}"
        if kind_of(case) == "import":
            faults += await nothing_taken(world, who(case), answer, label)
        else:
            found = shown(world, case, answer, of_department=of_department)
            faults += refused(answer, kind_of(case), found, label)
    assert not faults, f"{len(faults)} routes let strangers in:\n" + "\n".join(faults)


async def test_no_route_shows_or_does_anything_outside_the_callers_areas(world: World) -> None:
    """Township A, with every scope, asks for what is in township B."""

    def stranger(case: Case) -> str:
        return case.owner.replace("-b", "-a")

    await walk(world, stranger, lambda case: case.area)


async def test_no_route_does_anything_for_a_caller_without_areas(world: World) -> None:
    await walk(world, lambda _: "nowhere", lambda case: case.area)


async def test_no_route_shows_or_does_anything_of_another_department(world: World) -> None:
    """A department of the same township, with every scope, asks for what is another department's."""
    await walk(world, lambda case: case.other, lambda case: case.department, of_department=True)


async def test_lists_that_are_asked_for_a_foreign_area_refuse(world: World, document: dict[str, Any]) -> None:
    faults = []
    for path, method, operation in operations(document):
        names = {item["name"] for item in operation.get("parameters", []) if item["in"] == "query"}
        if method == "GET" and "area" in names and "{" not in path:
            params = {"area": TOWN_B} | ({"period": PERIOD} if path == "/v1/ledger" else {})
            answer = await world.call("town-a", "GET", path, params=params)
            if answer.status_code != 404:
                faults.append(f"{path} -> {answer.status_code} {answer.text[:120]}")
    assert not faults, "\n".join(faults)


async def test_filters_by_foreign_ids_find_nothing(world: World) -> None:
    for path, params in (
        ("/v1/findings", {"household_id": world.b["household"]}),
        ("/v1/clues", {"household": world.b["household"]}),
        ("/v1/episodes", {"household_id": world.b["household"]}),
        ("/v1/households", {"hh_no": "99W0000002"}),
        ("/v1/areas", {"parent": TOWN_B}),
        ("/v1/audit", {"shown": world.b["person"]}),
        ("/v1/audit", {"client_id": "town-b"}),
    ):
        answer = await world.call("town-a", "GET", path, params=params)
        assert (answer.status_code, answer.json()["items"]) == (200, []), (path, answer.text)


async def test_a_cursor_that_somebody_else_was_given_opens_nothing(world: World, document: dict[str, Any]) -> None:
    """A page goes on where the whole province's list stood, and shows the caller's own things only."""
    tried, faults = 0, []
    for path, method, operation in operations(document):
        names = {item["name"] for item in operation.get("parameters", []) if item["in"] == "query"}
        case = CASES.get((method, path))
        if method != "GET" or "cursor" not in names or case is None or case.area != "list" or "{" in path:
            continue
        params = {"limit": 1} | ({"period": PERIOD} if path == "/v1/ledger" else {})
        given = await world.call("province", "GET", path, params=params)
        cursor = given.json().get("next_cursor") if given.status_code == 200 else None
        for who in ("town-a", "nowhere"):
            answer = await world.call(
                who, "GET", path, params=params | {"limit": 100} | ({"cursor": cursor} if cursor else {})
            )
            tried += cursor is not None
            found = shown(world, case, answer)
            if answer.status_code >= 500 or (answer.status_code == 200 and found):
                faults.append(f"{who} {path} -> {answer.status_code} {found} {answer.text[:200]}")
    assert tried >= 10, "hardly any list had a second page: does the province still see both townships?"
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("who", ["town-a", "nowhere"])
async def test_a_stream_replayed_from_its_beginning_shows_nothing_of_others(world: World, who: str) -> None:
    headers = {"Authorization": f"Bearer {world.tokens[who]}", "Last-Event-ID": "0"}
    lines: list[str] = []
    async with world.gateway.stream("GET", "/v1/alerts/stream", headers=headers) as answer:
        if answer.status_code == 200:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(3):
                    async for line in answer.aiter_lines():
                        lines.append(line)  # noqa: PERF401  what came before the time was over counts
    text = "\n".join(lines)
    assert sorted(mark for mark in marks(world) if mark in text) == []
    assert ("data:" in text) == (who == "town-a"), "the control: its own alerts are replayed"


async def test_nested_ids_in_bodies_are_compared_too(world: World) -> None:
    """The outer thing is the caller's, what its body names is not."""
    a, b = world.a, world.b
    moved = await world.call(
        "town-a", "PATCH", f"/v1/households/{a['household']}", json={"village_code": VILLAGE_B},
        headers=await world.etag("town-a", f"/v1/households/{a['household']}"),
    )  # fmt: skip
    assert (moved.status_code, moved.json()["errors"][0]["code"]) == (422, "village_code.unknown")
    foreign = await world.call(
        "town-a", "PATCH", f"/v1/households/{a['household']}", json={"members": [{"id": b["person"], "labour": "2"}]},
        headers=await world.etag("town-a", f"/v1/households/{a['household']}"),
    )  # fmt: skip
    assert (foreign.status_code, foreign.json()["errors"][0]["code"]) == (422, "person.unknown")
    measure = await world.call(
        "town-a", "POST", f"/v1/episodes/{a['episode']}/measures", json=MEASURE | {"person_id": b["person"]}
    )
    assert (measure.status_code, measure.json()["errors"][0]["code"]) == (422, "person_id.foreign")
    said = {"area_code": VILLAGE_B, "risk_type": "05", "via": "app", "applied_on": "2026-11-10"}
    assert (await world.call("town-a", "POST", "/v1/applications", json=said)).status_code == 404
    unknown = await world.call("town-a", "POST", "/v1/applications", json=said | {"area_code": "990177101201"})
    clue = unknown.json()["clue_id"]
    verified = {
        "result": "confirmed_identify", "note": "x", "verifiers": ["s-1", "s-2"], "visited_on": "2026-11-10",
        "household_id": b["household"],
    }  # fmt: skip
    tag = await world.etag("town-a", f"/v1/clues/{clue}")
    wrong = await world.call("town-a", "POST", f"/v1/clues/{clue}/verification", json=verified, headers=tag)
    assert wrong.status_code in (404, 422), wrong.text
    assert wrong.json()["code"] != "alerts.verification.invalid"
    subscribed = {"name": "x", "channel": "pull", "areas": [TOWN_B]}
    assert (await world.call("town-a", "POST", "/v1/subscriptions", json=subscribed)).status_code == 404


async def test_a_record_about_somebody_of_another_township_has_no_effect(world: World) -> None:
    """The department of township A pushes about a person of B: no finding there is made or taken back."""
    before = await world.done("town-b", "GET", "/v1/findings")
    zero = cost(2) | {"self_paid_ytd": "0", "total": "0"}
    body = {"period": PERIOD, "record": zero}
    await world.call("med-a", "POST", "/v1/datasets/DS-MED-COST/records", json=body)
    run = await world.done("town-b", "POST", "/v1/comparison-runs", json={"period": PERIOD, "dry_run": True})
    while run["state"] in ("queued", "running"):  # the test has its own time limit
        await asyncio.sleep(0.2)
        run = await world.done("town-b", "GET", f"/v1/comparison-runs/{run['id']}")
    assert run["state"] == "done", run
    assert await world.done("town-b", "GET", "/v1/findings") == before


async def test_rows_name_the_household_to_whoever_may_see_it(
    world: World, running_system: EmbeddedSystem, gateway: httpx.AsyncClient
) -> None:
    """The lists of other services show what the registry tells their reader, and the audit has whom it was shown."""
    b = world.b
    path = [f"区域{code}" for code in (COUNTY, TOWN_B, VILLAGE_B)]
    home = {
        "id": b["household"], "hh_no": "99W0000002", "area_code": VILLAGE_B, "status": "active",
        "head": {"id": b["person"], "name": "王**"},
    }  # fmt: skip
    for name, place in (("clue", "/v1/clues"), ("finding", "/v1/findings"), ("duty", "/v1/duties")):
        page = await world.call("town-b", "GET", place, params={"limit": 200})
        assert (page.json()["titles"], page.headers["cache-control"]) == ("shown", "no-store")
        (row,) = [each for each in page.json()["items"] if b[name] in each.values()]
        assert row["title"] == {"area_path": path, "household": home}
        one = await world.call("town-b", "GET", f"{place}/{b[name]}")
        assert (one.json()["title"], one.headers["cache-control"]) == (row["title"], "no-store")
    unknown = await world.stranger("med-b", 2)
    row = await world.done("med-b", "GET", f"/v1/worklist/{unknown}")
    assert (row["titles"], row["title"]["household"]) == ("shown", None)
    assert row["title"]["area_path"] == path[:2]

    async def audited() -> bool:
        found = await world.done("town-b", "GET", "/v1/audit", params={"shown": b["person"], "limit": 100})
        return {"/v1/clues", "/v1/findings", "/v1/duties"} <= {each["route"] for each in found["items"]}

    await settle(audited, "the audit knows that the head was shown")
    await running_system.ensure_clients([ClientSpec("blind-b", "乙镇线索", ("clues:read",), areas=(TOWN_B,))])
    world.tokens["blind-b"] = await token_of(running_system, gateway, "blind-b")
    blind = await world.done("blind-b", "GET", "/v1/clues")
    assert blind["titles"] == "refused"
    assert [each["title"] for each in blind["items"]] == [None] * len(blind["items"])


async def test_owners_get_what_strangers_do_not(world: World) -> None:
    """The control, last because it uses things up: each case's own caller is let in, and lists have B's things."""
    faults = []
    for route, case in CASES.items():
        if route == ("GET", "/v1/alerts/stream"):
            continue  # never ends; its own tests are in tests/service/alerts
        if case.area == "open":
            continue
        answer = await request_of(world, route, case, case.owner)
        label = f"{case.owner}: {' '.join(route)} -> {answer.status_code} {answer.text[:300]}"
        # What a step lacks is said by its service, after it has let the caller in; the form of a body is said before.
        is_let_in = answer.status_code in (409, 412, 422, 428) and answer.json()["code"] != "invalid_input"
        if answer.status_code >= 400 and not is_let_in:
            faults.append(label)
        if case.area == "list" and not shown(world, case, answer):
            faults.append(f"{label}: nothing of B is in it")
    assert not faults, "\n".join(faults)
