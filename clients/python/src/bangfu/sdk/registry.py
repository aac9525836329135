"""Areas, households, policy profile, episodes, plans and measures."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bangfu.sdk import files
from bangfu.sdk.http import PATIENT, Resource
from bangfu.sdk.models import (
    Answer,
    Area,
    AreasImported,
    Episode,
    Household,
    ImportOutcome,
    Measure,
    PolicyProfile,
    Reject,
)

_MEDIA = {"ndjson": files.NDJSON, "csv": files.CSV, "xlsx": files.XLSX}


@dataclass(frozen=True)
class _File:
    """A file as a body that is read while it is sent, from the start at each attempt."""

    path: Path

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with self.path.open("rb") as file:
            while chunk := file.read(256 * 1024):
                yield chunk


def _file_request(path: Path) -> dict[str, Any]:
    """Body, headers and time for sending a file in one piece, as `Connection.request` takes them."""
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
    headers["Content-Length"] = str(path.stat().st_size)
    return {"content": _File(path), "headers": headers, "timeout": PATIENT}


class Areas(Resource):
    """`/v1/areas`: the tree of 12-digit codes."""

    async def import_file(self, path: Path) -> AreasImported:
        """Create or update the areas of a CSV or NDJSON file (`code,name,parent_code,valid_from`)."""
        return await self._http.call("POST", "/v1/areas/import", AreasImported, **_file_request(path))

    async def get(self, code: str) -> Area:
        """Read one area."""
        return await self._http.get(f"/v1/areas/{code}", Area)

    def children(self, parent: str | None = None) -> AsyncIterator[Area]:
        """Yield the areas directly below one."""
        return self._http.items("/v1/areas", Area, parent=parent)


class Households(Resource):
    """`/v1/households`, `/v1/imports`, `/v1/persons`."""

    async def import_file(self, path: Path) -> ImportOutcome:
        """Create or update the households of an NDJSON, CSV or XLSX file; wrong households are rejected whole."""
        return await self._http.call("POST", "/v1/imports", ImportOutcome, **_file_request(path))

    async def import_rejects(self, import_id: str) -> list[Reject]:
        """Read why rows of an import were not taken."""
        response = await self._http.request("GET", f"/v1/imports/{import_id}/rejects")
        return [Reject.model_validate_json(line) for line in response.text.splitlines() if line.strip()]

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
