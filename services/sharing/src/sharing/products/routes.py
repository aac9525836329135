"""HTTP edge of products."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from contracts.vocabulary import FieldClass
from servicekit.auth import Principal, requires
from servicekit.revalidation import REVALIDATED
from sharing.products import service
from sharing.products.schemas import ProductList, shown

router = APIRouter(prefix="/v1/products", tags=["agreements"])

_MayRead = Annotated[
    Principal,
    requires(
        "agreements:read",
        "provision:read",
        purpose="查看可共享的产品 / see what agreements may grant",
        classes=(FieldClass.S1,),
    ),
]


@router.get("", response_model=ProductList, dependencies=[REVALIDATED])
async def list_products(_: _MayRead) -> ProductList:
    """共享产品目录 / What an agreement may grant, with its fields and their classes."""
    return ProductList(items=[shown(product) for product in service.products()])
