"""What is known where: which rules can be evaluated in which village, with which parameters, and what is missing.

A rule is not evaluated where what it needs is missing; then it raises nothing and takes nothing back, and the run
says so. A count of findings without that would be read as "nobody".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from contracts.fields import INCOME, compared
from servicekit.areas import town_of
from sharing.catalogue.service import NAMED_RISK, Catalogue, CompiledRule, Scope, ValueType, load_datasets
from sharing.comparison.evaluation.inputs import Inputs
from sharing.gaps import Reason, Status, because

# A fact of households: a rule about a member found a named risk.
MEMBER_AT_RISK = "has_member_at_risk"
# Why a rule raises nothing by somebody's decision, whatever is known.
_AT_REST: frozenset[Reason] = frozenset({"retired", "not_active"})
_INCOME_FACTS = frozenset(each.fact for each in compared(INCOME))


@dataclass(frozen=True)
class Gap:
    """What a rule lacked, and where.

    Attributes:
        is_blocking: The rule was not evaluated there.
        areas: The fewest areas that hold these villages and no other ones that were compared.
        households: Of which nothing is known, if not of all.
        period: The last that was delivered (`too_old`), or the newer one (`overtaken`).
    """

    reason: Reason
    is_blocking: bool
    dataset: str | None
    areas: tuple[str, ...]
    villages: int
    households: int | None = None
    period: str | None = None


@dataclass
class RuleOutcome:
    """What a rule gave in a run, and of whom."""

    rule_id: str
    rule_version: int
    findings: int = 0
    skipped_villages: int = 0
    skipped_because: str | None = None
    status: Status = "evaluated"
    gaps: list[Gap] = field(default_factory=list)


@dataclass(frozen=True)
class _Lack:
    """What a rule lacks in a village; see `Gap`."""

    reason: Reason
    is_blocking: bool
    dataset: str | None = None
    period: str | None = None


@dataclass(frozen=True)
class Unknown:
    """Households by village: all, those without an income that counts, by dataset those that came after its list."""

    households: Mapping[str, int]
    income: Mapping[str, int]
    newly_come: Mapping[str, Mapping[str, int]]


class Coverage:
    """The rules of a catalogue against the inputs of a run."""

    def __init__(self, catalogue: Catalogue, inputs: Inputs) -> None:
        """Look at `inputs` with the rules of `catalogue`."""
        self._catalogue = catalogue
        self._inputs = inputs
        self._full_lists = full_lists()

    def parameter_rows(self, overrides: Mapping[str, Any], days: Mapping[str, date]) -> list[list[Any]]:
        """Give one row a village, by the columns of `parameter_columns`.

        Args:
            overrides: Parameter values to try out; they win over the profile's.
            days: The newest day that the rows of a whole list tell of, by delivery.
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
                *(self._inputs.day_of(code, area, days) for code in self._full_lists),
                *(
                    flag
                    for compiled in self._catalogue.rules
                    for flag in (not self._is_blocked(compiled, area), self._waits(compiled, area))
                ),
                *(self._tells(status.dataset.code, area) for status in self._catalogue.statuses),
            ]
            for group in self._inputs.parameters
            for area in group.areas
        ]

    def skipped(self) -> list[tuple[str, str | None]]:
        """Give rules that cannot be evaluated, with the village, or `None` for everywhere.

        One that is not active is none of them: nothing is unknown of it, and what it raised does not hold any more.
        """
        return self._where(lambda lack: lack.is_blocking and lack.reason not in _AT_REST)

    def overtaken(self) -> list[tuple[str, str | None]]:
        """Give rules of which something newer than the period is known, with the village, or `None` for everywhere.

        They raise nothing that does not stand already: older knowledge that comes late overrides nothing.
        """
        return self._where(lambda lack: lack.reason == "overtaken")

    def heard(self) -> list[tuple[str, str]]:
        """Give the datasets that set a status or are measures, with each village of whose households they tell."""
        codes = {status.dataset.code: None for status in self._catalogue.statuses}
        codes |= {code: None for code, rows in self._catalogue.rows.items() if rows.measure is not None}
        return [(code, area) for code in codes for area in self._villages if self._tells(code, area)]

    def outcomes(self, counts: Mapping[str, int], unknown: Unknown) -> list[RuleOutcome]:
        """Give what became of every rule; `counts` are findings by rule id."""
        return [self._outcome(compiled, counts.get(compiled.rule.id, 0), unknown) for compiled in self._catalogue.rules]

    def townships(self, counts: Mapping[tuple[str, str], int], unknown: Unknown) -> list[dict[str, Any]]:
        """Give what became of every rule in each township, as `sharing.coverage` keeps it.

        Args:
            counts: Findings by rule and township.
        """
        towns: dict[str, list[str]] = {}
        for village in self._villages:
            towns.setdefault(town_of(village), []).append(village)
        return [
            {
                "area_code": town,
                "villages": len(villages),
                "households": sum(unknown.households.get(village, 0) for village in villages),
                "rules": {
                    compiled.rule.id: self._in_town(
                        compiled, villages, counts.get((compiled.rule.id, town), 0), unknown
                    )
                    for compiled in self._catalogue.rules
                },
            }
            for town, villages in towns.items()
        ]

    def _in_town(
        self, compiled: CompiledRule, villages: Sequence[str], findings: int, unknown: Unknown
    ) -> dict[str, Any]:
        gaps, is_nowhere = self._told(compiled, villages, findings, unknown)
        status: Status = "not_evaluated" if is_nowhere else "partly" if gaps else "evaluated"
        shown = [
            {"reason": lack.reason, "is_blocking": lack.is_blocking, "dataset": lack.dataset, "households": households,
             "villages": [] if len(where) == len(villages) else where, "period": lack.period}
            for lack, where, households in gaps
        ]  # fmt: skip
        return {"status": status, "findings": findings, "gaps": shown}

    def _outcome(self, compiled: CompiledRule, findings: int, unknown: Unknown) -> RuleOutcome:
        told, is_nowhere = self._told(compiled, self._villages or [""], findings, unknown)
        found = [
            Gap(
                lack.reason, lack.is_blocking, lack.dataset, self._rolled_up(where), len(where), households, lack.period
            )
            for lack, where, households in told
        ]
        because_of = because(found[0].reason, found[0].dataset, found[0].period, self._inputs.period) if found else None
        return RuleOutcome(
            compiled.rule.id,
            compiled.rule.version,
            findings,
            sum(self._is_blocked(compiled, area) for area in self._villages),
            because_of if is_nowhere else None,
            "not_evaluated" if is_nowhere else "partly" if found else "evaluated",
            found,
        )

    def _told(
        self, compiled: CompiledRule, villages: Sequence[str], findings: int, unknown: Unknown
    ) -> tuple[list[tuple[_Lack, list[str], int | None]], bool]:
        """Give what a rule lacks in some villages, where, and of how many households if not of all; and if in all."""
        lacks: dict[_Lack, list[str]] = {}
        for village in villages:
            for lack in self._lacks[compiled.rule.id][village]:
                lacks.setdefault(lack, []).append(village)
        gaps: list[tuple[_Lack, list[str], int | None]] = [(lack, where, None) for lack, where in lacks.items()]
        is_nowhere = all(self._is_blocked(compiled, village) for village in villages)
        resting = {village for lack, where in lacks.items() if lack.reason in _AT_REST for village in where}
        villages = [village for village in villages if village not in resting]
        without = {village: unknown.income[village] for village in villages if village in unknown.income}
        if without and self._reads_income(compiled):
            of_all = sum(without.values()) == sum(unknown.households.get(village, 0) for village in villages)
            of_all = of_all and not self._own(compiled) and not findings
            gaps.append((_Lack("income_unknown", of_all), list(without), sum(without.values())))
            is_nowhere = is_nowhere or of_all
        for code in compiled.rule.claims_absence:
            came = {village: number for village, number in unknown.newly_come.get(code, {}).items()
                    if village in villages}  # fmt: skip
            if came:
                gaps.append((_Lack("newly_come", False, code), list(came), sum(came.values())))
        gaps.sort(key=lambda gap: (not gap[0].is_blocking, gap[0].reason, gap[0].dataset or ""))
        return gaps, is_nowhere

    def _where(self, is_meant: Callable[[_Lack], bool]) -> list[tuple[str, str | None]]:
        found: list[tuple[str, str | None]] = []
        for rule_id, by_area in self._lacks.items():
            areas = [area for area, lacks in by_area.items() if any(is_meant(lack) for lack in lacks)]
            if not areas:
                continue
            found += [(rule_id, None)] if len(areas) == len(by_area) else [(rule_id, area) for area in areas]
        return found

    def _is_blocked(self, compiled: CompiledRule, area: str | None) -> bool:
        return any(lack.is_blocking for lack in self._lacks[compiled.rule.id].get(area or "", ()))

    def _waits(self, compiled: CompiledRule, area: str) -> bool:
        """Tell whether nothing but held lists keeps a rule from being evaluated, and earlier lists count until then."""
        lacks = [lack for lack in self._lacks[compiled.rule.id].get(area, ()) if lack.is_blocking]
        return bool(lacks) and all(
            lack.reason == "held" and lack.dataset and self._inputs.is_known(lack.dataset, area, whole=True)
            for lack in lacks
        )

    def _tells(self, code: str, area: str) -> bool:
        """Tell whether a dataset speaks of a village: delivered, believed, and nothing newer is known."""
        inputs = self._inputs
        return (
            area not in inputs.unprofiled
            and inputs.is_known(code, area, whole=code in self._full_lists)
            and not inputs.is_held(code, area)
            and inputs.newer_list(code, area) is None
        )

    @cached_property
    def _villages(self) -> list[str]:
        return sorted({*self._inputs.areas, *self._inputs.unprofiled})

    @cached_property
    def _lacks(self) -> dict[str, dict[str, list[_Lack]]]:
        """By rule and village, what it lacks; a run of nobody has a village without a name."""
        return {
            compiled.rule.id: {area: list(self._lacking(compiled, area)) for area in self._villages or [""]}
            for compiled in self._catalogue.rules
        }

    def _lacking(self, compiled: CompiledRule, area: str) -> Iterator[_Lack]:
        rule, inputs = compiled.rule, self._inputs
        if why := inputs.why_not_active(rule.id, rule.version, area):
            yield _Lack(why, True)
            return
        if area in inputs.unprofiled:
            yield _Lack("no_profile", True)
            return
        for code in rule.needs:
            is_list = code in self._full_lists
            is_claim = is_list and code in rule.claims_absence
            if not inputs.is_known(code, area or None, whole=is_claim):
                yield self._why_unknown(code, area, is_blocking=True, is_list=is_list)
            elif inputs.is_held(code, area):
                yield _Lack("held", is_claim, code)
            elif is_list and not inputs.is_known(code, area or None, whole=True):
                yield _Lack("records_only", False, code)
        one = [code for code in rule.needs_one if not inputs.is_known(code, area or None, whole=False)]
        for code in one:
            is_blocking = len(one) == len(rule.needs_one)
            yield self._why_unknown(code, area, is_blocking=is_blocking, is_list=code in self._full_lists)
        for code in compiled.datasets:
            if code in (*rule.needs, *rule.needs_one):
                continue
            if not inputs.is_known(code, area or None, whole=False):
                yield _Lack("context_missing", False, code)
            elif code in self._full_lists and not inputs.is_known(code, area or None, whole=True):
                yield _Lack("records_only", False, code)
        for code in self._own(compiled):
            if newer := inputs.newer_list(code, area):
                yield _Lack("overtaken", False, code, newer)

    def _why_unknown(self, code: str, area: str, *, is_blocking: bool, is_list: bool) -> _Lack:
        inputs = self._inputs
        if inputs.is_held(code, area):
            return _Lack("held", is_blocking, code)
        if is_list and inputs.is_known(code, area or None, whole=False):
            return _Lack("records_only", is_blocking, code)
        if before := inputs.older_list(code, area):
            return _Lack("too_old", is_blocking, code, before)
        return _Lack("missing", is_blocking, code)

    def _own(self, compiled: CompiledRule) -> list[str]:
        """Give the datasets that decide whether the rule holds, not only how severe it is."""
        declared = load_datasets()
        asked = [code for name in compiled.predicate.facts for code in self._catalogue.facts[name].datasets]
        theirs = [code for code in asked if declared[code].department == compiled.rule.department]
        return list(dict.fromkeys([*compiled.rule.needs, *compiled.rule.needs_one, *theirs]))

    def _reads_income(self, compiled: CompiledRule) -> bool:
        """Tell whether the rule reads a year's income, or that of a year before (`..._prev`)."""
        return any(name in _INCOME_FACTS or "_prev" in name for name in compiled.facts)

    def _rolled_up(self, areas: Sequence[str]) -> tuple[str, ...]:
        """Put villages together into the counties and townships that have no other villages in the run."""
        rest, found = {area for area in areas if area}, []
        for digits in (6, 9):
            groups: dict[str, set[str]] = {}
            for village in self._villages:
                groups.setdefault(village[:digits], set()).add(village)
            for prefix, villages in groups.items():
                if villages <= rest:
                    found.append(prefix.ljust(12, "0"))
                    rest -= villages
        return (*found, *sorted(rest))


