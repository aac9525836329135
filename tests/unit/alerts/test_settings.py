"""Settings of production."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from alerts.settings import AlertsSettings


@pytest.mark.parametrize(
    "changes",
    [
        {"secret_key": "short"},
        {"secret_key": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},  # thirty-two zero bytes
        {"database_url": "postgresql://alerts:postgres@db/alerts"},
    ],
)
def test_production_refuses_weak_secrets(changes: dict[str, str]) -> None:
    values = {
        "database_url": "postgresql://alerts:Zr8-a-real-one@db/alerts",
        "bus_url": "kafka:broker:9092",
        "secret_key": "aW50ZWdyYXRpb24tdGVzdC1rZXktMzItYnl0ZXMhISE=",
    }
    AlertsSettings.model_validate(values)
    with pytest.raises(ValidationError):
        AlertsSettings.model_validate(values | changes)
