"""The declared computations: how rows become facts, written once and compiled for both engines."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

import sqlglot

from sharing.comparison.linking import DatasetRows

_FACTS = files("sharing.rules").joinpath("facts")


@cache
def dataset_rows() -> dict[str, DatasetRows]:
    """Give what the comparison reads of each dataset, by code."""
    document = tomllib.loads(_FACTS.joinpath("datasets.toml").read_text(encoding="utf-8"))
    return {
        code: DatasetRows(code, entry["name"], tuple(entry["key"]), tuple(entry.get("newest", ())), entry["columns"])
        for code, entry in document.items()
    }


@cache
def facts_sql(name: str, dialect: str = "duckdb") -> str:
    """Give the query of `income`, `person` or `household` facts for `duckdb` or `postgres`."""
    text = _FACTS.joinpath(f"{name}.sql").read_text(encoding="utf-8")
    return text if dialect == "duckdb" else sqlglot.transpile(text, read="duckdb", write=dialect, comments=False)[0]
