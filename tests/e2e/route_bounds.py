"""What each route compares with the caller's areas and department: one case a route, none forgotten.

Each case says what of a request names something of township B, and who of B may ask for it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from .agreement_bounds import AGREEMENTS
from .alert_bounds import ALERTS, of_household
from .campaign_bounds import CAMPAIGNS
from .change_bounds import CHANGES
from .collective_income_bounds import COLLECTIVE
from .correction_bounds import CORRECTIONS
from .disaster_bounds import DISASTERS
from .field_bounds import FIELD
from .figure_bounds import FIGURES
from .gap_bounds import GAPS
from .guarantee_bounds import GUARANTEES
from .income_plan_bounds import INCOME_PLANS
from .ledger_bounds import LEDGERS
from .notice_bounds import NOTICES
from .petition_bounds import PETITIONS
from .place_bounds import PLACES
from .plan_bounds import PLANS
from .quality_bounds import QUALITY
from .reconciliation_bounds import RECONCILIATION
from .roster_bounds import ROSTER
from .route_case import Case, Make, body, fresh, ids, matched, query, refused_of
from .rule_bounds import RULES
from .supervision_bounds import SUPERVISION
from .target_bounds import TARGETS
from .two_townships import (
    CSV,
    NDJSON,
    PERIOD,
    TOWN_B,
    VILLAGE_B,
    World,
    cost,
    household,
    id_number,
)
from .unmasking_bounds import UNMASKINGS
from .worklist_bounds import WORKLIST


async def _new_household(world: World) -> dict[str, Any]:
    return {"json": household(world.next(), VILLAGE_B)}


async def _area_file(world: World) -> dict[str, Any]:
    text = f"code,name,parent_code,valid_from\n990177102{200 + world.next() % 90},新村,{TOWN_B},2020-01-01\n"
    return {"content": text.encode(), "headers": CSV}


async def _titles(world: World) -> dict[str, Any]:
    return {"json": {"household_ids": [world.b["household"]], "area_codes": [VILLAGE_B, TOWN_B]}}


async def _household_file(world: World) -> dict[str, Any]:
    line = json.dumps(household(world.next(), VILLAGE_B), ensure_ascii=False)
    return {"content": line.encode(), "headers": NDJSON}


def _open_import(kind: str) -> Callable[[World], Awaitable[str]]:
    async def begin(world: World) -> str:
        headers = NDJSON if kind == "imports" else CSV
        begun = await world.done("town-b", "POST", f"/v1/{kind}", params={"in_parts": "true"}, headers=headers)
        part = f"/v1/{kind}/{begun['import_id']}/parts/1"
        await world.done("town-b", "PUT", part, content=b"code\n", headers={"Content-Type": "application/octet-stream"})
        return str(begun["import_id"])

    return begin


def _delivery(world: World) -> Awaitable[str]:
    return world.open_delivery("med-b")


def _client(world: World) -> Awaitable[str]:
    return world.client(TOWN_B)


async def _policy_proposal(world: World) -> str:
    wanted = PROFILE | {"source_document": f"走查{world.next()}"}
    return str((await world.done("town-b", "PUT", f"/v1/policy-profiles/{TOWN_B}", json=wanted))["id"])


async def _listed_policy_proposal(world: World) -> dict[str, Any]:
    await _policy_proposal(world)
    return {}


def _client_change(method: str) -> Make:
    async def make(world: World) -> dict[str, Any]:
        name = await _client(world)
        more: dict[str, Any] = {"json": {"name": "改名"}} if method == "PATCH" else {}
        return {"path": {"client_id": name}, "headers": {"If-Match": '"v1"'}, **more}

    return make


async def _new_client(world: World) -> dict[str, Any]:
    given = {"client_id": f"walk-{world.next()}", "name": "走查", "scopes": ["areas:read"], "areas": [TOWN_B]}
    return {"json": given}


async def _value(given: dict[str, Any]) -> dict[str, Any]:
    return given


async def _some_run(world: World) -> dict[str, Any]:
    wanted = {"period": PERIOD, "dry_run": True}
    run = await world.done("town-b", "POST", "/v1/comparison-runs", json=wanted)
    return {"path": {"run_id": run["id"]}}


async def _doubted_run(world: World) -> dict[str, Any]:
    """A run about B that somebody else started: who starts one does not judge it."""
    wanted = {"period": PERIOD, "dry_run": True, "area_code": TOWN_B}
    run = await world.done("province", "POST", "/v1/comparison-runs", json=wanted)
    return {"path": {"run_id": run["id"]}, "json": {"reason": "走查:已核对"}}


async def _compared(world: World) -> dict[str, Any]:
    """The month of both townships, compared once."""
    run = await world.done("province", "POST", "/v1/comparison-runs", json={"period": PERIOD})
    while run["state"] in ("queued", "running"):
        await asyncio.sleep(0.2)
        run = await world.done("province", "GET", f"/v1/comparison-runs/{run['id']}")
    return {"params": {"period": PERIOD}}


async def _proposal(world: World) -> str:
    """A client of B that waits for a second manager: it would see full identities."""
    body = {"client_id": f"walk-{world.next()}", "name": "走查", "scopes": ["persons:unmask"], "areas": [TOWN_B]}
    return str((await world.done("province", "POST", "/v1/clients", json=body))["id"])


async def _listed_proposal(world: World) -> dict[str, Any]:
    await _proposal(world)
    return {}


def _about(path: str, **body: str) -> Make:
    """A change of B's household, whose body names things of B too."""

    async def make(world: World) -> dict[str, Any]:
        said = {name: world.b.get(value, value) for name, value in body.items()} | {"reason": "走查:依据户口簿"}
        if path == "split":
            said |= {"hh_no": f"99W9{world.next():06d}", "members": [{"id": world.b["person"], "relation": "head"}]}
        if path == "renumber":
            said |= {"hh_no": "99W0000002"}
        return {"json": said, "headers": await world.etag("town-b", f"/v1/households/{world.b['household']}")}

    return make


