"""The rules of data quality as their files declare them, checked when they are loaded, and as SQL. Pure.

Each scope is a pair of files in `catalogue`: `<scope>.sql` gives one row of facts for each person, household, running
episode or elimination of the chosen households, `<scope>.toml` names these facts and the rules over them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from registry.rulebook import Catalogue, Level, cases_sql, compile_rules
from servicekit.expressions import FACTS_ALIAS, PARAMETERS_ALIAS

Scope = Literal["person", "household", "episode", "elimination"]

SCOPES: tuple[Scope, ...] = ("person", "household", "episode", "elimination")
"""In the order in which their facts are made: each may read those before it (`quality_<scope>`)."""

_SEEN: Mapping[str, tuple[str, ...]] = {
    "person": ("person",),
    "household": ("household", "episode", "elimination"),
    "episode": ("episode",),
    "elimination": ("elimination",),
}
"""Of what the facts of a file are known: the row of an episode, or an elimination, has all of its household's."""

OF_EPISODES: frozenset[str] = frozenset({"episode", "elimination"})
"""Whose rules find something about an episode of the household."""


def compile_catalogue(declared: Mapping[Scope, Mapping[str, Any]], relations: Mapping[Scope, str]) -> Catalogue:
    """Check declarations against each other.

    Args:
        declared: The parsed TOML of each scope.

    Raises:
        ValueError: a rule names what is not known of its scope, or says something that is not in the language.
    """
    queries = {str(scope): relations[scope] for scope in SCOPES}
    return compile_rules({scope: declared[scope] for scope in SCOPES}, queries, _SEEN, _begins)


def _begins(scope: str, level: Level) -> str:
    return "CK-" if level == "check" else f"Q-{scope[0].upper()}"


@cache
def load() -> Catalogue:
    """Load and check what ships.

    Raises:
        ValueError: naming the rule and what is wrong in it.
    """
    folder = files(__package__).joinpath("catalogue")
    texts = {scope: folder.joinpath(f"{scope}.toml").read_text(encoding="utf-8") for scope in SCOPES}
    return compile_catalogue(
        {scope: tomllib.loads(text) for scope, text in texts.items()},
        {scope: folder.joinpath(f"{scope}.sql").read_text(encoding="utf-8") for scope in SCOPES},
    )


def found_sql(catalogue: Catalogue) -> str:
    """Write the query of everything that the rules find: (household_id, subject_id, scope, rule, evidence)."""
    return "\nUNION ALL\n".join(
        f"""SELECT {FACTS_ALIAS}.household_id, {_subject(scope)} AS subject_id, '{scope}' AS scope, x.rule, x.evidence
FROM quality_{scope} {FACTS_ALIAS} JOIN quality_parameter {PARAMETERS_ALIAS} USING (county)
CROSS JOIN LATERAL (VALUES
{cases_sql(rules)}
) x (rule, evidence)
WHERE x.evidence IS NOT NULL"""
        for scope in SCOPES
        if (rules := catalogue.of_scope(scope))
    )


def _subject(scope: str) -> str:
    return f"{FACTS_ALIAS}.episode_id" if scope in OF_EPISODES else f"{FACTS_ALIAS}.subject_id"
