"""A helper's app that survives a week offline: a copy of what it may see, a queue of what was done, in one file.

    pocket = Pocket(Path("pocket.db"))
    await pocket.sync(bangfu)                                          # in the morning, with a connection
    pocket.change_household(household_id, {"group_name": "二组"})       # in the village, without
    await pocket.hand_in(bangfu)                                       # back again: photos, then the queue
    for step in pocket.conflicts(): ...                                # others were first: take over, or drop

The file holds ids, household numbers, villages, versions, what is to be done by which day, the queue, and photos until
they are sent; no name and no ID number, which a lost telephone would give away. What a visit needs to know is read by
its task, shown and not kept.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

from bangfu.sdk import Bangfu, BangfuProblem, StartAgain, Step, StepResult

_TABLES = """
CREATE TABLE IF NOT EXISTS place (feed TEXT PRIMARY KEY, changed_since TEXT);
CREATE TABLE IF NOT EXISTS photo (
    household_id TEXT, sha256 TEXT, media_type TEXT, data BLOB, problem TEXT, PRIMARY KEY (household_id, sha256));
CREATE TABLE IF NOT EXISTS step (
    position INTEGER PRIMARY KEY, id TEXT UNIQUE, household_id TEXT, step TEXT, state TEXT DEFAULT 'waiting',
    problem TEXT);
