"""An episode of a household as its callers see it, opened by a confirmed clue."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, timedelta
from itertools import count
from typing import Any

import httpx
from registry_world import household, household_id, member, ndjson, send
from sqlalchemy import text

from contracts.alerts import ClueMoved
from contracts.envelope import CloudEvent, envelope_of
from contracts.registry import EpisodeMoved
from contracts.vocabulary import Channel, ClueState, RiskType, Severity
from registry.episodes.consumers import on_clues_moved
from servicekit import clock
from servicekit.db import Database
from servicekit.ids import new_id
from step_records import SCAN, record_for

NUMBERS = count(1)


def clue_event(
    household: str, state: ClueState, *, clue: str, risk: RiskType = RiskType.ILLNESS, days_ago: int = 0
) -> CloudEvent[ClueMoved]:
    return envelope_of(
        ClueMoved(
            clue_id=clue,
            household_id=household,
            area_code="990101101201",
            state=state,
            previous_state=None,
            version=1,
            risk_type=risk,
            severity=Severity.RED,
            channels=[Channel.DEPARTMENT],
            rule_ids=["R-MED-02"],
        ),
        event_id=new_id(),
        source="/bangfu/alerts",
        at=clock.now() - timedelta(days=days_ago),
    )


async def hear(database: Database, *events: CloudEvent[ClueMoved]) -> None:
    async with database.transaction() as session:
        await on_clues_moved(session, events)


class Case:
    """An episode as its callers see it."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        headers: dict[str, str],
        household: str,
        levels: Mapping[str, dict[str, str]] | None = None,
    ) -> None:
        self.client, self.headers, self.household, self.levels = client, headers, household, levels or {}
        self.has_scan = False

    async def episodes(self) -> list[dict[str, Any]]:
        params = {"household_id": self.household}
        return list((await self.client.get("/v1/episodes", params=params, headers=self.headers)).json()["items"])

    async def read(self) -> dict[str, Any]:
        newest = (await self.episodes())[-1]
        response = await self.client.get(f"/v1/episodes/{newest['id']}", headers=self.headers)
        return dict(response.json()) | {"etag": response.headers["etag"]}

    async def step(self, to: str, *actors: str, on: date | None = None, **more: Any) -> httpx.Response:
        """Take a step, as the level that takes it, with everything that it puts on file unless told otherwise."""
        episode = await self.read()
        day = on or clock.today()
        offered = {step["to"]: step for step in episode["legal_next"]}
        await self.attach()
        if to in offered:
            more = {"record": record_for(episode["state"], to, day), "headers": self.of(offered[to])} | more
        headers = more.pop("headers", self.headers) | {"If-Match": more.pop("etag", episode["etag"])}
        body = {"to": to, "occurred_on": day.isoformat(), "actors": actors or ["v-1", "v-2"]} | more
        return await self.client.post(f"/v1/episodes/{episode['id']}/transitions", json=body, headers=headers)

    async def attach(self) -> None:
        """Keep the scan that the examples of records name."""
        if not self.has_scan:
            place = f"/v1/households/{self.household}/attachments/{hashlib.sha256(SCAN).hexdigest()}"
            headers = self.headers | {"Content-Type": "application/pdf"}
            kept = await self.client.put(place, content=SCAN, headers=headers)
            assert kept.status_code in (200, 201), kept.text
            self.has_scan = True

    def of(self, offered: dict[str, Any]) -> dict[str, str]:
        return self.levels.get(offered["required_scope"], self.headers)


async def moves(database: Database, household: str) -> list[EpisodeMoved]:
    """The steps of a household's episodes as they were announced."""
    async with database.transaction() as session:
        rows = await session.execute(
            text("SELECT data FROM outbox WHERE type = :type AND key = :key ORDER BY id"),
            {"type": EpisodeMoved.event_type, "key": household},
        )
        return [EpisodeMoved.model_validate(data) for data in rows.scalars()]


async def new_case(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    database: Database,
    levels: Mapping[str, dict[str, str]] | None = None,
    risk: RiskType = RiskType.ILLNESS,
) -> Case:
    """Register a household with a confirmed clue that was found three days ago."""
    number = next(NUMBERS)
    hh_no = f"99E{number:06d}"
    body = household(hh_no, member(number, "19770202"), hh_type="1")
    receipt = (await send(client, ndjson(body), headers)).json()
    assert receipt["households"] == 1, receipt
    case = Case(client, headers, await household_id(client, hh_no, headers), levels)
    clue = new_id()
    await hear(database, clue_event(case.household, ClueState.DISPATCHED, clue=clue, risk=risk, days_ago=3))
    await hear(database, clue_event(case.household, ClueState.CONFIRMED_IDENTIFY, clue=clue, risk=risk))
    return case
