"""Shares as people read them. Pure."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal


def percent(part: int, whole: int) -> Decimal:
    """Give a share in per cent, with one decimal; of nothing it is zero."""
    if whole == 0:
        return Decimal("0.0")
    return (Decimal(part * 100) / whole).quantize(Decimal("0.1"), ROUND_HALF_UP)
