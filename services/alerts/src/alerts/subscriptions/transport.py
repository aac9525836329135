"""The HTTP transport of webhooks: resolves once, checks every answer, connects to exactly that address."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence

import httpx

from alerts.subscriptions.guard import Address, Target, TargetPolicy
from alerts.subscriptions.problems import TargetForbidden

Resolver = Callable[[str, int], Awaitable[Sequence[Address]]]

_HOSTS_KEPT = 1024
_URLS_KEPT = 4096
_ADDRESSES_TRIED = 3


async def resolve(host: str, port: int) -> Sequence[Address]:
    """Give all addresses of a host.

    Raises:
        TargetForbidden: the name has none.
    """
    try:
        answers = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise TargetForbidden("host.unresolved", "the host has no address") from error
    return [ipaddress.ip_address(str(answer[4][0]).split("%", 1)[0]) for answer in answers]


class GuardedTransport(httpx.AsyncBaseTransport):
    """Connects only where the policy allows.

    The name is resolved once and the connection goes to an address that was checked, with the original Host and
    server name: an answer that changes between check and connect (DNS rebinding) changes nothing. Each host has a
    pool of its own, so a TLS connection is never reused for another name at the same address and a stuck endpoint
    takes no connection from others.
    """

    def __init__(
        self,
        policy: TargetPolicy,
        *,
        resolver: Resolver = resolve,
        connections_per_host: int = 16,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Use `tls` for all hosts; by default the machine's trusted authorities."""
        self._policy = policy
        self._resolver = resolver
        self._limits = httpx.Limits(
            max_connections=connections_per_host, max_keepalive_connections=connections_per_host, keepalive_expiry=30
        )
        self._tls = tls or httpx.create_ssl_context()
        self._targets: dict[str, Target] = {}
        self._urls: dict[tuple[str, Address], httpx.URL] = {}
        self._pools: OrderedDict[str, httpx.AsyncHTTPTransport] = OrderedDict()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request to a checked address.

        Raises:
            TargetForbidden: before any connection is made.
        """
        target = self._target(request.url)
        if target.literal is not None:
            addresses: Sequence[Address] = [target.literal]
        else:
            addresses = await self._resolver(target.host, target.port)
            self._policy.check_addresses(target.host, addresses)
        extensions = dict(request.extensions)
        if request.url.scheme == "https":
            extensions["sni_hostname"] = target.host
        pool = await self._pool(f"{request.url.scheme}://{target.host}:{target.port}")
        refused: httpx.TransportError | None = None
        for address in addresses[:_ADDRESSES_TRIED]:
            pinned = httpx.Request(
                method=request.method,
                url=self._pinned(request.url, address),
                headers=request.headers,  # Host stays the name
                stream=request.stream,
                extensions=extensions,
            )
            try:
                return await pool.handle_async_request(pinned)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                refused = error  # nothing was sent; the name's next address may answer
        assert refused is not None  # noqa: S101 - check_addresses refuses an empty list
        raise refused

    def _target(self, url: httpx.URL) -> Target:
        """Check a URL once: the policy never changes while the process runs, and reading URLs is slow."""
        key = str(url)
        target = self._targets.get(key)
        if target is None:
            target = self._policy.check_url(key)
            if len(self._targets) >= _URLS_KEPT:
                self._targets.clear()
            self._targets[key] = target
        return target

    def _pinned(self, url: httpx.URL, address: Address) -> httpx.URL:
        key = (str(url), address)
        pinned = self._urls.get(key)
        if pinned is None:
            if len(self._urls) >= _URLS_KEPT:
                self._urls.clear()
            pinned = self._urls[key] = url.copy_with(host=str(address))
        return pinned

    async def _pool(self, origin: str) -> httpx.AsyncHTTPTransport:
        pool = self._pools.get(origin)
        if pool is None:
            pool = self._pools[origin] = httpx.AsyncHTTPTransport(
                verify=self._tls, limits=self._limits, retries=0, trust_env=False
            )
            if len(self._pools) > _HOSTS_KEPT:
                _, oldest = self._pools.popitem(last=False)
                await oldest.aclose()
        else:
            self._pools.move_to_end(origin)
        return pool

    async def aclose(self) -> None:
        """Close all pools."""
        for pool in self._pools.values():
            await pool.aclose()
        self._pools.clear()
