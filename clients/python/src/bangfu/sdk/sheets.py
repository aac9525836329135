"""Sheets: a county's figures of a month or quarter in the form in which they are shown, frozen and issued."""

from __future__ import annotations

from collections.abc import AsyncIterator
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
