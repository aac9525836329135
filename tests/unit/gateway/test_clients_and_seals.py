"""Pure parts of authentication, of the audit chain, of the merged document, and the settings."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest
from openapi_spec_validator import validate
from pydantic import ValidationError

from gateway.access import rules
from gateway.audit.rules import GENESIS, Batch, ChainCheck, Seal, mac_key, seal
from gateway.portal.rules import merge, problems_of
from gateway.settings import GatewaySettings

KEY = mac_key(bytes(range(32)))


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
        with pytest.raises(rules.CredentialsError):
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
    with pytest.raises(rules.ScopeError):
        rules.granted_scope("a:x c:x", ["a:x"])


EC = {"kty": "EC", "crv": "P-256", "x": "a", "y": "b"}


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
    ],
)
def test_unfit_client_keys_are_refused(keys: list[dict[str, Any]]) -> None:
    assert rules.key_fault(keys)


def test_fit_client_keys_are_taken() -> None:
    assert rules.key_fault([EC]) is None
    assert rules.key_fault([EC | {"kid": "1"}, {"kty": "OKP", "crv": "Ed25519", "x": "a", "kid": "2"}]) is None


def test_nobody_grants_areas_beyond_their_own() -> None:
    assert rules.areas_beyond(["990101101000", "990102000000", "990100000000"], ["990101000000"]) == [
        "990102000000", "990100000000",
    ]  # fmt: skip
    assert rules.areas_beyond(["990101101000"], ["000000000000"]) == []
    assert rules.areas_beyond([], []) == []


def batch(seq: int, low: int, high: int) -> Batch:
    return Batch(
        seq, "2026-11-10T01:00:00.000000+00:00", low, high, high - low, "d" * 64, low, high, high - low, "e" * 64
    )


def chain() -> list[Seal]:
    seals: list[Seal] = []
    for number in range(1, 4):
        seals.append(seal(batch(number, number * 10 - 10, number * 10), seals[-1].hash if seals else GENESIS, KEY))
    return seals


def first_fault(stored: list[Seal], found: list[Batch] | None = None) -> str | None:
    check = ChainCheck(KEY)
    for index, item in enumerate(stored):
        fault = check.next(item, found[index] if found else item.batch)
        if fault:
            return f"{fault.what}@{fault.seq}"
    return None


def test_whole_chain_holds_and_every_change_breaks_it() -> None:
    seals = chain()
    whole = [item.batch for item in seals]
    assert first_fault(seals) is None
    assert first_fault([seals[0], seals[2]]) == "seal_missing@2"
    assert first_fault([seals[1], seals[0]]) == "seal_missing@1"
    other_key = [seals[0], seal(batch(2, 10, 20), seals[0].hash, bytes(32)), seals[2]]
    assert first_fault(other_key) == "seal_forged@2"
    remade = seal(replace(whole[1], entries_digest="f" * 64), seals[0].hash, KEY)
    assert first_fault([seals[0], remade, seals[2]], [whole[0], remade.batch, whole[2]]) == "chain_broken@3"
    for change, what in (
        ({"entries": 9}, "entry_deleted"),
        ({"entries": 11}, "entry_inserted"),
        ({"entries_digest": "0" * 64}, "entry_changed"),
        ({"outcomes": 9}, "outcome_deleted"),
        ({"outcomes_digest": "0" * 64}, "outcome_changed"),
    ):
        assert first_fault(seals, [whole[0], replace(whole[1], **change), whole[2]]) == f"{what}@2"


def document(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    answer = {
        "200": {"description": "x", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Out"}}}}
    }
    operation = {
        "operationId": "read",
        "x-bangfu-access": {"scope": f"{name}:read", "purpose": "p"},
        "responses": answer,
    }
    return {
        "openapi": "3.1.0", "info": {"title": name, "version": "1"},
        "paths": {f"/v1/{name}": {"get": operation, "post": {"responses": answer}}, "/livez": {"get": operation}},
        "components": {"schemas": {"Out": schema}},
    }  # fmt: skip


def test_same_names_of_different_schemas_are_told_apart() -> None:
    merged = merge(
        {"one": document("one", {"type": "string"}), "two": document("two", {"type": "integer"}),
         "three": document("three", {"type": "string"})},
        issuer="https://api.test", scopes={},
    )  # fmt: skip
    validate(merged)
    assert set(merged["components"]["schemas"]) == {"Out", "TwoOut"}
    content = merged["paths"]["/v1/two"]["get"]["responses"]["200"]["content"]["application/json"]
    assert content["schema"] == {"$ref": "#/components/schemas/TwoOut"}
    assert [merged["paths"][f"/v1/{name}"]["get"]["operationId"] for name in ("one", "two", "three")] == [
        "read", "two_read", "three_read",
    ]  # fmt: skip
    assert "post" not in merged["paths"]["/v1/one"]
    assert "/livez" not in merged["paths"]


def test_problems_are_collected_from_the_examples() -> None:
    value = {"code": "x.y", "title": "标题"}
    answers = {"404": {"content": {"application/problem+json": {"examples": {"x.y": {"value": value}, "<b>": {}}}}}}
    assert problems_of([{"paths": {"/v1/x": {"get": {"responses": answers}, "parameters": []}}}]) == {"x.y": value}


SETTINGS: dict[str, Any] = {
    "database_url": "postgresql://gateway:long-enough-password@db/gateway",
    "bus_url": "kafka:broker:9092",
    "issuer": "https://api.county.test",
    "upstreams": {"registry": "http://registry:8000"},
    "key_encryption_key": base64.b64encode(bytes(range(32))).decode(),
}


def test_production_settings_hold() -> None:
    assert GatewaySettings(**SETTINGS).token_ttl_s == 600


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "http://api.county.test"},
        {"issuer": "https://api.county.test/"},
        {"upstreams": {}},
        {"upstreams": {"registry": "registry:8000"}},
        {"upstreams": {"registry": "http://registry:8000/v1"}},
        {"key_encryption_key": base64.b64encode(bytes(16)).decode()},
        {"key_encryption_key": base64.b64encode(bytes(32)).decode()},
        {"key_encryption_key": "not base64"},
        {"token_ttl_s": 3600},
        {"token_ttl_s": 60},
        {"clock_file": "/tmp/clock.json"},
        {"issuers": [{"issuer": "https://other.test", "jwks_url": "http://other.test/jwks"}]},
        {"database_url": "postgresql://gateway:postgres@db/gateway"},
    ],
    ids=str,
)
def test_unsafe_production_settings_stop_the_start(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        GatewaySettings(**(SETTINGS | changes))


def test_secrets_do_not_show_in_the_settings_text() -> None:
    shown = repr(GatewaySettings(**SETTINGS))
    assert "long-enough-password" not in shown
    assert SETTINGS["key_encryption_key"] not in shown
