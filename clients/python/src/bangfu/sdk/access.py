"""The audit, and what the gateway says about itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from bangfu.sdk.http import Resource
from bangfu.sdk.models import Answer


class Audit(Resource):
    """`/v1/audit`: who saw and changed what, for the auditor."""

    def entries(self, **filters: Any) -> AsyncIterator[Answer]:
        """Yield entries, newest first; the filters are those of the route."""
        return self._http.items("/v1/audit", Answer, **filters)

    def seals(self) -> AsyncIterator[Answer]:
        """Yield the seals, by which anybody can tell that nothing was changed afterwards."""
        return self._http.items("/v1/audit/seals", Answer)


class Portal(Resource):
    """What the gateway says about itself: problems, keys, the issuer, its replicas."""

    def problems(self) -> AsyncIterator[Answer]:
        """Yield the catalogue of problems."""
        return self._http.items("/problems", Answer)

    async def problem(self, code: str) -> Answer:
        """Read what a problem's code means."""
        return await self._http.get(f"/problems/{code}", Answer)

    async def keys(self) -> Answer:
        """Read the public keys of access tokens (JWKS)."""
        return await self._http.get("/.well-known/jwks.json", Answer)

    async def issuer(self) -> Answer:
        """Read the metadata of the issuer (RFC 8414)."""
        return await self._http.get("/.well-known/oauth-authorization-server", Answer)

    async def replicas(self) -> Answer:
        """Read which replicas have confirmed the keys of now, for managers of clients."""
        return await self._http.get("/v1/replicas", Answer)
