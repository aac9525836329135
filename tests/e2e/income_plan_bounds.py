"""What the routes of income plans compare with the caller's areas (`route_bounds.CASES`)."""

from __future__ import annotations

from typing import Any

from .route_case import Case, fresh, ids
from .two_townships import VILLAGE_B, World, household, settle

HOUSEHOLD = ids(household_id="household")


async def _plan(world: World) -> dict[str, Any]:
    """A plan that nothing is said twice in, of somebody who helps in B."""
    year = (await world.done("town-b", "GET", "/v1/income-cohorts"))["year"]
    measures = [{"category": "M02", "item": "介绍就业"}]
    plan = {"year": year, "needs": ["希望就业"], "measures": measures, "target": f"{world.next()}.00"}
    return {"json": plan | {"responsible": world.b["staff"]}}


async def _planned(world: World) -> dict[str, Any]:
    """B's monitored household has a plan: it is in a cohort as soon as labels are of this year."""
    home = f"/v1/households/{world.b['household']}"

    async def labelled() -> list[Any]:
        return list((await world.done("town-b", "GET", f"{home}/labels"))["items"])

    await settle(labelled, "the household has its labels")
    await world.done("town-b", "PUT", f"{home}/income-plan", **await _plan(world))
    return {}


async def _graduate(world: World) -> str:
    """Somebody of B who has finished college."""
    serial = world.next()
    who = {
        "person_no": f"99GRA{serial:05d}", "name": "王走查", "birth_date": "2003-01-01", "sex": "1", "relation": "head",
        "labour": "1", "education": "college",
    }  # fmt: skip
    home = household(serial, VILLAGE_B, hh_type="1") | {"members": [who]}
    made = await world.done("town-b", "POST", "/v1/households", json=home)
    return str(made["members"][0]["id"])


async def _plan_of_graduate(world: World) -> dict[str, Any]:
    plan = {"needs": [f"希望就业{world.next()}"], "measures": [{"category": "M02", "item": "推荐岗位"}]}
    return {"path": {"person_id": await _graduate(world)}, "json": plan | {"responsible": world.b["staff"]}}


async def _listed_graduate(world: World) -> dict[str, Any]:
    await _graduate(world)
    return {}


INCOME_PLANS: dict[tuple[str, str], Case] = {
    # registry: income plans of households, cohorts of a year
    ("PUT", "/v1/households/{household_id}/income-plan"): Case("object", "object", path=HOUSEHOLD, make=_plan),
    ("GET", "/v1/households/{household_id}/income-plans"): Case("object", path=HOUSEHOLD),
    ("GET", "/v1/income-cohorts"): Case("list", make=_planned, marks=frozenset({VILLAGE_B})),
    ("GET", "/v1/income-cohorts/households"): Case("list", make=_planned),
    ("GET", "/v1/graduates"): Case("list", make=_listed_graduate, marks=frozenset({VILLAGE_B})),
    ("GET", "/v1/graduates/{person_id}"): Case("object", make=fresh("person_id", _graduate)),
    ("PUT", "/v1/graduates/{person_id}/plan"): Case("object", "object", make=_plan_of_graduate),
}
