"""Settings of production."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.settings import GatewaySettings

SETTINGS: dict[str, Any] = {
    "database_url": "postgresql://gateway:long-enough-password@db/gateway?sslmode=verify-full",
    "bus_url": "kafka://gateway@broker:9093?password_file=/run/p&ca_file=/run/ca",
    "issuer": "https://api.county.test",
    "upstreams": {"registry": "https://registry:8000"},
    "key_encryption_key": base64.b64encode(bytes(range(32))).decode(),
}
PEOPLE: dict[str, Any] = {"issuer": "https://id.county.test/realms/county", "client_ids": ["bangfu-app"]}


def test_people_sign_in_where_the_operator_says() -> None:
    settings = GatewaySettings(**(SETTINGS | {"people_issuers": [PEOPLE]}))
    [issuer] = settings.people_issuers
    assert issuer.discovery == "https://id.county.test/realms/county/.well-known/openid-configuration"
    assert settings.bind_sessions
    plain = {"people_issuers": [PEOPLE | {"issuer": "http://id.county.test"}], "allow_plaintext": ["issuers"]}
    assert GatewaySettings(**(SETTINGS | plain)).people_issuers


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
        {"sole_granters": ["admin"]},
        {"issuers": [{"issuer": "https://other.test", "jwks_url": "http://other.test/jwks"}]},
        {"issuers": [{"issuer": "https://o.test", "jwks_url": "https://o.test/jwks", "names_people": True}]},
        {"people_issuers": [PEOPLE | {"issuer": "http://id.county.test"}]},
        {"people_issuers": [PEOPLE | {"discovery_url": "http://id.county.test/discovery"}]},
        {"people_issuers": [PEOPLE, PEOPLE]},
        {"people_issuers": [PEOPLE | {"issuer": "https://api.county.test"}]},
        {"people_issuers": [PEOPLE | {"algorithms": ["HS256"]}]},
        {"database_url": "postgresql://gateway:postgres@db/gateway?sslmode=verify-full"},
        {"upstreams": {"registry": "http://registry:8000"}},
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
