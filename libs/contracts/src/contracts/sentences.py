"""The sentence that says why a rule held: its own text with a finding's values. The same for every reader. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from contracts.parameters import Words

PLACE = re.compile(r"\{([a-z0-9_.]+)\}")

YES, NO = "是", "否"
# Words for the values of facts: true, false, unknown.
IN_CHINESE = (YES, NO, "不详")
IN_ENGLISH = ("yes", "no", "unknown")


def fill(text: Words, values: Mapping[str, Any]) -> Words:
    """Fill the places of a rule's text, `{name}`, with the values of facts and parameters."""
    return Words(zh=_filled(text.zh, values, IN_CHINESE), en=_filled(text.en, values, IN_ENGLISH))


def shown(value: object, words: tuple[str, str, str]) -> str:
    """Give a fact's value as people read it."""
    yes, no, unknown = words
    if value is None:
        return unknown
    if isinstance(value, bool):
        return yes if value else no
    return str(value)


def _filled(template: str, values: Mapping[str, Any], words: tuple[str, str, str]) -> str:
    return PLACE.sub(lambda match: shown(values.get(match.group(1)), words), template)