async def _village_step(world: World) -> dict[str, Any]:
    item = {"episode_id": world.b["episode"], "if_match": '"v1"'}
    step = {"to": "REVIEWED", "occurred_on": "2026-11-10", "actors": ["s-1"], "village_code": VILLAGE_B}
    return {"json": step | {"items": [item]}}


async def _look(world: World) -> dict[str, Any]:
    return {"json": {"purpose_code": "verification", "case_id": world.b["episode"]}}


async def _task(world: World) -> dict[str, Any]:
    """A visit of B's household that B has in hand."""
    said = {"household_id": world.b["household"], "visited_on": "2026-11-10", "visitors": ["s-1"], "note": "x"}
    clue = (await world.done("town-b", "POST", "/v1/visits", json=said | {"risk_type": "11"}))["clue_id"]
    await world.done("town-b", "POST", f"/v1/duties/D03-{clue}/accept")
    return {"params": {"duty_id": f"D03-{clue}"}}


async def _mergeable(world: World) -> dict[str, Any]:
    """A new household of B that would go into the one there is."""
    made = await world.done("town-b", "POST", "/v1/households", json=household(world.next(), VILLAGE_B))
    said = {"into": world.b["household"], "reason": "走查:依据户口簿"}
    return {"path": {"household_id": made["id"]}, "json": said, "headers": {"If-Match": '"v1"'}}


