"""Households and callers for the registry's tests. Synthetic: province 99 does not exist."""

from __future__ import annotations

import base64
import json
from datetime import date
from typing import Any

import httpx

from registry.imports.runner import Runner
from servicekit.db import Database
from servicekit.identity import check_digit
from servicekit.ids import new_id

COUNTY = "990101000000"
TOWN, OTHER_TOWN = "990101101000", "990101102000"
VILLAGE, OTHER_VILLAGE = "990101101201", "990101102201"

KEYS = {
    name: form + base64.b64encode(bytes([number]) * 31 + b"k").decode()
    for number, (name, form) in enumerate(
        (("encryption_key", ""), ("blind_index_key", ""), ("token_key", "aes-cmac:")), 1
    )
}

AREAS = f"""code,name,parent_code,valid_from
{COUNTY},试验县,990100000000,2020-01-01
{TOWN},甲镇,{COUNTY},2020-01-01
{OTHER_TOWN},乙镇,{COUNTY},2020-01-01
{VILLAGE},甲村,{TOWN},2020-01-01
{OTHER_VILLAGE},乙村,{OTHER_TOWN},2020-01-01
"""

ALL_SCOPES = (
    "areas:read", "areas:write", "households:read", "households:write", "households:approve", "households:import",
    "persons:search", "persons:unmask", "unmaskings:confirm", "policy:read", "policy:write", "episodes:read",
    "episodes:write",
    "episodes:audit", "episodes:approve", "plans:write", "departments:any", "staff:read", "staff:write",
    "contacts:write", "campaigns:write", "collective:write", "episodes:expedite",
)  # fmt: skip


def id_no(sequence: int, born: str = "19800101", *, female: bool = False) -> str:
    """A valid number of a person who cannot exist."""
    first_17 = f"990101{born}{sequence * 2 + (0 if female else 1):03d}"
    return first_17 + check_digit(first_17)


def member(sequence: int, born: str = "19800101", **changes: Any) -> dict[str, Any]:
    female = changes.pop("female", False)
    return {
        "person_no": f"99P{sequence:08d}{born}",
        "name": "张伟明",
        "id_no": id_no(sequence, born, female=female),
        "birth_date": date.fromisoformat(f"{born[:4]}-{born[4:6]}-{born[6:]}").isoformat(),
        "sex": "2" if female else "1",
        "relation": "head",
        "labour": "1",
        "school_stage": None,
        "has_finished_compulsory": True,
        "health": ["healthy"],
        "relief": "none",
    } | changes


def household(hh_no: str, *members: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "hh_no": hh_no,
        "village_code": VILLAGE,
        "group_name": "3组",
        "hh_type": "0",
        "housing_tenure": "owned",
        "is_resettled": False,
        "address": "甲村3组12号",
        "phone": "13912345678",
        "monitor": None,
        "last_negative_decision_on": None,
        "members": list(members),
        "incomes": [
            {
                "year": 2026,
                "wage": "30000.00",
                "business": "1000.00",
                "property": "0.00",
                "transfer": "500.50",
                "business_cost": "200.25",
                "insurance_payout": "0.00",
                "self_paid": "1000.00",
            }
        ],
    } | changes


def ndjson(*households: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(item, ensure_ascii=False).encode() + b"\n" for item in households)


AT_ONCE = {"wait_s": "0"}
"""No worker runs beside the tests: an import is not waited for, but carried out by them."""


async def send(
    client: httpx.AsyncClient,
    body: bytes,
    headers: dict[str, str],
    *,
    kind: str = "application/x-ndjson",
    path: str = "/v1/imports",
    **more: str,
) -> httpx.Response:
    """Send a file and have it carried out; give what became of it, or the answer that refused it at once."""
    answer = await client.post(path, content=body, headers=headers | {"Content-Type": kind} | more, params=AT_ONCE)
    return await carried_out(client, answer, headers)


async def carried_out(client: httpx.AsyncClient, accepted: httpx.Response, headers: dict[str, str]) -> httpx.Response:
    """Do what the worker does, after a 202; give the progress resource."""
    if accepted.status_code != 202:
        return accepted
    app = client._transport.app  # type: ignore[attr-defined]  # the ASGI app under test
    runner = Runner(app.state.database, app.state.keys, app.state.settings)
    while await runner.work_once():
        pass
    return await client.get(accepted.headers["location"], headers=headers)


async def outbox(database: Database, topic: str, key: str | None = None) -> list[dict[str, Any]]:
    """Data of the events in the outbox, in order."""
    from sqlalchemy import text

    async with database.transaction() as session:
        rows = await session.execute(
            text("SELECT data FROM outbox WHERE topic = :topic AND (:key = '' OR key = :key) ORDER BY id"),
            {"topic": topic, "key": key or ""},
        )
        return list(rows.scalars())


async def household_id(client: httpx.AsyncClient, hh_no: str, headers: dict[str, str]) -> str:
    listed = (await client.get("/v1/households", params={"hh_no": hh_no}, headers=headers)).json()
    return str(listed["items"][0]["id"])


async def clue_of(database: Database, household_id: str) -> str:
    """Let the registry have heard of a clue of a household; give its id."""
    from sqlalchemy import text

    clue = new_id()
    async with database.transaction() as session:
        await session.execute(
            text("INSERT INTO clue (clue_id, household_id, risk_type, found_at) VALUES (:clue, :home, '01', now())"),
            {"clue": clue, "home": household_id},
        )
    return clue


async def rejects(client: httpx.AsyncClient, import_id: str, headers: dict[str, str]) -> list[dict[str, Any]]:
    """Give the reject rows of an import."""
    response = await client.get(f"/v1/imports/{import_id}/rejects", headers=headers)
    assert response.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in response.text.splitlines()]
