"""Reads and checks the declared products, once. Pure but for the files of the package."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from contracts.fields import HOUSEHOLD, PERSON
from contracts.fields import Field as RegisterField
from contracts.vocabulary import Department, FieldClass
from sharing.products.model import Mode, Product, ProductField, Subject

_TABLES: Final = {"household": ("h", HOUSEHOLD), "person": ("p", PERSON)}
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")


class _Field(BaseModel):
    model_config = ConfigDict(extra="forbid")

    of: str | None = None
    sql: str | None = None
    zh: str | None = None
    en: str | None = None
    field_class: FieldClass | None = None
    codes: dict[str, str] = {}


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid")

    zh: str
    en: str
    provider: Department
    receivers: list[Department] = Field(min_length=1)
    modes: list[Mode] = Field(min_length=1)
    subject: Subject
    condition: str
    basis: str
    fields: dict[str, _Field] = {}


@cache
def load_products() -> Mapping[str, Product]:
    """Give every declared product by its id, ordered by id.

    Raises:
        ValueError: a declaration contradicts itself.
    """
    found = {}
    for file in sorted(files(__package__).iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".toml"):
            name = file.name.removesuffix(".toml")
            found[name] = build(name, tomllib.loads(file.read_text(encoding="utf-8")))
    return MappingProxyType(found)


def build(name: str, declared: dict[str, Any]) -> Product:
    """Make a product of its declaration.

    Raises:
        ValueError: it contradicts itself.
    """
    given = _Declared.model_validate(declared)
    fields = tuple(_field(name, given.subject, key, each) for key, each in given.fields.items())
    if not fields and given.modes != [Mode.CHECK]:
        raise ValueError(f"product {name}: rows need fields; only a yes or no needs none")
    if Mode.CHECK in given.modes and (given.subject != "person" or len(given.modes) > 1):
        raise ValueError(f"product {name}: a yes or no is about one person, and gives nothing else")
    return Product(
        id=name, zh=given.zh, en=given.en, provider=given.provider, receivers=tuple(given.receivers),
        modes=tuple(given.modes), subject=given.subject, condition=given.condition, fields=fields, basis=given.basis,
    )  # fmt: skip


def _field(product: str, subject: Subject, name: str, given: _Field) -> ProductField:
    if not _NAME.fullmatch(name):
        raise ValueError(f"product {product}: {name!r} is no name of a field")
    if given.of is not None:
        owner, _, column = given.of.partition(".")
        if owner == "person" and subject != "person":
            raise ValueError(f"product {product}: {name} is of a person, and its rows are households")
        alias, record = _register(product, owner, column)
        if not record.in_directory:
            raise ValueError(f"product {product}: {given.of} is not kept in the directory")
        codes = tuple((each.value, each.label) for each in record.codes or ())
        return ProductField(
            name=name, zh=record.zh, en=record.en, field_class=record.sensitivity,
            sql=f"{alias}.{record.public_name}", codes=codes,
        )  # fmt: skip
    if given.sql is None or given.zh is None or given.en is None or given.field_class is None:
        raise ValueError(f"product {product}: {name} names a field of the register, or all of sql, zh, en, field_class")
    return ProductField(
        name=name, zh=given.zh, en=given.en, field_class=given.field_class, sql=given.sql,
        codes=tuple(given.codes.items()),
    )  # fmt: skip


def _register(product: str, owner: str, column: str) -> tuple[str, RegisterField]:
    alias, fields = _TABLES.get(owner, ("", ()))
    for field in fields:
        if column in (field.name, field.public_name):
            return alias, field
    raise ValueError(f"product {product}: the register has no {owner}.{column}")
