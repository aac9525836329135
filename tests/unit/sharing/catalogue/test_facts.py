"""What a `facts.sql` may say, and what is derived from it."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from sharing.catalogue.facts import Relation, Relations, told_of
from sharing.catalogue.loading import load_folders
from sharing.catalogue.model import Fact
from sharing.catalogue.service import Catalogue, FactError, build_catalogue, load_catalogue

FOLDERS = {folder.name: folder for folder in load_folders()}
RELATIONS = [relation for relations in load_catalogue().relations().values() for relation in relations]


def build(sql: str, folder: str = "DS-EDU-FEE") -> Catalogue:
    """The shipped catalogue with other facts in a folder."""
    changed = replace(FOLDERS[folder], facts_sql=sql)
    return build_catalogue(list((FOLDERS | {folder: changed}).values()))


@pytest.mark.parametrize("dialect", ["duckdb", "spark"])
@pytest.mark.parametrize("relation", RELATIONS, ids=lambda relation: relation.name)
def test_facts_compile_for_a_county_and_for_a_province(relation: Relation, dialect: str) -> None:
    (tree,) = sqlglot.parse(relation.sql(dialect), read=dialect, error_level=sqlglot.ErrorLevel.RAISE)
    assert isinstance(tree, exp.Select)
    unknown = {call.name for call in tree.find_all(exp.Anonymous)}
    assert not unknown
    assert len(duckdb.extract_statements(relation.text)) == 1  # sqlglot forgives what DuckDB does not


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT pn, FROM WHERE (edu_fee", "table name"),
        ("DROP TABLE person", "one SELECT"),
        ("SELECT pn FROM edu_fee UNION SELECT pn FROM edu_fee", "one SELECT"),
        ("SELECT pn, max(price) AS fee_self_paid_max FROM edu_fee GROUP BY pn", "price"),
        ("SELECT pn, max(salary) AS fee_self_paid_max FROM med_cost GROUP BY pn", "med_cost may not be read"),
        ("SELECT pn, 1 AS fee_self_paid_max FROM pg_catalog.pg_user", "not a relation"),
        ("SELECT pn, 1 AS fee_self_paid_max FROM read_csv('/etc/passwd')", "not a relation"),
        ("SELECT pn, max(getenv(school_year)) AS fee_self_paid_max FROM edu_fee GROUP BY pn", "not in the language"),
        ("SELECT pn, list(self_paid) AS fee_self_paid_max FROM edu_fee GROUP BY pn", "not in the language"),
        ("SELECT max(self_paid) AS fee_self_paid_max FROM edu_fee", "pn, of persons"),
        ("SELECT pn, max(self_paid) AS fee_max FROM edu_fee GROUP BY pn", "fee_max is not declared"),
        ("SELECT pn, max(self_paid) AS self_paid FROM edu_fee GROUP BY pn", "self_paid is not declared"),
        ("SELECT pn FROM edu_fee", "does not give"),
        ("SELECT pn, 1 AS fee_self_paid_max FROM edu_fee;\nSELECT pn FROM edu_fee;", "two statements"),
    ],
)
def test_wrong_facts_are_refused_with_the_reason(sql: str, reason: str) -> None:
    with pytest.raises(FactError, match=reason):
        build(sql)


def test_columns_that_a_comparison_reads_are_those_that_the_facts_name() -> None:
    before = load_catalogue().rows["DS-EDU-FEE"]
    assert before.columns == {"school_year": "VARCHAR", "self_paid": "DECIMAL(14, 2)"}  # the key, and the fact
    after = build("SELECT pn, max(tuition) AS fee_self_paid_max FROM edu_fee WHERE stage = 'senior' GROUP BY pn")
    assert set(after.rows["DS-EDU-FEE"].columns) == {"school_year", "stage", "tuition"}


def test_what_a_fact_comes_from_is_followed_through_other_facts_conditions_and_rules() -> None:
    facts = load_catalogue().facts
    assert facts["is_low_income"].datasets == ("DS-CIV-LOW",)
    assert set(facts["has_dropout"].datasets) == {"DS-EDU-ROLL", "DS-EDU-EXEMPT"}
    assert facts["temp_relief_count"].parameters == ("civ.temp_window_months",)
    assert facts["net_income"].scopes == {"person", "household"}
    assert facts["net_income"].datasets == ()


def test_what_somebody_looks_up_is_there_with_all_that_it_looks_up_itself() -> None:
    """`first` has no rows and is looked up by `second`, which has none either and is looked up by `third`."""
    chain = [
        Relation("first", "", needs=frozenset({"rows"}), reads=frozenset({"rows"})),
        Relation("second", "", needs=frozenset({"rows"}), reads=frozenset({"rows", "first"})),
        Relation("third", "", needs=frozenset({"person"}), reads=frozenset({"person", "second"})),
        Relation("alone", "", needs=frozenset({"rows"}), reads=frozenset({"rows", "first"})),
    ]
    parts: dict[str, list[Fact]] = {relation.name: [] for relation in chain}
    scope = Relations("person", [], parts, chain, Relation("person_fact", ""))
    assert [each.name for each in told_of([scope], {"rows"})["person"]] == [
        "first", "second", "third", "person_base", "person_fact",
    ]  # fmt: skip
