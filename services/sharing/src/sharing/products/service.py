"""What other features read of products."""

from __future__ import annotations

from sharing.products.loading import load_products
from sharing.products.model import IDENTITY as IDENTITY
from sharing.products.model import Mode as Mode
from sharing.products.model import Product as Product
from sharing.products.model import ProductField as ProductField
from sharing.products.problems import UnknownProduct as UnknownProduct


def products() -> list[Product]:
    """Give every product, by its id."""
    return list(load_products().values())


def known(product_id: str) -> Product | None:
    """Give a product; None where it is not declared, or not any more."""
    return load_products().get(product_id)


def product_of(product_id: str) -> Product:
    """Give a product.

    Raises:
        UnknownProduct
    """
    found = known(product_id)
    if found is None:
        raise UnknownProduct("no such product")
    return found
