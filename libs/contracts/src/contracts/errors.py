"""What is wrong with one thing that was given: the one shape, from a pure rule to the problem document. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.id_numbers import without_id_numbers


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field.

    Attributes:
        pointer: JSON pointer (RFC 6901) into the body, `query:name`, `path:name` or `line:number/field`; empty when
            nothing that was given is at fault.
        code: A stable word, `id_no.checksum`.
        detail: What people read, Chinese first. Never the value: values are names and numbers of people.
    """

    pointer: str
    code: str
    detail: str

    def __post_init__(self) -> None:
        """A name that somebody gave, a key of an object or a heading, may be a number: it is not told again."""
        for name in ("pointer", "code", "detail"):
            given = getattr(self, name)
            plain = without_id_numbers(given)
            if plain is not given:
                object.__setattr__(self, name, plain)

    @classmethod
    def told(cls, texts: Mapping[str, str], key: str, pointer: str = "", **values: object) -> FieldError:
        """Give an error whose text stands among a feature's texts.

        Args:
            key: The code; what stands after a colon tells two texts of one code apart.
            values: What the text names.
        """
        return cls(pointer, key.partition(":")[0], texts[key].format_map(values))
