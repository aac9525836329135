"""Sheets of a county's month or quarter, frozen and issued; and households drawn for the quarter's inspection."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Literal

from bangfu.sdk.http import Resource
from bangfu.sdk.models import Answer


class Sheets(Resource):
    """`/v1/sheets`: kinds, versions, what stands in them, and their files."""

    async def kinds(self) -> Answer:
        """Read the kinds of sheets and which indicators stand in each."""
        return await self._http.get("/v1/sheet-kinds", Answer)

    def list(self, **filters: Any) -> AsyncIterator[Answer]:
        """Yield versions, the newest first; `area_code`, `kind`, `period` and `state` narrow."""
        return self._http.items("/v1/sheets", Answer, **filters)

    async def get(self, kind: str, period: str, **chosen: Any) -> Answer:
        """Read a sheet as the caller may see it; `area_code`, `version`, `draft` choose.

        A cell whose `state` is `missing` was not computed: that is not zero.
        """
        return await self._http.get(f"/v1/sheets/{kind}/{period}", Answer, **chosen)

    async def document(self, kind: str, period: str, form: Literal["html", "pdf", "xlsx"], **chosen: Any) -> bytes:
        """Give the same as a page to print, as PDF or as a workbook."""
        answer = await self._http.request("GET", f"/v1/sheets/{kind}/{period}", params={"format": form, **chosen})
        return answer.content

    async def freeze(
        self, kind: str, period: str, county: str, *, note: str = "", accepts_missing: bool = False,
        key: str | None = None,
    ) -> Answer:  # fmt: skip
        """Keep a county's sheet of a period that is over as it is now: its next version.

        Args:
            accepts_missing: Freeze it though figures are missing; they stay missing.
        """
        body = {"area_code": county, "note": note, "accepts_missing": accepts_missing}
        return await self._http.post(f"/v1/sheets/{kind}/{period}/freeze", body, Answer, key=key)

    async def issue(self, kind: str, period: str, county: str, version: int, *, key: str | None = None) -> Answer:
        """Issue a frozen version, as another person than who froze it."""
        body = {"area_code": county, "version": version}
        return await self._http.post(f"/v1/sheets/{kind}/{period}/issue", body, Answer, key=key)


class Inspections(Resource):
    """`/v1/inspections`: households drawn at random for a quarter, each with who visits it and what was found."""

    def list(self, **filters: Any) -> AsyncIterator[Answer]:
        """Yield inspections, the newest first; `area_code` and `period` narrow."""
        return self._http.items("/v1/inspections", Answer, **filters)

    async def draw(self, wanted: Mapping[str, Any], *, key: str | None = None) -> Answer:
        """Draw households: `area_code`, `period`, `due_on`, and `households`, `seed`, `responsible`."""
        return await self._http.post("/v1/inspections", dict(wanted), Answer, key=key)

    async def get(self, inspection_id: str) -> Answer:
        """Read an inspection: its seed, what it was drawn from, how far it is."""
        return await self._http.get(f"/v1/inspections/{inspection_id}", Answer)

    def tasks(self, inspection_id: str, **filters: Any) -> AsyncIterator[Answer]:
        """Yield the households that were drawn; `area_code`, `state` and `stratum` narrow."""
        return self._http.items(f"/v1/inspections/{inspection_id}/tasks", Answer, **filters)

    async def checklist(
        self, inspection_id: str, form: Literal["html", "pdf", "xlsx"] = "html", **chosen: Any
    ) -> bytes:
        """Give the checklist to print; `area_code` narrows."""
        path = f"/v1/inspections/{inspection_id}/checklist"
        return (await self._http.request("GET", path, params={"format": form, **chosen})).content

    async def task(self, task_id: str) -> Answer:
        """Read a household that was drawn."""
        return await self._http.get(f"/v1/inspection-tasks/{task_id}", Answer)

    async def finish(self, task_id: str, result: Mapping[str, Any], *, key: str | None = None) -> Answer:
        """Say what was found: `visited_on`, `finding`, `note`; as who is named, or has the duty in hand."""
        return await self._http.post(f"/v1/inspection-tasks/{task_id}/result", dict(result), Answer, key=key)
