"""P3 and P9: the list of duties is what owners announced, and what their clock does it does once, whatever happened."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from contracts import topics
from contracts.duties import KINDS
from faults.checks import one_moment, rows_of, some
from faults.drain import drained
from faults.month import DRAIN_S

if TYPE_CHECKING:
    from faults.month import Month

Facts = dict[str, Any]
Step = tuple[str, str | None]
"""The kind of an alert, and to whom the duty went."""


async def list_equals_what_was_announced(month: Month) -> list[str]:
    """Each duty is listed as its owner last announced it, and none that nobody announced."""
    # Owners look at every minute: what was announced before is listed, and what is listed was announced afterwards.
    before = await _announced(month)
    await drained(month.arena, within_s=DRAIN_S)
    listed: dict[str, Facts] = {
        row[0]: dict(zip(("revision", "kind", "state", "due_on", "department"), row[1:], strict=True))
        for row in await rows_of(
            month.arena,
            "alerts",
            "SELECT id, revision, kind, state, due_on::text, department FROM duty",
        )
        if KINDS[row[2]].opened_by != "alerts"  # which keeps the list: what it opens follows its own tables
    }
    after = await _announced(month)
    found: list[str] = []
    kinds = {facts["kind"] for facts in before.values()}
    if not {"D05", "D06", "W01"} <= kinds:
        found.append(f"P3: duties of these kinds alone were announced, the run shows little: {some(kinds)}")
    if lost := {key for key, revision in before if listed.get(key, {"revision": 0})["revision"] < revision}:
        found.append(f"P3: duties announced and not listed as they are: {some(lost)}")
    for duty_id, facts in listed.items():
        if after.get((duty_id, facts["revision"])) != facts:
            found.append(f"P3: duty {duty_id} is listed as nobody announced it: {facts}")
    return found[:5]


async def _announced(month: Month) -> dict[tuple[str, int], Facts]:
    """What owners said, by duty and revision."""
    said: dict[tuple[str, int], Facts] = {}
    for topic in (topics.REGISTRY_DUTY, topics.SHARING_DUTY):
        query = f"SELECT data::text FROM outbox WHERE topic = '{topic.name}'"
        for (text,) in await rows_of(month.arena, topic.owner, query):
            data = orjson.loads(text)
            facts = {name: data.get(name) for name in ("revision", "kind", "due_on", "department")}
            said[data["duty_id"], data["revision"]] = facts | {"state": data.get("outcome") or "open"}
    return said


async def duties_follow_their_clues(month: Month) -> list[str]:
    """Whoever must verify an open clue has a duty to, due when the clue is; nobody has one about a closed clue."""
    astray = await rows_of(
        month.arena,
        "alerts",
        "SELECT c.id::text FROM clue c LEFT JOIN duty d ON d.id = 'D03-' || c.id WHERE c.due_at IS NOT NULL"
        " AND CASE WHEN c.is_open THEN d.state IS DISTINCT FROM 'open'"
        " OR d.due_on <> CAST(c.due_at AT TIME ZONE 'Asia/Shanghai' AS date) ELSE d.state = 'open' END",
    )
    return [f"P3: duties are not as their clues: {some(row[0] for row in astray)}"] if astray else []


async def each_step_was_told_once(month: Month) -> list[str]:
    """P9: warnings and escalations are those of the ladder, in its order, each once, none left out that is past."""
    async with one_moment(month.arena, "alerts") as ask:
        duties = await ask(
            "SELECT id, kind, due_on, state = 'open' AND NOT is_paused,"
            " CAST(opened_at AT TIME ZONE 'Asia/Shanghai' AS date) FROM duty"
        )
        alerts = await ask(
            "SELECT data ->> 'duty_id', data ->> 'due_on', kind, data ->> 'escalated_to' FROM alert"
            " WHERE data ->> 'duty_id' IS NOT NULL ORDER BY position"
        )
    told: dict[tuple[str, date], list[Step]] = defaultdict(list)
    for duty_id, due_on, kind, level in alerts:
        told[duty_id, date.fromisoformat(due_on)].append((kind, level))
    found = [
        f"P9: duty {duty_id}, due {due_on}, was told more than once: {steps}"
        for (duty_id, due_on), steps in told.items()
        if len(set(steps)) < len(steps)
    ]
    today = month.arena.system.clock.today()
    for duty_id, kind, due_on, runs, heard_on in duties:
        wanted = _steps(kind, due_on, heard_on, today)
        seen = told.get((duty_id, due_on), [])
        # A duty that is done, or pauses, may have been so before a step; one that runs has had them all.
        if seen != (wanted if runs else wanted[: len(seen)]):
            found.append(f"P9: duty {duty_id}, due {due_on}, heard of on {heard_on}: told {seen} instead of {wanted}")
    kinds = Counter(kind for kind, _ in (step for steps in told.values() for step in steps))
    if not {"duty_near", "duty_late"} <= kinds.keys():
        found.append(f"P9: the clock told too little to show anything: {dict(kinds)}")
    return found[:5]


def _steps(kind: str, due_on: date, heard_on: date, today: date) -> list[Step]:
    """What was told by today of a duty that was heard of on a day: that it was opened, where its kind is announced, and
    what its clock does; of what was past then, the last only.
    """
    ladder = KINDS[kind].ladder
    days = [due_on + timedelta(days=step.day) for step in ladder]
    past = sum(day <= heard_on for day in days)
    first = max(past - 1, 0)
    opened: list[Step] = [("duty_opened", None)] if KINDS[kind].announced else []
    return opened + [
        ("duty_late" if step.to else "duty_near", step.to)
        for step, day in zip(ladder[first:], days[first:], strict=True)
        if day <= today
    ]


async def what_was_taken_in_hand_is(month: Month) -> list[str]:
    """P1: who was told that a duty is theirs has it, and it was said once."""
    rows = await rows_of(
        month.arena,
        "alerts",
        "SELECT d.id, d.holder, count(n.id) FROM duty d JOIN duty_note n ON n.duty_id = d.id AND n.kind = 'accepted'"
        " GROUP BY d.id",
    )
    held = {duty_id: (holder, said) for duty_id, holder, said in rows}
    wanted = {duty_id: (client_id, 1) for duty_id, client_id in month.in_hand.items()}
    found = [] if wanted else ["P1: nobody took a duty in hand: the run shows nothing"]
    return found + (
        [f"P1: in hand are {some(held.items())}, acknowledged were {some(wanted.items())}"] if held != wanted else []
    )
