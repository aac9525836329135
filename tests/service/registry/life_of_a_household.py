"""A household lives on: steps of its episodes, and help; and what must hold of it at any time."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from random import Random
from typing import Any

import httpx
from elimination_case import measure_of
from episode_case import Case, clue_event, hear
from life_steps import AGAIN, EDGES, RETURNS, Edge, barred_by
from life_world import World
from registry_world import household, household_id, member, ndjson, send
from sqlalchemy import text

from contracts.vocabulary import ClueState, RiskType
from servicekit import clock
from servicekit.ids import new_id
from step_records import SCAN, record_for

_ACTIVE = (
    "SELECT id::text FROM episode WHERE household_id = CAST(:home AS uuid) ORDER BY is_active DESC, id DESC LIMIT 1"
)
_STEPS = """
SELECT e.id::text AS episode, e.state AS now, e.is_active, s.sequence, s.state, s.previous_state,
    jsonb_build_array(s.sequence, s.state, s.previous_state, s.occurred_on, s.actors, s.record, s.client_id)::text
        AS said,
    s.actors
FROM episode e JOIN episode_step s ON s.episode_id = e.id WHERE e.household_id = CAST(:home AS uuid)
ORDER BY e.id, s.sequence
"""
_OPEN = """
SELECT d.id, e.state, e.is_active, d.said ->> 'kind' AS kind, d.said ->> 'household_id' AS home
FROM duty_said d JOIN episode e ON e.id = d.episode_id WHERE d.is_open AND e.household_id = CAST(:home AS uuid)
"""
_MONITORED = "SELECT is_monitored FROM household WHERE id = CAST(:home AS uuid)"
_IDENTIFYING = ("APPLIED", "VISITED", "COMPARED", "REVIEWED", "PUBLICISED", "OBJECTED", "TOWN_AUDITED",
                "COUNTY_APPROVED", "ANNOUNCED")  # fmt: skip
_LEFT = ("ELIMINATED", "LOOKED_BACK", "STABLE", "WITHDRAWN", "REJECTED", "ENDED_NATURAL", "CORRECTED")
_MEASURES = {"01": "M07", "02": "M10", "11": "M05"}
SHA = hashlib.sha256(SCAN).hexdigest()


class Life:
    """One household, which goes on under another id where it is merged."""

    def __init__(self, world: World, home: str, head: str, risk: RiskType) -> None:
        self.world, self.head, self.risk = world, head, risk
        self.case = Case(world.client, world.county(), home)
        self.told: dict[str, list[str]] = {}  # episode -> its steps as they were seen
        self.proposed = "ENDED_NATURAL"
        self.known: dict[str, Any] | None = None  # the episode as the last answer showed it

    @property
    def home(self) -> str:
        return self.case.household

    @classmethod
    async def begin(cls, world: World, risk: RiskType) -> Life:
        """Register a household with a confirmed clue."""
        home, head = await register(world, world.villages[0])
        life = cls(world, home, head, risk)
        await life.clue()
        return life

    async def clue(self) -> None:
        """Let a clue of the household be confirmed."""
        event = clue_event(self.home, ClueState.CONFIRMED_IDENTIFY, clue=new_id(), risk=self.risk)
        await hear(self.world.database, event)

    async def episode(self) -> dict[str, Any]:
        """The active episode, or the newest, as it is now."""
        if self.known is not None:
            return self.known
        async with self.world.database.transaction() as session:
            number = (await session.execute(text(_ACTIVE), {"home": self.home})).scalar_one()
        answer = await self.world.client.get(f"/v1/episodes/{number}", headers=self.case.headers)
        assert answer.status_code == 200, answer.text
        self.known = dict(answer.json()) | {"etag": answer.headers["etag"]}
        return self.known

    # -- steps

    async def post(self, episode: dict[str, Any], to: str, people: Sequence[str], record: Any, **more: Any) -> Any:
        await self.case.attach()
        headers = self.world.signed_in(people[0]) | {"If-Match": more.pop("etag", episode["etag"])}
        body = {"to": to, "occurred_on": clock.today().isoformat(), "actors": list(people), "record": record} | more
        place = f"/v1/episodes/{episode['id']}/transitions"
        answer = await self.world.client.post(place, json=body, headers=headers)
        self.known = None
        if answer.status_code == 200 and answer.json()["is_active"]:
            self.known = dict(answer.json()) | {"etag": answer.headers["etag"]}
        return answer

    def unbarred(self, episode: dict[str, Any], to: str, level: str, number: int, luck: Random) -> list[str]:
        """People of a level who may take a step, as far as its history says."""
        before = barred_by(episode["state"], to)
        busy = {
            actor.removeprefix("staff:")
            for step in episode["history"]
            if step["state"] in before and (step["previous_state"], step["state"]) not in RETURNS
            for actor in step["actors"]
        }
        free = [staff for staff in self.world.of(level, episode["area_code"]) if staff not in busy]
        return luck.sample(free, number) if len(free) >= number else []

    def record(self, episode: dict[str, Any], to: str, people: Sequence[str]) -> dict[str, Any]:
        """What a step puts on file, with the household's own risks and the people who were there."""
        record = record_for(episode["state"], to, clock.today())
        if "risk_types" in record:
            record["risk_types"] = episode["risk_types"]
        if "contact" in record:
            record["contact"] = people[0]
        if "exit" in record:
            record["exit"]["to"] = self.proposed
        for visit, staff in zip(record.get("lookback", {}).get("visits", ()), people, strict=False):
            visit["persons"] = [staff]
        return record

    async def take(self, edge: Edge, luck: Random) -> None:
        """Do what a step needs before it, and take it as somebody who may: it must be accepted."""
        state, to = edge
        if edge in AGAIN:
            await self.again(state, luck)
            return
        if to == "STABLE":
            await self.year_of_look_backs(luck)
        episode = await self.episode()
        if edge == ("COMPARED", "REVIEWED") and "VISITED" not in {step["state"] for step in episode["history"]}:
            await self.take(("COMPARED", "VISITED"), luck)
            await self.take(("VISITED", "COMPARED"), luck)
            episode = await self.episode()
        assert episode["state"] == state, (episode["state"], edge)
        await self.before(episode, to)
        before, episode = episode, await self.episode()
        if episode["state"] == to:  # with its plan the household was planned for
            self.reached(edge, episode, before)
            return
        if to == "LOOKED_BACK":
            rarest = min(("stable", "relapse", "new_risk"), key=lambda found: self.world.acts[f"found_{found}"])
            await self.look_back(rarest, luck)
            return
        people = await self.people_for(episode, to, luck)
        answer = await self.post(episode, to, people, self.record(episode, to, people))
        if answer.status_code in (409, 429) and "capped" in answer.json()["code"]:  # the township's number of the day
            self.world.later(1)
            answer = await self.post(episode, to, people, self.record(episode, to, people))
        assert answer.status_code == 200, (edge, answer.text)
        self.reached(edge, answer.json(), episode)

    async def people_for(self, episode: dict[str, Any], to: str, luck: Random) -> list[str]:
        level = "village"
        if to in ("TOWN_AUDITED", "ANNOUNCED", "ELIM_TOWN", "ELIMINATED", "STABLE", "WITHDRAWN", "REJECTED"):
            level = "town"
        if to in ("COUNTY_APPROVED", "ELIM_COUNTY", "CORRECTED") or (episode["state"], to) in RETURNS:
            level = "county"
        people = self.unbarred(episode, to, level, 2 if level == "village" else 1, luck)
        return people or [await self.newcomer(level, episode) for _ in range(2 if level == "village" else 1)]

    async def newcomer(self, level: str, episode: dict[str, Any]) -> str:
        """Somebody new: the others of the level have all had to do with the case."""
        length = {"village": 12, "town": 9, "county": 6}[level]
        return await self.world.newcomer(level, episode["area_code"][:length].ljust(12, "0"))

    async def before(self, episode: dict[str, Any], to: str) -> None:
        """Let the time pass, and what was promised be done, that a step waits for."""
        if to in ("TOWN_AUDITED", "ELIM_TOWN") and (episode["state"], to) not in RETURNS:
            self.world.later(6)
        if to in ("PLANNED", "ASSISTING") and (episode["state"], to) not in RETURNS:
            await self.plan(episode, measure=to == "ASSISTING")
            self.known = None
        if to == "ELIM_PROPOSED":
            await self.help(episode)
            self.known = None
        if to == "LOOKED_BACK":
            self.world.later(91)

    def reached(self, edge: Edge, after: dict[str, Any], before: dict[str, Any]) -> None:
        self.world.taken[edge] += 1
        was, now = before["green_channel"], after["green_channel"]
        if was and now and was["phase"] != now["phase"]:
            self.world.acts[f"green_{now['phase']}"] += 1

    async def look_back(self, finding: str, luck: Random) -> None:
        episode = await self.episode()
        people = [luck.choice(self.world.of(level, episode["area_code"])) for level in ("village", "town")]
        record = self.record(episode, "LOOKED_BACK", people)
        record["lookback"]["finding"] = finding
        if finding != "stable":
            record["lookback"]["income_trend"] = "falling"
        if finding == "relapse":
            record["lookback"]["safe"]["housing"] = False
        if finding == "new_risk":
            record["lookback"]["new_risks"] = ["11"]
        answer = await self.post(episode, "LOOKED_BACK", people, record)
        assert answer.status_code == 200, answer.text
        self.reached((episode["state"], "LOOKED_BACK"), answer.json(), episode)
        self.world.acts[f"found_{finding}"] += 1
        if answer.json()["state"] == "ASSISTING":
            self.world.taken["LOOKED_BACK", "ASSISTING"] += 1
        if finding == "new_risk":
            self.world.taken["LOOKED_BACK", "APPLIED"] += 1

    async def year_of_look_backs(self, luck: Random) -> None:
        """Look back until a year of them found the household stable."""
        for _ in range(4):
            self.world.later(91)
            await self.look_back("stable", luck)
        self.world.later(10)

    async def again(self, state: str, luck: Random) -> None:
        """Open another episode: by an appeal where one is possible, or because of another clue."""
        episode, self.known = await self.episode(), None
        before = len(await self.case.episodes())
        if state == "REJECTED" and luck.random() < 0.7:
            answer = await self.appeal(episode)
            self.world.acts["appealed" if answer.status_code == 201 else "appeal_refused"] += 1
        if len(await self.case.episodes()) == before:
            await self.clue()
        assert len(await self.case.episodes()) == before + 1
        self.world.taken[state, "APPLIED"] += 1

    async def appeal(self, episode: dict[str, Any]) -> httpx.Response:
        body = {"appealed_on": clock.today().isoformat(), "reason": "对不予纳入不服"}
        place = f"/v1/episodes/{episode['id']}/appeal"
        return await self.world.client.post(place, json=body, headers=self.case.headers)

    # -- help

    async def plan(self, episode: dict[str, Any], *, measure: bool) -> None:
        """Plan two tasks, of which one stays open, and help at once where that is asked."""
        today = clock.today().isoformat()
        task = {"category": "M02", "title": "帮扶车间", "department": "HRS", "person": "h", "due_on": today}
        risks = episode["risk_types"]
        plan = {
            "needs": [{"description": "安置", "risk_type": risk} for risk in risks],
            "tasks": [task, task | {"title": "技能培训"}],
            "helper": "h-1",
            "uncovered": [{"risk_type": risk, "reason": "另有措施"} for risk in risks],
        }
        place = f"/v1/episodes/{episode['id']}/plan"
        written = await self.world.client.put(place, json=plan, headers=self.case.headers)
        assert written.status_code in (200, 201), written.text
        if measure:
            for risk in risks:
                await self.measure(episode, risk, done=True)
            await self.measure(episode, risks[0], done=False)
            (one, *_) = written.json()["tasks"]
            found = {"state": "done", "done_on": today, "evidence": "R-2"}
            worked = await self.world.client.patch(f"/v1/plan-tasks/{one['id']}", json=found, headers=self.case.headers)
            assert worked.status_code == 200, worked.text

    async def measure(self, episode: dict[str, Any], risk: str, *, done: bool) -> httpx.Response:
        body = measure_of("MED") | {"category": _MEASURES[risk], "risk_types": [risk]}
        place = f"/v1/episodes/{episode['id']}/measures"
        made = await self.world.client.post(place, json=body, headers=self.case.headers)
        if done and made.status_code == 201:
            given = {"state": "implemented", "implemented_on": clock.today().isoformat(), "evidence": "R-1"}
            patched = await self.world.client.patch(made.headers["location"], json=given, headers=self.case.headers)
            assert patched.status_code == 200, patched.text
        return made

    async def help(self, episode: dict[str, Any]) -> None:
        """Bring the household to where it may be proposed: half a year, everything safe, each risk answered."""
        if (clock.today() - date.fromisoformat(episode["identified_on"])).days < 190:
            self.world.later(190)
        await self.plan(episode, measure=True)
        income = household("-")["incomes"][0] | {"wage": "900000.00"}  # enough for everybody who may have joined it
        del income["year"]
        place = f"/v1/households/{self.home}/incomes/{clock.today().year}"
        put = await self.world.client.put(place, json=income, headers=self.case.headers)
        assert put.status_code == 200, put.text
        found = {"is_safe": True, "checked_on": clock.today().isoformat()}
        safe = {"statuses": dict.fromkeys(("education", "medical", "housing", "water"), found)}
        place = f"/v1/households/{self.home}/statuses"
        put = await self.world.client.put(place, json=safe, headers=self.case.headers)
        assert put.status_code == 200, put.text

    # -- what must hold

    async def check(self) -> None:
        """Nothing illegal, nothing lost, nobody decided about what he or she verified, nothing owed that is over."""
        async with self.world.database.transaction() as session:
            steps = (await session.execute(text(_STEPS), {"home": self.home})).all()
            open_ = (await session.execute(text(_OPEN), {"home": self.home})).all()
            is_monitored = (await session.execute(text(_MONITORED), {"home": self.home})).scalar_one()
        by_episode: dict[str, list[Any]] = {}
        for step in steps:
            by_episode.setdefault(step.episode, []).append(step)
        assert self.told.keys() <= by_episode.keys(), "an episode is lost"
        for number, taken in by_episode.items():
            said = [step.said for step in taken]
            assert said[: len(self.told.get(number, []))] == self.told.get(number, []), "history was written anew"
            self.told[number] = said
            _check_course(taken)
        active = [taken[-1].now for taken in by_episode.values() if taken[-1].is_active]
        assert len(active) <= 1
        helped = any(state not in _IDENTIFYING and state not in _LEFT for state in active)
        assert is_monitored == helped, (is_monitored, active)
        for duty in open_:
            looks_back = duty.kind == "D10" and duty.state in ("ELIMINATED", "LOOKED_BACK")
            assert duty.is_active or looks_back, f"{duty.kind} is open behind {duty.state}"
            assert duty.home == self.home, "a duty stayed with the household before"


