"""The bus as a port with two adapters: Apache Kafka, and a log in PostgreSQL for one machine."""

from __future__ import annotations

from servicekit.bus.port import Consumer, EventBus, InMessage, OutMessage

__all__ = ["Consumer", "EventBus", "InMessage", "OutMessage", "open_bus"]


def open_bus(url: str, *, client: str) -> EventBus:
    """Open the bus that `url` names: `embedded:postgresql://...` or `kafka:host:port[,host:port]`.

    `KafkaAddress` tells what else a `kafka:` URL may say: a login, certificates, who creates the topics.

    Raises:
        ValueError: for any other scheme.
    """
    scheme, _, address = url.partition(":")
    if scheme == "embedded":
        from servicekit.bus.embedded import EmbeddedBus

        return EmbeddedBus(address, client=client)
    if scheme == "kafka":
        from servicekit.bus.kafka import KafkaBus

        return KafkaBus(address, client=client)
    raise ValueError(f"unknown bus scheme {scheme!r}; use embedded:postgresql://... or kafka:host:port")
