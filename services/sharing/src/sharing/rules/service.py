"""Use cases of the rule catalogue."""

from __future__ import annotations

from sharing.rules.catalogue import CompiledRule, load_catalogue
from sharing.rules.problems import UnknownRule


def rule_of(rule_id: str) -> CompiledRule:
    """Give a rule.

    Raises:
        UnknownRule: if there is none.
    """
    compiled = load_catalogue().by_id.get(rule_id)
    if compiled is None:
        raise UnknownRule(f"no rule {rule_id!r}")
    return compiled
