"""What of a person's token is looked at with each request."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.access.verifier import Caller, GatewayVerifier, Revocations
from gateway.people.problems import SessionElsewhere
from gateway.people.sessions import Sessions
from servicekit.auth import Principal
from servicekit.settings import Issuer

OWN = Issuer(issuer="https://api.test", jwks_url="https://api.test/jwks", names_people=True)
KEY = b"k" * 32
NOT_USED: Any = None  # neither keys nor database are asked here


def caller(*, session: str | None = None, version: int | None = 3, person: str | None = "p-1") -> Caller:
    principal = Principal(client_id="town-app", person=person)
    return Caller(principal, OWN.issuer, 1, roster_version=version, token_id="jti-1", session=session)


def verifier(sessions: Sessions) -> GatewayVerifier:
    return GatewayVerifier(OWN, [], NOT_USED, NOT_USED, sessions)


def test_a_session_is_looked_at_where_the_county_binds_them() -> None:
    bound = caller(session=Sessions([KEY]).bound("jti-1", "10.0.0.1"))
    verifier(Sessions([KEY])).check_session(bound, "10.0.0.1")
    with pytest.raises(SessionElsewhere):
        verifier(Sessions([KEY])).check_session(bound, "10.0.0.2")
    verifier(Sessions([KEY], is_on=False)).check_session(bound, "10.0.0.2")
    verifier(Sessions([KEY])).check_session(caller(), "10.0.0.2")  # of before the county bound them


@pytest.mark.parametrize(
    ("known", "version", "person", "is_refused"),
    [
        ({}, 3, "p-1", False),
        ({"p-1": 3}, 3, "p-1", False),
        ({"p-1": 3}, 4, "p-1", False),  # this process has not read the newer one yet
        ({"p-1": 4}, 3, "p-1", True),
        ({"p-1": 2}, None, "p-1", True),
        ({"p-2": 4}, 3, "p-1", False),
        ({"p-1": 4}, None, None, False),
    ],
)
def test_a_token_of_an_older_roster_is_refused(
    known: dict[str, int], version: int | None, person: str | None, is_refused: bool
) -> None:
    revocations = Revocations(NOT_USED)
    revocations._versions = known
    assert revocations.refuses(caller(version=version, person=person)) is is_refused
