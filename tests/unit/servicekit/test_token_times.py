"""A clock that jumps: a token is good in the minutes that it names, by the clock of whoever looks, and in no others."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx
import pytest

from servicekit.auth import InvalidToken
from servicekit.verifier import TokenVerifier, Validity
from serving import TEST_ISSUERS, IssuerForTests

HOUR_S = 3600.0
Step = Callable[[float], None]


@pytest.fixture
def step(monkeypatch: pytest.MonkeyPatch) -> Step:
    """Move the wall clock by seconds from where it really is; the monotonic one stays."""
    real = time.time

    def move(by_s: float) -> None:
        monkeypatch.setattr("servicekit.verifier.time.time", lambda: real() + by_s)

    return move


async def test_a_step_of_the_clock_lends_a_token_no_time(step: Step) -> None:
    """Also one that was verified before the step, whose answer is remembered."""
    issuer = IssuerForTests()
    verifier = TokenVerifier(TEST_ISSUERS, client=httpx.AsyncClient(transport=issuer.transport()))
    known, unknown = issuer.token(client_id="known"), issuer.token(client_id="unknown")
    assert (await verifier.verify(known)).client_id == "known"
    for by_s in (HOUR_S, -HOUR_S, 2 * HOUR_S, -2 * HOUR_S):
        step(by_s)
        for token in (known, unknown):
            with pytest.raises(InvalidToken):
                await verifier.verify(token)
    step(0)
    assert (await verifier.verify(known)).client_id == "known", "it recovers with the clock"
    assert (await verifier.verify(unknown)).client_id == "unknown"


async def test_clocks_of_two_machines_may_differ_a_little(step: Step) -> None:
    issuer = IssuerForTests()
    verifier = TokenVerifier(TEST_ISSUERS, client=httpx.AsyncClient(transport=issuer.transport()))
    token = issuer.token(expires_in_s=300)
    for by_s in (-20.0, 0.0, 310.0):
        step(by_s)
        assert (await verifier.verify(token)).client_id == "test-client"
    for by_s in (-60.0, 360.0):
        step(by_s)
        with pytest.raises(InvalidToken):
            await verifier.verify(token)


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 10},
        {"iat": 0},
        {"iat": None, "exp": 10},
        {"iat": True, "exp": 10},
        {"iat": "0", "exp": 10},
        {"iat": float("nan"), "exp": 10},
        {"iat": 10**400, "exp": 10},
        {"iat": 0, "nbf": "x", "exp": 10},
    ],
    ids=str,
)
def test_a_token_says_when_it_is_good(claims: dict[str, object]) -> None:
    """RFC 9068 2.2: `iat` and `exp` are required."""
    with pytest.raises(InvalidToken):
        Validity.of(claims)


def test_a_stream_ends_with_its_token_and_not_half_a_minute_later() -> None:
    validity = Validity.of({"iat": 1000, "exp": 1600})
    assert validity.holds_at(1599, beyond_s=0)
    assert not validity.holds_at(1600, beyond_s=0)
    assert validity.holds_at(1600)
    assert not validity.holds_at(1000 - HOUR_S, beyond_s=0), (
        "nor does it go on for an hour by a clock that stepped back"
    )
