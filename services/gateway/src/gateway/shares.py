"""How much one party may hold of what all share."""

from __future__ import annotations

from collections import Counter


class Shares:
    """Counts what each key holds, up to a limit."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held: Counter[str] = Counter()

    def take(self, key: str) -> bool:
        """Take one more; False when `key` has its share already."""
        if self._held[key] >= self._limit:
            return False
        self._held[key] += 1
        return True

    def give_back(self, key: str) -> None:
        """Give back one that was taken."""
        self._held[key] -= 1
        if self._held[key] <= 0:
            del self._held[key]