def full_lists() -> list[str]:
    """Give the datasets that replace a whole list every period."""
    return [code for code, dataset in load_datasets().items() if dataset.mode == "full"]


def parameter_columns(catalogue: Catalogue) -> list[tuple[str, str]]:
    """Give `(name, SQL type)` of the parameter table: a row a village, with what was delivered for it.

    `whole.<dataset>`: a complete list; `any.<dataset>`: a list, or rows pushed singly; `day.<dataset>`: the newest day
    that rows of the list tell of; `ready.<rule>`: it can be evaluated; `waits.<rule>`: a list it argues from is held,
    so nothing is told of it, but what it finds by the list that counts until then stands beside other findings;
    `tells.<dataset>`: it says whether a guarantee is safe there.
    """
    return [
        ("area_code", "VARCHAR"),
        ("profile_version", "INTEGER"),
        *((name, ValueType(catalogue.parameters[name].type).sql) for name in catalogue.used_parameters),
        *((f"{extent}.{code}", "BOOLEAN") for code in full_lists() for extent in ("whole", "any")),
        *((f"day.{code}", "DATE") for code in full_lists()),
        *((f"{state}.{compiled.rule.id}", "BOOLEAN") for compiled in catalogue.rules for state in ("ready", "waits")),
        *((f"tells.{status.dataset.code}", "BOOLEAN") for status in catalogue.statuses),
    ]