async def _changed_area(world: World) -> dict[str, Any]:
    """Two villages of B; one was merged into the other."""
    one, other = (f"9901771023{world.next() % 90 + 10}" for _ in range(2))
    rows = "".join(f"{code},新村,{TOWN_B},2020-01-01\n" for code in (one, other))
    text = "code,name,parent_code,valid_from\n" + rows
    begun = await world.done("town-b", "POST", "/v1/areas/import", content=text.encode(), headers=CSV)
    await world.done("town-b", "GET", f"/v1/areas/import/{begun['import_id']}", params={"wait_s": 50})
    change = {"effective_on": "2026-11-01", "source_document": "走查", "closes": [one]}
    change["moves"] = [{"from_code": one, "to_code": other}]
    await world.done("town-b", "POST", "/v1/area-changes", json=change)
    return {}


BYTES = {"Content-Type": "application/octet-stream"}
INCOME = {"wage": "31000.00"}


async def _falling(world: World) -> dict[str, Any]:
    """A household of B that earns less this year than the last."""
    home = household(world.next(), VILLAGE_B, incomes=[{"year": 2025, "wage": "90000.00"}])
    made = await world.done("town-b", "POST", "/v1/households", json=home)
    place = f"/v1/households/{made['id']}/income-periods/quarter/2026-Q1"
    await world.done("town-b", "PUT", place, json={"wage": "1.00"})
    return {}


STATUSES = {"statuses": {"housing": {"is_safe": True, "checked_on": "2026-11-10"}}}
PROFILE = {"effective_from": "2026-11-01", "source_document": "走查", "parameters": {"income.monitoring_line": "8800"}}
NO_DEPARTMENT = "households and what townships do about them belong to an area, to no department"
DECLARED = "declarations and templates, the same for everybody"

HOUSEHOLD, EPISODE = ids(household_id="household"), ids(episode_id="episode")
MED = {"owner": "med-b", "department": "object"}

