"""What is known where: which rules can be evaluated in which village, and with which parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sharing.catalogue.service import Catalogue, CompiledRule, Scope, ValueType, load_datasets
from sharing.comparison.inputs import Inputs


@dataclass
class RuleOutcome:
    """What a rule gave in a run."""

    rule_id: str
    rule_version: int
    findings: int = 0
    skipped_villages: int = 0
    skipped_because: str | None = None


class Coverage:
    """The rules of a catalogue against the inputs of a run."""

    def __init__(self, catalogue: Catalogue, inputs: Inputs) -> None:
        """Look at `inputs` with the rules of `catalogue`."""
        self._catalogue = catalogue
        self._inputs = inputs
        self._full_lists = full_lists()

    def parameter_rows(self, overrides: Mapping[str, Any]) -> list[list[Any]]:
        """Give one row a village, by the columns of `parameter_columns`.

        Args:
            overrides: Parameter values to try out; they win over the profile's.
        """
        names = self._catalogue.used_parameters
        return [
            [
                area,
                group.profile_version,
                *(overrides.get(name, group.values[name]) for name in names),
                *(
                    self._inputs.is_known(code, area, whole=whole)
                    for code in self._full_lists
                    for whole in (True, False)
                ),
            ]
            for group in self._inputs.parameters
            for area in group.areas
        ]

    def skipped(self) -> list[tuple[str, str | None]]:
        """Give rules that cannot be evaluated, with the village, or `None` for everywhere."""
        skipped: list[tuple[str, str | None]] = []
        for compiled in self._catalogue.rules:
            if self._skipped_because(compiled):
                skipped.append((compiled.rule.id, None))
            else:
                skipped += [(compiled.rule.id, area) for area in self._skipped_villages(compiled)]
        return skipped

    def outcomes(self, counts: Mapping[str, int]) -> list[RuleOutcome]:
        """Give what became of every rule; `counts` are the findings by rule id."""
        return [
            RuleOutcome(
                compiled.rule.id,
                compiled.rule.version,
                counts.get(compiled.rule.id, 0),
                len(self._skipped_villages(compiled)),
                self._skipped_because(compiled),
            )
            for compiled in self._catalogue.rules
        ]

    def _skipped_villages(self, compiled: CompiledRule) -> list[str]:
        needs = _needs(compiled, self._full_lists)
        return [
            area
            for area in self._inputs.areas
            if not all(self._inputs.is_known(code, area, whole=whole) for code, whole in needs)
        ]

    def _skipped_because(self, compiled: CompiledRule) -> str | None:
        """Say why a rule can be evaluated nowhere."""
        for code, whole in _needs(compiled, self._full_lists):
            villages: list[str | None] = [*self._inputs.areas] or [None]
            if not any(self._inputs.is_known(code, area, whole=whole) for area in villages):
                return f"{code}: no complete delivery counts for {self._inputs.period}"
        return None


def full_lists() -> list[str]:
    """Give the datasets that replace a whole list every period."""
    return [code for code, dataset in load_datasets().items() if dataset.mode == "full"]


def parameter_columns(catalogue: Catalogue) -> list[tuple[str, str]]:
    """Give `(name, SQL type)` of the parameter table: a row a village, with what was delivered for it.

    `whole.<dataset>`: a complete list; `any.<dataset>`: a list, or rows pushed singly.
    """
    return [
        ("area_code", "VARCHAR"),
        ("profile_version", "INTEGER"),
        *((name, ValueType(catalogue.parameters[name].type).sql) for name in catalogue.used_parameters),
        *((f"{extent}.{code}", "BOOLEAN") for code in full_lists() for extent in ("whole", "any")),
    ]


def hits_sql(catalogue: Catalogue, scope: Scope, dialect: str) -> str:
    """Write the one scan for all rules of a scope: who meets any of them, with facts and severities.

    Reads `<scope>_fact` and `parameter`; a rule whose data did not arrive for the village holds for nobody there.
    """
    rules = catalogue.of_scope(scope)
    severities = ", ".join(f'{_severity(compiled, dialect)} AS "{compiled.rule.id}"' for compiled in rules)
    any_rule = ", ".join(f'"{compiled.rule.id}"' for compiled in rules)
    return (
        f"SELECT * FROM (SELECT f.*, {severities} FROM {scope}_fact f"
        f" JOIN parameter p ON p.area_code = f.area_code) h WHERE coalesce({any_rule}) IS NOT NULL"
    )


def _needs(compiled: CompiledRule, lists: Sequence[str]) -> list[tuple[str, bool]]:
    """Full lists without which the rule knows nothing, and whether the whole list is needed."""
    rule = compiled.rule
    return [(code, code in rule.claims_absence) for code in rule.needs if code in lists]


def _severity(compiled: CompiledRule, dialect: str) -> str:
    severity = compiled.severity_sql(dialect)
    needs = _needs(compiled, full_lists())
    guards = " AND ".join(f'p."{"whole" if whole else "any"}.{code}"' for code, whole in needs)
    return f"CASE WHEN {guards} THEN {severity} END" if guards else severity
