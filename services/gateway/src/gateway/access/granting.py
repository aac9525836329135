"""Who may give what to which client, and when a second manager has to approve. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from contracts.scopes import STRICT
from servicekit.areas import NATION, is_within

EVERYTHING = "*"
"""In a client's grants: it may give every scope, and look after clients without an area."""


@dataclass(frozen=True, slots=True)
class Manager:
    """A manager of clients, with what it may give.

    Attributes:
        actor: Who decides: the person, where one is signed in, else the client.
        scopes: What it has itself.
        grants: What it may give beside that, as the operator declared.
        is_sole: Whether it decides alone: where only one person tries the system out.
    """

    client_id: str
    actor: str
    scopes: frozenset[str]
    areas: Sequence[str]
    grants: frozenset[str] = frozenset()
    is_sole: bool = False

    def beyond(self, scopes: Iterable[str]) -> list[str]:
        """Give the scopes that it may not give."""
        if EVERYTHING in self.grants:
            return []
        return sorted(set(scopes) - self.scopes - self.grants)

    def areas_beyond(self, areas: Iterable[str]) -> list[str]:
        """Give the areas that lie outside its own: nobody grants what they do not have."""
        return [area for area in areas if not any(is_within(area, root) for root in self.areas)]

    def reaches(self, areas: Sequence[str]) -> bool:
        """Tell whether it looks after a client of these areas; of one without any, only who may give everything."""
        return not self.areas_beyond(areas) and (bool(areas) or self.looks_after_all)

    @property
    def looks_after_all(self) -> bool:
        """Tell whether clients without an area are its own too."""
        return EVERYTHING in self.grants or NATION in self.areas


def is_sensitive(scopes: Collection[str], department: str | None) -> bool:
    """Tell whether who holds these credentials acts for a department or holds a strict scope."""
    return department is not None or not STRICT.isdisjoint(scopes)


def needs_second(
    *, added: Collection[str], department: str | None, takes_credentials: bool, scopes: Collection[str]
) -> bool:
    """Tell whether a change needs a second manager.

    Args:
        added: Scopes that the client does not have yet.
        department: The one that it gets by this change.
        takes_credentials: Whether the change lets somebody else act as the client, or again.
        scopes: What the client has when the change is done, and counts with its department for credentials.
    """
    if is_sensitive(added, department):
        return True
    return takes_credentials and is_sensitive(scopes, department)