CASES: dict[tuple[str, str], Case] = {
    **ROSTER,
    **CAMPAIGNS,
    **FIELD,
    **CHANGES,
    **CORRECTIONS,
    **AGREEMENTS,
    **UNMASKINGS,
    **QUALITY,
    **WORKLIST,
    **RECONCILIATION,
    **PLACES,
    # registry: areas and policy
    ("GET", "/v1/areas"): Case("list", make=query(limit="200")),
    ("GET", "/v1/areas/{code}"): Case("object", path=ids(code="=" + VILLAGE_B)),
    ("POST", "/v1/areas/import"): Case("import", make=_area_file),
    ("PUT", "/v1/areas/import/{import_id}/parts/{number}"): Case(
        "object", make=fresh("import_id", _open_import("areas/import"), content=b"code\n", headers=BYTES),
        path=ids(number="=1"),
    ),
    ("POST", "/v1/areas/import/{import_id}/commit"): Case(
        "object", make=fresh("import_id", _open_import("areas/import"), json={"part_count": 1})
    ),
    ("GET", "/v1/areas/import/{import_id}"): Case("object", make=fresh("import_id", _open_import("areas/import"))),
    ("GET", "/v1/areas/import/{import_id}/rejects"): Case(
        "object", make=fresh("import_id", _open_import("areas/import"))
    ),
    ("GET", "/v1/area-changes"): Case("list", make=_changed_area, marks=frozenset({"990177102"})),
    ("POST", "/v1/area-changes"): Case(
        "object", make=body({"effective_on": "2026-11-01", "source_document": "走查", "closes": [VILLAGE_B]})
    ),
    ("GET", "/v1/policy-profiles/{region}"): Case("object", path=ids(region="=" + TOWN_B)),
    ("PUT", "/v1/policy-profiles/{region}"): Case("object", path=ids(region="=" + TOWN_B), make=body(PROFILE)),
    ("GET", "/v1/policy-proposals"): Case("list", make=_listed_policy_proposal, marks=frozenset({TOWN_B})),
    ("GET", "/v1/policy-proposals/{proposal_id}/preview"): Case("object", make=fresh("proposal_id", _policy_proposal)),
    ("POST", "/v1/policy-proposals/{proposal_id}/decision"): Case(
        "object", make=fresh("proposal_id", _policy_proposal, json={"agrees": False, "note": "走查:撤回"})
    ),
    # registry: households and persons
    ("GET", "/v1/households"): Case("list"),
    ("GET", "/v1/households/changes"): Case("list", make=query(limit="200")),
    ("POST", "/v1/households/titles"): Case("list", make=_titles),
    ("POST", "/v1/households"): Case("object", make=_new_household),
    ("GET", "/v1/households/{household_id}"): Case("object", path=HOUSEHOLD),
    ("GET", "/v1/households/{household_id}/task"): Case("object", path=HOUSEHOLD, make=_task),
    ("PATCH", "/v1/households/{household_id}"): Case(
        "object", path=HOUSEHOLD, make=matched("/v1/households/{household}", {"group_name": "二组"})
    ),
    ("POST", "/v1/households/{household_id}/refused/{refused_id}/settle"): Case(
        "object", path=HOUSEHOLD, make=refused_of("/v1/households/{household}", "PATCH", "", {"group_name": "三组"})
    ),
    ("GET", "/v1/households/{household_id}/history"): Case("object", path=HOUSEHOLD),
    ("GET", "/v1/households/{household_id}/timeline"): Case("object", "list", path=HOUSEHOLD),
    ("GET", "/v1/households/{household_id}/identity-changes"): Case("object", path=HOUSEHOLD),
    ("POST", "/v1/households/{household_id}/renumber"): Case("object", path=HOUSEHOLD, make=_about("renumber")),
    ("POST", "/v1/households/{household_id}/merge"): Case("object", make=_mergeable),
    ("POST", "/v1/households/{household_id}/split"): Case("object", path=HOUSEHOLD, make=_about("split")),
    ("POST", "/v1/persons/{person_id}/correction"): Case(
        "object", path=ids(person_id="person"), make=_about("correction", name="王走查")
    ),
    ("POST", "/v1/persons/{person_id}/merge"): Case(
        "object", path=ids(person_id="person"), make=_about("merge", into="person")
    ),
    ("PUT", "/v1/households/{household_id}/incomes/{year}"): Case(
        "object", path=HOUSEHOLD | ids(year="=2025"), make=body(INCOME)
    ),
    ("GET", "/v1/households/{household_id}/incomes"): Case("object", path=HOUSEHOLD),
    ("GET", "/v1/households/{household_id}/labels"): Case("object", path=HOUSEHOLD),
    ("GET", "/v1/households/{household_id}/incomes/forecast"): Case("object", path=HOUSEHOLD),
    ("PUT", "/v1/households/{household_id}/income-periods/{kind}/{period}"): Case(
        "object", path=HOUSEHOLD | ids(kind="=quarter", period="=2026-Q3"), make=body(INCOME)
    ),
    ("GET", "/v1/households/{household_id}/income-periods"): Case("object", path=HOUSEHOLD),
    ("GET", "/v1/incomes/expected-falls"): Case("list", make=_falling),
    ("PUT", "/v1/households/{household_id}/statuses"): Case("object", path=HOUSEHOLD, make=body(STATUSES)),
    ("GET", "/v1/households/{household_id}/statuses"): Case("object", path=HOUSEHOLD),
    ("POST", "/v1/persons/search"): Case("list", make=body({"id_no": id_number(2)})),
    ("POST", "/v1/persons/{person_id}/unmask"): Case("object", path=ids(person_id="person"), make=_look),
    ("GET", "/v1/imports/template"): Case("open", why=DECLARED),
    ("POST", "/v1/imports"): Case("import", make=_household_file),
    ("PUT", "/v1/imports/{import_id}/parts/{number}"): Case(
        "object", make=fresh("import_id", _open_import("imports"), content=b"code\n", headers=BYTES),
        path=ids(number="=1"),
    ),
    ("POST", "/v1/imports/{import_id}/commit"): Case(
        "object", make=fresh("import_id", _open_import("imports"), json={"part_count": 1})
    ),
    ("GET", "/v1/imports/{import_id}"): Case("object", path=ids(import_id="import")),
    ("GET", "/v1/imports/{import_id}/rejects"): Case("object", path=ids(import_id="import")),
    # registry: episodes
    ("GET", "/v1/episodes"): Case("list"),
    ("GET", "/v1/episodes/{episode_id}"): Case("object", path=EPISODE),
    ("GET", "/v1/episodes/{episode_id}/elimination-conditions"): Case("object", path=EPISODE),
    ("POST", "/v1/episodes/village-steps"): Case("object", make=_village_step),
    ("POST", "/v1/episodes/{episode_id}/appeal"): Case(
        "object", path=EPISODE, make=body({"appealed_on": "2026-11-10", "reason": "走查:住院费用未计入"})
    ),
    ("POST", "/v1/episodes/{episode_id}/green-channel"): Case(
        "object", path=EPISODE, make=matched("/v1/episodes/{episode}", {"reason": "走查:山洪冲毁住房"})
    ),
    ("POST", "/v1/episodes/{episode_id}/green-channel/decision"): Case(
        "object", path=EPISODE,
        make=matched("/v1/episodes/{episode}", {"decision": "refused", "opinion": "走查:损失轻微"}),
    ),
    ("POST", "/v1/episodes/{episode_id}/transitions"): Case(
        "object", path=EPISODE,
        make=matched("/v1/episodes/{episode}", {"to": "ASSISTING", "occurred_on": "2026-11-10", "actors": ["s-1"]}),
    ),
    ("POST", "/v1/episodes/{episode_id}/refused/{refused_id}/settle"): Case(
        "object", path=EPISODE,
        make=refused_of(
            "/v1/episodes/{episode}", "POST", "/transitions",
            {"to": "ASSISTING", "occurred_on": "2026-11-10", "actors": ["s-1"]},
        ),
    ),
    **PLANS,
    **INCOME_PLANS,
    **COLLECTIVE,
    # sharing: datasets, deliveries
    ("GET", "/v1/datasets"): Case("open", why=DECLARED),
    ("GET", "/v1/datasets/{code}"): Case("open", why=DECLARED),
    ("GET", "/v1/datasets/{code}/template"): Case("open", why=DECLARED),
    **RULES,
    ("POST", "/v1/deliveries"): Case(
        "object", make=body({"dataset": "DS-MED-COST", "period": PERIOD, "area_code": TOWN_B}), **MED
    ),
    ("GET", "/v1/deliveries"): Case("list", "list", owner="med-b"),
    ("POST", "/v1/deliveries/nil"): Case(
        "object", "object", owner="civ-b",
        make=body({"dataset": "DS-CIV-TEMP", "period": PERIOD, "area_code": TOWN_B, "reason": "本月无"}),
    ),
    ("PUT", "/v1/deliveries/{delivery_id}/parts/{number}"): Case(
        "object", path=ids(delivery_id="delivery", number="=2"), **MED,
        make=lambda _: _value({"content": json.dumps(cost(2)).encode(), "headers": NDJSON}),
    ),
    ("POST", "/v1/deliveries/{delivery_id}/commit"): Case(
        "object", make=fresh("delivery_id", _delivery, json={"part_count": 1}), **MED
    ),
    ("POST", "/v1/deliveries/{delivery_id}/release"): Case(
        "object", path=ids(delivery_id="delivery"), make=body({"reason": "走查:核对无误"}), **MED
    ),
    ("POST", "/v1/deliveries/{delivery_id}/withdraw"): Case(
        "object", path=ids(delivery_id="delivery"), make=body({"reason": "走查:核对有误"}), **MED
    ),
    ("POST", "/v1/deliveries/{delivery_id}/refused/{refused_id}/settle"): Case(
        "object", path=ids(delivery_id="delivery"), **MED,
        make=refused_of("/v1/deliveries/{delivery}", "POST", "/release", {"reason": "走查"}, owner="med-b"),
    ),
    ("DELETE", "/v1/deliveries/{delivery_id}"): Case("object", make=fresh("delivery_id", _delivery), **MED),
    ("GET", "/v1/deliveries/{delivery_id}"): Case("object", path=ids(delivery_id="delivery"), **MED),
    ("GET", "/v1/deliveries/{delivery_id}/rejects"): Case("object", path=ids(delivery_id="delivery"), **MED),
    ("POST", "/v1/datasets/{code}/records"): Case(
        "object", path=ids(code="=DS-MED-COST"), **MED,
        make=body({"period": PERIOD, "area_code": TOWN_B, "record": cost(2)}),
    ),
    ("GET", "/v1/ledger"): Case("object", "list", owner="med-b", make=query(period=PERIOD, area=TOWN_B)),
    # sharing: comparison
    ("POST", "/v1/comparison-runs"): Case(
        "object", "object", make=body({"period": PERIOD, "dry_run": True, "area_code": TOWN_B})
    ),
    ("GET", "/v1/comparison-runs"): Case("list"),
    ("GET", "/v1/coverage"): Case("list", "list", owner="med-b", make=_compared, marks=frozenset({TOWN_B})),
    ("GET", "/v1/comparison-runs/{run_id}"): Case("object", make=_some_run),
    ("POST", "/v1/comparison-runs/{run_id}/release"): Case("object", make=_doubted_run),
    ("POST", "/v1/comparison-runs/{run_id}/withdraw"): Case("object", make=_doubted_run),
    ("GET", "/v1/findings"): Case("list", "list"),
    ("GET", "/v1/findings/timeline"): Case("object", "list", make=of_household),
    ("GET", "/v1/findings/{finding_id}"): Case("object", "object", path=ids(finding_id="finding")),
    ("GET", "/v1/findings/{finding_id}/explanation"): Case("object", "object", path=ids(finding_id="finding")),
    ("GET", "/v1/rules/{rule_id}/precision"): Case("list", "object", path=ids(rule_id="=R-MED-02")),
    **ALERTS,
    **GAPS,
    **FIGURES,
    **LEDGERS,
    **PETITIONS,
    **SUPERVISION,
    **TARGETS,
    **DISASTERS,
    **NOTICES,
    **GUARANTEES,
    # gateway
    ("GET", "/v1/clients"): Case("list", make=query(limit="200")),
    ("POST", "/v1/clients"): Case("object", make=_new_client),
    ("GET", "/v1/clients/{client_id}"): Case("object", path=ids(client_id="client")),
    ("PATCH", "/v1/clients/{client_id}"): Case("object", make=_client_change("PATCH")),
    ("DELETE", "/v1/clients/{client_id}"): Case("object", make=_client_change("DELETE")),
    ("POST", "/v1/clients/{client_id}/rotate-secret"): Case(
        "object", make=fresh("client_id", _client, json={"overlap_s": 0})
    ),
    ("GET", "/v1/client-proposals"): Case("list", make=_listed_proposal),
    ("POST", "/v1/client-proposals/{proposal_id}/approve"): Case("object", make=fresh("proposal_id", _proposal)),
    ("POST", "/v1/client-proposals/{proposal_id}/reject"): Case(
        "object", make=fresh("proposal_id", _proposal, json={"reason": "走查:不需要"})
    ),
    # An auditor finds what its own clients asked for, refused or not; of B's clients nothing.
    ("GET", "/v1/audit"): Case(
        "list", make=query(limit="200"), marks=frozenset({'"town-b"', '"med-b"', '"civ-b"'})
    ),
    ("GET", "/v1/replicas"): Case("open", why="which processes run, for the operator: nothing of anybody"),
    ("GET", "/v1/audit/seals"): Case("open", why="heads of the chain of seals: numbers and hashes"),
}  # fmt: skip
