"""Half a year of policy gaps, day by day, with planted lateness of everybody, against a loop that only counts."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import httpx
from alerts_world import TOWN, World, finding, new_household, snapshot, withdrawal
from clue_steps import verify

from alerts.duties import service
from contracts.duties import KINDS
from contracts.sharing import FindingRaised
from contracts.vocabulary import Department
from servicekit import clock

FIRST, LAST = date(2024, 1, 10), date(2024, 7, 10)  # a leap day
DAY = timedelta(days=1)
TIME = {"G01": 15, "G02": 7}  # days, by default of the policy
What = Literal["granted", "refused", "objected", "agreed", "withdrawn"]
NEXT: dict[str, tuple[What, ...]] = {
    "G01": ("granted", "refused", "refused", "withdrawn"),
    "G02": ("objected", "agreed"),
}
WAITS = {"G01": (1, 10, 15, 18, 40, None), "G02": (0, 5, 8, 20, None)}
"""Days after which the next one acts; None: never."""


@dataclass
class Planted:
    """A gap of the half year: who does what on which day, and what the loop has seen of it."""

    household: str
    start: date
    story: list[tuple[date, What]]
    found: FindingRaised | None = None
    gap_id: str = ""
    kind: str | None = None
    due: date | None = None
    step: int = 0
    told: list[tuple[date, str, str, str | None]] = field(default_factory=list)

    def live(self, today: date) -> None:
        """Let one day pass: first what is done on it, then the clock."""
        for on, what in ((self.start, "objected"), *self.story):
            if on == today:
                self.kind = {"refused": "G02", "objected": "G01"}.get(what)
                self.due = today + timedelta(days=TIME[self.kind]) if self.kind else None
                self.step = 0
        if self.kind is None or self.due is None:
            return
        ladder = KINDS[self.kind].ladder
        while self.step < len(ladder) and self.due + timedelta(days=ladder[self.step].day) <= today:
            level = ladder[self.step].to
            self.told.append((today, "duty_near" if level is None else "duty_late", self.kind, level))
            self.step += 1


def story(draw: random.Random, start: date) -> Iterator[tuple[date, What]]:
    kind, day = "G01", start
    while (wait := draw.choice(WAITS[kind])) is not None:
        day += timedelta(days=wait)
        if day > LAST:
            return
        what = draw.choice(NEXT[kind])
        yield day, what
        if what not in ("refused", "objected"):
            return
        kind = "G02" if what == "refused" else "G01"


async def test_gaps_are_stepped_and_closed_as_counting_day_by_day_would(
    world: World, client: httpx.AsyncClient, headers: Callable[..., dict[str, str]], move_clock: Callable[[float], None]
) -> None:
    draw = random.Random(10)
    starts = [FIRST + timedelta(days=draw.randrange(60)) for _ in range(30)]
    planted = [Planted(new_household(), start, list(story(draw, start))) for start in starts]
    med = headers("duties:read", "duties:handle", department="MED", client_id="med")
    town = headers("duties:read", "duties:handle", "clues:verify", areas=[TOWN], client_id="town")

    async def confirm(one: Planted) -> None:
        one.found = finding(one.household, "R-MED-01", is_policy_gap=True, department=Department.MED)
        await world.register(snapshot(one.household))
        await world.fold(one.found)
        answer = await verify(client, headers, (await world.clues(one.household))[0], result="confirmed_policy")
        assert answer.status_code == 200, answer.text
        (gap,) = (await client.get("/v1/policy-gaps", params={"household": one.household}, headers=med)).json()["items"]
        one.gap_id = gap["id"]

    async def act(one: Planted, what: What) -> None:
        if what == "withdrawn":
            assert one.found is not None
            await world.fold(withdrawal(one.found))
            return
        bodies: dict[str, tuple[dict[str, str], str, str, dict[str, Any]]] = {
            "granted": (med, "G01", "result", {"result": "granted", "granted_on": clock.today().isoformat()}),
            "refused": (med, "G01", "result", {"result": "refused", "reason": "documents", "note": "材料不全"}),
            "objected": (town, "G02", "review", {"agrees": False, "note": "材料已补正"}),
            "agreed": (town, "G02", "review", {"agrees": True, "note": "属实"}),
        }
        caller, kind, place, body = bodies[what]
        await client.post(f"/v1/duties/{kind}-{one.gap_id}/accept", headers=caller)
        answer = await client.post(f"/v1/policy-gaps/{one.gap_id}/{place}", json=body, headers=caller)
        assert answer.status_code == 200, answer.text

    day = FIRST
    while day <= LAST:
        move_clock(datetime(day.year, day.month, day.day, 4, tzinfo=UTC).timestamp() - time.time())
        for one in planted:
            if one.start == day:
                await confirm(one)
            for on, what in one.story:
                if on == day:
                    await act(one, what)
            one.live(day)
        async with world.database.transaction() as session:
            while await service.step_batch(session):
                pass
        day += DAY
    found = "SELECT kind, data FROM alert WHERE data ->> 'duty_kind' IN ('G01', 'G02') ORDER BY position"
    rows = await world.rows(found)
    told: dict[str, list[tuple[date, str, str, str | None]]] = {}
    for row in rows:
        data = row["data"]
        at = datetime.fromisoformat(data["raised_at"]).astimezone(clock.CHINA).date()
        told.setdefault(data["household_id"], []).append((at, row["kind"], data["duty_kind"], data["escalated_to"]))
    for one in planted:
        assert told.get(one.household, []) == one.told, one
    assert {(kind, level) for one in planted for _, _, kind, level in one.told} == {
        (kind, step.to) for kind in TIME for step in KINDS[kind].ladder
    }, "everybody was late"
    states = {row["id"]: row["state"] for row in await world.rows("SELECT id::text, state FROM policy_gap")}
    ends = {"granted": "closed", "agreed": "closed", "withdrawn": "withdrawn", "refused": "returned"}
    assert [states[one.gap_id] for one in planted] == [
        ends.get(one.story[-1][1], "open") if one.story else "open" for one in planted
    ]  # fmt: skip
