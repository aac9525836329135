"""What the routes of agreements, provision and the insurance ledger compare with the caller's areas and department."""

from __future__ import annotations

from typing import Any

from .route_case import Case, Make
from .two_townships import TOWN_B, World, id_number

_TERMS = {
    "fields": ["area_code", "relief"], "area_codes": [TOWN_B], "legal_basis": "走查依据", "purpose": "走查用途",
    "valid_from": "2026-01-01", "ends_on": "2027-12-31", "rows_per_day": 100_000,
}  # fmt: skip
_STEPS = (("town-b", "offer"), ("town-b", "approve"), ("receiver", "approve"))


def _draft(mode: str) -> dict[str, Any]:
    """What B's side would agree with civil affairs, or for a check with medical insurance."""
    if mode == "check":
        terms = _TERMS | {"fields": []}
        return {"product": "treatment-first", "receiver": "MED", "mode": mode, "terms": terms}
    return {"product": "low-income-tags", "receiver": "CIV", "mode": mode, "terms": _TERMS}


async def _agreement(world: World, mode: str = "list", steps: int = len(_STEPS)) -> str:
    """An agreement about B that has come so far."""
    agreement = await world.done("town-b", "POST", "/v1/agreements", json=_draft(mode))
    place = f"/v1/agreements/{agreement['id']}"
    for who, step in _STEPS[:steps]:
        caller = ("med-b" if mode == "check" else "civ-b") if who == "receiver" else who
        await world.done(caller, "POST", f"{place}/{step}", headers=await world.etag("town-b", place))
    return str(agreement["id"])


def _step(steps: int, said: dict[str, Any] | None = None) -> Make:
    async def make(world: World) -> dict[str, Any]:
        agreement_id = await _agreement(world, steps=steps)
        headers = await world.etag("town-b", f"/v1/agreements/{agreement_id}")
        body = {} if said is None else {"json": said}
        return {"path": {"agreement_id": agreement_id}, "headers": headers, **body}

    return make


def _ended(said: dict[str, Any]) -> Make:
    async def make(world: World) -> dict[str, Any]:
        return {"path": {"agreement_id": await _agreement(world)}, "json": said}

    return make


def _drawn(mode: str, **rest: Any) -> Make:
    async def make(world: World) -> dict[str, Any]:
        return {"path": {"agreement_id": await _agreement(world, mode)}, **rest}

    return make


async def _read(world: World) -> dict[str, Any]:
    return {"path": {"agreement_id": await _agreement(world, steps=0)}}


async def _listed(world: World) -> dict[str, Any]:
    await _agreement(world)
    return {}


async def _drafting(_: World) -> dict[str, Any]:
    return {"json": _draft("list")}


async def _received(world: World) -> str:
    """A receipt of what civil affairs of B drew."""
    agreement_id = await _agreement(world)
    page = await world.done("civ-b", "GET", f"/v1/provision/{agreement_id}/rows")
    return str(page["receipt_id"])


async def _listed_receipts(world: World) -> dict[str, Any]:
    await _received(world)
    return {}


async def _recalling(world: World) -> dict[str, Any]:
    return {"path": {"receipt_id": await _received(world)}, "json": {"why": "走查:名单有误"}}


async def _acknowledging(world: World) -> dict[str, Any]:
    receipt_id = await _received(world)
    said = {"why": "走查:名单有误"}
    await world.done("town-b", "POST", f"/v1/provision/receipts/{receipt_id}/recall", json=said)
    return {"path": {"receipt_id": receipt_id}, "json": {"note": "走查:已删除"}}


async def _about(world: World) -> dict[str, Any]:
    return {"params": {"person_id": world.b["person"]}}


_WHY = {"why": "走查:终止"}
_CHECKED = {"id_no": id_number(2), "name": "王走查"}

AGREEMENTS: dict[tuple[str, str], Case] = {
    ("GET", "/v1/products"): Case("open", why="what may be agreed is declared, and is about nobody"),
    ("POST", "/v1/agreements"): Case("object", "object", make=_drafting),
    ("GET", "/v1/agreements"): Case("list", "list", owner="civ-b", make=_listed),
    ("GET", "/v1/agreements/{agreement_id}"): Case("object", "object", owner="civ-b", make=_read),
    ("POST", "/v1/agreements/{agreement_id}/terms"): Case("object", "object", make=_step(0, {"terms": _TERMS})),
    ("POST", "/v1/agreements/{agreement_id}/offer"): Case("object", "object", make=_step(0)),
    ("POST", "/v1/agreements/{agreement_id}/approve"): Case("object", "object", owner="civ-b", make=_step(2)),
    ("POST", "/v1/agreements/{agreement_id}/refuse"): Case("object", "object", owner="civ-b", make=_step(1, _WHY)),
    ("POST", "/v1/agreements/{agreement_id}/revoke"): Case("object", "object", make=_ended(_WHY)),
    ("POST", "/v1/provision/{agreement_id}/check"): Case(
        "object", "object", owner="med-b", make=_drawn("check", json=_CHECKED)
    ),
    ("GET", "/v1/provision/{agreement_id}/rows"): Case("object", "object", owner="civ-b", make=_drawn("list")),
    ("GET", "/v1/provision/{agreement_id}/changes"): Case("object", "object", owner="civ-b", make=_drawn("feed")),
    ("POST", "/v1/provision/{agreement_id}/file"): Case(
        "object", "object", owner="civ-b", make=_drawn("file", json={"format": "csv"})
    ),
    ("GET", "/v1/provision/receipts"): Case("list", "list", owner="civ-b", make=_listed_receipts),
    ("POST", "/v1/provision/receipts/{receipt_id}/recall"): Case("object", "object", make=_recalling),
    ("POST", "/v1/provision/receipts/{receipt_id}/acknowledge"): Case(
        "object", "object", owner="civ-b", make=_acknowledging
    ),
    ("GET", "/v1/purpose-ledger"): Case("object", make=_about),
    ("GET", "/v1/insurance-ledger"): Case("list", "list", owner="med-b"),
    ("GET", "/v1/insurance-ledger/statistics"): Case("list", "list", owner="med-b"),
    ("GET", "/v1/insurance-ledger/file"): Case("list", "list", owner="med-b"),
}
