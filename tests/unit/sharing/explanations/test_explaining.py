"""What would change a finding: of every rule, for every example that finds something, tried out by its own engine."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from contracts.vocabulary import Severity
from sharing.catalogue.model import Example
from sharing.catalogue.service import CompiledRule, ValueType, load_catalogue
from sharing.explanations.trial import Trial
from sharing.explanations.variations import Change, Variable, turning
from sharing.explanations.wording import wording

CATALOGUE = load_catalogue()
FOUND = [(rule, example) for rule in CATALOGUE.rules for example in rule.rule.examples if example.expect]


def ground_of(compiled: CompiledRule, example: Example) -> dict[str, Any]:
    """Give the facts and parameters of an example as a finding's JSON has them."""
    facts = {
        name: example.facts.get(name, False if CATALOGUE.facts[name].type is ValueType.BOOL else None)
        for name in compiled.facts
    }
    parameters = {
        name: example.parameters.get(name, CATALOGUE.parameters[name].default) for name in compiled.parameters
    }
    shown = {name: value if isinstance(value, bool | int | None) else str(value) for name, value in facts.items()}
    return shown | parameters


def changes_of(rule_id: str, **facts: Any) -> list[Change]:
    compiled = CATALOGUE.by_id[rule_id]
    [first, *_] = [example for example in compiled.rule.examples if example.expect]
    with Trial(CATALOGUE, compiled, ground_of(compiled, first) | facts) as trial:
        return trial.changes()


@pytest.mark.parametrize(("compiled", "example"), FOUND, ids=[f"{c.rule.id}: {e.name}" for c, e in FOUND])
def test_each_change_leads_to_what_it_says_and_one_of_them_ends_the_finding(
    compiled: CompiledRule, example: Example
) -> None:
    with Trial(CATALOGUE, compiled, ground_of(compiled, example)) as trial:
        assert trial.severities([trial.values]) == [example.expect]
        assert all(trial.holds())
        changes = trial.changes()
        for change in changes:
            row = {**trial.values, change.variable.name: change.value}
            assert trial.severities([row]) == [change.severity]
            assert change.severity is not example.expect
            if change.variable.is_parameter and change.variable.is_ordered:
                declared = CATALOGUE.parameters[change.variable.name]
                assert isinstance(change.value, Decimal | int)
                assert declared.low <= change.value <= declared.high, "no profile may have it"
    assert any(change.severity is None for change in changes), "nothing single would end it"


def test_the_nearest_amount_at_which_a_threshold_is_left_is_told_exactly() -> None:
    changes = changes_of("R-MED-02", cost_self_paid_ytd="26000.00", has_low_income=False)
    told = {(change.variable.name, change.severity): change.value for change in changes}
    assert told["cost_self_paid_ytd", None] == Decimal("25999.99")
    assert told["med.self_paid_other", None] == Decimal("26000.01")
    assert told["cost_self_paid_ytd", Severity.RED] == Decimal("30000.01"), "half of the household's income"


def test_what_is_unknown_is_told_as_any_known_value() -> None:
    [change] = [each for each in changes_of("R-AGR-91") if each.variable.name == "income_year"]
    assert (change.is_any, change.severity) == (True, None)


def test_a_margin_that_does_not_move_with_a_value_gives_nothing_to_try() -> None:
    amount = Variable("x", ValueType.MONEY, is_parameter=False)
    assert turning(amount, Decimal(5), Decimal(3), Decimal(3)) == []
    assert turning(amount, Decimal(5), None, Decimal(3)) == []


@pytest.mark.parametrize("compiled", CATALOGUE.rules, ids=lambda compiled: compiled.rule.id)
def test_every_rule_can_be_read_in_both_languages(compiled: CompiledRule) -> None:
    for tree in (compiled.predicate.tree, *(when.tree for _, when in compiled.severities)):
        said = wording(tree, CATALOGUE.facts, CATALOGUE.parameters)
        named = [CATALOGUE.facts[name] for name in compiled.predicate.facts if f"f.{name}" in tree.sql()]
        assert all(fact.zh in said.zh and fact.en in said.en for fact in named)
        assert "f." not in said.zh + said.en


def test_a_rule_reads_like_a_sentence() -> None:
    tree = CATALOGUE.by_id["R-MED-01"].predicate.tree
    said = wording(tree, CATALOGUE.facts, CATALOGUE.parameters)
    assert "且 不成立：" in said.zh
    assert " and not: " in said.en


def test_outcomes_are_ordered_with_the_end_of_the_finding_first() -> None:
    severities = [change.severity for change in changes_of("R-MED-01") if not change.variable.is_parameter]
    assert severities == sorted(severities, key=lambda each: -1 if each is None else list(Severity).index(each))
