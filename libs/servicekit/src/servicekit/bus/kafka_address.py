"""Where the brokers are and as whom to connect: what `kafka:` in a bus URL may say."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

_OPTIONS = frozenset({"password_file", "ca_file", "topics"})


@dataclass(frozen=True)
class KafkaAddress:
    """A cluster and a login.

    Attributes:
        bootstrap: `host:port`, comma separated.
        user: SCRAM-SHA-512 user; empty for a broker without authentication.
        password_file: File with the user's password, read at each connection, so that a rotated one is picked up.
        ca_file: Certificates (PEM) that the brokers' certificates are checked against; None for plain TCP.
        creates_topics: Whether missing topics are created. A user with narrow ACLs may not, and somebody else has.
    """

    bootstrap: str
    user: str = ""
    password_file: Path | None = None
    ca_file: Path | None = None
    creates_topics: bool = True

    @classmethod
    def parse(cls, text: str) -> KafkaAddress:
        """Read `[//][user@]host:port[,host:port][?password_file=...&ca_file=...&topics=given|created]`.

        Raises:
            ValueError: for an unknown option, a user without a password file or the other way round.
        """
        place, _, query = text.removeprefix("//").partition("?")
        user, _, bootstrap = place.rpartition("@")
        options = dict(parse_qsl(query, strict_parsing=bool(query)))
        if unknown := sorted(options.keys() - _OPTIONS):
            raise ValueError(f"unknown option of a kafka URL: {', '.join(unknown)}")
        if ":" in user or bool(user) != ("password_file" in options):
            # Never the password itself: a URL ends up in process lists and error reports.
            raise ValueError("a kafka user needs password_file=<path>, and a password file a user")
        topics = options.get("topics", "created")
        if topics not in ("created", "given"):
            raise ValueError("topics must be 'created' or 'given'")
        return cls(
            bootstrap=bootstrap,
            user=unquote(user),
            password_file=Path(options["password_file"]) if user else None,
            ca_file=Path(options["ca_file"]) if "ca_file" in options else None,
            creates_topics=topics == "created",
        )

    def client_options(self) -> dict[str, Any]:
        """Give the arguments that aiokafka's clients share.

        Raises:
            OSError: the password or the certificates cannot be read.
        """
        options: dict[str, Any] = {"bootstrap_servers": self.bootstrap}
        layers = ("SASL_" if self.user else "") + ("SSL" if self.ca_file else "PLAINTEXT")
        if layers != "PLAINTEXT":
            options["security_protocol"] = layers
        if self.ca_file is not None:
            options["ssl_context"] = ssl.create_default_context(cafile=str(self.ca_file))
        if self.password_file is not None:
            options["sasl_mechanism"] = "SCRAM-SHA-512"
            options["sasl_plain_username"] = self.user
            options["sasl_plain_password"] = self.password_file.read_text(encoding="utf-8").strip()
        return options
