"""Who an answer was about: the ids in it, found while it passes. Pure.

Persons, households and everything else that services show have UUIDs; a list of households names its households and
their members. All of them are kept: an auditor asks for one id and gets every answer that had it.
"""

from __future__ import annotations

import re

_ID = re.compile(rb'"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"')
_CODE = re.compile(rb'"code": ?"([a-z0-9_.]{1,100})"')
_LONGEST = 38  # an id with its quotes
_MOST = 5_000
"""Ids of one answer, or of one piece of a long one: then they are handed over and counting begins anew."""


class Shown:
    """Collects the ids of an answer that comes in pieces."""

    __slots__ = ("_rest", "code", "ids")

    def __init__(self) -> None:
        """Begin with nothing."""
        self.ids: set[str] = set()
        self.code: str | None = None
        self._rest = b""

    def feed(self, piece: bytes) -> None:
        """Take a piece; an id may be cut in two by its end."""
        data = self._rest + piece
        self.ids.update(found.decode() for found in _ID.findall(data))
        self._rest = data[1 - _LONGEST :]

    def feed_problem(self, piece: bytes) -> None:
        """Take the code of a refusal, which stands near its beginning."""
        if self.code is None and (found := _CODE.search(piece)):
            self.code = found[1].decode()

    @property
    def is_full(self) -> bool:
        """Tell whether what was collected should be handed over."""
        return len(self.ids) >= _MOST

    def take(self) -> list[str]:
        """Give what was collected, in order, and begin anew."""
        ids, self.ids = sorted(self.ids), set()
        return ids
