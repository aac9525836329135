"""Webhook decisions: schedule, answers, signatures, forbidden targets."""

from __future__ import annotations

import base64
import hmac
import ipaddress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.subscriptions import rules, signing
from alerts.subscriptions.guard import TargetPolicy
from alerts.subscriptions.problems import TargetForbidden
from alerts.subscriptions.rules import Answer, DeliveryState

NOW = datetime(2026, 11, 10, 1, tzinfo=UTC)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_only_2xx_is_success(status: int) -> None:
    assert rules.decide(Answer(status), attempt=1, now=NOW, jitter=0).state is DeliveryState.DELIVERED


@pytest.mark.parametrize("status", [100, 301, 302, 304, 307, 400, 401, 404, 408, 429, 500, 502, 503, None])
def test_everything_else_is_tried_again(status: int | None) -> None:
    decision = rules.decide(Answer(status), attempt=1, now=NOW, jitter=0)
    assert (decision.state, decision.next_attempt_at) == (DeliveryState.PENDING, NOW + timedelta(seconds=5))


def test_schedule_takes_a_day_and_a_bit_and_then_ends() -> None:
    at, attempt = NOW, 1
    while True:
        decision = rules.decide(Answer(500), attempt=attempt, now=at, jitter=0)
        if decision.next_attempt_at is None:
            break
        at, attempt = decision.next_attempt_at, attempt + 1
    assert (decision.state, attempt) == (DeliveryState.EXHAUSTED, 8)
    assert at - NOW == timedelta(hours=27, minutes=35, seconds=5)


@given(st.floats(0, 1, exclude_max=True), st.integers(1, 7))
def test_jitter_only_stretches_and_at_most_by_a_tenth(jitter: float, attempt: int) -> None:
    at = rules.decide(Answer(500), attempt=attempt, now=NOW, jitter=jitter).next_attempt_at
    assert at is not None
    delay = rules.RETRY_DELAYS[attempt - 1]
    assert delay <= at - NOW <= delay * 1.1 + timedelta(milliseconds=1)


def test_gone_disables() -> None:
    decision = rules.decide(Answer(410), attempt=1, now=NOW, jitter=0)
    assert (decision.state, decision.disable) == (DeliveryState.DISABLED, True)


@pytest.mark.parametrize(
    ("status", "asked", "attempt", "wait"),
    [
        (429, timedelta(seconds=60), 1, timedelta(seconds=60)),
        (503, timedelta(seconds=60), 1, timedelta(seconds=60)),
        (429, timedelta(seconds=60), 2, timedelta(minutes=5)),  # the schedule's own delay is longer
        (429, timedelta(days=30), 1, timedelta(hours=24)),  # nobody is silenced for ever
        (500, timedelta(seconds=60), 1, timedelta(seconds=5)),  # not a wish to wait
    ],
)
def test_retry_after_is_honoured(status: int, asked: timedelta, attempt: int, wait: timedelta) -> None:
    decision = rules.decide(Answer(status, retry_after=asked), attempt=attempt, now=NOW, jitter=0)
    assert decision.next_attempt_at == NOW + wait
    assert (decision.pause_until is not None) == (status != 500)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("120", timedelta(seconds=120)),
        (" 0 ", timedelta(0)),
        ("Tue, 10 Nov 2026 01:02:00 GMT", timedelta(minutes=2)),
        ("Tue, 10 Nov 2026 00:00:00 GMT", timedelta(0)),  # already past
        ("soon", None),
        ("-5", None),
        ("99999999999", None),
    ],
)
def test_retry_after_header(header: str | None, expected: timedelta | None) -> None:
    assert rules.parse_retry_after(header, NOW) == expected


