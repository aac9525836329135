"""Where a request comes from, when proxies may stand in front. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from gateway.headers import Headers

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Sources:
    """Tells the address of a client: the peer, or what a trusted proxy says about it."""

    def __init__(self, trusted: Sequence[Network]) -> None:
        """Believe the X-Forwarded-For of peers in `trusted` only."""
        self._trusted = tuple(trusted)

    def trusts(self, text: str) -> bool:
        """Tell whether an address belongs to a trusted proxy."""
        if not self._trusted:
            return False
        address = _address(text)
        return address is not None and any(
            address in network for network in self._trusted if network.version == address.version
        )

    def of(self, peer: str, headers: Headers) -> str:
        """Give the right-most hop that no trusted proxy is: everything left of it was written by strangers."""
        if not self.trusts(peer):
            return peer
        fields = [value.decode("latin-1") for name, value in headers if name == b"x-forwarded-for"]
        source = peer
        for hop in reversed(",".join(fields).split(",")):
            address = _address(hop.strip().removeprefix("[").partition("]")[0])
            if address is None:
                break  # what stands further left cannot be relied on
            source = str(address)
            if not self.trusts(source):
                break
        return source


def _address(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
