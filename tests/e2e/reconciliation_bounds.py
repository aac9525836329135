"""What the routes of reconciliations compare with the caller's areas."""

from __future__ import annotations

import json
from typing import Any

from .route_case import Case, fresh
from .two_townships import CSV, NDJSON, VILLAGE_B, World, household

_BYTES = {"Content-Type": "application/octet-stream"}
_IMPORT = "/v1/reconciliations/import"


async def _export(world: World) -> dict[str, Any]:
    line = json.dumps(household(world.next(), VILLAGE_B), ensure_ascii=False)
    return {"content": line.encode(), "headers": NDJSON}


async def _opened(world: World) -> str:
    begun = await world.done("town-b", "POST", _IMPORT, params={"in_parts": "true"}, headers=CSV)
    part = f"{_IMPORT}/{begun['import_id']}/parts/1"
    await world.done("town-b", "PUT", part, content=b"code\n", headers=_BYTES)
    return str(begun["import_id"])


async def _compared(world: World) -> str:
    """An export with a household of B that is not registered."""
    begun = await world.done("town-b", "POST", _IMPORT, **await _export(world))
    done = await world.done("town-b", "GET", f"{_IMPORT}/{begun['import_id']}", params={"wait_s": 50})
    assert done["state"] == "done", done
    return str(done["import_id"])


async def _listed(world: World) -> dict[str, Any]:
    await _compared(world)
    return {}


async def _decided(world: World) -> dict[str, Any]:
    run = await _compared(world)
    [found] = (await world.done("town-b", "GET", f"/v1/reconciliations/{run}/differences", params={"limit": 1}))[
        "items"
    ]
    said = {"id": found["id"], "revision": found["revision"], "decision": "ignore", "reason": "走查:已核对"}
    return {"path": {"reconciliation_id": run}, "json": {"items": [said]}}


RECONCILIATION: dict[tuple[str, str], Case] = {
    ("POST", _IMPORT): Case("import", make=_export),
    ("PUT", f"{_IMPORT}/{{import_id}}/parts/{{number}}"): Case(
        "object", make=fresh("import_id", _opened, content=b"code\n", headers=_BYTES), path={"number": "=1"}
    ),
    ("POST", f"{_IMPORT}/{{import_id}}/commit"): Case(
        "object", make=fresh("import_id", _opened, json={"part_count": 1})
    ),
    ("GET", f"{_IMPORT}/{{import_id}}"): Case("object", make=fresh("import_id", _opened)),
    ("GET", f"{_IMPORT}/{{import_id}}/rejects"): Case("object", make=fresh("import_id", _opened)),
    ("GET", "/v1/reconciliations"): Case("list", make=_listed, marks=frozenset({'"town-b"'})),
    ("GET", "/v1/reconciliations/{reconciliation_id}"): Case("object", make=fresh("reconciliation_id", _compared)),
    ("GET", "/v1/reconciliations/{reconciliation_id}/differences"): Case(
        "object", make=fresh("reconciliation_id", _compared)
    ),
    ("POST", "/v1/reconciliations/{reconciliation_id}/decisions"): Case("object", make=_decided),
    ("GET", "/v1/households/export"): Case("list"),
}
