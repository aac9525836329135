"""Whose word about an address is taken."""

from __future__ import annotations

import ipaddress

import pytest

from gateway.source import Sources

PROXIES = Sources([ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8")])


@pytest.mark.parametrize(
    ("peer", "fields", "source"),
    [
        ("198.51.100.7", ["203.0.113.9"], "198.51.100.7"),  # a stranger says nothing about addresses
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.1, 203.0.113.9, 10.0.0.2"], "203.0.113.9"),  # what stands further left was given
        ("10.0.0.1", ["198.51.100.1", "203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["203.0.113.9, nonsense"], "10.0.0.1"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("fd00::1", ["[2001:db8::5]"], "2001:db8::5"),
        ("::ffff:10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("not an address", ["203.0.113.9"], "not an address"),
    ],
)
def test_the_source_is_the_last_hop_that_no_trusted_proxy_is(peer: str, fields: list[str], source: str) -> None:
    headers = [(b"x-forwarded-for", field.encode()) for field in fields]
    assert PROXIES.of(peer, headers) == source


def test_nobody_is_believed_by_default() -> None:
    assert Sources([]).of("127.0.0.1", [(b"x-forwarded-for", b"203.0.113.9")]) == "127.0.0.1"
