"""Public notices of villages and townships."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import date
from typing import Any, Literal

from bangfu.sdk.http import Resource
from bangfu.sdk.models import Answer


class Notice(Answer):
    """A notice; names are masked, the printed page has them."""

    id: str
    kind: str
    title: str
    area_code: str
    first_on: date
    last_on: date
    state: str
    rows: list[dict[str, Any]] = []


class Notices(Resource):
    """`/v1/notices`: households in the procedure, funds and projects as villages and townships post them."""

    def list(self, **filters: Any) -> AsyncIterator[Notice]:
        """Yield notices, the newest first; `area`, `kind` and `state` narrow."""
        return self._http.items("/v1/notices", Notice, **filters)

    async def get(self, notice_id: str) -> Notice:
        """Read a notice."""
        return await self._http.get(f"/v1/notices/{notice_id}", Notice)

    async def post(self, wanted: Mapping[str, Any], *, key: str | None = None) -> Notice:
        """Make a notice."""
        return await self._http.post("/v1/notices", dict(wanted), Notice, key=key)

    async def document(self, notice_id: str, form: Literal["html", "pdf"] = "html") -> bytes:
        """Give the page to print, while the notice hangs."""
        answer = await self._http.request("GET", f"/v1/notices/{notice_id}/document", params={"form": form})
        return answer.content

    async def withdraw(self, notice_id: str, reason: str) -> Notice:
        """Take a notice down."""
        return await self._http.post(f"/v1/notices/{notice_id}/withdraw", {"reason": reason}, Notice)
