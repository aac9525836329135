"""The life of rules: where they rest, and who let them."""

from __future__ import annotations

from collections.abc import AsyncIterator

from bangfu.sdk.http import Resource
from bangfu.sdk.models import Answer


class Rules(Resource):
    """`/v1/rules`: how each rule stands where, and decisions about it."""

    async def get(self, rule_id: str, *, area: str | None = None) -> tuple[Answer, str]:
        """Read a rule with how it stands (`life`) in an area, and the ETag that a decision there must name."""
        place = f"/v1/rules/{rule_id}"
        return await self._http.versioned("GET", f"{place}?area={area}" if area else place, Answer)

    def steps(self, rule_id: str) -> AsyncIterator[Answer]:
        """Yield who retired or activated a rule in one's areas, the newest first."""
        return self._http.items(f"/v1/rules/{rule_id}/steps", Answer)

    async def retire(self, rule_id: str, reason: str, *, etag: str, area: str | None = None) -> tuple[Answer, str]:
        """Let a rule rest in an area: it finds nothing more, and what it found in the open months is withdrawn.

        Raises:
            PreconditionFailed: if somebody decided about it since `etag`.
        """
        return await self._http.versioned("POST", f"/v1/rules/{rule_id}/retire", Answer, _said(reason, area), etag=etag)

    async def activate(self, rule_id: str, reason: str, *, etag: str, area: str | None = None) -> tuple[Answer, str]:
        """Let a retired rule find again, as another person than who retired it; `what_if` says what that changes.

        Raises:
            PreconditionFailed: if somebody decided about it since `etag`.
        """
        said = _said(reason, area)
        return await self._http.versioned("POST", f"/v1/rules/{rule_id}/activate", Answer, said, etag=etag)


def _said(reason: str, area: str | None) -> dict[str, str]:
    return {"reason": reason} | ({"area_code": area} if area else {})