def hits_sql(catalogue: Catalogue, scope: Scope, dialect: str, idle: Collection[str] = ()) -> str:
    """Write the one scan for all rules of a scope: who meets any of them, with facts and severities.

    Reads `<scope>_fact` and `parameter`; a rule whose data did not arrive for the village holds for nobody there.

    Args:
        idle: Rules that are ready and waiting nowhere; nobody is asked for them.
    """
    first, last = catalogue.layers(scope)
    named = [f"h.{MEMBER_AT_RISK}"] if scope == "household" else []
    named += [f"({text})" for compiled in first if (text := compiled.names_risk_sql("h"))]
    found = _with(first, f"{scope}_fact", dialect, idle)
    rows = f"SELECT h.*, {' OR '.join(named) or 'FALSE'} AS {NAMED_RISK} FROM ({found}) h"
    any_rule = ", ".join(f'"{compiled.rule.id}"' for compiled in (*first, *last))
    return f"SELECT * FROM ({_with(last, f'({rows})', dialect, idle)}) h WHERE coalesce({any_rule}) IS NOT NULL"


def _of_living(compiled: CompiledRule) -> str:
    """Write the condition that somebody lives, where a rule does not hold of the dead."""
    return "" if compiled.rule.scope == "household" or compiled.rule.is_of_dead else " AND NOT f.is_dead"


def _with(rules: Sequence[CompiledRule], rows: str, dialect: str, idle: Collection[str]) -> str:
    """Write the query of rows with the severity of each rule beside them."""
    severities = "".join(
        f', CAST(NULL AS VARCHAR) AS "{name}"'
        if name in idle
        else f', CASE WHEN (p."ready.{name}" OR p."waits.{name}"){_of_living(compiled)}'
        f' THEN {compiled.severity_sql(dialect)} END AS "{name}"'
        for compiled in rules
        for name in (compiled.rule.id,)
    )
    return f"SELECT f.*{severities} FROM {rows} f JOIN parameter p ON p.area_code = f.area_code"
