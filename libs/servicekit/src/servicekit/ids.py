"""Opaque identifiers."""

from __future__ import annotations

import os
import time
import uuid


def new_id() -> str:
    """Give a UUIDv7 (RFC 9562): time-ordered, so that indexes on it stay dense; 74 random bits."""
    millis = time.time_ns() // 1_000_000
    random_bits = int.from_bytes(os.urandom(10), "big")
    value = (millis & 0xFFFF_FFFF_FFFF) << 80
    value |= 0x7 << 76
    value |= ((random_bits >> 62) & 0xFFF) << 64
    value |= 0b10 << 62
    value |= random_bits & 0x3FFF_FFFF_FFFF_FFFF
    return str(uuid.UUID(int=value))
