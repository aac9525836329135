"""Areas, households, policy profile, episodes, plans and measures."""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from bangfu.sdk import files
from bangfu.sdk.http import Resource
from bangfu.sdk.models import (
    Answer,
    Area,
    Episode,
    Household,
    Import,
    Measure,
    PolicyProfile,
    Reject,
)
from bangfu.sdk.problems import problem_from

_MEDIA = {"ndjson": files.NDJSON, "csv": files.CSV, **files.WORKBOOKS}


_PART_BYTES = 16 * 1024 * 1024
_WAIT_S = 30.0


def _declared(path: Path) -> dict[str, str]:
    """Give the headers that say what a file is."""
    kind, packed = files.kind_of(path)
    headers = {"Content-Type": _MEDIA[kind]}
    if kind == "csv":
        opener = gzip.open if packed == "gz" else open
        if packed != "zst":
            with opener(path, "rb") as file:
                head = file.read(65536)
            headers["Content-Type"] = f"{files.CSV}; charset={files.charset_of(head)}"
    if packed:
        headers["Content-Encoding"] = {"gz": "gzip", "zst": "zstd"}[packed]
    return headers


class Importing(Resource):
    """Sending a file that is carried out afterwards, and waiting for what becomes of it."""

    _imports: str

    async def send_file(self, path: Path, *, part_bytes: int = _PART_BYTES) -> Import:
        """Send a file; once this returns it is durable and will be carried out.

        A larger file goes in parts of `part_bytes`, each of which is sent again by itself if the network breaks.
        """
        headers = _declared(path)
        with path.open("rb") as file:
            first = file.read(part_bytes + 1)
            if len(first) <= part_bytes:
                return await self._http.call("POST", self._imports, Import, content=first, headers=headers)
            opened = await self._http.call(
                "POST", self._imports, Import, params={"in_parts": True}, headers=headers, content=b""
            )
            file.seek(0)
            count = 0
            while part := file.read(part_bytes):
                count += 1
                digest = base64.b64encode(hashlib.sha256(part).digest()).decode()
                await self._http.request(
                    "PUT",
                    f"{self._imports}/{opened.import_id}/parts/{count}",
                    content=part,
                    headers={"Content-Digest": f"sha-256=:{digest}:", "Content-Type": "application/octet-stream"},
                )
        return await self._http.post(f"{self._imports}/{opened.import_id}/commit", {"part_count": count}, Import)

    async def import_state(self, import_id: str, *, wait_s: float = 0) -> Import:
        """Read how far an import is; with `wait_s` the answer comes when it is over, or after that long."""
        return await self._http.get(f"{self._imports}/{import_id}", Import, wait_s=wait_s)

    async def import_file(self, path: Path, *, told: Callable[[Import], None] = lambda _: None) -> Import:
        """Send a file and wait until it is carried out.

        Args:
            told: Called with the progress now and then.

        Raises:
            BangfuProblem: the file as a whole could not be taken; nothing of it was.
        """
        state = await self.send_file(path)
        while state.state not in ("done", "failed"):
            told(state)
            state = await self.import_state(state.import_id, wait_s=_WAIT_S)
        if state.problem is not None:
            raise problem_from(int(state.problem.get("status", 500)), state.problem)
        return state

    async def import_rejects(self, import_id: str) -> Sequence[Reject]:
        """Read why rows of an import were not taken."""
        response = await self._http.request("GET", f"{self._imports}/{import_id}/rejects")
        return [Reject.model_validate_json(line) for line in response.text.splitlines() if line.strip()]


class Areas(Importing):
    """`/v1/areas`: the tree of 12-digit codes."""

    _imports = "/v1/areas/import"

    async def get(self, code: str) -> Area:
        """Read one area."""
        return await self._http.get(f"/v1/areas/{code}", Area)

    def children(self, parent: str | None = None) -> AsyncIterator[Area]:
        """Yield the areas directly below one."""
        return self._http.items("/v1/areas", Area, parent=parent)


