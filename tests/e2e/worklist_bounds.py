"""What the routes of the worklist compare with the caller's areas and department."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from .route_case import Case, fresh
from .two_townships import World


def _worklist_row(world: World) -> Awaitable[str]:
    return world.stranger("med-b", 2)


async def _listed_row(world: World) -> dict[str, Any]:
    await _worklist_row(world)
    return {}


async def _row_to_decide(world: World) -> dict[str, Any]:
    row_id = await _worklist_row(world)
    row = await world.call("med-b", "GET", f"/v1/worklist/{row_id}")
    said = {"decision": row.json()["allowed"][0], "reason": "走查:已核对"}
    return {"path": {"row_id": row_id}, "json": said, "headers": {"If-Match": row.headers["etag"]}}


async def _refused_row(world: World) -> dict[str, Any]:
    row_id = await _worklist_row(world)
    place = f"/v1/worklist/{row_id}"
    said = {"decision": "wrong_data", "reason": "走查"}
    await world.call("med-b", "POST", f"{place}/decision", json=said, headers={"If-Match": '"v0"'})
    kept = (await world.done("med-b", "GET", place))["refused"][-1]["id"]
    return {"path": {"row_id": row_id, "refused_id": kept}}


WORKLIST: dict[tuple[str, str], Case] = {
    ("GET", "/v1/worklist"): Case("list", "list", owner="med-b", make=_listed_row),
    ("GET", "/v1/worklist/counts"): Case("list", "list", owner="med-b", make=_listed_row),
    ("GET", "/v1/worklist/{row_id}"): Case("object", "object", owner="med-b", make=fresh("row_id", _worklist_row)),
    ("POST", "/v1/worklist/{row_id}/decision"): Case("object", "object", owner="med-b", make=_row_to_decide),
    ("POST", "/v1/worklist/{row_id}/refused/{refused_id}/settle"): Case(
        "object", "object", owner="med-b", make=_refused_row
    ),
}
