"""The folders of the catalogue put together: facts from rows, rules over facts, everything checked against the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from contracts.parameters import PARAMETERS, Parameter
from servicekit.expressions import ValueType
from sharing.catalogue import texts
from sharing.catalogue.declaration import Dataset, FactDeclaration, names_in
from sharing.catalogue.facts import (
    FactError,
    Origin,
    Relation,
    Relations,
    Statement,
    read_statement,
    statements_of,
    told_of,
)
from sharing.catalogue.model import DatasetRows, Fact, Scope
from sharing.catalogue.rules import CompiledRule, RuleError, compile_rule, read_rule
from sharing.catalogue.statuses import CompiledStatus, compile_status

REGISTRY, SHARED = "registry", "shared"
NAMED_RISK = "has_named_risk"  # a fact that no facts.sql gives: what the rules themselves found
_SCOPES: tuple[Scope, ...] = ("person", "household")


@dataclass(frozen=True)
class Folder:
    """What a folder of the catalogue holds, not yet checked against the others."""

    name: str
    dataset: Dataset | None
    facts: Mapping[str, FactDeclaration]
    facts_sql: str
    rules: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Catalogue:
    """Datasets, facts, parameters and rules that belong together.

    Attributes:
        rows: What the comparison reads of each dataset, by code.
        shaped: The queries that end in `person_fact` and `household_fact`; see `relations`.
    """

    datasets: Mapping[str, Dataset]
    rows: Mapping[str, DatasetRows]
    facts: Mapping[str, Fact]
    shaped: Sequence[Relations]
    parameters: Mapping[str, Parameter]
    rules: Sequence[CompiledRule]
    statuses: Sequence[CompiledStatus]

    def relations(self, empty: Collection[str] = ()) -> Mapping[Scope, Sequence[Relation]]:
        """Give, by scope, the queries that end in `person_fact` and `household_fact`, in the order of their creation.

        They read `household`, `person`, `income`, `run`, `parameter` and each dataset's rows; those of households also
        `person_hit`: what `hits_sql` gives of persons.

        Args:
            empty: Relations of rows that have none; what only they tell is not asked.
        """
        return told_of(self.shaped, empty)

    def layers(self, scope: Scope) -> tuple[list[CompiledRule], list[CompiledRule]]:
        """Give the rules of a scope, and apart those that ask what the others found (`has_named_risk`)."""
        rules = self.of_scope(scope)
        return (
            [compiled for compiled in rules if NAMED_RISK not in compiled.facts],
            [compiled for compiled in rules if NAMED_RISK in compiled.facts],
        )

    def of_scope(self, scope: Scope) -> list[CompiledRule]:
        """Give the rules of a scope, in order of their ids."""
        return [compiled for compiled in self.rules if compiled.rule.scope == scope]

    @cached_property
    def by_id(self) -> dict[str, CompiledRule]:
        """The rules by id."""
        return {compiled.rule.id: compiled for compiled in self.rules}

    @cached_property
    def used_parameters(self) -> tuple[str, ...]:
        """Parameters that any rule or status uses, sorted."""
        of_rules = {name for compiled in self.rules for name in compiled.parameters}
        return tuple(sorted(of_rules.union(*(status.parameters for status in self.statuses))))


def build_catalogue(folders: Sequence[Folder]) -> Catalogue:
    """Check declared facts and rules against each other.

    Raises:
        FactError: naming the folder and what is wrong in its facts.
        RuleError: naming the rule and what is wrong in it.
        StatusError: naming the dataset and what is wrong in its status.
    """
    return _Assembly(folders).catalogue()


class _Assembly:
    def __init__(self, folders: Sequence[Folder]) -> None:
        self._folders = {folder.name: folder for folder in folders}
        self._datasets = [folder.dataset for folder in folders if folder.dataset]
        self._by_code = {dataset.code: dataset for dataset in self._datasets}
        self._code_of = {name: each.code for each in self._datasets for name in (each.row_table, each.row_before)}
        rules = [read_rule(document) for folder in folders for document in folder.rules]
        self._rules = {rule.id: rule for rule in sorted(rules, key=lambda rule: rule.id)}
        if len(self._rules) != len(rules):
            raise RuleError("two rules have the same id")
        self._compiled: dict[str, CompiledRule] = {}
        self._facts: dict[str, Fact] = {}
        self._home: dict[str, str] = {}  # folder of each fact
        self._statements: dict[str, Statement] = {}  # by the name of their relation

    def catalogue(self) -> Catalogue:
        lists = [f"{told}.{dataset.code}" for dataset in self._datasets if dataset.mode == "full"
                 for told in ("whole", "any", "day")]  # fmt: skip
        inputs = {
            "run": ["period_from", "as_of", "cutoff", "year"],
            "newcomer": ["dataset", "pn"],  # whom no whole list can know yet
            "parameter": ["area_code", "profile_version", *PARAMETERS, *lists],
        }
        self._read(self._folders[REGISTRY], "registry_{}", inputs)
        for dataset in self._datasets:
            rows = self._visible(dataset)
            if unknown := set(dataset.reads) - self._by_code.keys():
                raise FactError(f"{dataset.code} reads {sorted(unknown)}, which is no dataset")
            for code in dataset.reads:
                rows |= self._visible(self._by_code[code])
            visible = inputs | self._columns("registry_{}") | rows
            self._read(self._folders[dataset.code], dataset.row_table + "_{}", visible)
        parts = {scope: self._parts(scope) for scope in _SCOPES}
        bases = {f"{scope}_base": [*self._statements[f"registry_{scope}"].columns, *(
            fact.name for facts in parts[scope].values() for fact in facts)] for scope in _SCOPES}  # fmt: skip
        self._read(self._folders[SHARED], "{}_fact", inputs | bases)
        self._facts[NAMED_RISK] = self._named_risk()
        return Catalogue(
            datasets={dataset.code: dataset for dataset in self._datasets},
            rows={dataset.code: self._rows(dataset) for dataset in self._datasets},
            facts=self._facts,
            shaped=self._shaped(parts),
            parameters=PARAMETERS,
            rules=[self._rule(rule_id) for rule_id in self._rules],
            statuses=[
                compile_status(dataset, dataset.status, self._facts, PARAMETERS)
                for dataset in self._datasets
                if dataset.status is not None
            ],
        )

    def _visible(self, dataset: Dataset) -> dict[str, Sequence[str]]:
        """Give the relations of a dataset's rows with their columns; of no person's, there is no `pn`."""
        columns = [*(["pn"] if dataset.is_of_persons else []), "hn", "is_match"]
        columns += [field.code for field in dataset.fields]
        rows: dict[str, Sequence[str]] = {dataset.row_table: columns}
        if dataset.mode == "full" and dataset.is_of_persons:
            rows[dataset.row_before] = columns
        return rows

    def _read(self, folder: Folder, named: str, visible: Mapping[str, Sequence[str]]) -> None:
        """Read a folder's statements in order; each is a relation that the next may read."""
        for text in statements_of(folder.facts_sql):
            try:
                statement = read_statement(text, visible)
                relation = named.format(statement.scope)
                if relation in self._statements:
                    raise FactError(f"two statements of scope {statement.scope}")
                for name, origins in statement.facts.items():
                    self._add(folder, name, statement.scope, origins)
            except FactError as error:
                raise FactError(f"{folder.name}/facts.sql: {error}: {' '.join(text.split())[:80]}") from error
            self._statements[relation] = statement
            visible = {**visible, relation: statement.columns}
            if relation == "person_fact":
                person_rules = [rule.id for rule in self._rules.values() if rule.scope == "person"]
                visible |= {"person_hit": [*statement.columns, *person_rules, NAMED_RISK]}
        if missing := folder.facts.keys() - {name for name, home in self._home.items() if home == folder.name}:
            raise FactError(f"{folder.name}/facts.sql does not give {sorted(missing)}")

    def _add(self, folder: Folder, name: str, scope: Scope, origins: Sequence[Origin]) -> None:
        """Declare a fact with what it comes from; a second statement of the folder adds its scope."""
        if name not in folder.facts or self._home.setdefault(name, folder.name) != folder.name:
            raise FactError(f"{name} is not declared here")
        datasets = dict.fromkeys((folder.dataset.code,) if folder.dataset else ())
        parameters: dict[str, None] = {}
        scopes = {scope}
        before = [self._facts[name]] if name in self._facts else []
        for fact in before:
            scopes |= fact.scopes
        for relation, column in origins:
            if relation == "parameter" and column in PARAMETERS:
                parameters[column] = None
            elif relation in self._code_of:
                datasets[self._code_of[relation]] = None
            elif relation == "person_hit" and column in self._rules:
                datasets |= dict.fromkeys(self._rule(column).datasets)
            elif relation == "person_hit" and column == NAMED_RISK:
                of_persons = [self._rule(rule.id) for rule in self._rules.values() if rule.scope == "person"]
                datasets |= dict.fromkeys(code for rule in of_persons for code in rule.datasets)
            elif column in self._facts and (relation in self._statements or relation.endswith("_base")):
                before.append(self._facts[column])
        for fact in before:
            datasets |= dict.fromkeys(fact.datasets)
            parameters |= dict.fromkeys(fact.parameters)
        self._facts[name] = folder.facts[name].fact(name, frozenset(scopes), tuple(datasets), tuple(parameters))

    def _rule(self, rule_id: str) -> CompiledRule:
        if rule_id not in self._compiled:
            self._compiled[rule_id] = compile_rule(self._rules[rule_id], self._facts, PARAMETERS)
        return self._compiled[rule_id]

    def _named_risk(self) -> Fact:
        """Declare the fact that a rule of the same comparison found a named risk; such rules do not ask for it."""
        rules = [self._rule(rule.id) for rule in self._rules.values() if not rule.asks_for(NAMED_RISK)]
        found = [compiled for compiled in rules if compiled.names_risk_sql("h")]
        datasets = dict.fromkeys(code for compiled in found for code in compiled.datasets)
        zh, en = texts.NAMED_RISK
        return Fact(
            NAMED_RISK, frozenset({"household"}), ValueType.BOOL, zh, en, default=False, datasets=tuple(datasets)
        )

    def _columns(self, named: str) -> dict[str, Sequence[str]]:
        return {named.format(scope): self._statements[named.format(scope)].columns for scope in _SCOPES}

    def _parts(self, scope: Scope) -> dict[str, list[Fact]]:
        """Give what the datasets tell in a scope: relation -> facts."""
        names = [f"{dataset.row_table}_{scope}" for dataset in self._datasets]
        return {
            name: [self._facts[fact] for fact in self._statements[name].facts]
            for name in names
            if name in self._statements
        }

    def _rows(self, dataset: Dataset) -> DatasetRows:
        """Give the columns that the statements and ledgers name, and those that tell which row counts."""
        read = {column for statement in self._statements.values() for table, column in statement.reads
                if table in (dataset.row_table, dataset.row_before)}  # fmt: skip
        named = read | {*dataset.key, *dataset.newest, *dataset.ledger} | names_in(dataset.claims_life or "")
        if dataset.measure is not None:
            named |= dataset.measure.fields.keys() | names_in(dataset.measure.when or "")
        deaths = (dataset.deaths.when, dataset.deaths.on) if dataset.deaths else None
        if deaths:
            named |= names_in(deaths[0]) | {deaths[1]}
        columns = {field.code: field.sql for field in dataset.fields if field.code in named or dataset.area}
        is_compared = any(table == dataset.row_before for statement in self._statements.values()
                          for table, _ in statement.reads)  # fmt: skip
        return DatasetRows(
            dataset.code,
            dataset.row_table,
            dataset.lake_key,
            dataset.newest,
            columns,
            is_compared,
            dataset.measure,
            deaths,
            dataset.claims_life,
            area=dataset.area,
            meets_households=dataset.area is None or "hn" in read,
        )

    def _shaped(self, parts: Mapping[Scope, Mapping[str, Sequence[Fact]]]) -> list[Relations]:
        readers = Counter(f"registry_{scope}" for scope in _SCOPES)
        readers += Counter(name for scope in _SCOPES for name in parts[scope])
        reads = {name: {relation for relation, _ in each.reads} for name, each in self._statements.items()}
        for read in reads.values():
            readers += Counter(read)

        def of(name: str) -> Relation:
            statement = self._statements[name]
            return Relation(name, statement.text, readers[name] > 1, frozenset(reads[name]), statement.needs)

        first = {"person": [of("registry_household"), of("registry_person")], "household": []}
        return [
            Relations(scope, first[scope], parts[scope], [of(name) for name in parts[scope]], of(f"{scope}_fact"))
            for scope in _SCOPES
        ]