"""
_COPIED = {  # of each feed, besides the id
    "household": ("hh_no", "area_code", "version"),
    "clue": ("household_id", "risk_type", "state", "version"),
    "duty": ("household_id", "kind", "state", "due_on"),
}
_AT_ONCE = 100
_STALE = 412
_AGAIN = frozenset({401, 408, 425, 429, 500, 502, 503, 504, 507})


class Pocket:
    """What the app has without a connection.

    `step.state`: waiting; sent, its answer is owed; done; conflict, refused, dropped.
    """

    def __init__(self, path: Path) -> None:
        """Open the file, or make it."""
        self._db = sqlite3.connect(path)
        self._db.executescript(_TABLES)
        for table, columns in _COPIED.items():
            self._db.execute(f"CREATE TABLE IF NOT EXISTS {table} (id PRIMARY KEY, {', '.join(columns)})")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    # ---- the copy
    async def sync(self, bangfu: Bangfu) -> None:
        """Bring the copy to the register's state: what changed, and what is not ours any more.

        Each page and the place to go on from are kept in one transaction: a cut in the middle loses nothing.
        """
        feeds: dict[str, Callable[[str | None], AsyncIterator[Any]]] = {
            "household": bangfu.households.changes,
            "clue": bangfu.clues.changes,
            "duty": bangfu.duties.changes,
        }
        for table, changes in feeds.items():
            found = self._db.execute("SELECT changed_since FROM place WHERE feed = ?", (table,)).fetchone()
            try:
                await self._follow(table, changes(next(iter(found or ()), None)))
            except StartAgain:
                with self._db:
                    self._db.execute(f"DELETE FROM {table}")
                await self._follow(table, changes(None))

    async def _follow(self, table: str, pages: AsyncIterator[Any]) -> None:
        values = ", ".join(f":{column}" for column in ("id", *_COPIED[table]))
        async for page in pages:
            rows = [item.model_dump(mode="json", include={"id", *_COPIED[table]}) for item in page.items]
            with self._db:
                self._db.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({values})", rows)
                self._db.executemany(f"DELETE FROM {table} WHERE id = ?", [(gone,) for gone in page.gone])
                self._db.execute("INSERT OR REPLACE INTO place VALUES (?, ?)", (table, page.changed_since))

    def households(self) -> dict[str, int]:
        """Give the version of each household that is ours."""
        return dict(self._db.execute("SELECT id, version FROM household"))

    def duties(self, household_id: str) -> dict[str, str]:
        """Give the day by which each open duty about a household must be done, by its kind."""
        query = "SELECT kind, due_on FROM duty WHERE household_id = ? AND state = 'open' ORDER BY due_on DESC"
        return dict(self._db.execute(query, (household_id,)))

    def clues(self, household_id: str) -> dict[str, str]:
        """Give the state of each clue about a household, by its id."""
        return dict(self._db.execute("SELECT id, state FROM clue WHERE household_id = ?", (household_id,)))

    # ---- the queue
    def change_household(self, household_id: str, change: Mapping[str, Any]) -> str:
        """Queue a change on the version that the copy has; what is changed before it is sent is one step.

        A step that was sent is never touched: it may have been taken, and its id stands for what it said then.
        """
        waiting = self._db.execute(
            "SELECT step FROM step WHERE household_id = ? AND state = 'waiting'", (household_id,)
        ).fetchone()
        path = f"/v1/households/{household_id}"
        if waiting:
            (text,) = waiting
            step = Step.model_validate_json(text)
            step.body = (step.body or {}) | dict(change)
        else:
            etag = f'"v{self.households()[household_id]}"'
            step = Step(id=str(uuid.uuid4()), method="PATCH", path=path, body=dict(change), if_match=etag)
        return self._queue(step, household_id)

    def photo(self, household_id: str, data: bytes, media_type: str) -> str:
        """Keep a photo to be sent; give the hash that a contact names it by."""
        sha256 = hashlib.sha256(data).hexdigest()
        with self._db:
            self._db.execute(
                "INSERT OR IGNORE INTO photo VALUES (?, ?, ?, ?, NULL)", (household_id, sha256, media_type, data)
            )
        return sha256

    def step(self, method: str, path: str, body: Mapping[str, Any] | None = None, *, after: str | None = None) -> str:
        """Queue any other step: a contact, a note on a duty, a verification."""
        made = Step(id=str(uuid.uuid4()), method=method, path=path, body=dict(body) if body is not None else None)
        made.after = [after] if after else []
        return self._queue(made, None)

    def _queue(self, step: Step, household_id: str | None) -> str:
        with self._db:
            self._db.execute(
                "INSERT INTO step (id, household_id, step) VALUES (?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET step = excluded.step",
                (step.id, household_id, step.model_dump_json()),
            )
        return step.id

    # ---- back again
    async def hand_in(self, bangfu: Bangfu) -> None:
        """Send photos, then the queue. Cut off anywhere, it is simply done again: hashes and ids stay the same."""
        await self._send_photos(bangfu)
        for state in ("sent", "waiting"):  # first what was cut off: it may have made a version that the next builds on
            queued = self._db.execute("SELECT step FROM step WHERE state = ? ORDER BY position", (state,)).fetchall()
            steps = [Step.model_validate_json(text) for (text,) in queued]
            for start in range(0, len(steps), _AT_ONCE):
                some = steps[start : start + _AT_ONCE]
                with self._db:
                    self._db.executemany("UPDATE step SET state = 'sent' WHERE id = ?", [(step.id,) for step in some])
                self._note(await bangfu.offline.send(some))

    async def _send_photos(self, bangfu: Bangfu) -> None:
        photos = self._db.execute("SELECT household_id, sha256, media_type, data FROM photo WHERE problem IS NULL")
        for household_id, sha256, media_type, data in photos.fetchall():
            place = "WHERE household_id = ? AND sha256 = ?"
            try:
                await bangfu.households.attach(household_id, data, media_type)
            except BangfuProblem as problem:
                if problem.status in _AGAIN:
                    raise
                with self._db:  # kept: there may be no other
                    self._db.execute(f"UPDATE photo SET problem = ? {place}", (problem.code, household_id, sha256))
            else:
                with self._db:
                    self._db.execute(f"DELETE FROM photo {place}", (household_id, sha256))

    def refused_photos(self) -> dict[str, str]:
        """Give the hash of each photo that was not taken, with the code that says why."""
        return dict(self._db.execute("SELECT sha256, problem FROM photo WHERE problem IS NOT NULL"))

    def _note(self, results: list[StepResult]) -> None:
        with self._db:
            for result in results:
                state = "done" if result.status < 400 else "conflict" if result.status == _STALE else "refused"
                if result.status in _AGAIN:  # it keeps its id, and is sent again
                    continue
                self._db.execute(
                    "UPDATE step SET state = ?, problem = ? WHERE id = ?",
                    (state, json.dumps(result.problem, ensure_ascii=False), result.id),
                )
                if state == "done" and result.etag:
                    # What waits for the same household was decided upon one's own change.
                    self._db.execute(
                        "UPDATE step SET step = json_set(step, '$.if_match', ?) WHERE state = 'waiting'"
                        " AND household_id = (SELECT household_id FROM step WHERE id = ?)",
                        (result.etag, result.id),
                    )

    def states(self) -> dict[str, str]:
        """Give what became of each step."""
        return dict(self._db.execute("SELECT id, state FROM step"))

    # ---- conflicts
    def conflicts(self) -> list[Step]:
        """Give the steps that others were faster than; the register shows them to both sides in `refused`."""
        found = self._db.execute("SELECT step FROM step WHERE state = 'conflict' ORDER BY position")
        return [Step.model_validate_json(text) for (text,) in found]

    def take_over(self, step: Step) -> str:
        """Decide the same anew, on the version that the copy has after a sync; a new decision has a new id."""
        household_id = step.path.rpartition("/")[2]
        self.drop(step)
        return self.change_household(household_id, step.body or {})

    def drop(self, step: Step) -> None:
        """Let the others' decision stand."""
        with self._db:
            self._db.execute("UPDATE step SET state = 'dropped' WHERE id = ?", (step.id,))
