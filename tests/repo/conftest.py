"""The four services' apps, built without a database, a bus or a network."""

from __future__ import annotations

import importlib
import secrets
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from servicekit.settings import ServiceSettings

URL = "http://127.0.0.1:1"
DATABASE = "postgresql://nobody:unused@127.0.0.1:1/none"


def settings_of(service: str, folder: Path) -> ServiceSettings:
    """Settings with throw-away secrets: enough to build the app, nothing is connected."""
    module = importlib.import_module(f"{service}.settings")
    found = [
        item
        for item in vars(module).values()
        if isinstance(item, type) and issubclass(item, ServiceSettings) and item.__module__ == module.__name__
    ]
    assert len(found) == 1, f"{service}.settings has {len(found)} settings classes"
    values: dict[str, Any] = {
        "mode": "embedded",
        "database_url": DATABASE,
        "bus_url": f"embedded:{DATABASE}",
        "data_dir": folder,
    }
    for name, field in found[0].model_fields.items():
        if name in values or not field.is_required():
            continue
        kind = str(field.annotation)
        if "SecretStr" in kind:
            values[name] = b64encode(secrets.token_bytes(32)).decode()
        elif "dict" in kind:
            values[name] = dict.fromkeys(("registry", "sharing", "alerts"), URL)
        else:
            values[name] = folder if "Path" in kind else URL
    settings: ServiceSettings = found[0](**values)
    return settings


@pytest.fixture
def app_of(tmp_path: Path) -> Callable[[str], FastAPI]:
    """Build the app of a service by name."""

    def build(service: str) -> FastAPI:
        app: FastAPI = importlib.import_module(f"{service}.app").create_app(settings_of(service, tmp_path))
        return app

    return build