@given(st.binary(max_size=300), st.text("0123456789abcdef-", min_size=1, max_size=36))
def test_each_secret_signs_as_the_standard_says(body: bytes, message_id: str) -> None:
    secret, old = signing.new_secret(), signing.new_secret()
    at = datetime.now(UTC)
    text = body.hex()
    headers = signing.headers([secret, old], message_id, at, text.encode())
    signed = f"{message_id}.{headers['webhook-timestamp']}.{text}".encode()
    assert headers["webhook-signature"].split(" ") == [
        "v1," + base64.b64encode(hmac.digest(base64.b64decode(each.removeprefix("whsec_")), signed, "sha256")).decode()
        for each in (secret, old)
    ]


def test_secret_has_the_length_that_the_standard_asks_for() -> None:
    assert 24 <= len(base64.b64decode(signing.new_secret().removeprefix("whsec_"))) <= 64


PRODUCTION = TargetPolicy(
    ["hooks.health.example", "*.county.example", "10.20.0.0/16", "fd12:3456::/32", "203.0.113.7"],
    deny=["10.20.9.0/24"],
    is_embedded=False,
)
EMBEDDED = TargetPolicy([], is_embedded=True)


def verdict(policy: TargetPolicy, url: str, *addresses: str) -> str:
    """Give 'ok' or the code of the refusal, for a URL whose host resolves to `addresses`."""
    try:
        target = policy.check_url(url)
        if target.literal is None:
            policy.check_addresses(target.host, [ipaddress.ip_address(text) for text in addresses])
    except TargetForbidden as error:
        return error.reason
    return "ok"


@pytest.mark.parametrize(
    ("url", "addresses", "expected"),
    [
        # allowed by name, wherever it is; by network; by address
        ("https://hooks.health.example/x", ["10.1.1.1"], "ok"),
        ("https://HOOKS.health.example./x", ["203.0.113.1"], "ok"),
        ("https://a.county.example:8443/x", ["192.168.1.1"], "ok"),
        ("https://anything.example/x", ["10.20.3.4"], "ok"),
        ("https://10.20.3.4/x", [], "ok"),
        ("https://[fd12:3456::1]/x", [], "ok"),
        ("https://203.0.113.7/x", [], "ok"),
        # not on the list
        ("https://county.example/x", ["10.1.1.1"], "host.not_allowed"),
        ("https://evilcounty.example/x", ["10.1.1.1"], "host.not_allowed"),
        ("https://hooks.health.example.evil.example/x", ["203.0.113.1"], "host.not_allowed"),
        ("https://anything.example/x", ["10.21.0.1"], "host.not_allowed"),
        ("https://10.21.0.1/x", [], "host.not_allowed"),
        ("https://8.8.8.8/x", [], "host.not_allowed"),
        ("https://anything.example/x", ["10.20.3.4", "8.8.8.8"], "host.not_allowed"),
        # denied whatever the list says
        ("https://hooks.health.example/x", ["169.254.169.254"], "address.denied"),
        ("https://hooks.health.example/x", ["10.1.1.1", "169.254.1.1"], "address.denied"),
        ("https://hooks.health.example/x", ["127.0.0.1"], "address.denied"),
        ("https://hooks.health.example/x", ["127.8.9.1"], "address.denied"),
        ("https://hooks.health.example/x", ["::1"], "address.denied"),
        ("https://hooks.health.example/x", ["::ffff:127.0.0.1"], "address.denied"),
        ("https://hooks.health.example/x", ["::ffff:169.254.169.254"], "address.denied"),
        ("https://hooks.health.example/x", ["64:ff9b::a9fe:a9fe"], "address.denied"),
        ("https://hooks.health.example/x", ["2002:7f00:1::"], "address.denied"),
        ("https://hooks.health.example/x", ["::7f00:1"], "address.denied"),
        ("https://hooks.health.example/x", ["2001:0:1::1"], "address.denied"),
        ("https://hooks.health.example/x", ["fe80::1"], "address.denied"),
        ("https://hooks.health.example/x", ["fd00:ec2::254"], "address.denied"),
        ("https://hooks.health.example/x", ["100.100.100.200"], "address.denied"),
        ("https://hooks.health.example/x", ["168.63.129.16"], "address.denied"),
        ("https://hooks.health.example/x", ["0.0.0.0"], "address.denied"),  # noqa: S104 - a target
        ("https://hooks.health.example/x", ["0.1.2.3"], "address.denied"),
        ("https://hooks.health.example/x", ["255.255.255.255"], "address.denied"),
        ("https://hooks.health.example/x", ["224.0.0.1"], "address.denied"),
        ("https://hooks.health.example/x", ["::"], "address.denied"),
        ("https://hooks.health.example/x", ["ff02::1"], "address.denied"),
        ("https://10.20.9.9/x", [], "address.denied"),  # our own network, inside an allowed one
        ("https://169.254.169.254/latest/meta-data", [], "address.denied"),
        ("https://[::ffff:169.254.169.254]/x", [], "address.denied"),
        ("https://hooks.health.example/x", [], "host.unresolved"),
        # what resolvers take for an address is judged by what it resolves to
        ("https://2130706433/x", ["127.0.0.1"], "address.denied"),
        ("https://0x7f.1/x", ["127.0.0.1"], "address.denied"),
        # the URL itself
        ("http://hooks.health.example/x", ["10.1.1.1"], "url.scheme"),
        ("https://hooks.health.example:22/x", ["10.1.1.1"], "url.port"),
        ("https://user:pw@hooks.health.example/x", ["10.1.1.1"], "url.credentials"),
        ("https://hooks.health.example@evil.example/x", ["8.8.8.8"], "url.credentials"),
        ("https://hooks.health.example/x#y", ["10.1.1.1"], "url.fragment"),
        ("ftp://hooks.health.example/x", ["10.1.1.1"], "url.malformed"),
        ("file:///etc/passwd", [], "url.malformed"),
        ("gopher://10.20.0.1/x", [], "url.malformed"),
        ("hooks.health.example/x", [], "url.malformed"),
        ("https:///x", [], "url.malformed"),
        ("", [], "url.malformed"),
        ("https://hooks.health.example/" + "x" * 2100, ["10.1.1.1"], "url.too_long"),
    ],
)
def test_production_targets(url: str, addresses: list[str], expected: str) -> None:
    assert verdict(PRODUCTION, url, *addresses) == expected


