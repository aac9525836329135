"""Settings of production."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from alerts.settings import AlertsSettings


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"secret_key": "short"}, "secret_key"),
        ({"secret_key": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}, "secret_key"),  # thirty-two zero bytes
        ({"database_url": "postgresql://alerts:postgres@db/alerts?sslmode=verify-full"}, "its password"),
    ],
)
def test_production_refuses_weak_secrets(changes: dict[str, str], cause: str) -> None:
    values = {
        "database_url": "postgresql://alerts:Zr8-a-real-one@db/alerts?sslmode=verify-full",
        "bus_url": "kafka://alerts@broker:9093?password_file=/run/p&ca_file=/run/ca",
        "secret_key": "aW50ZWdyYXRpb24tdGVzdC1rZXktMzItYnl0ZXMhISE=",
    }
    AlertsSettings.model_validate(values)
    with pytest.raises(ValidationError, match=cause):
        AlertsSettings.model_validate(values | changes)
