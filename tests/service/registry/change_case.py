"""A household whose life changes: who asks, who approves, and the scans that show it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
from registry_world import household, household_id, member, ndjson, send

SCAN = b"%PDF-1.7\n" + b"booklet" * 8
SHA = hashlib.sha256(SCAN).hexdigest()
DAY = "2026-11-10"
_SERIALS = count(401)


@dataclass
class Home:
    """A registered household with a scan, and two callers of the county."""

    client: httpx.AsyncClient
    asker: dict[str, str]
    approver: dict[str, str]
    id: str
    members: dict[str, str] = field(default_factory=dict)

    async def read(self) -> dict[str, Any]:
        return dict((await self.client.get(f"/v1/households/{self.id}", headers=self.asker)).json())

    async def ask(self, kind: str, content: dict[str, Any], *, if_match: str = "*", **more: Any) -> httpx.Response:
        key = more.pop("key", None)
        body = {"kind": kind, "occurred_on": DAY, "reason": "户口簿核对", "evidence": [SHA], "content": content} | more
        headers = self.asker | {"If-Match": if_match} | ({"Idempotency-Key": key} if key else {})
        return await self.client.post(f"/v1/households/{self.id}/change-requests", json=body, headers=headers)

    async def asked(self, kind: str, content: dict[str, Any], **more: Any) -> dict[str, Any]:
        answer = await self.ask(kind, content, **more)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def say(
        self, request: dict[str, Any], verb: str, headers: dict[str, str] | None = None, **body: Any
    ) -> httpx.Response:
        place = f"/v1/change-requests/{request['id']}/{verb}"
        return await self.client.post(place, json=body, headers=headers or self.approver)

    async def approved(self, request: dict[str, Any]) -> dict[str, Any]:
        answer = await self.say(request, "approve")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


async def new_home(client: httpx.AsyncClient, asker: dict[str, str], approver: dict[str, str], **changes: Any) -> Home:
    """Register a couple with a child, and keep a scan of theirs."""
    serial = next(_SERIALS)
    hh_no = f"99R{serial:07d}"
    people = {
        "head": member(serial, "19700101", name="陈建国"),
        "spouse": member(serial, "19710202", name="李秀英", relation="spouse", female=True),
        "child": member(serial, "19990303", name="陈小明", relation="child"),
    }
    await send(client, ndjson(household(hh_no, *people.values(), **changes)), asker)
    home = Home(client, asker, approver, await household_id(client, hh_no, asker))
    shown = await home.read()
    home.members = {each["relation"]: each["id"] for each in shown["members"]}
    place = f"/v1/households/{home.id}/attachments/{SHA}"
    kept = await client.put(place, content=SCAN, headers=asker | {"Content-Type": "application/pdf"})
    assert kept.status_code == 201, kept.text
    return home
