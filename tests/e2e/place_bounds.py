"""What the routes of groups, grids, sites and tags compare with the caller's areas.

Sites only: a register of grids or groups would bind the households of other cases.
"""

from __future__ import annotations

from typing import Any

from .route_case import Case, fresh, ids
from .two_townships import VILLAGE_B, World, household

_TAGS = f"/v1/areas/{VILLAGE_B}/tags"


def _site(world: World) -> dict[str, Any]:
    site = {"kind": "site", "village_code": VILLAGE_B, "name": f"走查安置点{world.next()}", "valid_from": "2026-01-01"}
    return {"source_document": "走查", "places": [site]}


async def _registered(world: World) -> str:
    return str((await world.done("town-b", "POST", "/v1/places", json=_site(world)))["items"][0]["id"])


async def _new(world: World) -> dict[str, Any]:
    return {"json": _site(world)}


async def _listed(world: World) -> dict[str, Any]:
    await _registered(world)
    return {}


async def _changed(world: World) -> dict[str, Any]:
    said = {"path": {"place_id": await _registered(world)}, "headers": {"If-Match": '"v1"'}}
    return said | {"json": {"persons_declared": 12}}


async def _unlisted(world: World) -> dict[str, Any]:
    home = household(world.next(), VILLAGE_B, group_name="走查组")
    await world.done("town-b", "POST", "/v1/households", json=home)
    return {"params": {"kind": "group"}}


async def _tag(world: World) -> dict[str, Any]:
    day = f"{2030 + world.next()}-01-01"
    return {"json": {"tag": "border", "first_on": day, "last_on": day, "source_document": "走查"}}


async def _ended(world: World) -> dict[str, Any]:
    """A tag that runs: given by the first one who asks."""
    body = {"tag": "weak_economy", "first_on": "2026-01-01", "source_document": "走查"}
    answer = await world.call("town-b", "POST", _TAGS, json=body)
    assert answer.status_code in (201, 409), answer.text
    return {"path": {"code": VILLAGE_B, "tag": "weak_economy"}, "json": {"last_on": "2099-12-31"}}


PLACES: dict[tuple[str, str], Case] = {
    ("GET", "/v1/places"): Case("list", make=_listed),
    ("GET", "/v1/places/unlisted"): Case("list", make=_unlisted),
    ("POST", "/v1/places"): Case("object", make=_new),
    ("GET", "/v1/places/{place_id}"): Case("object", make=fresh("place_id", _registered)),
    ("PATCH", "/v1/places/{place_id}"): Case("object", make=_changed),
    ("GET", "/v1/areas/{code}/tags"): Case("object", path=ids(code="=" + VILLAGE_B)),
    ("POST", "/v1/areas/{code}/tags"): Case("object", path=ids(code="=" + VILLAGE_B), make=_tag),
    ("POST", "/v1/areas/{code}/tags/{tag}/end"): Case("object", make=_ended),
}
