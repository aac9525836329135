"""Anchors of the chain of seals in another system: an object store or web folder whose objects cannot be replaced.

Each seal becomes an object `<url>/<seq, 12 digits>.json`, written once (`If-None-Match: *`). Seals hold each other by
their hashes, so one that could not be sent is covered by the next that could.
"""

from __future__ import annotations

import httpx
import structlog

from gateway.audit.rules import Seal
from servicekit.http_client import build_client

log = structlog.get_logger(__name__)

_LOOK_BACK = 1_000  # seals without an anchor that are passed over until one is found


class Anchors:
    """Writes and reads anchors."""

    def __init__(self, url: str, token: str | None = None, client: httpx.AsyncClient | None = None) -> None:
        """Keep them below `url`; `token` is sent as a bearer token."""
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = client or build_client()

    async def close(self) -> None:
        """Disconnect."""
        await self._client.aclose()

    async def keep(self, seal: Seal) -> bool:
        """Write a seal's anchor; tell whether it is kept. A store that is away stops nothing: it is said in the log."""
        body = {"seq": seal.batch.seq, "hash": seal.hash, "sealed_at": seal.batch.sealed_at}
        try:
            headers = self._headers | {"If-None-Match": "*"}
            answer = await self._client.put(self._place(seal.batch.seq), json=body, headers=headers)
        except httpx.HTTPError as error:
            log.error("audit.anchor_failed", seq=seal.batch.seq, error=type(error).__name__)
            return False
        if not answer.is_success:
            log.error("audit.anchor_failed", seq=seal.batch.seq, status=answer.status_code)
        return answer.is_success

    async def read(self, newest_seq: int) -> dict[int, str]:
        """Give the newest anchor up to a seal, and one after it if there is any: seals that were cut off have some.

        Raises:
            httpx.HTTPError: the store does not answer as it should.
        """
        found: dict[int, str] = {}
        for seq in range(newest_seq + 1, max(0, newest_seq - _LOOK_BACK), -1):
            answer = await self._client.get(self._place(seq), headers=self._headers)
            if answer.status_code == httpx.codes.NOT_FOUND:
                continue
            answer.raise_for_status()
            found[seq] = str(answer.json()["hash"])
            if seq <= newest_seq:
                break
        return found

    def _place(self, seq: int) -> str:
        return f"{self._url}/{seq:012d}.json"
