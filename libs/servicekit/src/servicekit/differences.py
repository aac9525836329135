"""What changed in a record, field by field, as people and programs read it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import BaseModel, Field

from contracts.fields import Field as Declared
from contracts.parameters import Words


class Changed(BaseModel):
    """A field that changed."""

    field: str = Field(description="as the object calls it")
    title: Words
    before: Any = Field(description="before the change; null: there was none, or it is not shown")
    after: Any = Field(description="after the change; null: there is none, or it is not shown")
    person_id: str | None = Field(default=None, description="the member that it is about")
    year: int | None = Field(default=None, description="the year of incomes that it is about")


def titled(field: str, zh: str, en: str, before: Any, after: Any, **more: Any) -> Changed:
    """Give a change under its titles."""
    return Changed(field=field, title=Words(zh=zh, en=en), before=before, after=after, **more)


def differences(
    before: Mapping[str, Any], after: Mapping[str, Any], fields: Iterable[Declared], **about: Any
) -> list[Changed]:
    """Give the fields that differ, in the order of their declaration.

    A field that one of the two does not have was not kept then: nothing is said of it. Of what is masked it is said
    that it changed, not what it was; of a day of which answers show the year, the year.
    """
    found: list[Changed] = []
    for field in fields:
        name = field.public_name
        if name not in before or name not in after or before[name] == after[name]:
            continue
        was, is_now = (_shown(field, document[name]) for document in (before, after))
        found.append(titled(name, field.zh, field.en, was, is_now, **about))
    return found


def _shown(field: Declared, value: Any) -> Any:
    if value is None or field.kept != "plain":
        return None
    return str(value)[:4] if field.is_coarse else value


def state_differs(zh: str, en: str) -> Callable[[Any, Any], list[Changed]]:
    """Give what compares two states of something, the first one null where it is new."""

    def compare(before: Any, after: Any) -> list[Changed]:
        return [] if before == after else [titled("state", zh, en, before, after)]

    return compare
