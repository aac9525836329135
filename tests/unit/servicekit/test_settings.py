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
    "database_url": "postgresql://probe:9sdf7sd9f8@db/probe",
    "bus_url": "kafka:broker:9092",
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
        {"database_url": "postgresql://probe:postgres@db/probe"},
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
