"""Areas, households, policy profile, episodes, plans and measures."""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from bangfu.sdk import files
from bangfu.sdk.areas import Area, AreaTags
from bangfu.sdk.decisions import Deciding
from bangfu.sdk.http import Resource
from bangfu.sdk.models import (
    Answer,
    Household,
    HouseholdChanges,
    Import,
    Reject,
)
from bangfu.sdk.problems import problem_from
from bangfu.sdk.titles import Titles

_MEDIA = {"ndjson": files.NDJSON, "csv": files.CSV}


_PART_BYTES = 16 * 1024 * 1024
_WAIT_S = 30.0


def _declared(path: Path, *, skip_hidden: bool) -> dict[str, str]:
    """Give the headers that say what a file is."""
    kind, packed = files.kind_of(path)
    is_workbook = kind in files.WORKBOOKS
    headers = {"Content-Type": files.workbook_type(kind, skip_hidden=skip_hidden) if is_workbook else _MEDIA[kind]}
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

    async def send_file(self, path: Path, *, part_bytes: int = _PART_BYTES, skip_hidden: bool = False) -> Import:
        """Send a file; once this returns it is durable and will be carried out.

        A larger file goes in parts of `part_bytes`, each of which is sent again by itself if the network breaks.

        Args:
            skip_hidden: Whether hidden sheets of a workbook are not read; the answer names them.
        """
        headers = _declared(path, skip_hidden=skip_hidden)
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

    async def import_file(
        self, path: Path, *, told: Callable[[Import], None] = lambda _: None, skip_hidden: bool = False
    ) -> Import:
        """Send a file and wait until it is carried out.

        Args:
            told: Called with the progress now and then.
            skip_hidden: As `send_file`.

        Raises:
            BangfuProblem: the file as a whole could not be taken; nothing of it was.
        """
        state = await self.send_file(path, skip_hidden=skip_hidden)
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

    def within(
        self, area: str | None = None, *, as_of: date | None = None, tag: str | None = None
    ) -> AsyncIterator[Area]:
        """Yield an area and what lies in it, by code; as it was on a day, with what came into it since."""
        return self._http.items("/v1/areas", Area, area=area, as_of=as_of, tag=tag)

    async def tags(self, code: str) -> AreaTags:
        """Read what an area was designated as, with days and documents."""
        return await self._http.get(f"/v1/areas/{code}/tags", AreaTags)

    async def tag(self, code: str, tag: Mapping[str, Any], *, key: str | None = None) -> AreaTags:
        """Say what an area was designated as: `tag`, `first_on`, `last_on`, `source_document`."""
        return await self._http.post(f"/v1/areas/{code}/tags", dict(tag), AreaTags, key=key)

    async def end_tag(self, code: str, tag: str, last_on: date) -> AreaTags:
        """Say the last day of a tag."""
        return await self._http.post(f"/v1/areas/{code}/tags/{tag}/end", {"last_on": last_on.isoformat()}, AreaTags)

    async def changes(self) -> Answer:
        """Read what became of areas: merged, split, renumbered, closed."""
        return await self._http.get("/v1/area-changes", Answer)

    async def change(self, change: Mapping[str, Any], *, key: str | None = None) -> Answer:
        """Merge, split, renumber or close areas; households, clues and due dates go along."""
        return await self._http.post("/v1/area-changes", dict(change), Answer, key=key)