class Households(Importing):
    """`/v1/households`, `/v1/imports`, `/v1/persons`."""

    _imports = "/v1/imports"

    def list(
        self,
        *,
        area: str | None = None,
        hh_type: str | None = None,
        monitored: bool | None = None,
        limit: int = 200,
    ) -> AsyncIterator[Household]:
        """Yield households, masked, by area subtree, type and monitoring."""
        return self._http.items(
            "/v1/households", Household, area=area, hh_type=hh_type, monitored=monitored, limit=limit
        )

    async def get(self, household_id: str) -> Household:
        """Read one household, masked."""
        return await self._http.get(f"/v1/households/{household_id}", Household)

    async def create(self, household: Mapping[str, Any], *, key: str | None = None) -> Household:
        """Register one household."""
        return await self._http.post("/v1/households", dict(household), Household, key=key)

    async def search_person(self, id_no: str) -> Answer:
        """Find a person by number; the number travels in the body, never in the address."""
        return await self._http.post("/v1/persons/search", {"id_no": id_no}, Answer)


class Policy(Resource):
    """`/v1/policy-profiles`: every number that the policy sets."""

    async def get(self, region: str, *, on: date | None = None) -> PolicyProfile:
        """Read the profile that holds for a region on a day."""
        return await self._http.get(f"/v1/policy-profiles/{region}", PolicyProfile, on=on and on.isoformat())

    async def put(
        self, region: str, *, effective_from: date, source_document: str, parameters: Mapping[str, Any]
    ) -> PolicyProfile:
        """Store a new version of a region's profile."""
        body = {
            "effective_from": effective_from.isoformat(),
            "source_document": source_document,
            "parameters": dict(parameters),
        }
        return await self._http.call("PUT", f"/v1/policy-profiles/{region}", PolicyProfile, json=body)


class Episodes(Resource):
    """`/v1/episodes`, `/v1/measures`: identification, plan, measures."""

    def list(
        self, *, area: str | None = None, state: str | None = None, overdue: bool | None = None, limit: int = 200
    ) -> AsyncIterator[Episode]:
        """Yield episodes."""
        return self._http.items("/v1/episodes", Episode, area=area, state=state, overdue=overdue, limit=limit)

    async def get(self, episode_id: str) -> tuple[Episode, str]:
        """Read one episode with its history, and the ETag that a change must name."""
        return await self._http.versioned("GET", f"/v1/episodes/{episode_id}", Episode)

    async def move(
        self,
        episode_id: str,
        to: str,
        *,
        etag: str,
        occurred_on: date,
        actors: Sequence[str],
        note: str = "",
        record: Mapping[str, Any] | None = None,
    ) -> tuple[Episode, str]:
        """Take an episode to its next state.

        Raises:
            Conflict: if the transition is not legal now.
            PreconditionFailed: if the episode changed since `etag`.
        """
        body = {
            "to": to,
            "occurred_on": occurred_on.isoformat(),
            "actors": list(actors),
            "note": note,
            "record": dict(record or {}),
        }
        return await self._http.versioned("POST", f"/v1/episodes/{episode_id}/transitions", Episode, body, etag=etag)

    async def put_plan(
        self, episode_id: str, *, needs: Sequence[Any], tasks: Sequence[Any], helper: str, etag: str | None = None
    ) -> Answer:
        """Write the plan of a household (一户一策)."""
        body = {"needs": list(needs), "tasks": list(tasks), "helper": helper}
        plan, _ = await self._http.versioned("PUT", f"/v1/episodes/{episode_id}/plan", Answer, body, etag=etag)
        return plan

    async def add_measure(self, episode_id: str, measure: Mapping[str, Any], *, key: str | None = None) -> Measure:
        """Add a measure to an episode."""
        return await self._http.post(f"/v1/episodes/{episode_id}/measures", dict(measure), Measure, key=key)

    async def change_measure(self, measure_id: str, change: Mapping[str, Any], *, etag: str | None = None) -> Measure:
        """Change a measure: its state, date, amount, evidence."""
        measure, _ = await self._http.versioned("PATCH", f"/v1/measures/{measure_id}", Measure, dict(change), etag=etag)
        return measure
