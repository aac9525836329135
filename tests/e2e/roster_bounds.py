"""What each route of the roster compares with the caller's areas (`route_bounds.CASES`)."""

from __future__ import annotations

from typing import Any

from .route_case import Case, body, fresh, ids, matched
from .two_townships import TOWN_B, VILLAGE_B, World, household

NDJSON = {"Content-Type": "application/x-ndjson"}
STAFF = ids(staff_id="staff")
ACCOUNT = {"issuer": "https://id.example", "subject": "walk"}
TERM = {"role": "ENTRY", "area_code": TOWN_B, "first_on": "2026-01-01"}


async def _new_unit(world: World) -> dict[str, Any]:
    unit = {"kind": "village", "name": f"走查{world.next()}村委", "area_code": VILLAGE_B}
    return {"json": unit}


async def _new_person(world: World) -> dict[str, Any]:
    return {"json": {"name": "走查", "unit_id": world.b["unit"]}}


async def _person(world: World) -> str:
    body = {"name": f"走查{world.next()}", "unit_id": world.b["unit"]}
    return str((await world.done("town-b", "POST", "/v1/staff", json=body))["id"])


async def _linked(world: World) -> dict[str, Any]:
    person = await _person(world)
    account = {"issuer": "https://id.example", "subject": f"walk-{world.next()}"}
    made = await world.done("town-b", "POST", f"/v1/staff/{person}/accounts", json=account)
    return {"path": {"staff_id": person, "account_id": made["accounts"][0]["id"]}}


async def _term(world: World) -> str:
    place = f"/v1/staff/{await _person(world)}/appointments"
    return str((await world.done("town-b", "POST", place, json=TERM))["appointments"][0]["id"])


async def _rotation(world: World) -> dict[str, Any]:
    """A helper of B without households ends."""
    person = await _person(world)
    place = f"/v1/staff/{person}/appointments"
    term = (await world.done("town-b", "POST", place, json=TERM | {"role": "HELPER"}))["appointments"][0]["id"]
    said = {"appointment_id": term, "last_on": "2027-11-30", "reason": "走查:轮换"}
    return {"path": {"staff_id": person}, "json": said}


async def _pairing(world: World) -> dict[str, Any]:
    made = await world.done("town-b", "POST", "/v1/households", json=household(world.next(), VILLAGE_B))
    said = {"household_id": made["id"], "staff_id": world.b["staff"], "from_on": "2026-11-01", "why": "走查结对"}
    return {"json": said}


async def _orphan(world: World) -> dict[str, Any]:
    monitor = {"category": "1", "identified_on": "2026-01-10", "risk_types": ["01"]}
    await world.done("town-b", "POST", "/v1/households", json=household(world.next(), VILLAGE_B, monitor=monitor))
    return {}


def _contact(world: World) -> dict[str, Any]:
    places = {"household_id": world.b["household"], "staff_id": world.b["staff"]}
    return places | {"happened_on": "2026-11-10", "way": "visit"}


async def _contacted(world: World) -> dict[str, Any]:
    await world.done("town-b", "POST", "/v1/contacts", json=_contact(world))
    return {}


async def _new_contact(world: World) -> dict[str, Any]:
    return {"json": _contact(world)}


async def _staff_file(world: World) -> dict[str, Any]:
    number = f"WALK-{world.next()}"
    row = f'{{"staff_no": "{number}", "name": "走查", "unit_name": "走查{number}村委", "unit_kind": "village",'
    text = f'{row} "unit_area_code": "{VILLAGE_B}"}}\n'
    return {"content": text.encode(), "headers": NDJSON}


async def _open_file(world: World) -> str:
    place, raw = "/v1/staff/import", {"Content-Type": "application/octet-stream"}
    begun = await world.done("town-b", "POST", place, params={"in_parts": "true"}, headers=NDJSON)
    await world.done("town-b", "PUT", f"{place}/{begun['import_id']}/parts/1", content=b"{}\n", headers=raw)
    return str(begun["import_id"])


ROSTER: dict[tuple[str, str], Case] = {
    # registry: roster
    ("GET", "/v1/units"): Case("list"),
    ("POST", "/v1/units"): Case("object", make=_new_unit),
    ("GET", "/v1/units/{unit_id}"): Case("object", path=ids(unit_id="unit")),
    ("PATCH", "/v1/units/{unit_id}"): Case(
        "object", path=ids(unit_id="unit"), make=matched("/v1/units/{unit}", {"name": "走查改名"})
    ),
    ("GET", "/v1/staff"): Case("list"),
    ("POST", "/v1/staff"): Case(
        "object", make=_new_person
    ),
    ("GET", "/v1/staff/import/template"): Case("open", why="a template, the same for everybody"),
    ("POST", "/v1/staff/import"): Case("import", make=_staff_file),
    ("PUT", "/v1/staff/import/{import_id}/parts/{number}"): Case(
        "object", path=ids(number="=1"),
        make=fresh("import_id", _open_file, content=b"{}\n", headers={"Content-Type": "application/octet-stream"}),
    ),
    ("POST", "/v1/staff/import/{import_id}/commit"): Case(
        "object", make=fresh("import_id", _open_file, json={"part_count": 1})
    ),
    ("GET", "/v1/staff/import/{import_id}"): Case("object", make=fresh("import_id", _open_file)),
    ("GET", "/v1/staff/import/{import_id}/rejects"): Case("object", make=fresh("import_id", _open_file)),
    ("GET", "/v1/staff/{staff_id}"): Case("object", path=STAFF),
    ("PATCH", "/v1/staff/{staff_id}"): Case(
        "object", path=STAFF, make=matched("/v1/staff/{staff}", {"name": "走查改名"})
    ),
    ("POST", "/v1/staff/{staff_id}/accounts"): Case("object", make=fresh("staff_id", _person, json=ACCOUNT)),
    ("DELETE", "/v1/staff/{staff_id}/accounts/{account_id}"): Case("object", make=_linked),
    ("POST", "/v1/staff/{staff_id}/appointments"): Case("object", make=fresh("staff_id", _person, json=TERM)),
    ("POST", "/v1/appointments/{appointment_id}/end"): Case(
        "object", make=fresh("appointment_id", _term, json={"last_on": "2027-11-30", "reason": "走查:轮换"})
    ),
    ("POST", "/v1/staff/{staff_id}/rotation"): Case("object", make=_rotation),
    ("GET", "/v1/pairings"): Case("list"),
    ("POST", "/v1/pairings"): Case("object", make=_pairing),
    ("GET", "/v1/pairings/orphans"): Case("list", make=_orphan),
    ("POST", "/v1/pairings/{pairing_id}/end"): Case(
        "object", path=ids(pairing_id="pairing"), make=body({"until_on": "2026-11-10", "reason": "走查:结束"})
    ),
    ("GET", "/v1/me"): Case("open", why="the caller itself"),
    ("GET", "/v1/contacts"): Case("list", make=_contacted),
    ("POST", "/v1/contacts"): Case("object", make=_new_contact),
}  # fmt: skip