def _check_course(taken: Sequence[Any]) -> None:
    assert [step.sequence for step in taken] == list(range(1, len(taken) + 1))
    assert (taken[0].state, taken[0].previous_state) == ("APPLIED", None)
    assert taken[-1].now == taken[-1].state
    people: dict[str, set[str]] = {}
    for before, step in pairwise(taken):
        edge = (before.state, step.state)
        assert step.previous_state == before.state, edge
        assert edge in EDGES
        earlier = set().union(*(people.get(state, set()) for state in barred_by(*edge)))
        assert not earlier & set(step.actors), (edge, earlier & set(step.actors))
        if edge not in RETURNS:
            people[step.state] = people.get(step.state, set()) | set(step.actors)
    assert taken[-1].is_active == (taken[-1].state not in _LEFT)


async def register(world: World, village: str) -> tuple[str, str]:
    """Register a couple; give the household and its head."""
    serial = next(world.serial)
    hh_no = f"99L{serial:07d}"
    year = 1960 + serial // 400
    pair = [
        member(serial % 400 + 1, f"{year}0303"),
        member(serial % 400 + 1, f"{year}0404", relation="spouse", female=True),
    ]
    body = household(hh_no, *pair, hh_type="1", village_code=village)
    done = await send(world.client, ndjson(body), world.county())
    assert done.json()["created"] == 1, done.text
    home = await household_id(world.client, hh_no, world.county())
    shown = (await world.client.get(f"/v1/households/{home}", headers=world.county())).json()
    return home, next(each["id"] for each in shown["members"] if each["relation"] == "head")
