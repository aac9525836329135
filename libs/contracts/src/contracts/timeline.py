"""What a household's file (一户一档) tells: the kinds of entries, read from timeline.toml. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts.parameters import Words
from contracts.sentences import fill
from contracts.vocabulary import Labelled


class EntryKind(BaseModel):
    """A kind of entry; see the head of timeline.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(pattern=r"^[a-z_]+$")
    told_by: Literal["registry", "alerts", "sharing"]
    zh: str
    en: str
    text: Words

    @property
    def title(self) -> Words:
        """What it is called."""
        return Words(zh=self.zh, en=self.en)

    def sentence(self, values: Mapping[str, Any]) -> Words:
        """Give its sentence with these values; codes and words are said in each language."""
        return Words(
            zh=fill(self.text, {name: _said(value, 0) for name, value in values.items()}).zh,
            en=fill(self.text, {name: _said(value, 1) for name, value in values.items()}).en,
        )


def _said(value: Any, language: Literal[0, 1]) -> Any:
    if isinstance(value, Labelled):
        return (value.label, value.english)[language]
    if isinstance(value, Words):
        return (value.zh, value.en)[language]
    if isinstance(value, list | tuple):
        return ("、", ", ")[language].join(str(_said(each, language)) for each in value)
    return value


def _kinds() -> dict[str, EntryKind]:
    declared = tomllib.loads((files("contracts") / "timeline.toml").read_text(encoding="utf-8"))
    return {code: EntryKind(code=code, **entry) for code, entry in declared.items()}


ENTRY_KINDS: Mapping[str, EntryKind] = _kinds()


def told_by(service: str) -> Iterable[str]:
    """Give the codes of the kinds that a service tells."""
    return (code for code, kind in ENTRY_KINDS.items() if kind.told_by == service)
