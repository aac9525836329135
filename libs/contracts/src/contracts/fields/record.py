"""What is said of a field, once: all that reads, writes, shows, announces or explains the field derives from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Literal

from contracts.vocabulary import FieldClass, Labelled

Kind = Literal["text", "code", "codes", "bool", "date", "money", "int"]
Kept = Literal["plain", "masked", "sealed"]

# PostgreSQL keeps no NUL, and nobody needs the other control characters in one line of text.
LINE: Final = r"^[^\x00-\x1f\x7f]*$"


class _Absent(Enum):
    DEFAULT = "default"


REQUIRED: Final = _Absent.DEFAULT
"""The default of a field that must be given."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field of a household, a person or a year's income.

    Attributes:
        zh: Title of the field, and of its column in flat files; `aliases` are other titles that files use.
        en: The same in English.
        sensitivity: Who may see it; the routes that show the field declare it.
        codes: Code list of the kinds `code` and `codes`; one more class in `contracts.vocabulary`.
        unit: `yuan` of money; empty elsewhere.
        pattern: What a text must match; `shortest` and `longest` are its characters, or the items of `codes`,
            or the least and the greatest int.
        default: Value where none is given; None makes the field nullable; REQUIRED.
        is_given: Clients and files give it; otherwise the registry fills it (`computed` by the database itself).
        is_editable: PATCH changes it.
        is_shown: GET and lists show it, under `name`, or `shown_as` where the two differ.
        is_coarse: Answers show the year of the date only, and the whole with the full identity: a masked number beside
            the day of birth leaves too few candidates.
        kept: `plain` in a column of its name; `masked` in a column `<name>_masked`, beside the ciphertext that
            `sealed` fields are in alone.
        merge: What an import does to what is registered: replace it, or keep the `latest` of the two dates.
        in_snapshot: Travels in `HouseholdSnapshotTaken`, with a default for readers of older events.
        in_directory: `sharing` keeps it for the rules; only what is in the snapshot can be.
        in_title: Stands in the title of a household (of a person: of its head) by which people recognise a row.
        months: Of a date that files may give as a month alone: the day of it that stands for it.
        fact: Name under which rules may use it; empty where facts compute with it, or nobody needs it.
    """

    name: str
    kind: Kind
    zh: str
    en: str
    sensitivity: FieldClass
    codes: type[Labelled] | None = None
    unit: Literal["", "yuan"] = ""
    pattern: str = LINE
    shortest: int | None = None
    longest: int | None = None
    default: Any = REQUIRED
    is_given: bool = True
    is_computed: bool = False
    is_editable: bool = False
    is_shown: bool = True
    shown_as: str = ""
    is_coarse: bool = False
    kept: Kept = "plain"
    merge: Literal["replace", "latest"] = "replace"
    in_snapshot: bool = False
    in_directory: bool = False
    in_title: bool = False
    fact: str = ""
    aliases: tuple[str, ...] = ()
    months: Literal["", "first", "last"] = ""
    examples: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a record that contradicts itself.

        Raises:
            ValueError
        """
        if (self.codes is not None) != (self.kind in ("code", "codes")):
            raise ValueError(f"{self.name}: a code list belongs to the kinds code and codes")
        if (self.unit == "yuan") != (self.kind == "money"):
            raise ValueError(f"{self.name}: money is in yuan, and nothing else has a unit")
        if self.in_snapshot and self.kept != "plain":
            raise ValueError(f"{self.name}: what is sealed does not travel")
        if (self.in_directory and not self.in_snapshot) or (self.fact and not self.in_directory):
            raise ValueError(f"{self.name}: facts come from the directory, and the directory from the snapshot")
        if self.fact and self.kind in ("text", "codes"):
            raise ValueError(f"{self.name}: a fact is a code, a number, a date or true or false")
        if self.is_coarse and (self.kind != "date" or self.kept != "plain"):
            raise ValueError(f"{self.name}: only a plain date has a year to show")
        if self.in_title and not self.is_shown:
            raise ValueError(f"{self.name}: a title shows it, so answers do")
        if self.is_editable and not self.is_given:
            raise ValueError(f"{self.name}: only what is given can be edited")

    @property
    def public_name(self) -> str:
        """Its name in answers, events, directory and facts."""
        return self.shown_as or self.name

    @property
    def is_nullable(self) -> bool:
        """Tell whether it may be absent for good."""
        return self.default is None

    @property
    def is_required(self) -> bool:
        """Tell whether it has no default."""
        return self.default is REQUIRED

    @property
    def column(self) -> str:
        """Column of the registry that shows it."""
        return f"{self.name}_masked" if self.kept == "masked" else self.name


Fields = tuple[Field, ...]


def given(fields: Iterable[Field]) -> Fields:
    """Give those that clients and files carry."""
    return tuple(field for field in fields if field.is_given)


def plain(fields: Iterable[Field]) -> Fields:
    """Give those that clients give and that stand in a column of their name."""
    return tuple(field for field in fields if field.is_given and field.kept == "plain")


def editable(fields: Iterable[Field]) -> Fields:
    """Give those that PATCH changes."""
    return tuple(field for field in fields if field.is_editable)


def shown(fields: Iterable[Field]) -> Fields:
    """Give those that answers show."""
    return tuple(field for field in fields if field.is_shown)


def titled(fields: Iterable[Field]) -> Fields:
    """Give those that stand in titles."""
    return tuple(field for field in fields if field.in_title)


def announced(fields: Iterable[Field]) -> Fields:
    """Give those that travel in the household's snapshot."""
    return tuple(field for field in fields if field.in_snapshot)


def compared(fields: Iterable[Field]) -> Fields:
    """Give those that the directory of `sharing` holds."""
    return tuple(field for field in fields if field.in_directory)


def unmasked(fields: Iterable[Field]) -> Fields:
    """Give those that are shown whole for a purpose and a case only."""
    return tuple(field for field in fields if field.kept != "plain" or field.is_coarse)


def names(fields: Iterable[Field]) -> tuple[str, ...]:
    """Give their names, in order."""
    return tuple(field.name for field in fields)


def classes(*records: Iterable[Field]) -> tuple[FieldClass, ...]:
    """Give the sensitivity classes among the fields that answers show, least first."""
    return tuple(sorted({field.sensitivity for fields in records for field in shown(fields)}))
