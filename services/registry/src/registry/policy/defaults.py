"""The national default profile that ships with the code (`national.toml`)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from importlib.resources import files

from registry.policy.rules import PARAMETERS, Value, read_parameters


@dataclass(frozen=True)
class ShippedProfile:
    """A profile as data: values and the source of each."""

    region: str
    effective_from: date
    source_document: str
    parameters: dict[str, Value]
    sources: dict[str, str]


def national_profile() -> ShippedProfile:
    """Read the shipped profile.

    Raises:
        ValueError: if a parameter is missing, unknown or without a source: a number without a source is a bug.
    """
    data = tomllib.loads((files("registry.policy") / "national.toml").read_text(encoding="utf-8"))
    raw: dict[str, str] = {}
    sources: dict[str, str] = {}
    for group, entries in data.items():
        if isinstance(entries, dict):
            for name, entry in entries.items():
                raw[f"{group}.{name}"] = entry["value"]
                sources[f"{group}.{name}"] = entry["source"]
    values, faults = read_parameters(raw)
    missing = PARAMETERS.keys() - values.keys()
    unsourced = [name for name, source in sources.items() if not source.strip()]
    if faults or missing or unsourced:
        raise ValueError(f"national.toml: faults {faults}, missing {sorted(missing)}, without source {unsourced}")
    return ShippedProfile(data["region"], data["effective_from"], data["source_document"], values, sources)
