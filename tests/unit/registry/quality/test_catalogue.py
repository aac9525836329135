"""The rules of data quality are checked when they are loaded."""

from __future__ import annotations

from typing import Any

import pytest

from registry.quality.rules import SCOPES, Scope, compile_catalogue, found_sql, load
from registry.rulebook import Catalogue, parameters_sql

RULE: dict[str, Any] = {
    "level": "warning",
    "predicate": "age < quality.labour_age_from",
    "title": {"zh": "未成年", "en": "A child"},
    "advice": {"zh": "请核对。", "en": "Check."},
    "source": "[assumption]",
}
FACTS: dict[Scope, dict[str, Any]] = {
    "person": {
        "age": {"type": "int", "zh": "周岁", "en": "age"},
        "sex": {"type": "code", "codes": "Sex", "zh": "性别", "en": "sex"},
    },
    "household": {"wage": {"type": "money", "zh": "工资", "en": "wages"}},
    "episode": {"statuses": {"type": "int", "zh": "项数", "en": "statuses"}},
    "elimination": {"months": {"type": "int", "zh": "月数", "en": "months"}},
}


def compiled(scope: Scope = "person", code: str = "Q-P90", **changes: Any) -> Catalogue:
    declared = {each: {"facts": FACTS[each], "rules": {}} for each in SCOPES}
    declared[scope]["rules"] = {code: RULE | changes}
    return compile_catalogue(declared, dict.fromkeys(SCOPES, "SELECT 1"))


def test_a_rule_gives_its_facts_as_evidence_and_asks_its_parameters() -> None:
    catalogue = compiled()
    assert [fact.name for fact in catalogue.rules["Q-P90"].facts] == ["age"]
    assert catalogue.parameters == ("quality.labour_age_from",)
    case = "CASE WHEN f.age < p.\"quality.labour_age_from\" THEN jsonb_build_object('age', f.age) END"
    assert case in found_sql(catalogue)
    assert 'AS INTEGER) AS "quality.labour_age_from"' in parameters_sql(catalogue.parameters)


def test_an_amount_is_evidence_as_text_and_a_case_knows_its_household() -> None:
    catalogue = compiled("episode", "Q-E90", predicate="wage > 0 AND statuses < 4")
    assert "jsonb_build_object('wage', f.wage::text, 'statuses', f.statuses)" in found_sql(catalogue)
    assert "f.episode_id AS subject_id, 'episode' AS scope" in found_sql(catalogue)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"predicate": "height > 2"}, "unknown fact: height"),
        ({"predicate": "wage > 0"}, "not known of a person"),
        ({"predicate": "sex = '3'"}, "not one of"),
        ({"predicate": "age < quality.shoe_size"}, "unknown parameter"),
        ({"predicate": "age"}, "true or false"),
        ({"predicate": "age > (SELECT 1)"}, "not in the language"),
        ({"predicate": "pg_sleep(9) IS NULL"}, "not in the language"),
        ({"level": "severe"}, "level"),
        ({"advice": {"zh": "请核对。"}}, "en"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_rule_that_contradicts_the_declarations_is_refused(changes: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        compiled(**changes)


def test_a_code_says_what_its_rule_is_about() -> None:
    with pytest.raises(ValueError, match="no code of a rule about a person"):
        compiled(code="Q-H90")
    with pytest.raises(ValueError, match="no code of a rule about a person"):
        compiled(code="Q-P90", level="check")
    assert compiled("elimination", "CK-90", level="check", predicate="months < 6").codes("check") == ["CK-90"]


def test_every_shipped_fact_serves_a_rule() -> None:
    """A fact without a rule would be computed for everybody and looked at by nobody."""
    catalogue = load()
    used = {fact.name for rule in catalogue.rules.values() for fact in rule.facts}
    assert catalogue.facts.keys() - used == set()
