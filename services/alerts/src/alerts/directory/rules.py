"""Which policy parameters hold for an area. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from contracts.vocabulary import Severity

Scalar = Decimal | str | bool

# What holds until the registry's first profile has arrived, and for a parameter that no profile names: the values of
# the profile that the registry ships for the whole country (region 000000000000), where each has its source.
SHIPPED: Mapping[str, Scalar] = {
    "alerts.orange_to_red": Decimal(2),
    "alerts.exclusion_quiet_days": Decimal(90),
    "alerts.exclusion_growth_share": Decimal("0.20"),
    "alerts.verifiers_min": Decimal(2),
    "clock.verify_days_red": Decimal(3),
    "clock.verify_days_orange": Decimal(7),
    "clock.verify_days_yellow": Decimal(10),
    "clock.verify_days_info": Decimal(30),
    "clock.identify_limit_days": Decimal(15),
}


@dataclass(frozen=True, slots=True)
class Policy:
    """The parameters that alerts works with, for one area.

    Attributes:
        orange_to_red: Distinct ORANGE rules on a household in a period from which its ORANGE clues become RED.
        quiet: How long findings with the facts of an excluded clue raise nothing.
        growth_share: Share (0.20 = 20 %) by which a number must grow to end the quiet; boundary inclusive.
        verifiers_min: Distinct persons that a verification needs.
        identify_limit: Time from the clue to the completed identification.
        verify_within: Time to verify a clue, by severity.
    """

    orange_to_red: int
    quiet: timedelta
    growth_share: Decimal
    verifiers_min: int
    identify_limit: timedelta
    verify_within: Mapping[Severity, timedelta]


def policy_of(parameters: Mapping[str, Scalar]) -> Policy:
    """Give the typed parameters; names that are missing take the shipped value."""
    merged = {**SHIPPED, **{name: value for name, value in parameters.items() if name in SHIPPED}}
    return Policy(
        orange_to_red=int(_number(merged["alerts.orange_to_red"])),
        quiet=_days(merged["alerts.exclusion_quiet_days"]),
        growth_share=_number(merged["alerts.exclusion_growth_share"]),
        verifiers_min=int(_number(merged["alerts.verifiers_min"])),
        identify_limit=_days(merged["clock.identify_limit_days"]),
        verify_within={severity: _days(merged[f"clock.verify_days_{severity.value.lower()}"]) for severity in Severity},
    )


def regions_of(area_code: str) -> Sequence[str]:
    """Give the area and its ancestors, the nation first: the order in which profiles are laid over each other."""
    return ["0" * 12, *dict.fromkeys(area_code[:length].ljust(12, "0") for length in (2, 4, 6, 9, 12))]


class PolicyBook:
    """The profiles in force on a day."""

    def __init__(self, profiles: Mapping[str, Mapping[str, Scalar]]) -> None:
        """Take each region's parameters."""
        self._profiles = profiles
        self._known: dict[str, Policy] = {}

    def for_area(self, area_code: str) -> Policy:
        """Give what holds in `area_code`: its own profile, else the nearest ancestor's, parameter by parameter."""
        policy = self._known.get(area_code)
        if policy is None:
            merged: dict[str, Scalar] = {}
            for region in regions_of(area_code):
                merged.update(self._profiles.get(region, {}))
            policy = self._known[area_code] = policy_of(merged)
        return policy


def _number(value: Scalar) -> Decimal:
    return Decimal(str(value))


def _days(value: Scalar) -> timedelta:
    return timedelta(days=float(_number(value)))
