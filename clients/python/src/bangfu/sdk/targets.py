"""Targets, how far they are, and the statistics from outside that figures are held against."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bangfu.sdk.http import Resource
from bangfu.sdk.models import Answer

_COLUMNS = ("series", "area_code", "period", "value", "source")


class SeriesValues(Resource):
    """`/v1/series`, `/v1/series-values`: statistics with their source, and each version of them."""

    async def catalogue(self) -> Answer:
        """Give the series of which values can be entered."""
        return await self._http.get("/v1/series", Answer)

    def list(self, **filters: Any) -> AsyncIterator[Answer]:
        """Yield values, the newest entry first; `kept_by`, `series`, `area`, `period` narrow."""
        return self._http.items("/v1/series-values", Answer, **filters)

    async def enter(self, kept_by: str, values: Sequence[Mapping[str, Any]], *, key: str | None = None) -> Answer:
        """Enter values for an area, all of them or none: `series`, `area_code`, `period`, `value`, `source`."""
        body = {"kept_by": kept_by, "values": [dict(value) for value in values]}
        return await self._http.post("/v1/series-values", body, Answer, key=key)

    async def enter_file(self, kept_by: str, path: Path, *, key: str | None = None) -> Answer:
        """Enter the rows of a CSV file in UTF-8 with the columns `series, area_code, period, value, source`.

        Raises:
            ValueError: the file has other columns, or a row with fewer or more cells.
        """
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, strict=True))
        for number, row in enumerate(rows, start=2):
            if tuple(row) != _COLUMNS or None in row.values():
                raise ValueError(f"line {number}: the columns are {', '.join(_COLUMNS)}")
        return await self.enter(kept_by, rows, key=key)

    async def get(self, entry_id: str) -> tuple[Answer, str]:
        """Read a value with each version, and the ETag that a correction must name."""
        return await self._http.versioned("GET", f"/v1/series-values/{entry_id}", Answer)

    async def correct(self, entry_id: str, said: Mapping[str, Any], *, etag: str) -> tuple[Answer, str]:
        """Say what a value should have been: `value`, `source`, `note`; what it was stays.

        Raises:
            PreconditionFailed: if it was corrected since `etag`.
        """
        return await self._http.versioned("PUT", f"/v1/series-values/{entry_id}", Answer, dict(said), etag=etag)


class Targets(Resource):
    """`/v1/targets`: what a figure should be, set by one and approved by another, and how far it is."""

    def list(self, **filters: Any) -> AsyncIterator[Answer]:
        """Yield targets, the newest first; `area`, `indicator`, `department`, `period`, `state` narrow."""
        return self._http.items("/v1/targets", Answer, **filters)

    async def ready_made(self, area: str, year: int) -> Answer:
        """Give targets as policy papers set them: each `target` is a body for `propose`."""
        return await self._http.get("/v1/ready-made-targets", Answer, area=area, year=year)

    async def propose(self, target: Mapping[str, Any], *, key: str | None = None) -> Answer:
        """Propose a target; it counts once somebody else has approved it."""
        return await self._http.post("/v1/targets", dict(target), Answer, key=key)

    async def get(self, target_id: str) -> tuple[Answer, str]:
        """Read a target with its versions, and the ETag that a change must name."""
        return await self._http.versioned("GET", f"/v1/targets/{target_id}", Answer)

    async def revise(self, target_id: str, said: Mapping[str, Any], *, etag: str) -> tuple[Answer, str]:
        """Propose how a target should read from now on; `note` says why.

        Raises:
            PreconditionFailed: if it changed since `etag`.
        """
        return await self._http.versioned("PUT", f"/v1/targets/{target_id}", Answer, dict(said), etag=etag)

    async def decide(self, target_id: str, *, agrees: bool, note: str, etag: str) -> tuple[Answer, str]:
        """Approve what somebody else proposed, or reject it.

        Raises:
            PreconditionFailed: if it changed since `etag`.
        """
        body = {"agrees": agrees, "note": note}
        return await self._http.versioned("POST", f"/v1/targets/{target_id}/decision", Answer, body, etag=etag)

    async def progress(self, target_id: str, **filters: Any) -> Answer:
        """Give target, actual, gap and milestones as of a day (`as_of`), with the rule that decided."""
        return await self._http.get(f"/v1/targets/{target_id}/progress", Answer, **filters)
