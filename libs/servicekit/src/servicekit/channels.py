"""What production demands of channels and passwords: nothing in the clear, nothing that is easily guessed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

from servicekit.bus.kafka_address import KafkaAddress

Channel = Literal["database", "bus", "issuers", "services", "traces"]
"""What a service speaks to: its database, the bus, issuers of tokens, other services, the collector of traces."""

_ENCRYPTED = frozenset({"require", "verify-ca", "verify-full"})
_LEAST_CHARACTERS = 8
_LEAST_DIFFERENT = 5
# The commonest of the lists of leaked passwords, and what examples of this field use; with digits behind them, too.
_COMMON = frozenset(
    """
    admin administrator bangfu changeit changeme default demo example guest hello iloveyou kafka letmein login master
    pass passwd password postgres postgresql qwerty qwertyuiop root sample secret sysadmin system temp test tester
    user welcome woaini zaq12wsx 1q2w3e4r 1qaz2wsx abcd1234 abc123 p@ssw0rd p@ssword pa55word passw0rd
    """.split()  # noqa: SIM905 - a list of words reads better as words
)


def password_fault(password: str, *, names: Iterable[str] = ()) -> str | None:
    """Say why a password is refused; None when it is not. The text never repeats it.

    Args:
        names: What stands beside it: the user, the database.
    """
    folded = password.strip().lower()
    if not folded:
        return "is missing"
    if len(folded) < _LEAST_CHARACTERS:
        return f"has fewer than {_LEAST_CHARACTERS} characters"
    if folded.isdigit():
        return "has digits only"
    if len(set(folded)) < _LEAST_DIFFERENT:
        return "repeats a few characters"
    core = folded.strip("0123456789!@#$%^&*._-")
    if {folded, core} & (_COMMON | {name.lower() for name in names if name}):
        return "is a common one or a name"
    return None


def database_faults(url: str, environment: Mapping[str, str]) -> Iterator[tuple[Channel | None, str]]:
    """Give what is wrong with the URL of a PostgreSQL database: the channel it concerns, None for its password."""
    parts = urlsplit(url)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    host = options.get("host") or parts.hostname or ""
    is_socket = not host or unquote(host).startswith("/")
    mode = options.get("sslmode") or environment.get("PGSSLMODE", "")
    if not is_socket and mode not in _ENCRYPTED:
        yield "database", "needs sslmode=verify-full (or verify-ca, require)"
    has_other_proof = is_socket or "sslcert" in options or "passfile" in options or "PGPASSFILE" in environment
    password = unquote(parts.password or "") or options.get("password", "") or environment.get("PGPASSWORD", "")
    if password or not has_other_proof:
        fault = password_fault(password, names=(unquote(parts.username or ""), parts.path.strip("/")))
        if fault is not None:
            yield None, f"its password {fault}"


def bus_faults(url: str, environment: Mapping[str, str]) -> Iterator[tuple[Channel | None, str]]:
    """Give what is wrong with the URL of the bus."""
    kind, _, rest = url.partition(":")
    if kind == "embedded":
        yield from (("bus" if channel else None, text) for channel, text in database_faults(rest, environment))
    elif kind == "kafka":
        address = KafkaAddress.parse(rest)
        if address.ca_file is None:
            yield "bus", "needs ca_file=<path>: without it Kafka is spoken to in the clear"
        elif not address.user:
            yield "bus", "needs a user with password_file=<path>: anybody could publish"


def is_plain_http(url: str) -> bool:
    """Tell whether a URL leads through a channel that everybody in between can read and change."""
    return url.lower().startswith("http://")


def is_service_base(url: str) -> bool:
    """Tell whether a URL is a service's address: http(s)://host:port, without a path."""
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.path.strip("/")


def trace_endpoints(environment: Mapping[str, str]) -> Iterator[str]:
    """Give where traces are sent to in the clear."""
    for name in ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"):
        if is_plain_http(environment.get(name, "")):
            yield name
