"""The client of one gateway."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Self

import httpx

from bangfu.sdk.alerts import Alerts, Clues, Subscriptions
from bangfu.sdk.http import TIMEOUT, Connection, Resource
from bangfu.sdk.models import Client
from bangfu.sdk.registry import Areas, Episodes, Households, Policy
from bangfu.sdk.retries import Retries
from bangfu.sdk.sharing import Comparison, Datasets, Deliveries


class Clients(Resource):
    """`/v1/clients`: who may call, for the administrator."""

    async def create(
        self,
        client_id: str,
        *,
        name: str,
        scopes: Sequence[str],
        department: str | None = None,
        areas: Sequence[str] = (),
        key: str | None = None,
    ) -> Client:
        """Register a client; the answer shows its secret once."""
        body = {
            "client_id": client_id,
            "name": name,
            "department": department,
            "areas": list(areas),
            "scopes": list(scopes),
        }
        return await self._http.post("/v1/clients", body, Client, key=key)

    async def rotate_secret(self, client_id: str, *, overlap_s: int = 0) -> Client:
        """Exchange a client's secret; the old one stays good for `overlap_s` seconds."""
        return await self._http.post(f"/v1/clients/{client_id}/rotate-secret", {"overlap_s": overlap_s}, Client)


class Bangfu:
    """Everything a gateway offers, as typed calls.

    ```python
    async with Bangfu("http://127.0.0.1:8080", "edu", secret) as bangfu:
        pushed = await bangfu.deliveries.push("DS-EDU-ROLL", [Path("roll.csv")], period="2026-10")
        print(pushed.receipt.receipt_no)
    ```

    Args:
        base_url: Address of the gateway.
        client_id: The registered client.
        client_secret: Its secret.
        scope: Ask for fewer scopes than the client has.
        retries: How often and how long to repeat what failed.
        transport: Another httpx transport, for tests.
    """

    def __init__(
        self,
        base_url: str,
        client_id: str,
        client_secret: str,
        *,
        scope: str | None = None,
        retries: Retries | None = None,
        timeout: httpx.Timeout = TIMEOUT,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.connection = Connection(
            base_url,
            client_id,
            client_secret,
            scope=scope,
            retries=retries,
            timeout=timeout,
            transport=transport,
        )
        self.areas = Areas(self.connection)
        self.households = Households(self.connection)
        self.policy = Policy(self.connection)
        self.episodes = Episodes(self.connection)
        self.datasets = Datasets(self.connection)
        self.deliveries = Deliveries(self.connection)
        self.comparison = Comparison(self.connection)
        self.clues = Clues(self.connection)
        self.alerts = Alerts(self.connection)
        self.subscriptions = Subscriptions(self.connection)
        self.clients = Clients(self.connection)

    async def log_in(self) -> None:
        """Fetch a token now, to find out whether the credentials are good; calls do it by themselves.

        Raises:
            Unauthorised: if they are not.
        """
        await self.connection.credentials.token()

    async def close(self) -> None:
        """Close the connections."""
        await self.connection.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
