"""The policy parameters that sharing knows, and what a set of values may be: no I/O."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.resources import files

from servicekit.areas import parent_of
from sharing.catalogue.model import Parameter, ValueType

Value = Decimal | str | bool
NATION = "000000000000"


@dataclass(frozen=True)
class Profile:
    """A region's parameters on a date.

    Attributes:
        version: Version of the nearest profile; 0 when none has been received and defaults stand in.
        parameters: By dotted name; numbers are `Decimal`.
    """

    version: int
    parameters: Mapping[str, Value]

    def number(self, name: str) -> Decimal:
        """Give a numeric parameter.

        Raises:
            KeyError: if it is not in the profile.
            ValueError: if it is not a number.
        """
        return _number(name, self.parameters[name])

    def whole(self, name: str) -> int:
        """Give a whole number: days, months, a count.

        Raises:
            ValueError: if it has decimals.
        """
        number = self.number(name)
        if number != number.to_integral_value():
            raise ValueError(f"parameter {name} must be a whole number")
        return int(number)


@cache
def declared() -> Mapping[str, Parameter]:
    """Give the parameters that sharing knows, by dotted name.

    Raises:
        ValueError: if a default does not fit its type.
    """
    groups = tomllib.loads(files("sharing.rules").joinpath("parameters.toml").read_text(encoding="utf-8"))
    result: dict[str, Parameter] = {}
    for group, members in groups.items():
        for short, entry in members.items():
            name = f"{group}.{short}"
            result[name] = Parameter(
                name=name,
                type=ValueType(entry["type"]),
                default=_number(name, entry["default"]),
                zh=entry["zh"],
                en=entry["en"],
            )
    return result


def _number(name: str, value: Value) -> Decimal:
    if isinstance(value, bool):
        raise ValueError(f"parameter {name} must be a number")
    try:
        number = Decimal(value)
    except InvalidOperation as error:
        raise ValueError(f"parameter {name} must be a number") from error
    if not number.is_finite():
        raise ValueError(f"parameter {name} must be finite")
    return number


def check(values: Mapping[str, Value]) -> dict[str, Decimal]:
    """Check values meant for the declared parameters; give them as numbers.

    Raises:
        ValueError: naming the first parameter that is unknown, not a number, negative, too large, or has more
            decimals than its type keeps.
    """
    result: dict[str, Decimal] = {}
    for name, value in values.items():
        if name not in declared():
            raise ValueError(f"parameter {name} is unknown")
        number = _number(name, value)
        decimals = {ValueType.MONEY: 2, ValueType.RATIO: 4}.get(declared()[name].type, 0)
        if number < 0 or number >= Decimal(10) ** (10 if decimals == 2 else 5):
            raise ValueError(f"parameter {name} is out of range")
        if number != round(number, decimals):
            raise ValueError(f"parameter {name} has more than {decimals} decimals")
        result[name] = number
    return result


def resolve(region: str, stored: Mapping[str, tuple[int, Mapping[str, Value]]]) -> Profile:
    """Give a region's profile from the stored ones (region -> version, values): the nearest ancestor's value wins."""
    chain: list[str] = []
    code: str | None = region
    while code is not None:
        chain.append(code)
        code = parent_of(code) if code != NATION else None
    values: dict[str, Value] = {name: parameter.default for name, parameter in declared().items()}
    version = 0
    for ancestor in reversed(chain):  # from the nation down, so that the nearest wins
        if ancestor in stored:
            version, own = stored[ancestor]
            values.update({name: _typed(name, value) for name, value in own.items()})
    return Profile(version, values)


def _typed(name: str, value: Value) -> Value:
    return _number(name, value) if name in declared() else value
