"""The catalogue as other features use it: declarations, facts and rules, all of them values without I/O."""

from __future__ import annotations

from servicekit.expressions import ValueType
from sharing.catalogue.assembly import NAMED_RISK, Catalogue, build_catalogue
from sharing.catalogue.declaration import ID_NO, NAME, Dataset, FieldDeclaration
from sharing.catalogue.facts import FactError, Relation
from sharing.catalogue.loading import load_catalogue, load_datasets, load_varied
from sharing.catalogue.model import DatasetRows, Fact, MeasureDeclaration, Scope
from sharing.catalogue.problems import UnknownDataset, UnknownRule
from sharing.catalogue.rules import CompiledRule, RuleError, explain
from sharing.catalogue.schemas import RuleOut, rule_out
from sharing.catalogue.statuses import CompiledStatus, StatusError

__all__ = [
    "ID_NO",
    "NAME",
    "NAMED_RISK",
    "Catalogue",
    "CompiledRule",
    "CompiledStatus",
    "Dataset",
    "DatasetRows",
    "Fact",
    "FactError",
    "FieldDeclaration",
    "MeasureDeclaration",
    "Relation",
    "RuleError",
    "RuleOut",
    "Scope",
    "StatusError",
    "UnknownDataset",
    "UnknownRule",
    "ValueType",
    "build_catalogue",
    "dataset_of",
    "explain",
    "load_catalogue",
    "load_datasets",
    "load_varied",
    "rule_of",
    "rule_out",
]


def dataset_of(code: str) -> Dataset:
    """Give one dataset.

    Raises:
        UnknownDataset: if nothing of that code is declared.
    """
    dataset = load_datasets().get(code)
    if dataset is None:
        raise UnknownDataset(f"no dataset {code!r}", known=list(load_datasets()))
    return dataset


def rule_of(rule_id: str) -> CompiledRule:
    """Give a rule.

    Raises:
        UnknownRule: if there is none.
    """
    compiled = load_catalogue().by_id.get(rule_id)
    if compiled is None:
        raise UnknownRule(f"no rule {rule_id!r}")
    return compiled
