"""Which of several sources' values of a status counts. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Protocol, TypeVar


class Value(Protocol):
    """A value of a status that stands."""

    @property
    def kind(self) -> str: ...
    @property
    def is_safe(self) -> bool: ...
    @property
    def checked_on(self) -> date: ...
    @property
    def recorded_at(self) -> datetime: ...


V = TypeVar("V", bound=Value)


def settle(standing: Iterable[V]) -> dict[str, tuple[V, list[V]]]:
    """Give by kind the value that counts and those that contradict it: the newest day, then the last told."""
    by_kind: dict[str, list[V]] = {}
    for value in sorted(standing, key=lambda value: (value.checked_on, value.recorded_at), reverse=True):
        by_kind.setdefault(value.kind, []).append(value)
    return {
        kind: (newest, [value for value in others if value.is_safe != newest.is_safe])
        for kind, (newest, *others) in by_kind.items()
    }
