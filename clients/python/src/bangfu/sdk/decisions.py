"""Decisions that came too late: what was refused as stale stays visible until somebody says that it is settled."""

from __future__ import annotations

from bangfu.sdk.http import Resource
from bangfu.sdk.models import Answer


class Deciding(Resource):
    """Calls to what is decided about; its details show `refused`."""

    _decided: str

    async def settle_refused(self, subject_id: str, refused_id: str) -> Answer:
        """Say that a decision that was refused as stale needs nobody any more."""
        return await self._http.post(f"{self._decided}/{subject_id}/refused/{refused_id}/settle", None, Answer)
