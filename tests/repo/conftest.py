"""The four services' apps, built without a database, a bus or a network."""

from __future__ import annotations

import importlib
import importlib.util
import os
import secrets
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from fastapi import FastAPI

from servicekit.settings import ServiceSettings

ROOT = Path(__file__).resolve().parents[2]
URL = "http://127.0.0.1:1"
DATABASE = "postgresql://nobody:unused@127.0.0.1:1/none"


def settings_class(service: str) -> type[ServiceSettings]:
    """The one class that reads a service's environment."""
    module = importlib.import_module(f"{service}.settings")
    found = [
        item
        for item in vars(module).values()
        if isinstance(item, type) and issubclass(item, ServiceSettings) and item.__module__ == module.__name__
    ]
    assert len(found) == 1, f"{service}.settings has {len(found)} settings classes"
    return found[0]


def settings_of(service: str, folder: Path) -> ServiceSettings:
    """Settings with throw-away secrets: enough to build the app, nothing is connected."""
    kind_of_settings = settings_class(service)
    values: dict[str, Any] = {
        "mode": "embedded",
        "database_url": DATABASE,
        "bus_url": f"embedded:{DATABASE}",
        "data_dir": folder,
    }
    for name, field in kind_of_settings.model_fields.items():
        if name in values or not field.is_required():
            continue
        kind = str(field.annotation)
        if "SecretStr" in kind:
            algorithm = kind_of_settings.ALGORITHMS.get(name)
            key = b64encode(secrets.token_bytes(32)).decode()
            values[name] = f"{algorithm}:{key}" if algorithm else key
        elif "dict" in kind:
            values[name] = dict.fromkeys(("registry", "sharing", "alerts"), URL)
        else:
            values[name] = folder if "Path" in kind else URL
    settings: ServiceSettings = kind_of_settings(**values)
    return settings


@pytest.fixture
def app_of(tmp_path: Path) -> Callable[[str], FastAPI]:
    """Build the app of a service by name."""

    def build(service: str) -> FastAPI:
        app: FastAPI = importlib.import_module(f"{service}.app").create_app(settings_of(service, tmp_path))
        return app

    return build


@pytest.fixture
def settings_class_of() -> Callable[[str], type[ServiceSettings]]:
    """Give the settings class of a service by name."""
    return settings_class


@pytest.fixture(scope="session")
def manifests() -> ModuleType:
    """scripts/manifests.py."""
    spec = importlib.util.spec_from_file_location("bangfu_scripts_manifests", ROOT / "scripts" / "manifests.py")
    assert spec is not None
    assert spec.loader is not None
    manifests = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(manifests)
    return manifests


@pytest.fixture(scope="session")
def render(manifests: ModuleType) -> Callable[[Path], list[dict[str, Any]]]:
    """Give the resources of a kustomization, as `kubectl apply -k` would send them."""

    def resources(folder: Path) -> list[dict[str, Any]]:
        try:
            return list(yaml.safe_load_all(manifests.render(folder)))
        except manifests.ToolMissingError as missing:
            if os.environ.get("CI") == "true":
                pytest.fail(str(missing))
            pytest.skip(str(missing))

    return resources


@pytest.fixture(scope="session")
def overlays(manifests: ModuleType, render: Callable[[Path], list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """The resources of each Kubernetes overlay."""
    return {folder.name: render(folder) for folder in manifests.overlays()}
