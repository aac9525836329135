"""Which keys a backup needs, told by fingerprints that give nothing of the key away."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

from pydantic import SecretStr

from servicekit.settings import ServiceSettings

_LABEL = b"bangfu backup key fingerprint 1"
_SECRETS = Path("/run/secrets")


def fingerprint(key: str) -> str:
    """16 hex digits of an HMAC under the key: equal keys, equal fingerprints; random keys cannot be told from it."""
    return hmac.new(key.encode(), _LABEL, hashlib.sha256).hexdigest()[:16]


def from_environment(service: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Fingerprints of the keys that a service's settings name, from its variables or files in /run/secrets.

    Current and retired keys alike: old values need the old ones.
    """
    found: dict[str, str] = {}
    for name in _key_settings(service):
        variable = f"{service}_{name}".upper()
        text = environment.get(variable) or _secret_file(variable)
        for number, key in enumerate(_strings(text) if text else ()):
            found[variable if number == 0 else f"{variable}[{number}]"] = fingerprint(key)
    return found


def _key_settings(service: str) -> Iterator[str]:
    """Names of the settings that hold keys: everything secret but the two URLs."""
    module = import_module(f"{service}.settings")
    for item in vars(module).values():
        if isinstance(item, type) and issubclass(item, ServiceSettings) and item.__module__ == module.__name__:
            for name, field in item.model_fields.items():
                if SecretStr.__name__ in str(field.annotation) and name not in ("database_url", "bus_url"):
                    yield name


def _secret_file(variable: str) -> str | None:
    for name in (variable, variable.lower()):
        path = _SECRETS / name
        if path.is_file() and os.access(path, os.R_OK):
            return path.read_text(encoding="utf-8").strip()
    return None


def _strings(text: str) -> Iterator[str]:
    """The keys in a setting: itself, or the strings of a JSON list or object."""
    if text[0] not in "[{":
        yield text
        return
    stack = [json.loads(text)]
    while stack:
        value = stack.pop(0)
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            stack.extend(value)
        elif isinstance(value, dict):
            stack.extend(value.values())
