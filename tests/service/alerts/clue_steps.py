"""Raising and verifying a clue, as the tests of clues and reports need it."""

from __future__ import annotations

from typing import Any

import httpx
from alerts_world import VILLAGE, World, finding, new_household, snapshot

from servicekit import clock

READ = ("clues:read", "clues:verify", "clues:report")


def verification(**changes: Any) -> dict[str, Any]:
    """Give a verification that holds."""
    return {
        "result": "confirmed_identify",
        "note": "入户核实属实",
        "verifiers": ["staff-1", "staff-2"],
        "visited_on": clock.today().isoformat(),
    } | changes


async def open_clue(world: World, **changes: Any) -> dict[str, Any]:
    """Raise a clue and give it."""
    household = new_household()
    await world.register(snapshot(household, area_code=changes.get("area_code", VILLAGE)))
    await world.fold(finding(household, **changes))
    return (await world.clues(household))[0]


async def verify(
    client: httpx.AsyncClient, headers: Any, clue: dict[str, Any], *, version: int | None = None, **changes: Any
) -> httpx.Response:
    """Post a verification with the ETag of the version that was seen."""
    etag = f'"v{version or clue["version"]}"'
    return await client.post(
        f"/v1/clues/{clue['id']}/verification",
        json=verification(**changes),
        headers=headers(*READ, **{"If-Match": etag}),
    )


async def confirm(client: httpx.AsyncClient, headers: Any, clue_id: str, **changes: Any) -> httpx.Response:
    """Say as another client what becomes of an exclusion that waits."""
    caller = headers("clues:read", "clues:confirm", client_id=changes.pop("client_id", "county"), **{"If-Match": "*"})
    body = {"agrees": True, "note": "电话回访属实"} | changes
    return await client.post(f"/v1/clues/{clue_id}/confirmation", json=body, headers=caller)


async def exclude(client: httpx.AsyncClient, headers: Any, clue: dict[str, Any], **changes: Any) -> httpx.Response:
    """Exclude a clue by two clients."""
    proposed = await verify(client, headers, clue, result="excluded", **changes)
    assert (proposed.status_code, proposed.json()["state"]) == (202, "verifying"), proposed.text
    return await confirm(client, headers, clue["id"])
