"""Production refuses to start on missing or default secrets."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from servicekit.settings import ServiceSettings, key_bytes, service_config


class Settings(ServiceSettings):
    model_config = service_config("PROBE_")

    field_key: SecretStr


GOOD: dict[str, Any] = {
    "database_url": "postgresql://probe:9sdf7sd9f8@db/probe?sslmode=verify-full",
    "bus_url": "kafka://probe@broker:9093?password_file=/run/p&ca_file=/run/ca",
    "field_key": base64.b64encode(bytes(range(32))).decode(),
}


def test_a_complete_configuration_starts() -> None:
    assert Settings(**GOOD).mode == "production"


@pytest.mark.parametrize("missing", ["database_url", "bus_url", "field_key"])
def test_a_missing_value_is_named(missing: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings(**{name: value for name, value in GOOD.items() if name != missing})
    assert missing in str(caught.value)


@pytest.mark.parametrize(
    "bad",
    [
        {"field_key": "changeme"},
        {"field_key": base64.b64encode(bytes(32)).decode()},
        {"database_url": "postgresql://probe:postgres@db/probe?sslmode=verify-full"},
        {"clock_file": "/tmp/clock.json"},
    ],
)
def test_production_refuses_default_secrets_and_a_moved_clock(bad: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings(**(GOOD | bad))
    Settings(**(GOOD | bad), mode="embedded")
    assert "9sdf7sd9f8" not in str(caught.value)


def test_a_key_has_thirty_two_bytes() -> None:
    assert len(key_bytes(SecretStr(GOOD["field_key"]))) == 32
    with pytest.raises(ValueError, match="32 bytes"):
        key_bytes(SecretStr(base64.b64encode(b"short").decode()))


URL = "postgresql://probe:9sdf7sd9f8@db/probe"
KAFKA = "kafka://probe@broker:9093?password_file=/run/p&ca_file=/run/ca"


@pytest.mark.parametrize(
    ("bad", "channel"),
    [
        ({"database_url": URL}, "database"),
        *(({"database_url": f"{URL}?sslmode={mode}"}, "database") for mode in ("disable", "allow", "prefer")),
        ({"bus_url": "kafka:broker:9092"}, "bus"),
        ({"bus_url": "kafka://probe@broker:9093?password_file=/run/p"}, "bus"),
        ({"bus_url": "kafka:broker:9093?ca_file=/run/ca"}, "bus"),
        ({"bus_url": f"embedded:{URL}"}, "bus"),
        ({"issuers": [{"issuer": "https://x", "jwks_url": "http://x/j"}]}, "issuers"),
        ({"issuers": [{"issuer": "http://x", "jwks_url": "https://x/j"}]}, "issuers"),
    ],
)
def test_production_speaks_in_the_clear_only_where_a_setting_names_it(bad: dict[str, Any], channel: str) -> None:
    with pytest.raises(ValidationError, match="allow_plaintext"):
        Settings(**(GOOD | bad))
    others = {"database", "bus", "issuers", "services", "traces"} - {channel}
    with pytest.raises(ValidationError, match="allow_plaintext"):
        Settings(**(GOOD | bad), allow_plaintext=others)
    Settings(**(GOOD | bad), allow_plaintext=[channel])
    Settings(**(GOOD | bad), mode="embedded")


@pytest.mark.parametrize("variable", ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"])
def test_traces_leave_production_encrypted(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "https://collector:4318")
    Settings(**GOOD)
    monkeypatch.setenv(variable, "http://collector:4318")
    with pytest.raises(ValidationError, match=variable):
        Settings(**GOOD)
    Settings(**GOOD, allow_plaintext=["traces"])


@pytest.mark.parametrize(
    "password",
    ["", "123456", "12345678901", "probe", "Probe123", "password1", "Postgres!", "changeme", "aaaaaaaaaaaa", "abc"],
)
def test_weak_passwords_stop_production_whatever_is_allowed(password: str) -> None:
    everything = ["database", "bus", "issuers", "services", "traces"]
    for name, prefix in (("database_url", ""), ("bus_url", "embedded:")):
        url = f"{prefix}postgresql://probe:{password}@db/probe?sslmode=verify-full"
        with pytest.raises(ValidationError, match="password") as caught:
            Settings(**GOOD | {name: url}, allow_plaintext=everything)
        assert not password or f":{password}@" not in str(caught.value)


def test_proofs_other_than_a_password_start() -> None:
    for url in (
        "postgresql://probe@db/probe?sslmode=verify-full&sslcert=/run/c&sslkey=/run/k",
        "postgresql://probe@/probe?host=/run/postgresql",
    ):
        Settings(**GOOD | {"database_url": url})
