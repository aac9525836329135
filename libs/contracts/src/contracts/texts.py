"""What every text of a request must be, wherever it comes in. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, Final
from urllib.parse import unquote

from pydantic_core import PydanticCustomError

from contracts.id_numbers import carries_id_number

_MARK: Final = "x-bangfu-holds"

HOLDS_ID_NUMBER: Final[dict[str, Any]] = {_MARK: "id_number"}
"""`json_schema_extra` of a field that is there for a citizen number (it is sealed or turned into a token)."""


def may_hold_id_number(json_schema_extra: object) -> bool:
    """Tell whether a field is declared to take citizen numbers."""
    return isinstance(json_schema_extra, Mapping) and json_schema_extra.get(_MARK) == "id_number"


def is_numbering(field_name: str) -> bool:
    """Tell whether a field holds numbers of a register, which may look like the old form of a citizen's."""
    return field_name.endswith(("_no", "_ref"))


def checked(value: Any, *, field_name: str = "", holds_id_number: bool = False) -> Any:
    """Give `value` back when every text in it may be kept, keys of objects included.

    Raises:
        PydanticCustomError: `text.unstorable` for NUL or half of a surrogate pair, `text.id_number` for a citizen
            number where none belongs. The message never repeats the text.
    """
    if value is None or isinstance(value, _NO_TEXT):
        pass
    elif isinstance(value, str):
        _check_text(value, field_name, holds_id_number=holds_id_number)
    elif isinstance(value, dict):
        for key, item in value.items():
            if isinstance(key, str):
                _check_text(key, field_name, holds_id_number=False)
            checked(item, field_name=key if isinstance(key, str) else field_name, holds_id_number=holds_id_number)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            checked(item, field_name=field_name, holds_id_number=holds_id_number)
    elif isinstance(value, int | Decimal) and not holds_id_number and _LEAST < value < _MOST:
        _check_text(str(int(value)), field_name, holds_id_number=False)
    return value


_NO_TEXT = (Enum, bool, date)
# Numbers that are long enough to be a citizen's.
_LEAST, _MOST = 10**14, 10**22
_HALF = re.compile("[\ud800-\udfff]")


def _check_text(text: str, field_name: str, *, holds_id_number: bool) -> None:
    if "\x00" in text or _HALF.search(text):
        raise PydanticCustomError("text.unstorable", "the text holds NUL or half of a surrogate pair")
    if holds_id_number or len(text) < 15:
        return
    old_form = not is_numbering(field_name)
    if carries_id_number(text, old_form=old_form) or (
        "%" in text and carries_id_number(unquote(unquote(text)), old_form=old_form)
    ):
        raise PydanticCustomError(
            "text.id_number", "the text holds a citizen's ID number, which belongs only into the field made for it"
        )
