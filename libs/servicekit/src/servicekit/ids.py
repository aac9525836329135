"""Opaque identifiers."""

from __future__ import annotations

import os
import time

_VARIANT = {digit: "89ab"[int(digit, 16) & 0b11] for digit in "0123456789abcdef"}
_DIGITS = 20  # ten random bytes an id, six bits of which give way to version and variant
_ahead: list[str] = []  # randomness drawn ahead: a call of the kernel for every id was a tenth of folding
os.register_at_fork(after_in_child=_ahead.clear)  # or parent and child would give the same ids


def new_id() -> str:
    """Give a UUIDv7 (RFC 9562): time-ordered, so that indexes on it stay dense; 74 random bits."""
    # Digits and no `uuid.UUID` in between: that costs four times as much, and folding makes four ids a finding.
    millis = f"{time.time_ns() // 1_000_000:012x}"
    try:
        digits = _ahead.pop()
    except IndexError:
        drawn = os.urandom(64 * _DIGITS // 2).hex()
        _ahead.extend(drawn[at : at + _DIGITS] for at in range(_DIGITS, len(drawn), _DIGITS))
        digits = drawn[:_DIGITS]
    return f"{millis[:8]}-{millis[8:]}-7{digits[:3]}-{_VARIANT[digits[3]]}{digits[4:7]}-{digits[7:19]}"
