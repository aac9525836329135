"""The SQL around an indicator's own SQL. Pure."""

from __future__ import annotations

import functools
import re
from importlib.resources import files

from contracts.indicators import WHOLE, Indicator, of_service

COLUMNS = ("area_code", "subject_id", "household_id", "breakdowns", "numerator", "denominator")
"""What an indicator's SQL gives, in this order.

`area_code`: where the fact counts, as deep as it is known. `subject_id`: the member, once; null where members are not
kept and the row gives counts alone, any number of times. `household_id`: the household that it is about, or null.
`breakdowns`: jsonb, for each dimension its part or parts (`{"risk": "01", "channel": ["visit"]}`). `numerator`,
`denominator`: numbers; the denominator is null where the indicator has none.
"""

PARAMETERS = ("first_on", "last_on", "starts_at", "ends_at", "seen_on")
"""What an indicator's SQL may ask for: the days of the period, both included; the instants at which it begins and has
ended; the day on which one looks, which is the one after it. Of a period that still runs, `last_on`, `ends_at` and
`seen_on` are those of today."""

_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]+)")

# A member counts once in the whole, and once in each part of a dimension in which it stands; in `none` where it stands
# in none, so that a dimension without double parts adds up to the whole.
_FREEZE = f"""
WITH told ({", ".join(COLUMNS)}) AS MATERIALIZED (
{{sql}}
), fact AS MATERIALIZED (
    SELECT area_code, subject_id, household_id, numerator, denominator, (
        SELECT coalesce(jsonb_object_agg(
            d.key, CASE WHEN d.value IN ('null', '[]') THEN '"none"' ELSE d.value END), '{{{{}}}}')
        FROM jsonb_each(t.breakdowns) d) AS breakdowns
    FROM told t
), kept AS (
    INSERT INTO indicator_member (run_id, {", ".join(COLUMNS)})
    SELECT CAST(:run_id AS uuid), {", ".join(COLUMNS)} FROM fact WHERE subject_id IS NOT NULL
), cell AS (
    SELECT area_code, '{WHOLE}' AS dimension, '{WHOLE}' AS part, numerator, denominator FROM fact
    UNION ALL
    SELECT f.area_code, d.key, p.part, f.numerator, f.denominator
    FROM fact f CROSS JOIN LATERAL jsonb_each(f.breakdowns) d
    CROSS JOIN LATERAL (
        SELECT DISTINCT e.part FROM jsonb_array_elements_text(
            CASE jsonb_typeof(d.value) WHEN 'array' THEN d.value ELSE jsonb_build_array(d.value) END) e (part)) p
)
INSERT INTO indicator_value (run_id, area_code, dimension, part, numerator, denominator)
SELECT CAST(:run_id AS uuid), area_code, dimension, part, sum(numerator), sum(denominator)
FROM cell GROUP BY area_code, dimension, part
"""


@functools.cache
def sql_of(indicator: Indicator) -> str:
    """Give an indicator's own SQL.

    Raises:
        FileNotFoundError: its service has none.
    """
    path = files(f"{indicator.service}.indicators") / f"{indicator.id}.sql"
    return path.read_text(encoding="utf-8").rstrip().rstrip(";")


def freeze(indicator: Indicator) -> str:
    """Give the one statement that keeps the members of a run and what they come to."""
    return _FREEZE.format(sql=sql_of(indicator))


def faults(service: str) -> list[str]:
    """Tell what records and SQL files of a service do not agree about; nothing is left to say where all is well."""
    declared = {indicator.id: indicator for indicator in of_service(service)}
    there = {
        entry.name.removesuffix(".sql")
        for entry in files(f"{service}.indicators").iterdir()
        if entry.name.endswith(".sql")
    }
    found = [f"{name}: no {name}.sql" for name in sorted(declared.keys() - there)]
    found += [f"{name}.sql: no record in indicators.toml" for name in sorted(there - declared.keys())]
    for name in sorted(declared.keys() & there):
        unknown = set(_PARAMETER.findall(sql_of(declared[name]))) - set(PARAMETERS)
        found += [f"{name}.sql: no such parameter: {each}" for each in sorted(unknown)]
    return found
