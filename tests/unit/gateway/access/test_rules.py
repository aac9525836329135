"""Credentials, secrets, scopes, keys and areas of clients."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey

from gateway.access import problems, rules


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


def test_credentials_are_read_from_exactly_one_place() -> None:
    assert rules.credentials_of(basic("a%2Eb:s%3At"), {}) == rules.Credentials("a.b", secret="s:t")
    assert rules.credentials_of(None, {"client_id": "a", "client_secret": "s"}) == rules.Credentials("a", secret="s")
    form = {"client_assertion": "x", "client_assertion_type": rules.ASSERTION_TYPE}
    assert rules.credentials_of(None, form) == rules.Credentials(None, assertion="x")
    for authorization, given in (
        (None, {}),
        (basic("a:s"), {"client_secret": "s"}),
        (basic("a:s"), {"client_id": "b"}),
        ("Bearer x", {}),
        ("Basic !!!", {}),
        (basic("no-colon"), {}),
        (None, {"client_assertion": "x", "client_assertion_type": "other"}),
        (None, {"client_secret": "s"} | form),
    ):
        with pytest.raises(problems.OAuthProblem):
            rules.credentials_of(authorization, given)


def test_secret_matches_only_its_own_hash() -> None:
    secret = rules.new_secret()
    assert len(base64.urlsafe_b64decode(secret.removeprefix("bfs_") + "=")) * 8 == 256
    assert rules.matches(secret, [None, rules.hash_of(secret)])
    assert not rules.matches(secret, [rules.hash_of(rules.new_secret()), None])
    assert not rules.matches("", [None])


def test_scope_of_a_token_is_never_more_than_the_clients() -> None:
    assert rules.granted_scope(None, ["b:x", "a:x"]) == "a:x b:x"
    assert rules.granted_scope(" a:x  a:x", ["b:x", "a:x"]) == "a:x"
    with pytest.raises(problems.InvalidScope):
        rules.granted_scope("a:x c:x", ["a:x"])


EC = ECKey.generate_key("P-256", private=False).as_dict(private=False)
RSA = RSAKey.generate_key(2048, private=False).as_dict(private=False)
ED = OKPKey.generate_key("Ed25519", private=False).as_dict(private=False)


@pytest.mark.parametrize(
    "keys",
    [
        [],
        [EC | {"d": "secret"}],
        [{"kty": "oct", "k": "AAAA"}],
        [EC | {"crv": "secp256k1"}],
        [{"kty": "RSA", "n": "a" * 100, "e": "AQAB"}],
        [EC, EC],
        [EC | {"kid": "1"}, EC | {"kid": "1"}],
        [EC | {"kid": str(number)} for number in range(6)],
        [EC | {"x": "AAAA", "y": "AAAA"}],  # no point of the curve
        [EC | {"x": "A" * 43, "y": "A" * 43}],
        [EC | {"crv": ["P-256"]}],
        [EC | {"kid": ["a"]}, EC | {"kid": ["b"]}],
        [EC | {"kty": ["EC"]}],
        [EC | {"kty": None}],
        [EC | {"x": 5}],
        [{"kty": "EC", "crv": "P-256"}],
        [{"kty": "OKP", "crv": "Ed25519", "x": "a"}],
        [{"kty": "RSA", "n": "A" * 400, "e": "AQAB"}],
        [{"kty": "RSA", "n": {}, "e": []}],
    ],
)
def test_unfit_client_keys_are_refused(keys: list[dict[str, Any]]) -> None:
    assert rules.key_fault(keys)


CLAIMS = {"iss": "c", "sub": "c", "aud": "i", "exp": 100, "jti": "x" * 8}


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": [["i"]]}, {"aud": [{}]}, {"aud": {"i": 1}}, {"aud": None}, {"iss": ["c"]}, {"exp": float("nan")},
        {"exp": float("inf")}, {"exp": 10**400}, {"nbf": float("nan")}, {"iat": 10**400}, {"exp": True}, {"jti": ["x"]},
    ],
)  # fmt: skip
def test_claims_of_other_kinds_are_faults_and_no_errors(changes: dict[str, Any]) -> None:
    def fault(claims: dict[str, Any]) -> str | None:
        return rules.assertion_fault(claims, client_id="c", audiences=frozenset({"i"}), now_s=50.0)

    assert fault(CLAIMS) is None
    assert fault(CLAIMS | changes)


def test_fit_client_keys_are_taken() -> None:
    assert rules.key_fault([EC]) is None
    assert rules.key_fault([EC | {"kid": "1"}, ED | {"kid": "2"}, RSA | {"kid": "3"}]) is None


def test_nobody_grants_areas_beyond_their_own() -> None:
    assert rules.areas_beyond(["990101101000", "990102000000", "990100000000"], ["990101000000"]) == [
        "990102000000", "990100000000",
    ]  # fmt: skip
    assert rules.areas_beyond(["990101101000"], ["000000000000"]) == []
    assert rules.areas_beyond([], []) == []
