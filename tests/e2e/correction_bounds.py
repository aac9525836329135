"""What the routes of corrections compare with the caller's areas and department."""

from __future__ import annotations

from typing import Any

from .route_case import Case, ids
from .two_townships import World, settle


def _question(world: World) -> dict[str, Any]:
    return {"finding_id": world.b["finding"], "dataset": "DS-MED-COST", "why": "走查:结算单与报送不符"}


async def _asking(world: World) -> dict[str, Any]:
    return {"json": _question(world)}


async def _open_correction(world: World) -> str:
    """What B's township asks its medical department; asked again once it was answered."""
    wanted = {"state": "open", "finding_id": world.b["finding"]}
    waiting = (await world.done("town-b", "GET", "/v1/corrections", params=wanted))["items"]
    row = waiting[0] if waiting else await world.done("town-b", "POST", "/v1/corrections", json=_question(world))
    return str(row["id"])


async def _answering(world: World) -> dict[str, Any]:
    """An answer of the department, whose duty it has taken in hand; that is announced within the minute."""
    correction_id = await _open_correction(world)

    async def is_taken() -> bool:
        return (await world.call("med-b", "POST", f"/v1/duties/K01-{correction_id}/accept")).status_code == 200

    await settle(is_taken, "the department takes the duty of its correction in hand", within_s=150)
    headers = await world.etag("med-b", f"/v1/corrections/{correction_id}")
    return {"path": {"correction_id": correction_id}, "json": {"answer": "corrected"}, "headers": headers}


def _step(who: str, said: dict[str, Any]) -> Any:
    async def make(world: World) -> dict[str, Any]:
        correction_id = await _open_correction(world)
        headers = await world.etag(who, f"/v1/corrections/{correction_id}")
        return {"path": {"correction_id": correction_id}, "json": said, "headers": headers}

    return make


CORRECTIONS: dict[tuple[str, str], Case] = {
    ("POST", "/v1/corrections"): Case("object", "object", make=_asking),
    ("GET", "/v1/corrections"): Case("list", "list", owner="med-b"),
    ("GET", "/v1/corrections/{correction_id}"): Case("object", "object", path=ids(correction_id="correction")),
    ("POST", "/v1/corrections/{correction_id}/answer"): Case("object", "object", owner="med-b", make=_answering),
    ("POST", "/v1/corrections/{correction_id}/withdraw"): Case(
        "object", "object", make=_step("town-b", {"note": "走查:无须更正"})
    ),
}