class Households(Importing, Deciding):
    """`/v1/households`, `/v1/imports`, `/v1/persons`."""

    _imports = "/v1/imports"
    _decided = "/v1/households"

    def list(
        self,
        *,
        area: str | None = None,
        hh_type: str | None = None,
        monitored: bool | None = None,
        label: str | None = None,
        tag: str | None = None,
        limit: int = 200,
    ) -> AsyncIterator[Household]:
        """Yield households, masked, by area subtree, type, monitoring, label and tag of their village."""
        query = {"area": area, "hh_type": hh_type, "monitored": monitored, "label": label, "tag": tag, "limit": limit}
        return self._http.items("/v1/households", Household, **query)

    async def get(
        self, household_id: str, *, as_of: datetime | None = None, occurred_by: date | None = None
    ) -> Household:
        """Read one household, masked; as the register knew it at an instant, with what had happened by a day.

        Raises:
            NotFound: outside the caller's areas, or registered later than `as_of`.
            InvalidInput: a time in the future, or an instant without a zone.
        """
        then = {"as_of": as_of and as_of.isoformat(), "occurred_by": occurred_by and occurred_by.isoformat()}
        return await self._http.get(f"/v1/households/{household_id}", Household, **then)

    def changes(
        self, since: str | None = None, *, area: str | None = None, limit: int = 200
    ) -> AsyncIterator[HouseholdChanges]:
        """Yield what changed since `changed_since` of the last page that was kept; without it, everything.

        Raises:
            StartAgain: the token serves no more: ask without it and replace the copy.
        """
        return self._http.changes("/v1/households/changes", HouseholdChanges, since, area=area, limit=limit)

    async def titles(self, household_ids: Sequence[str] = (), area_codes: Sequence[str] = ()) -> Titles:
        """Read what households and areas are recognised by, at most 200 of each; those out of reach are absent."""
        wanted = {"household_ids": [*household_ids], "area_codes": [*area_codes]}
        return await self._http.post("/v1/households/titles", wanted, Titles)

    async def create(self, household: Mapping[str, Any], *, key: str | None = None) -> Household:
        """Register one household."""
        return await self._http.post("/v1/households", dict(household), Household, key=key)

    async def search_person(self, id_no: str) -> Answer:
        """Find a person by number; the number travels in the body, never in the address."""
        return await self._http.post("/v1/persons/search", {"id_no": id_no}, Answer)

    async def template(self) -> bytes:
        """Download the empty form of an import, as CSV."""
        return (await self._http.request("GET", "/v1/imports/template")).content

    async def read(self, household_id: str) -> tuple[Household, str]:
        """Read one household with the ETag that a change must name."""
        return await self._http.versioned("GET", f"/v1/households/{household_id}", Household)

    async def newer(self, household_id: str, etag: str) -> tuple[Household, str] | None:
        """Read one household with its ETag if it is not as it was; None if the copy is good."""
        return await self._http.newer(f"/v1/households/{household_id}", Household, etag)

    async def patch(
        self, household_id: str, change: Mapping[str, Any], *, etag: str | None = None
    ) -> tuple[Household, str]:
        """Change a household or its members; what is absent stays."""
        return await self._http.versioned("PATCH", f"/v1/households/{household_id}", Household, dict(change), etag=etag)

    async def history(self, household_id: str, *, limit: int = 50) -> Answer:
        """Read what a household was before each change."""
        return await self._http.get(f"/v1/households/{household_id}/history", Answer, limit=limit)

    async def identity_changes(self, household_id: str) -> Answer:
        """Read why a household and its members are the same under other numbers."""
        return await self._http.get(f"/v1/households/{household_id}/identity-changes", Answer)

    async def incomes(self, household_id: str) -> Answer:
        """Read the incomes of a household by year."""
        return await self._http.get(f"/v1/households/{household_id}/incomes", Answer)

    async def put_income(self, household_id: str, year: int, income: Mapping[str, Any]) -> Answer:
        """Record the income of a year."""
        path = f"/v1/households/{household_id}/incomes/{year}"
        return await self._http.call("PUT", path, Answer, json=dict(income))

    async def labels(self, household_id: str) -> Answer:
        """Read what a household counts among."""
        return await self._http.get(f"/v1/households/{household_id}/labels", Answer)

    async def income_periods(self, household_id: str) -> Answer:
        """Read the incomes of a household of quarters, and of twelve months."""
        return await self._http.get(f"/v1/households/{household_id}/income-periods", Answer)

    async def put_income_period(self, household_id: str, kind: str, period: str, income: Mapping[str, Any]) -> Answer:
        """Record the income of a quarter (`2026-Q3`), or of the twelve months to the end of a month (`2026-05`)."""
        path = f"/v1/households/{household_id}/income-periods/{kind}/{period}"
        return await self._http.call("PUT", path, Answer, json=dict(income))

    async def income_forecast(self, household_id: str) -> Answer:
        """Read what the running year is expected to bring, beside the year before."""
        return await self._http.get(f"/v1/households/{household_id}/incomes/forecast", Answer)

    def expected_falls(self, *, area: str | None = None) -> AsyncIterator[Answer]:
        """Yield the households that are expected to have less a head than the year before (预计减收户)."""
        return self._http.items("/v1/incomes/expected-falls", Answer, area=area)

    async def statuses(self, household_id: str) -> Answer:
        """Read the three guarantees and water of a household, as they were checked."""
        return await self._http.get(f"/v1/households/{household_id}/statuses", Answer)

    async def aid(self, household_id: str) -> Answer:
        """Read what departments' lists say that a household was given: payouts, loans, renovations."""
        return await self._http.get(f"/v1/households/{household_id}/aid", Answer)

    async def put_statuses(self, household_id: str, statuses: Mapping[str, Any]) -> Answer:
        """Record what a check of the three guarantees and water found."""
        return await self._http.call("PUT", f"/v1/households/{household_id}/statuses", Answer, json=dict(statuses))

    async def merge(self, household_id: str, merge: Mapping[str, Any], *, etag: str) -> tuple[Household, str]:
        """Merge a household into another one, which is given (并户)."""
        return await self._changed(f"/v1/households/{household_id}/merge", merge, etag)

    async def renumber(self, household_id: str, change: Mapping[str, Any], *, etag: str) -> tuple[Household, str]:
        """Give a household another number (户编号变更)."""
        return await self._changed(f"/v1/households/{household_id}/renumber", change, etag)

    async def split(self, household_id: str, split: Mapping[str, Any], *, etag: str) -> tuple[Household, str]:
        """Let members found a household of their own, which is given (分户)."""
        return await self._changed(f"/v1/households/{household_id}/split", split, etag)

    async def correct_person(self, person_id: str, change: Mapping[str, Any], *, etag: str) -> tuple[Household, str]:
        """Correct a person's number, name, birth date or sex; `etag` is the household's."""
        return await self._changed(f"/v1/persons/{person_id}/correction", change, etag)

    async def merge_persons(self, person_id: str, merge: Mapping[str, Any], *, etag: str) -> tuple[Household, str]:
        """Merge a record into the other one of the same person; `etag` is the household's."""
        return await self._changed(f"/v1/persons/{person_id}/merge", merge, etag)

    async def attach(self, household_id: str, data: bytes, media_type: str) -> str:
        """Keep a photo (image/jpeg, image/png) or scan (application/pdf); give its SHA-256. Safe to repeat."""
        sha256 = hashlib.sha256(data).hexdigest()
        path = f"/v1/households/{household_id}/attachments/{sha256}"
        await self._http.request("PUT", path, content=data, headers={"Content-Type": media_type})
        return sha256

    async def take_back_attachment(self, household_id: str, sha256: str) -> None:
        """Take back a photo or scan that you sent by mistake, within days, while nothing names it."""
        await self._http.request("DELETE", f"/v1/households/{household_id}/attachments/{sha256}")

    async def attachments(self, household_id: str) -> Answer:
        """Read what photos and scans a household has, what names each, and which were taken back."""
        return await self._http.get(f"/v1/households/{household_id}/attachments", Answer)

    async def attachment(self, household_id: str, sha256: str, purpose_code: str) -> bytes:
        """Give a photo or scan; the look is recorded with its purpose (verification, assistance, ...)."""
        path = f"/v1/households/{household_id}/attachments/{sha256}"
        return (await self._http.request("GET", path, params={"purpose_code": purpose_code})).content

    async def task(self, household_id: str, duty_id: str) -> Answer:
        """See name, telephone number and address while you have a duty to visit the household in hand; recorded."""
        return await self._http.get(f"/v1/households/{household_id}/task", Answer, duty_id=duty_id)

    async def unmask(self, person_id: str, purpose: Mapping[str, Any]) -> Answer:
        """See a full identity for a purpose and a case; every look is recorded."""
        return await self._http.post(f"/v1/persons/{person_id}/unmask", dict(purpose), Answer)

    async def _changed(self, path: str, change: Mapping[str, Any], etag: str) -> tuple[Household, str]:
        return await self._http.versioned("POST", path, Household, dict(change), etag=etag)
