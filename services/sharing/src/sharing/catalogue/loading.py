"""The shipped catalogue: one folder a dataset, loaded and checked once."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any

from contracts.parameters import PARAMETERS, Parameter
from sharing.catalogue.declaration import Dataset
from sharing.catalogue.model import Fact, Scope
from sharing.catalogue.rules import CompiledRule, RuleError, compile_rule, read_fact, read_rule

DECLARATION = "dataset.toml"


@dataclass(frozen=True)
class Catalogue:
    """Datasets, facts, parameters and rules that belong together."""

    datasets: Mapping[str, Dataset]
    facts: Mapping[str, Fact]
    parameters: Mapping[str, Parameter]
    rules: tuple[CompiledRule, ...]

    def of_scope(self, scope: Scope) -> list[CompiledRule]:
        """Give the rules of a scope, in order of their ids."""
        return [compiled for compiled in self.rules if compiled.rule.scope == scope]

    @cached_property
    def by_id(self) -> dict[str, CompiledRule]:
        """The rules by id."""
        return {compiled.rule.id: compiled for compiled in self.rules}

    @cached_property
    def used_parameters(self) -> tuple[str, ...]:
        """Parameters that any rule uses, sorted."""
        return tuple(sorted({name for compiled in self.rules for name in compiled.parameters}))


def _folders() -> list[Traversable]:
    """Give the folders of the catalogue, by name."""
    return sorted((entry for entry in files(__package__).iterdir() if entry.is_dir()), key=lambda entry: entry.name)


def _toml(file: Traversable) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


@cache
def load_datasets() -> Mapping[str, Dataset]:
    """Give every declared dataset by its code, ordered by code.

    Raises:
        ValueError: if a declaration is malformed or stands in a folder of another name.
    """
    found: dict[str, Dataset] = {}
    for folder in _folders():
        file = folder.joinpath(DECLARATION)
        if file.is_file():
            dataset = Dataset.model_validate(_toml(file))
            if dataset.code != folder.name:
                raise ValueError(f"{folder.name}/{DECLARATION} declares {dataset.code}")
            found[dataset.code] = dataset
    return MappingProxyType(found)


@cache
def load_catalogue() -> Catalogue:
    """Load and check everything that ships.

    Raises:
        ValueError: a declaration is malformed.
        RuleError: naming the rule or fact and what is wrong in it.
    """
    return build_catalogue(load_datasets(), _toml(files("sharing.rules").joinpath("facts.toml")), _rule_documents())


def _rule_documents() -> Iterator[dict[str, Any]]:
    for folder in _folders():
        rules = folder.joinpath("rules")
        if rules.is_dir():
            yield from (_toml(file) for file in rules.iterdir() if file.name.endswith(".toml"))


def build_catalogue(
    datasets: Mapping[str, Dataset], facts_document: Mapping[str, Any], rule_documents: Iterable[Mapping[str, Any]]
) -> Catalogue:
    """Check declared facts and rules against each other.

    Raises:
        RuleError: naming what is wrong.
    """
    facts = {name: read_fact(name, entry) for name, entry in facts_document.items()}
    rules = sorted((read_rule(document) for document in rule_documents), key=lambda rule: rule.id)
    ids = [rule.id for rule in rules]
    if len(set(ids)) != len(ids):
        raise RuleError("two rules have the same id")
    compiled = tuple(compile_rule(rule, facts, PARAMETERS) for rule in rules)
    person_rules = {rule.id for rule in rules if rule.scope == "person"}
    for fact in facts.values():
        for name in fact.parameters:
            if name not in PARAMETERS:
                raise RuleError(f"fact {fact.name}: unknown parameter {name}")
        if fact.any_member is not None and fact.any_member not in person_rules:
            raise RuleError(f"fact {fact.name}: {fact.any_member} is not a rule of scope person")
    return Catalogue(datasets, facts, PARAMETERS, compiled)
