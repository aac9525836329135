"""Which parameters a profile has, what values they may take, and which profile holds where and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

Kind = Literal["money", "share", "count", "choice"]
Value = Decimal | str | bool


@dataclass(frozen=True)
class Parameter:
    """One number or choice that policy sets.

    Attributes:
        unit: What the number counts; also decides which values make sense.
        low, high: Smallest and largest value, both allowed.
    """

    name: str
    kind: Kind
    unit: str
    low: Decimal = Decimal(0)
    high: Decimal = Decimal(1000000000)
    choices: tuple[str, ...] = ()


def _money(name: str) -> Parameter:
    return Parameter(name, "money", "yuan")


def _share(name: str) -> Parameter:
    return Parameter(name, "share", "share", high=Decimal(1))


def _factor(name: str) -> Parameter:
    return Parameter(name, "share", "times", low=Decimal(1), high=Decimal(100))


def _count(name: str, unit: str, low: int = 0, high: int = 10_000) -> Parameter:
    return Parameter(name, "count", unit, low=Decimal(low), high=Decimal(high))


PARAMETERS: dict[str, Parameter] = {
    parameter.name: parameter
    for parameter in (
        _money("income.monitoring_line"),
        _money("income.focus_line_former_poor"),
        _money("income.focus_line_labour"),
        _share("income.drop_red_share"),
        _count("edu.compulsory_age_from", "years", 3, 18),
        _count("edu.compulsory_age_to", "years", 3, 20),
        _money("edu.fee_self_paid"),
        _count("edu.students_per_household", "persons", 1, 20),
        _money("med.self_paid_low_income"),
        _money("med.self_paid_other"),
        _factor("med.red_factor"),
        _share("med.red_income_share"),
        _money("med.outpatient_month"),
        _count("civ.temp_count", "grants", 1, 100),
        _count("civ.temp_window_months", "months", 1, 120),
        _count("civ.decision_valid_months", "months", 0, 120),
        _count("civ.grace_months", "months", 0, 60),
        _share("agr.rigid_share"),
        _factor("agr.rigid_factor"),
        _money("agr.rigid_floor"),
        _count("alerts.orange_to_red", "rules", 2, 100),
        _count("alerts.exclusion_quiet_days", "days", 0, 3650),
        _share("alerts.exclusion_growth_share"),
        _count("alerts.verifiers_min", "persons", 1, 10),
        _count("clock.verify_days_red", "days", 1, 365),
        _count("clock.verify_days_orange", "days", 1, 365),
        _count("clock.verify_days_yellow", "days", 1, 365),
        _count("clock.verify_days_info", "days", 1, 365),
        _count("clock.identify_limit_days", "days", 1, 365),
        Parameter("clock.identify_limit_unit", "choice", "", choices=("calendar", "working")),
        # The regulation's minimum is five full days: a county may give more, never less.
        _count("clock.publicity_days", "days", 5, 60),
        _count("clock.plan_limit_days", "days", 1, 365),
        _count("clock.first_measure_days", "days", 1, 365),
        _count("clock.development_measure_months", "months", 1, 60),
        _count("clock.elimination_min_months", "months", 0, 60),
        _count("sharing.delivery_due_day", "day of the month", 1, 28),
        _count("sharing.period_open_months", "months", 1, 60),
        _count("sharing.reject_retention_days", "days", 1, 3650),
        _count("sharing.row_retention_days", "days", 1, 3650),
    )
}


@dataclass(frozen=True)
class Fault:
    """What is wrong with one parameter of a profile that somebody wants to record."""

    name: str
    code: str
    message: str


def read_value(name: str, raw: Any) -> Value | Fault:
    """Read one parameter's value, or tell what is wrong with it.

    Numbers may come as JSON numbers or as decimal strings; they are never floats afterwards.
    """
    parameter = PARAMETERS.get(name)
    if parameter is None:
        return Fault(name, "parameter.unknown", f"没有参数 {name} / there is no parameter {name}")
    if parameter.kind == "choice":
        if raw in parameter.choices:
            return str(raw)
        allowed = ", ".join(parameter.choices)
        return Fault(name, "parameter.code", f"{name} 只能是 {allowed} / must be one of {allowed}")
    if isinstance(raw, bool) or not isinstance(raw, int | float | str | Decimal):
        return Fault(name, "parameter.type", f"{name} 应为数字 / must be a number")
    try:
        value = Decimal(str(raw).strip())
    except ArithmeticError:
        return Fault(name, "parameter.type", f"{name} 应为数字 / must be a number")
    if not value.is_finite() or not parameter.low <= value <= parameter.high:
        return Fault(
            name,
            "parameter.range",
            f"{name} 应在 {parameter.low} 与 {parameter.high} 之间 / must lie between these two",
        )
    if parameter.kind == "count" and value != value.to_integral_value():
        return Fault(name, "parameter.type", f"{name} 应为整数 / must be a whole number")
    return value


def read_parameters(raw: Mapping[str, Any]) -> tuple[dict[str, Value], list[Fault]]:
    """Read the parameters that a profile names; give the good ones and every fault."""
    values: dict[str, Value] = {}
    faults: list[Fault] = []
    for name, given in raw.items():
        value = read_value(name, given)
        if isinstance(value, Fault):
            faults.append(value)
        else:
            values[name] = value
    low, high = values.get("edu.compulsory_age_from"), values.get("edu.compulsory_age_to")
    if isinstance(low, Decimal) and isinstance(high, Decimal) and low > high:
        faults.append(
            Fault("edu.compulsory_age_to", "parameter.range", "起始年龄大于截止年龄 / the range of ages is empty")
        )
    return values, faults


def lineage(region: str) -> list[str]:
    """Give `region` and its ancestors, nearest first, ending with the nation (000000000000).

    Source: area codes are province 2, city 2, county 2, township 3, village 3 digits.
    """
    chain = [region]
    for end in (9, 6, 4, 2, 0):
        ancestor = region[:end].ljust(12, "0")
        if ancestor != chain[-1]:
            chain.append(ancestor)
    return chain


@dataclass(frozen=True)
class Version:
    """When one version of a region's profile takes effect."""

    region: str
    version: int
    effective_from: date


def in_force(versions: Sequence[Version], region: str, on: date) -> Version | None:
    """Give the version that holds for `region` on a day: its own newest one, or its nearest ancestor's.

    Among versions of one region the latest `effective_from` wins; a later version replaces one of the same day.
    """
    for place in lineage(region):
        own = [version for version in versions if version.region == place and version.effective_from <= on]
        if own:
            return max(own, key=lambda version: (version.effective_from, version.version))
    return None
