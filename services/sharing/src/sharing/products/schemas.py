"""Wire models of products."""

from __future__ import annotations

from pydantic import BaseModel, Field

from contracts.vocabulary import Department, FieldClass
from sharing.products.model import Mode, Product, Subject


class ProductFieldOut(BaseModel):
    """A field that a product may give."""

    name: str
    zh: str
    en: str
    field_class: FieldClass = Field(description="分级 / sensitivity")
    codes: dict[str, str] = Field(description="代码含义 / what its codes mean; empty where it is no code")


class ProductOut(BaseModel):
    """Something that an agreement may grant."""

    id: str
    zh: str
    en: str
    provider: Department
    receivers: list[Department] = Field(description="可签约的接收方 / departments that an agreement may name")
    modes: list[Mode]
    subject: Subject = Field(description="每行所指 / what a row is about")
    basis: str = Field(description="依据 / what it rests on")
    fields: list[ProductFieldOut] = Field(description="empty: it answers yes or no and gives nothing else")


class ProductList(BaseModel):
    """All products."""

    items: list[ProductOut]


def shown(product: Product) -> ProductOut:
    """Give a product as it is shown."""
    fields = [
        ProductFieldOut(name=each.name, zh=each.zh, en=each.en, field_class=each.field_class, codes=dict(each.codes))
        for each in product.fields
    ]
    return ProductOut(
        id=product.id, zh=product.zh, en=product.en, provider=product.provider, receivers=list(product.receivers),
        modes=list(product.modes), subject=product.subject, basis=product.basis, fields=fields,
    )  # fmt: skip
