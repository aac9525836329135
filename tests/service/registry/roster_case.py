"""Units, people and terms for the roster's tests."""

from __future__ import annotations

from typing import Any

import httpx
from registry_world import COUNTY, TOWN

from servicekit.ids import new_id

Headers = dict[str, str]


async def made(client: httpx.AsyncClient, headers: Headers, path: str, status: int = 201, **body: Any) -> Any:
    """Post something that must be answered with a status."""
    answer = await client.post(path, json=body, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


async def unit(client: httpx.AsyncClient, headers: Headers, kind: str = "town", area: str = TOWN, **more: Any) -> str:
    """A unit of its own name."""
    body = {"kind": kind, "name": f"单位{new_id()[-6:]}", "area_code": area} | more
    return str((await made(client, headers, "/v1/units", **body))["id"])


async def person(client: httpx.AsyncClient, headers: Headers, unit_id: str, **more: Any) -> str:
    """Somebody of a unit."""
    return str((await made(client, headers, "/v1/staff", name="李干部", unit_id=unit_id, **more))["id"])


async def appoint(client: httpx.AsyncClient, headers: Headers, staff_id: str, role: str, area: str, **more: Any) -> Any:
    """Give somebody a term; give its id."""
    body = {"role": role, "area_code": area, "first_on": "2026-01-01"} | more
    answer = await made(client, headers, f"/v1/staff/{staff_id}/appointments", **body)
    return next(term["id"] for term in answer["appointments"] if (term["role"], term["area_code"]) == (role, area))


async def refused(client: httpx.AsyncClient, headers: Headers, path: str, **body: Any) -> tuple[int, str, list[str]]:
    """Post something that is refused; give status, code and the codes of its errors."""
    answer = await client.post(path, json=body, headers=headers)
    document = answer.json()
    return answer.status_code, document["code"], [error["code"] for error in document.get("errors", [])]


__all__ = ["COUNTY", "TOWN", "appoint", "made", "person", "refused", "unit"]
