"""What a product is. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from contracts.vocabulary import Department, FieldClass, Labelled

Subject = Literal["person", "household"]


class Mode(Labelled):
    """提供方式: how a receiver gets what an agreement grants."""

    CHECK = "check", "核验(是/否)", "a yes or no about one person"
    LIST = "list", "名单查询", "rows, page by page"
    FILE = "file", "月度名单文件", "a sealed file"
    FEED = "feed", "变更推送", "what changed since the receiver looked last"


@dataclass(frozen=True, kw_only=True)
class ProductField:
    """A field that a product may give.

    Attributes:
        sql: Over the directory's `h` (household) and, of a product of persons, `p` (person).
        codes: What its codes mean, in Chinese; empty where it is no code.
    """

    name: str
    zh: str
    en: str
    field_class: FieldClass
    sql: str
    codes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Product:
    """Something that may be provided.

    Attributes:
        provider: The department that answers for the data and decides who gets them.
        receivers: Departments that an agreement may name.
        subject: What a row is about; of persons, each is told with its household.
        condition: Of whom there is a row; SQL over `h` and `p`, active households alone.
        basis: On what law or document it rests, where a product names one.
    """

    id: str
    zh: str
    en: str
    provider: Department
    receivers: tuple[Department, ...]
    modes: tuple[Mode, ...]
    subject: Subject
    condition: str
    fields: tuple[ProductField, ...]
    basis: str

    def field(self, name: str) -> ProductField | None:
        """Give a field by its name; None where it is not declared, or not any more."""
        return next((field for field in self.fields if field.name == name), None)

    def declared(self, names: tuple[str, ...]) -> tuple[ProductField, ...]:
        """Give those of `names` that are declared, in the product's order."""
        return tuple(field for field in self.fields if field.name in names)


IDENTITY: Final = ("household_id", "person_id")
"""What each row is known by, beside its fields: opaque ids of the register."""
