"""Opaque identifiers."""

from __future__ import annotations

import functools
import os
import time

_VARIANT = {digit: "89ab"[int(digit, 16) & 0b11] for digit in "0123456789abcdef"}
_DIGITS = 20  # ten random bytes an id, six bits of which give way to version and variant
_ahead: list[str] = []  # ends of ids made ahead: a call of the kernel for every id was a tenth of folding
os.register_at_fork(after_in_child=_ahead.clear)  # or parent and child would give the same ids


@functools.lru_cache(maxsize=1)  # a batch makes tens of ids in a millisecond
def _stamp(millis: int) -> str:
    digits = f"{millis:012x}"
    return f"{digits[:8]}-{digits[8:]}"


def _draw() -> None:
    drawn = os.urandom(64 * _DIGITS // 2).hex()
    pieces = (drawn[at : at + _DIGITS] for at in range(0, len(drawn), _DIGITS))
    _ahead.extend(f"-7{it[:3]}-{_VARIANT[it[3]]}{it[4:7]}-{it[7:19]}" for it in pieces)


def new_id() -> str:
    """Give a UUIDv7 (RFC 9562): time-ordered, so that indexes on it stay dense; 74 random bits."""
    # Digits and no `uuid.UUID` in between: that costs several times as much, and folding makes four ids a finding.
    if not _ahead:
        _draw()
    return _stamp(time.time_ns() // 1_000_000) + _ahead.pop()
