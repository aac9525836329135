"""Ports for servers that come back."""

from __future__ import annotations

import socket
from pathlib import Path

from servicekit.embedded.ports import free_port


def test_no_port_is_given_twice_and_none_that_an_outgoing_connection_could_take() -> None:
    ports = [free_port() for _ in range(300)]
    assert len(set(ports)) == len(ports)
    ephemeral = Path("/proc/sys/net/ipv4/ip_local_port_range")
    if ephemeral.exists():
        assert max(ports) < int(ephemeral.read_text().split()[0])


def test_a_port_that_is_given_can_be_bound() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", free_port()))
