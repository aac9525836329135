"""Every number or choice that policy sets: declared in `parameters.toml`, read, checked and resolved here alone."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Any, Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from contracts.errors import FieldError
from contracts.id_numbers import without_id_numbers

Value = Decimal | str

NATION = "000000000000"
LONGEST_TEXT = 40
_DECIMALS = {"money": 2, "ratio": 4, "int": 0}


class Words(BaseModel):
    """The same words in Chinese and English."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zh: str
    en: str


class Parameter(BaseModel):
    """One table of `parameters.toml`.

    Attributes:
        low, high: Smallest and largest number, both allowed.
        choices: What a `code` may be, and each of `codes`.
        not_above: A parameter whose value in the same profile this one may not exceed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    type: Literal["money", "ratio", "int", "code", "codes", "days", "text"]
    default: str
    unit: Words = Words(zh="", en="")
    low: Decimal = Decimal(0)
    high: Decimal = Decimal(1_000_000_000)
    choices: tuple[str, ...] = ()
    not_above: str | None = None
    zh: str
    en: str
    source: str = Field(min_length=3)


def _wrong(name: str, code: str, detail: str) -> FieldError:
    return FieldError(f"/parameters/{name}", f"parameter.{code}", f"{name} {detail}")


def read_value(parameter: Parameter, raw: Any) -> Value | FieldError:
    """Read one value, or tell what is wrong with it.

    Numbers may come as JSON numbers or as decimal strings; they are never floats afterwards.
    """
    name = parameter.name
    if parameter.type == "code":
        if raw in parameter.choices:
            return str(raw)
        allowed = ", ".join(parameter.choices)
        return _wrong(name, "code", f"只能是 {allowed} / must be one of {allowed}")
    if parameter.type == "codes":
        return _read_codes(parameter, raw)
    if parameter.type == "days":
        try:
            return " ".join(sorted({date.fromisoformat(day).isoformat() for day in raw.split()}))
        except (AttributeError, ValueError):
            return _wrong(name, "type", "应为日期,以空格分隔 / must be dates, blanks between")
    if parameter.type == "text":
        return _read_text(name, raw)
    if isinstance(raw, bool) or not isinstance(raw, int | float | str | Decimal):
        return _wrong(name, "type", "应为数字 / must be a number")
    try:
        value = Decimal(str(raw).strip())
    except ArithmeticError:
        return _wrong(name, "type", "应为数字 / must be a number")
    low, high, decimals = parameter.low, parameter.high, _DECIMALS[parameter.type]
    if not value.is_finite() or not low <= value <= high:
        return _wrong(name, "range", f"应在 {low} 与 {high} 之间 / must lie between these two")
    if value != round(value, decimals):
        shape = f"最多 {decimals} 位小数 / has at most {decimals} decimals" if decimals else "整数 / a whole number"
        return _wrong(name, "type", f"应为{shape}")
    return value


def _read_codes(parameter: Parameter, raw: Any) -> str | FieldError:
    """Read codes with blanks between them, in the order of the choices; none at all are allowed."""
    given = set(raw.split()) if isinstance(raw, str) else {None}
    if not given <= set(parameter.choices):
        allowed = ", ".join(parameter.choices)
        return _wrong(parameter.name, "code", f"只能是 {allowed},以空格分隔 / must be of {allowed}, blanks between")
    return " ".join(code for code in parameter.choices if code in given)


def _read_text(name: str, raw: Any) -> str | FieldError:
    text = raw.strip() if isinstance(raw, str) else ""
    if not 1 <= len(text) <= LONGEST_TEXT or not text.isprintable():
        return _wrong(name, "type", f"应为 1 至 {LONGEST_TEXT} 个字的一行文字 / must be a line of so many characters")
    if without_id_numbers(text) != text:
        return _wrong(name, "type", "不得含证件号码 / must hold no ID number")
    return text


def read_values(raw: Mapping[str, Any]) -> tuple[dict[str, Value], list[FieldError]]:
    """Read the values that somebody names: the good ones, and every fault, unknown names among them."""
    values: dict[str, Value] = {}
    faults: list[FieldError] = []
    for name, given in raw.items():
        parameter = PARAMETERS.get(name)
        if parameter is None:
            faults.append(_wrong(name, "unknown", "不是参数名 / is not a parameter"))
        elif isinstance(value := read_value(parameter, given), FieldError):
            faults.append(value)
        else:
            values[name] = value
    return values, faults


def contradictions(values: Mapping[str, Value]) -> list[FieldError]:
    """Give the values that exceed the one that they may not exceed."""
    faults = []
    for name, value in values.items():
        above = PARAMETERS[name].not_above
        if above is not None and above in values and Decimal(value) > Decimal(values[above]):
            faults.append(_wrong(above, "range", f"不得小于 {name} / may not be less than {name}"))
    return faults


class Version(Protocol):
    """A stored version of a region's profile. `parameters` need not name every parameter."""

    @property
    def region(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def effective_from(self) -> date: ...
    @property
    def parameters(self) -> Mapping[str, Any]: ...


V = TypeVar("V", bound=Version)


def lineage(region: str) -> list[str]:
    """Give `region` and its ancestors, nearest first, ending with the nation.

    Source: area codes are province 2, city 2, county 2, township 3, village 3 digits.
    """
    return list(dict.fromkeys([region, *(region[:end].ljust(12, "0") for end in (9, 6, 4, 2, 0))]))


def in_force(versions: Iterable[V], on: date) -> dict[str, V]:
    """Give each region's version that holds on a day.

    The latest `effective_from` wins; a later version replaces one of the same day.
    """
    newest: dict[str, V] = {}
    for version in versions:
        known = newest.get(version.region)
        if version.effective_from <= on and (
            known is None or (known.effective_from, known.version) < (version.effective_from, version.version)
        ):
            newest[version.region] = version
    return newest


@dataclass(frozen=True)
class Profile:
    """Every parameter of a region on a day.

    Attributes:
        version: Version of the nearest profile; 0 when there is none and defaults stand in.
        values: By dotted name; numbers are `Decimal`.
        defaulted: Names that no profile sets: their declared default holds.
    """

    version: int
    values: Mapping[str, Value]
    defaulted: frozenset[str]

    def number(self, name: str) -> Decimal:
        """Give a number."""
        return Decimal(self.values[name])

    def whole(self, name: str) -> int:
        """Give a whole number: days, months, a count."""
        return int(self.values[name])

    def text(self, name: str) -> str:
        """Give a name as the region writes it."""
        return str(self.values[name])

    def days(self, name: str) -> frozenset[date]:
        """Give a set of days."""
        return frozenset(date.fromisoformat(day) for day in str(self.values[name]).split())


def resolve(versions: Iterable[Version], region: str, on: date) -> Profile:
    """Give what holds in a region on a day; see `resolve_all`."""
    return resolve_all(versions, [region], on)[region]


def resolve_all(versions: Iterable[Version], regions: Iterable[str], on: date) -> dict[str, Profile]:
    """Give what holds in each region on a day, parameter by parameter: its own profile, its ancestors', the default.

    Raises:
        ValueError: if a stored value is none that its parameter may have.
    """
    held = in_force(versions, on)
    profiles: dict[tuple[str, ...], Profile] = {}
    chosen: dict[str, Profile] = {}
    for region in regions:
        chain = tuple(place for place in lineage(region) if place in held)
        if chain not in profiles:
            profiles[chain] = _overlaid([held[place] for place in chain])
        chosen[region] = profiles[chain]
    return chosen


def _overlaid(chain: Sequence[Version]) -> Profile:
    stored: dict[str, Any] = {}
    for version in reversed(chain):
        stored.update(version.parameters)
    # A name that only a newer release knows is none of ours.
    values, faults = read_values({name: value for name, value in stored.items() if name in PARAMETERS})
    if faults:
        raise ValueError("; ".join(fault.detail for fault in faults))
    return Profile(chain[0].version if chain else 0, DEFAULTS | values, frozenset(DEFAULTS.keys() - values.keys()))


_DECLARED = tomllib.loads((files("contracts") / "parameters.toml").read_text(encoding="utf-8"))
GROUPS = {name: Words(**title) for name, title in _DECLARED.pop("groups").items()}
PARAMETERS: Mapping[str, Parameter] = {
    f"{group}.{name}": Parameter(name=f"{group}.{name}", **entry)
    for group, entries in _DECLARED.items()
    for name, entry in entries.items()
}
DEFAULTS, _faults = read_values({name: parameter.default for name, parameter in PARAMETERS.items()})
if _faults := [*_faults, *contradictions(DEFAULTS)]:
    raise ValueError(f"parameters.toml: {_faults}")
