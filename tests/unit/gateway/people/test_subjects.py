"""Which tokens of a person's issuer are taken, and what a session is bound to."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from gateway.people.declared import PeopleIssuer
from gateway.people.issuers import _jwks_uri
from gateway.people.reasons import Reason
from gateway.people.sessions import Sessions, network_of
from gateway.people.subject import Subject, subject_of

NOW = 1_800_000_000.0
PLAIN: dict[str, Any] = {"issuer": "https://idp.test/realms/county", "client_ids": ["bangfu-app"]}
RFC_9068 = PeopleIssuer(**PLAIN)
KEYCLOAK = PeopleIssuer(**PLAIN, token_types=["JWT"])
WITH_ID = PeopleIssuer(**PLAIN, token_types=["JWT", "ID"])
CLAIMS: dict[str, Any] = {
    "iss": PLAIN["issuer"], "sub": "u-1", "aud": "bangfu-app", "azp": "bangfu-app", "exp": NOW + 300, "iat": NOW,
}  # fmt: skip


def judged(header: dict[str, Any] | None = None, declared: PeopleIssuer = RFC_9068, **claims: Any) -> Subject | Reason:
    given = {name: value for name, value in (CLAIMS | claims).items() if value is not None}
    return subject_of({"typ": "at+jwt"} if header is None else header, given, declared, NOW)


def test_an_access_token_of_rfc_9068_names_the_account() -> None:
    assert judged() == Subject(PLAIN["issuer"], "u-1", NOW + 300, True)
    assert isinstance(judged({"typ": "application/at+JWT"}), Subject)


@pytest.mark.parametrize(
    ("header", "declared", "claims", "is_taken"),
    [
        ({"typ": "JWT"}, RFC_9068, {}, False),
        ({}, RFC_9068, {}, False),
        ({"typ": 7}, RFC_9068, {}, False),
        ({"typ": "at+jwt"}, RFC_9068, {"typ": "ID"}, False),
        ({"typ": "JWT"}, KEYCLOAK, {"typ": "Bearer"}, True),
        ({"typ": "JWT"}, KEYCLOAK, {"typ": "ID"}, False),
        ({"typ": "JWT"}, KEYCLOAK, {"typ": "Refresh"}, False),
        ({"typ": "JWT"}, KEYCLOAK, {"typ": ["Bearer"]}, False),
        ({"typ": "JWT"}, KEYCLOAK, {"scope": "openid"}, True),
        ({"typ": "JWT"}, KEYCLOAK, {"client_id": "bangfu-app"}, True),
        # Nothing says that it is an access token: then it is none.
        ({"typ": "JWT"}, KEYCLOAK, {}, False),
        ({"typ": "JWT"}, KEYCLOAK, {"scope": "openid", "nonce": "n"}, False),
        ({"typ": "JWT"}, KEYCLOAK, {"scope": "openid", "at_hash": "h"}, False),
        ({"typ": "JWT"}, WITH_ID, {"typ": "ID"}, True),
        ({"typ": "JWT"}, WITH_ID, {"nonce": "n"}, True),
        ({"typ": "logout+jwt"}, WITH_ID, {"typ": "ID"}, False),
    ],
)
def test_id_tokens_are_taken_only_where_the_operator_said_so(
    header: dict[str, Any], declared: PeopleIssuer, claims: dict[str, Any], is_taken: bool
) -> None:
    found = judged(header, declared, **claims)
    assert isinstance(found, Subject) if is_taken else found is Reason.TYPE


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"aud": "account", "azp": "other"}, Reason.AUDIENCE),
        ({"aud": None, "azp": None}, Reason.AUDIENCE),
        ({"aud": [7, {}], "azp": None}, Reason.AUDIENCE),
        ({"exp": NOW}, Reason.EXPIRED),
        ({"exp": None}, Reason.EXPIRED),
        ({"exp": "soon"}, Reason.EXPIRED),
        ({"exp": True}, Reason.EXPIRED),
        ({"exp": float("nan")}, Reason.EXPIRED),
        ({"exp": 10**400}, Reason.EXPIRED),
        ({"nbf": NOW + 60}, Reason.EXPIRED),
        ({"iat": NOW + 60}, Reason.EXPIRED),
        ({"sub": None}, Reason.ACCOUNT),
        ({"sub": ""}, Reason.ACCOUNT),
        ({"sub": ["u-1"]}, Reason.ACCOUNT),
        ({"sub": "u\n1"}, Reason.ACCOUNT),
        ({"sub": "x" * 256}, Reason.ACCOUNT),
    ],
)
def test_what_is_wrong_with_a_token_is_told_by_a_reason(claims: dict[str, Any], reason: Reason) -> None:
    assert judged(**claims) is reason


@pytest.mark.parametrize("claims", [{"aud": ["account", "bangfu-app"], "azp": None}, {"aud": "account"}])
def test_one_name_of_ours_among_audience_and_party_is_enough(claims: dict[str, Any]) -> None:
    assert isinstance(judged(**claims), Subject)


def test_another_claim_may_hold_the_account() -> None:
    found = judged(declared=PeopleIssuer(**PLAIN, subject_claim="employee_no"), employee_no="0101")
    assert isinstance(found, Subject)
    assert found.account == "0101"


@pytest.mark.parametrize(
    ("declared", "claims", "has"),
    [
        ({"acr_values": ["gold"]}, {"acr": "gold"}, True),
        ({"acr_values": ["gold"]}, {"acr": "1"}, False),
        ({"acr_values": ["gold"]}, {}, False),
        ({"amr_values": ["otp", "hwk"]}, {"amr": ["pwd", "otp"]}, True),
        ({"amr_values": ["otp"]}, {"amr": ["pwd"]}, False),
        ({"amr_values": ["otp"]}, {"amr": "otp"}, False),
        ({"acr_values": ["gold"], "amr_values": ["otp"]}, {"acr": "gold"}, False),
    ],
)
def test_the_second_factor_is_what_the_issuer_says(declared: dict[str, Any], claims: dict[str, Any], has: bool) -> None:
    found = judged(declared=PeopleIssuer(**PLAIN, **declared), **claims)
    assert isinstance(found, Subject)
    assert found.has_second_factor is has


@pytest.mark.parametrize(
    "changes",
    [
        {"client_ids": []},
        {"issuer": "idp.test"},
        {"algorithms": ["HS256"]},
        {"algorithms": ["none"]},
        {"algorithms": []},
        {"token_types": []},
        {"jwks_url": "https://idp.test/keys"},
    ],
    ids=str,
)
def test_a_declaration_that_would_let_anybody_in_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PeopleIssuer(**(PLAIN | changes))


def test_keys_come_from_the_issuer_itself_and_as_closed_as_its_metadata() -> None:
    good = {"issuer": PLAIN["issuer"], "jwks_uri": "https://idp.test/keys"}
    assert _jwks_uri(good, RFC_9068) == "https://idp.test/keys"
    for bad in ({"issuer": "https://idp.test/realms/other"}, {"jwks_uri": "http://idp.test/keys"}, {"jwks_uri": 7}):
        with pytest.raises(ValueError):  # noqa: PT011 - whatever is wrong, the metadata are not taken
            _jwks_uri(good | bad, RFC_9068)


def test_a_session_holds_from_its_own_source_and_with_a_key_that_is_being_retired() -> None:
    old, new = b"o" * 32, b"n" * 32
    bound = Sessions([old]).bound("jti-1", "10.1.2.3")
    rotated = Sessions([new, old])
    assert rotated.holds(bound, "jti-1", "10.1.2.3")
    assert rotated.holds(bound, "jti-1", "::ffff:10.1.2.3")
    assert not rotated.holds(bound, "jti-1", "10.1.2.4")
    assert not rotated.holds(bound, "jti-2", "10.1.2.3")
    assert not Sessions([new]).holds(bound, "jti-1", "10.1.2.3")
    assert "10.1.2.3" not in bound


def test_a_machine_may_change_its_address_within_its_network_of_ipv6() -> None:
    assert network_of("2001:db8:1:2:aaaa::1") == network_of("2001:db8:1:2:bbbb::2") == "2001:db8:1:2::/64"
    assert network_of("2001:db8:1:3::1") != network_of("2001:db8:1:2::1")
    assert network_of("unknown") == "unknown"
