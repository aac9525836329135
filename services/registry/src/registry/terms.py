"""A term in a role, as the rules of every feature see it. Pure."""

from __future__ import annotations

from servicekit.persons import Term

__all__ = ["Term"]
