"""Where webhooks may go. Pure: addresses are resolved by the caller.

Subscribers on a government extranet live at private addresses, so private is not the mark of a forbidden target:
an administrator's allow-list is. Some addresses stay forbidden whatever the list says.

Source: OWASP server-side request forgery prevention; cloud metadata addresses of the large providers.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import httpx

from alerts.subscriptions.problems import TargetForbidden

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_MAX_URL = 2048

_ALWAYS_DENIED: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",  # "this host"
        "169.254.0.0/16",  # link-local, cloud metadata
        "100.100.100.200/32",  # metadata
        "168.63.129.16/32",  # platform address of a cloud
        "192.0.0.0/24",  # protocol assignments, one cloud's metadata
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
        "::/128",
        "fe80::/10",  # link-local
        "fec0::/10",  # site-local, deprecated
        "fd00:ec2::/32",  # metadata
        "ff00::/8",  # multicast
        "2001::/32",  # Teredo: the real destination is hidden
        "100::/64",  # discard
    )
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_V4_COMPATIBLE = ipaddress.IPv6Network("::/96")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL leads; `literal` is its address when the host is one."""

    host: str
    port: int
    literal: Address | None


class TargetPolicy:
    """The deployment's rules for webhook targets."""

    def __init__(
        self, allow: Iterable[str], *, deny: Iterable[str] = (), ports: Iterable[int] = (443, 8443), is_embedded: bool
    ) -> None:
        """Read the lists.

        Args:
            allow: Hosts (`a.example`, `*.example`) and networks (CIDR or single addresses).
            is_embedded: One machine for trying out: loopback, plain HTTP and any port are allowed.

        Raises:
            ValueError: an entry is neither a host nor a network.
        """
        self._is_embedded = is_embedded
        self._ports = frozenset(ports)
        self._deny = tuple(ipaddress.ip_network(entry) for entry in deny)
        hosts: list[str] = []
        networks: list[Network] = []
        for entry in allow:
            cleaned = entry.strip().lower().rstrip(".")
            try:
                networks.append(ipaddress.ip_network(cleaned))
            except ValueError:
                if not cleaned or any(mark in cleaned for mark in "/:@ ") or "*" in cleaned[1:]:
                    raise ValueError(f"not a host or network: {entry!r}") from None
                hosts.append(cleaned)
        self._hosts = tuple(hosts)
        self._networks = tuple(networks)

    def check_url(self, text: str) -> Target:
        """Check everything that the URL itself says.

        Raises:
            TargetForbidden: malformed, wrong scheme, credentials inside, port or host not allowed.
        """
        if len(text) > _MAX_URL:
            raise TargetForbidden("url.too_long", f"at most {_MAX_URL} characters")
        try:
            url = httpx.URL(text)
        except (httpx.InvalidURL, ValueError) as error:
            raise TargetForbidden("url.malformed", "the URL cannot be read") from error
        host = url.host.lower().rstrip(".")
        if url.scheme not in ("http", "https") or not host:
            raise TargetForbidden("url.malformed", "an absolute https URL is needed")
        if url.scheme == "http" and not self._is_embedded:
            raise TargetForbidden("url.scheme", "only https is allowed")
        if url.userinfo:
            raise TargetForbidden("url.credentials", "no user or password in the URL; requests are signed")
        if url.fragment:
            raise TargetForbidden("url.fragment", "no fragment in the URL")
        port = url.port or (443 if url.scheme == "https" else 80)
        if not self._is_embedded and port not in self._ports:
            raise TargetForbidden("url.port", f"allowed ports: {', '.join(map(str, sorted(self._ports)))}")
        literal = _literal(host)
        if literal is not None:
            self.check_addresses(host, [literal])
        elif not self._is_listed(host) and not self._networks and not self._is_embedded:
            raise TargetForbidden("host.not_allowed", "the host is not on the administrator's allow-list")
        return Target(host=host, port=port, literal=literal)

    def check_addresses(self, host: str, addresses: Sequence[Address]) -> None:
        """Check every address that the host resolved to: one bad answer condemns all.

        Raises:
            TargetForbidden: no address, an address that is always denied, or one outside the allow-list.
        """
        if not addresses:
            raise TargetForbidden("host.unresolved", "the host has no address")
        listed = self._is_listed(host)
        for address in addresses:
            for inner in _unwrap(address):
                if self._is_denied(inner):
                    raise TargetForbidden("address.denied", "the host leads to an address that is never allowed")
                if not (listed or self._is_allowed(inner)):
                    raise TargetForbidden("host.not_allowed", "the host is not on the administrator's allow-list")

    def _is_listed(self, host: str) -> bool:
        return any(
            host == entry or (entry.startswith("*.") and host.endswith(entry[1:]) and len(host) > len(entry) - 1)
            for entry in self._hosts
        )

    def _is_denied(self, address: Address) -> bool:
        if any(address in network for network in self._deny if network.version == address.version):
            return True
        if address.is_loopback:
            return not self._is_embedded
        return any(address in network for network in _ALWAYS_DENIED if network.version == address.version)

    def _is_allowed(self, address: Address) -> bool:
        if self._is_embedded and address.is_loopback:
            return True
        return any(address in network for network in self._networks if network.version == address.version)


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host.split("%", 1)[0])
    except ValueError:
        return None


def _unwrap(address: Address) -> list[Address]:
    """Give the addresses that really count: an IPv6 form may carry an IPv4 destination."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address.sixtofour is not None:
        return [address, address.sixtofour]
    if address in _NAT64 or (address in _V4_COMPATIBLE and not address.is_loopback and not address.is_unspecified):
        return [ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)]
    return [address]
