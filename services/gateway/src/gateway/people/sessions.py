"""A person's token is good from the address that asked for it: a keyed digest of both stands in the token. Pure.

The digest tells nobody the address: it needs the gateway's key, and differs from token to token.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Sequence

_IPV6_NETWORK = 64  # one machine changes its address within its network (RFC 8981)
_DIGEST_CHARACTERS = 32


class Sessions:
    """Binds tokens to sources, and tells whether one is used from its own."""

    def __init__(self, keys: Sequence[bytes], *, is_on: bool = True) -> None:
        """Bind with the first of `keys`; what was bound with any of them holds.

        Args:
            keys: The gateway's keys at rest, the current one first.
        """
        self._keys = [hmac.digest(key, b"bangfu gateway session v1", "sha256") for key in keys]
        self.is_on = is_on

    def bound(self, token_id: str, source: str) -> str:
        """Give what stands in a token."""
        current, *_ = self._keys
        return _digest(current, token_id, source)

    def holds(self, digest: str, token_id: str, source: str) -> bool:
        """Tell whether a token that says `digest` was given to this source."""
        return any(hmac.compare_digest(digest, _digest(key, token_id, source)) for key in self._keys)


def _digest(key: bytes, token_id: str, source: str) -> str:
    text = f"{token_id}|{network_of(source)}".encode()
    return hmac.digest(key, text, "sha256").hex()[:_DIGEST_CHARACTERS]


def network_of(source: str) -> str:
    """Give what stays the same of a machine's address."""
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return source
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            return str(ipaddress.ip_network((address, _IPV6_NETWORK), strict=False))
        address = address.ipv4_mapped
    return str(address)
