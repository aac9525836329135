"""How the values of declared fields stand in SQL when register and export are compared. Pure.

Aliases: `h` household, `q` person and `i` income of the register; `s`, `p` and `n` the same of the export, as an import
stages it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from contracts.fields import HOUSEHOLD, INCOME, MONITOR, PERSON, Field, editable, plain
from contracts.fields.record import LINE

AMOUNTS = tuple(field for field in plain(INCOME) if field.name != "year")
SEALED_OF_HOUSEHOLD = tuple(field for field in HOUSEHOLD if field.kept != "plain")
SEALED_OF_PERSON = tuple(field for field in PERSON if field.kept != "plain")

# What the national register says of a monitored household, and the registry keeps under names of its own.
MONITORED = {"category": "monitor_category", "risk_types": "open_risks", "identified_on": "identified_on"}

FIELDS = {
    "household": {field.name: field for field in (*plain(HOUSEHOLD), *SEALED_OF_HOUSEHOLD)}
    | {MONITORED[field.name]: field for field in MONITOR},
    "person": {field.name: field for field in (*plain(PERSON), *SEALED_OF_PERSON)},
    "income": {field.name: field for field in AMOUNTS},
}
"""Every field that is compared, by subject and name."""

_ACCEPTED = {
    "household": {field.name for field in editable(HOUSEHOLD)},
    "person": {field.name for field in editable(PERSON)},
    "income": {field.name for field in editable(INCOME)},
}


def can_accept(kind: str, subject: str, field: str) -> bool:
    """Tell whether the export's value can be taken as a change by hand: what is monitored has steps of its own."""
    return kind == "field" and field in _ACCEPTED[subject]


def value_of(field: Field, column: str) -> str:
    """Give a column's value as JSON; sets in one order, and an empty one as nothing."""
    if field.kind == "codes":
        return f"(SELECT jsonb_agg(c ORDER BY c) FROM unnest({column}) c)"
    return f"to_jsonb({column}::text)" if field.kind == "money" else f"to_jsonb({column})"


def is_said(field: Field, left_out: str) -> str:
    """Give whether the export says something of a field; what it leaves out is none of the difference."""
    return "true" if field.is_required else f"NOT coalesce(jsonb_exists({left_out}, '{field.name}'), false)"


_FOLDED = "regexp_replace(normalize({}, NFKC), '[[:space:]]', '', 'g')"


def differs(field: Field, registered: str, exported: str) -> str:
    """Give whether two columns differ; a line of text may be written in another width, or with blanks."""
    if field.kind == "text" and field.pattern == LINE:
        return f"{_FOLDED.format(registered)} IS DISTINCT FROM {_FOLDED.format(exported)}"
    return f"{value_of(field, registered)} IS DISTINCT FROM {value_of(field, exported)}"


def both(fields: Iterable[Field], registered: str, exported: str, left_out: str) -> str:
    """Give a list of rows `(field, registered, exported, is_difference)`."""
    return ",\n        ".join(
        f"('{field.name}', {value_of(field, f'{registered}.{field.name}')},"
        f" {value_of(field, f'{exported}.{field.name}')},"
        f" {is_said(field, left_out)} AND {differs(field, f'{registered}.{field.name}', f'{exported}.{field.name}')})"
        for field in fields
    )


_IDENTIFIED = "(SELECT to_jsonb(e.identified_on) FROM episode e WHERE e.household_id = h.id AND e.is_active)"
_CATEGORY = "CASE WHEN h.is_monitored THEN to_jsonb(h.monitor_category) END"
_RISKS = "(SELECT jsonb_agg(c ORDER BY c) FROM unnest({0}.open_risks) c)"

# Of a household that is monitored on one side only, that it is says everything.
MONITORED_BOTH = f"""('monitor_category', {_CATEGORY}, to_jsonb(s.monitor_category),
            s.is_monitored AND {_CATEGORY} IS DISTINCT FROM to_jsonb(s.monitor_category)),
        ('open_risks', {_RISKS.format("h")}, {_RISKS.format("s")},
            s.is_monitored AND h.is_monitored AND {_RISKS.format("h")} IS DISTINCT FROM {_RISKS.format("s")}),
        ('identified_on', {_IDENTIFIED}, to_jsonb(s.identified_on),
            s.is_monitored AND h.is_monitored AND {_IDENTIFIED} IS DISTINCT FROM to_jsonb(s.identified_on))"""


def now(fields: Iterable[Field], registered: str) -> str:
    """Give a list of rows `(field, value)` of the register as it is now."""
    return ",\n        ".join(f"('{field.name}', {value_of(field, f'{registered}.{field.name}')})" for field in fields)


MONITORED_NOW = f"""('monitor_category', {_CATEGORY}),
        ('open_risks', {_RISKS.format("h")}),
        ('identified_on', {_IDENTIFIED})"""


_TITLES = {
    "only_in_export": {"household": "国家系统有、登记中无的户", "person": "国家系统有、登记中无的人员"},
    "only_in_register": {"household": "登记中有、国家系统无的户", "person": "登记中有、国家系统无的人员"},
    "elsewhere": {"person": "人员所在户不同"},
    "ambiguous": {"household": "对应不唯一的户", "person": "对应不唯一的人员"},
}


def title_of(kind: str, subject: str, field: str) -> str:
    """Give what people call a difference: the title of its field, or what its kind says."""
    return FIELDS[subject][field].zh if kind == "field" else _TITLES[kind][subject]


def shown_value(subject: str, field: str, value: Any) -> Any:
    """Give a value as answers show it: the year of a date that is coarse."""
    declared = FIELDS[subject].get(field)
    return str(value)[:4] if declared is not None and declared.is_coarse and value is not None else value
