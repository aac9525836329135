"""Errors of products."""

from __future__ import annotations

from servicekit.problems import NotFound


class UnknownProduct(NotFound):
    """404: no such product."""

    code = "sharing.product.unknown"
    title = "没有这个共享产品"
    advice = "请用 GET /v1/products 查看可以提供的产品。"
