"""The shipped catalogue: one folder a dataset, loaded and checked once. Names of folders and files are the codes.

Folders without a `dataset.toml` hold what belongs to no dataset alone: `registry` what the register tells, `shared`
facts over several datasets or over the members of a household. They declare their facts in `facts.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any

from sharing.catalogue.assembly import REGISTRY, SHARED, Catalogue, Folder, build_catalogue
from sharing.catalogue.declaration import Dataset, FactDeclaration
from sharing.catalogue.fields import field_facts, with_fields
from sharing.catalogue.rules import RuleError

RULE_ID = re.compile(r"R-[A-Z]{3}-\w{1,8}")


def _folders() -> list[Traversable]:
    """Give the folders of the catalogue, by name."""
    folders = (entry for entry in files(__package__).iterdir() if entry.is_dir() and entry.name != "__pycache__")
    return sorted(folders, key=lambda entry: entry.name)


def _text(file: Traversable) -> str:
    return file.read_text(encoding="utf-8") if file.is_file() else ""


@cache
def load_datasets() -> Mapping[str, Dataset]:
    """Give every declared dataset by its code, ordered by code.

    Raises:
        ValueError: if a declaration is malformed.
    """
    declared = {folder.name: _text(folder.joinpath("dataset.toml")) for folder in _folders()}
    return MappingProxyType({code: _dataset(code, tomllib.loads(text)) for code, text in declared.items() if text})


def _dataset(code: str, declared: dict[str, Any]) -> Dataset:
    """Read a declaration; fields and values of an enum are tables by code, in their order."""
    fields = []
    for name, field in declared.pop("fields").items():
        values = [{"code": value, "label": label} for value, label in field.pop("values", {}).items()]
        fields.append({"code": name, "values": values, **field})
    return Dataset.model_validate({"department": _department(code), **declared, "code": code, "fields": fields})


def _rule(file: Traversable) -> dict[str, Any]:
    rule_id = file.name.removesuffix(".toml")
    return {"department": _department(rule_id), **tomllib.loads(_text(file)), "id": rule_id}


def _department(code: str) -> str:
    """Read whose dataset (`DS-MED-COST`) or rule (`R-MED-02`) it is."""
    return code.split("-")[1]


def load_folders() -> list[Folder]:
    """Read every folder of the shipped catalogue, by name.

    Raises:
        ValueError: if a declaration is malformed.
    """
    return [_folder(folder) for folder in _folders()]


def _folder(folder: Traversable) -> Folder:
    dataset = load_datasets().get(folder.name)
    facts = dataset.facts if dataset else tomllib.loads(_text(folder.joinpath("facts.toml")))
    rules = folder.joinpath("rules")
    declared = {name: FactDeclaration.model_validate(entry) for name, entry in facts.items()}
    facts_sql = _text(folder.joinpath("facts.sql"))
    is_register = folder.name == REGISTRY
    return Folder(
        folder.name,
        dataset,
        {**declared, **field_facts()} if is_register else declared,
        with_fields(facts_sql) if is_register else facts_sql,
        [_rule(file) for file in rules.iterdir()] if rules.is_dir() else [],
    )


@cache
def load_catalogue() -> Catalogue:
    """Load and check everything that ships.

    Raises:
        ValueError: naming the file, fact or rule and what is wrong in it.
    """
    return build_catalogue(load_folders())


def load_varied(changes: Sequence[Mapping[str, Any]]) -> Catalogue:
    """Load everything that ships, with some rules otherwise: to try them out.

    Args:
        changes: Each has an `id` and the entries of a rule's file that are otherwise, all of them for a rule that does
            not ship; `retired` alone takes the rule out. A changed rule has the next version.

    Raises:
        RuleError: naming the rule and what is wrong in it.
        FactError: a rule is taken out, or has another scope, that a fact is computed from.
    """
    folders = load_folders()
    for change in changes:
        _vary(folders, dict(change))
    return build_catalogue(folders)


def _vary(folders: list[Folder], change: dict[str, Any]) -> None:
    rule_id, is_retired = str(change.get("id", "")), change.pop("retired", False)
    if not RULE_ID.fullmatch(rule_id):
        raise RuleError(f"{rule_id or 'a rule without id'}: an id is like R-MED-02")
    [home] = [place for place, folder in enumerate(folders) if any(rule["id"] == rule_id for rule in folder.rules)] or [
        next(place for place, folder in enumerate(folders) if folder.name == SHARED)
    ]
    rules = {rule["id"]: rule for rule in folders[home].rules}
    shipped = rules.pop(rule_id, None)
    if is_retired and (shipped is None or change.keys() > {"id"}):
        raise RuleError(f"{rule_id}: only a rule that ships can be retired, and nothing else of it be changed")
    if not is_retired:
        version = (shipped or {"version": 0})["version"] + 1
        rules[rule_id] = {"department": _department(rule_id), **(shipped or {}), "version": version, **change}
    folders[home] = replace(folders[home], rules=list(rules.values()))
