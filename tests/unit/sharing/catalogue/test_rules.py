"""A rule file that contradicts itself or the declarations does not load."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import date

import pytest

from sharing.catalogue.loading import load_folders
from sharing.catalogue.service import RuleError, build_catalogue, explain, load_catalogue

FOLDERS = {folder.name: folder for folder in load_folders()}
(RULE,) = FOLDERS["DS-EDU-FEE"].rules


def build(*rules):
    """The shipped catalogue with `rules` as the rules of DS-EDU-FEE."""
    return build_catalogue(list((FOLDERS | {"DS-EDU-FEE": replace(FOLDERS["DS-EDU-FEE"], rules=rules)}).values()))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"predicate": "shoe_size > 40"}, "unknown fact: shoe_size"),
        ({"predicate": "fee_self_paid_max"}, "true or false"),
        ({"scope": "village"}, "scope"),
        ({"scope": "household"}, "not known of a household"),
        ({"department": "XXX"}, "XXX"),
        ({"risk_type": "77"}, "77"),
        ({"claims_absence": ["DS-EDU-ROLL"]}, "does not need"),
        ({"context": ["housing_tenure"]}, "not a fact of a person"),
        ({"severity": [{"level": "RED", "when": "fee_self_paid_max > 1"}]}, "last severity"),
        ({"severity": []}, "last severity"),
        ({"evidence": {"zh": "{age_at_cutoff}", "en": ""}}, "does not use"),
        ({"examples": {"ORANGE": RULE["examples"]["ORANGE"]}}, "both outcomes"),
        ({"examples": {"none": RULE["examples"]["none"]}}, "both outcomes"),
        ({"examples": RULE["examples"] | {"BLUE": {"x": {}}}}, "BLUE"),
        ({"examples": RULE["examples"] | {"none": {"x": {"shoe": 1}}}}, "unknown facts"),
        ({"examples": RULE["examples"] | {"none": {"x": {"edu.shoe": "1"}}}}, "unknown parameters"),
        ({"examples": RULE["examples"] | {"none": {"x": {"fee_self_paid_max": 1.5}}}}, "floating"),
    ],
)
def test_wrong_rule_is_refused_with_the_reason(change, reason):
    with pytest.raises(RuleError, match=reason):
        build(copy.deepcopy(RULE) | change)


def test_missing_member_of_a_rule_is_named():
    rule = {name: value for name, value in RULE.items() if name != "source"}
    with pytest.raises(RuleError, match="source"):
        build(rule)


def test_two_rules_of_one_id_are_refused():
    with pytest.raises(RuleError, match="same id"):
        build(RULE, RULE)


def test_explanation_is_filled_with_the_findings_own_values():
    catalogue = load_catalogue()
    text = explain(
        catalogue.by_id["R-MED-01"],
        {"is_low_income": True, "is_insured": False, "is_monitored": None},
        {},
        catalogue.facts,
    )
    assert text.zh == "低收入人口：是，本年度在参保名单中：否，监测对象：不详。"
    assert text.en == "Low income: yes; in the insurance list of the year: no; monitored: unknown."


def test_dates_of_examples_are_dates():
    for compiled in load_catalogue().rules:
        for example in compiled.rule.examples:
            for name, value in example.facts.items():
                is_date = load_catalogue().facts[name].type == "date"
                assert isinstance(value, date) is is_date