@pytest.mark.parametrize(
    ("url", "addresses", "expected"),
    [
        ("http://127.0.0.1:8099/hook", [], "ok"),
        ("http://localhost:8099/hook", ["127.0.0.1", "::1"], "ok"),
        ("http://[::1]:8099/hook", [], "ok"),
        ("http://10.0.0.1/hook", [], "host.not_allowed"),
        ("http://169.254.169.254/latest", [], "address.denied"),
        ("http://0.0.0.0/hook", [], "address.denied"),
        ("http://printer.local/hook", ["192.168.0.9"], "host.not_allowed"),
    ],
)
def test_embedded_mode_allows_loopback_and_nothing_else(url: str, addresses: list[str], expected: str) -> None:
    assert verdict(EMBEDDED, url, *addresses) == expected


@pytest.mark.parametrize("entry", ["https://x.example", "a b", "x.example:443", "a.*.example", "", "10.0.0.0/99"])
def test_allow_list_entry_that_means_nothing_is_refused_at_start(entry: str) -> None:
    with pytest.raises(ValueError, match="not a host or network"):
        TargetPolicy([entry], is_embedded=False)


@given(st.ip_addresses(v=4), st.booleans())
def test_wrapping_an_ipv4_address_in_ipv6_changes_no_verdict(address: Any, is_listed: bool) -> None:
    policy = TargetPolicy(["10.0.0.0/8"] if is_listed else ["192.168.0.0/16"], is_embedded=False)
    plain = verdict(policy, "https://host.example/", str(address))
    assert verdict(policy, "https://host.example/", f"::ffff:{address}") == plain
    nat64 = ipaddress.IPv6Address(int(ipaddress.IPv6Address("64:ff9b::")) | int(address))
    assert verdict(policy, "https://host.example/", str(nat64)) == plain
