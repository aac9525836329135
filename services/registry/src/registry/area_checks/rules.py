"""The counter-checks of areas as their files declare them, and as SQL. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from registry.rulebook import Catalogue, cases_sql, compile_rules
from servicekit.expressions import FACTS_ALIAS, PARAMETERS_ALIAS

KIND = "V02"
SCOPES = ("area", "cause", "site")
_SEEN: Mapping[str, tuple[str, ...]] = {scope: (scope,) for scope in SCOPES}


@cache
def load() -> Catalogue:
    """Load and check what ships.

    Raises:
        ValueError: naming the check and what is wrong in it.
    """
    folder = files(__package__).joinpath("catalogue")
    return compile_rules(
        {scope: tomllib.loads(folder.joinpath(f"{scope}.toml").read_text(encoding="utf-8")) for scope in SCOPES},
        {scope: folder.joinpath(f"{scope}.sql").read_text(encoding="utf-8") for scope in SCOPES},
        _SEEN,
        lambda *_: "CK-",
    )


SITE = "site:"
"""How what is found of a resettlement site begins, where others name a risk."""


def found_sql(catalogue: Catalogue) -> str:
    """Write the query of everything that the checks find: (area_code, cause, check, evidence)."""
    return "\nUNION ALL\n".join(
        f"""SELECT {FACTS_ALIAS}.area_code, coalesce({FACTS_ALIAS}.cause, '') AS cause, x.code, x.evidence
FROM area_check_{scope} {FACTS_ALIAS} JOIN area_check_parameter {PARAMETERS_ALIAS} USING (county)
CROSS JOIN LATERAL (VALUES
{cases_sql(catalogue.of_scope(scope))}
) x (code, evidence)
WHERE x.evidence IS NOT NULL"""
        for scope in SCOPES
    )
