"""The same for what an app brings home: queued steps, photos and scans."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import uuid4

from .route_case import Case, ids
from .two_townships import World

_SCAN = b"%PDF-1.7\n" + b"x" * 64
_HOME = ids(household_id="household")
_PLACE = ids(household_id="household", sha256=f"={hashlib.sha256(_SCAN).hexdigest()}")


async def _scan(_: World) -> dict[str, Any]:
    return {"content": _SCAN, "headers": {"Content-Type": "application/pdf"}}


async def _kept_scan(world: World) -> dict[str, Any]:
    place = f"/v1/households/{world.b['household']}/attachments/{hashlib.sha256(_SCAN).hexdigest()}"
    await world.done("town-b", "PUT", place, **await _scan(world))
    return {"params": {"purpose_code": "assistance"}}


async def _mistaken_scan(world: World) -> dict[str, Any]:
    data = _SCAN + str(world.next()).encode()
    sha256 = hashlib.sha256(data).hexdigest()
    place = f"/v1/households/{world.b['household']}/attachments/{sha256}"
    await world.done("town-b", "PUT", place, content=data, headers={"Content-Type": "application/pdf"})
    return {"path": {"sha256": sha256}}


async def _queued_step(world: World) -> dict[str, Any]:
    place = f"/v1/households/{world.b['household']}"
    read = (await world.etag("town-b", place))["If-Match"]
    step = {"id": str(uuid4()), "method": "PATCH", "path": place, "body": {"group_name": "二组"}, "if_match": read}
    return {"json": {"steps": [step]}}


FIELD: dict[tuple[str, str], Case] = {
    ("GET", "/v1/households/{household_id}/attachments"): Case("object", path=_HOME),
    ("PUT", "/v1/households/{household_id}/attachments/{sha256}"): Case("object", path=_PLACE, make=_scan),
    ("GET", "/v1/households/{household_id}/attachments/{sha256}"): Case("object", path=_PLACE, make=_kept_scan),
    ("DELETE", "/v1/households/{household_id}/attachments/{sha256}"): Case("object", path=_HOME, make=_mistaken_scan),
    ("POST", "/v1/batch"): Case("list", make=_queued_step),
}
