"""What the routes of disasters compare with the caller's areas: one that hit B is nobody's of A."""

from __future__ import annotations

from typing import Any

from .route_case import Case, Make, body
from .two_townships import TOWN_B, VILLAGE_B, World

FLOOD = {"kind": "0201", "name": "走查山洪", "areas": [TOWN_B], "from_on": "2026-11-09", "source": "cadres"}
WHY = {"reason": "走查:同名户误登"}


async def _disaster(world: World) -> str:
    if "disaster" not in world.b:
        world.b["disaster"] = str((await world.done("town-b", "POST", "/v1/disasters", json=FLOOD))["id"])
    return world.b["disaster"]


async def _affected(world: World) -> str:
    if "affected" not in world.b:
        said = {"items": [{"household_id": world.b["household"], "house_damage": "severe"}]}
        place = f"/v1/disasters/{await _disaster(world)}/households"
        taken = await world.done("town-b", "POST", place, json=said)
        world.b["affected"] = str(taken["items"][0]["affected_id"])
    return world.b["affected"]


def _of_disaster(value: Any = None, *, is_matched: bool = False) -> Make:
    async def make(world: World) -> dict[str, Any]:
        found = await _disaster(world)
        headers = await world.etag("town-b", f"/v1/disasters/{found}") if is_matched else {}
        return {"path": {"disaster_id": found}, "json": value, "headers": headers}

    return make


def _of_household(value: Any = None, *, is_matched: bool = False) -> Make:
    async def make(world: World) -> dict[str, Any]:
        row, found = await _affected(world), await _disaster(world)
        place = f"/v1/disasters/{found}/households/{row}"
        headers = await world.etag("town-b", place) if is_matched else {}
        return {"path": {"disaster_id": found, "affected_id": row}, "json": value, "headers": headers}

    return make


DISASTERS: dict[tuple[str, str], Case] = {
    ("POST", "/v1/disasters"): Case("object", make=body(FLOOD)),
    ("GET", "/v1/disasters"): Case("list"),
    ("GET", "/v1/disasters/{disaster_id}"): Case("object", make=_of_disaster()),
    ("PATCH", "/v1/disasters/{disaster_id}"): Case("object", make=_of_disaster({"note": "走查"}, is_matched=True)),
    ("POST", "/v1/disasters/{disaster_id}/households"): Case(
        "object", make=_of_disaster({"items": [{"household_id": "nobody"}]})
    ),
    ("POST", "/v1/disasters/{disaster_id}/zones"): Case(
        "object", make=_of_disaster({"area_code": VILLAGE_B, "grid": "nowhere"})
    ),
    ("GET", "/v1/disasters/{disaster_id}/households"): Case("object", make=_of_disaster()),
    ("GET", "/v1/disasters/{disaster_id}/households/{affected_id}"): Case("object", make=_of_household()),
    ("POST", "/v1/disasters/{disaster_id}/households/{affected_id}/help"): Case(
        "object", make=_of_household({"what": "走查:发放棉被", "given_on": "2026-11-10"})
    ),
    ("POST", "/v1/disasters/{disaster_id}/households/{affected_id}/write-off"): Case(
        "object", make=_of_household(WHY, is_matched=True)
    ),
    ("POST", "/v1/disasters/{disaster_id}/households/{affected_id}/remove"): Case(
        "object", make=_of_household(WHY, is_matched=True)
    ),
    ("POST", "/v1/disasters/{disaster_id}/close"): Case("object", make=_of_disaster(WHY, is_matched=True)),
}
