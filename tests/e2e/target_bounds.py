"""What the routes of targets and statistics compare with the caller's areas and department."""

from __future__ import annotations

from typing import Any

from .route_case import Case, Make, fresh, query
from .two_townships import TOWN_B, World

_VALUES, _TARGETS = "/v1/series-values", "/v1/targets"
_NO_DEPARTMENT = "statistics belong to no department"


def _value(world: World) -> dict[str, Any]:
    year = 2000 + world.next() % 26
    return {
        "kept_by": TOWN_B, "values": [{
            "series": "rural_disposable_growth", "area_code": "990177000000", "period": f"{year}", "value": "6.5",
            "source": "走查",
        }],
    }  # fmt: skip


def _target(world: World) -> dict[str, Any]:
    year = 2027 + world.next() % 70
    return {
        "area_code": TOWN_B, "department": "CIV", "indicator": "workers", "period": f"{year}", "value": "100",
        "source": "走查",
    }  # fmt: skip


async def _entered(world: World) -> str:
    while True:
        answer = await world.call("town-b", "POST", _VALUES, json=_value(world))
        if answer.status_code == 201:
            return str(answer.json()["items"][0]["id"])


async def _proposed(world: World) -> str:
    """A target that somebody else proposed than who may approve it."""
    while True:
        answer = await world.call("province", "POST", _TARGETS, json=_target(world))
        if answer.status_code == 201:
            return str(answer.json()["id"])


def _after(made: Any) -> Make:
    async def make(world: World) -> dict[str, Any]:
        await made(world)
        return {}

    return make


async def _new_value(world: World) -> dict[str, Any]:
    return {"json": _value(world) | {"values": [_value(world)["values"][0] | {"series": "former_poor_growth",
            "area_code": "000000000000"}]}}  # fmt: skip


async def _new_target(world: World) -> dict[str, Any]:
    return {"json": _target(world) | {"indicator": "post_holders"}}


_ANY = {"If-Match": "*"}
TARGETS: dict[tuple[str, str], Case] = {
    ("GET", "/v1/series"): Case("open", why="the catalogue is the same for everybody"),
    ("GET", _VALUES): Case("list", why=_NO_DEPARTMENT, make=_after(_entered)),
    ("POST", _VALUES): Case("object", why=_NO_DEPARTMENT, make=_new_value),
    ("GET", f"{_VALUES}/{{entry_id}}"): Case("object", why=_NO_DEPARTMENT, make=fresh("entry_id", _entered)),
    ("PUT", f"{_VALUES}/{{entry_id}}"): Case(
        "object",
        why=_NO_DEPARTMENT,
        make=fresh("entry_id", _entered, json={"value": "7", "source": "走查", "note": "走查"}, headers=_ANY),
    ),
    ("GET", "/v1/ready-made-targets"): Case(
        "object", why="what policy papers say is the same for every department", make=query(area=TOWN_B, year="2030")
    ),
    ("GET", _TARGETS): Case("list", "list", make=_after(_proposed)),
    ("POST", _TARGETS): Case("object", "object", make=_new_target),
    ("GET", f"{_TARGETS}/{{target_id}}"): Case("object", "object", make=fresh("target_id", _proposed)),
    ("PUT", f"{_TARGETS}/{{target_id}}"): Case(
        "object",
        "object",
        make=fresh("target_id", _proposed, json={"value": "9", "source": "走查", "note": "走查"}, headers=_ANY),
    ),
    ("POST", f"{_TARGETS}/{{target_id}}/decision"): Case(
        "object", "object", make=fresh("target_id", _proposed, json={"agrees": True, "note": "走查"}, headers=_ANY)
    ),
    ("GET", f"{_TARGETS}/{{target_id}}/progress"): Case("object", "object", make=fresh("target_id", _proposed)),
}
