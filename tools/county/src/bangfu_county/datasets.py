"""The department files' columns, read from the service's catalogue as data: no code of the service is imported."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

Kind = Literal["str", "enum", "bool", "int", "date", "money"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `labels` maps the codes of an enum to what a clerk writes in the cell; bounds belong to an int."""

    code: str
    header: str
    kind: Kind = "str"
    required: bool = True
    labels: Mapping[str, str] | None = None
    minimum: int | None = None
    maximum: int | None = None
    example: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A condition between the columns of a row, in SQL; `field` is the one to correct."""

    field: str
    expression: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """A department's file format."""

    code: str
    department: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    checks: tuple[Check, ...] = ()
    is_of_persons: bool = True

    @property
    def own(self) -> tuple[Column, ...]:
        """The columns between the identity of a person, if there is one, and the date of the data."""
        return self.columns[2:-1] if self.is_of_persons else self.columns[:-1]


def _column(code: str, field: Mapping[str, Any]) -> Column:
    return Column(
        code=code,
        header=field["label"],
        kind=field["type"],
        required=field.get("required", True),
        labels=field.get("values"),
        minimum=field.get("minimum"),
        maximum=field.get("maximum"),
        example=field.get("example", ""),
    )


def _dataset(code: str, declared: Mapping[str, Any]) -> Dataset:
    is_of_persons = declared.get("subject", "person") == "person"
    identity = (Column("id_no", "证件号码"), Column("name", "姓名")) if is_of_persons else ()
    return Dataset(
        code=code,
        department=declared.get("department", code.split("-")[1]),
        key=tuple(declared["key"]),
        columns=(
            *identity,
            *(_column(*field) for field in declared["fields"].items()),
            Column("as_of", "数据日期", "date", required=False),
        ),
        is_of_persons=is_of_persons,
        checks=tuple(Check(check["field"], check["expression"]) for check in declared.get("row_checks", ())),
    )


def _read() -> Mapping[str, Dataset]:
    folders = sorted(files("sharing.catalogue").iterdir(), key=lambda folder: folder.name)
    found = {folder.name: folder.joinpath("dataset.toml") for folder in folders}
    return {
        code: _dataset(code, tomllib.loads(file.read_text("utf-8"))) for code, file in found.items() if file.is_file()
    }


DATASETS: Mapping[str, Dataset] = _read()
