"""What a household's file tells of its incomes."""

from __future__ import annotations

from typing import Any

from contracts.fields import INCOME, shown
from contracts.vocabulary import IncomePeriod
from registry.fields import json_fields
from servicekit.differences import Changed, differences
from servicekit.entries import Source, own
from servicekit.event_sql import json_object

_AMOUNTS = tuple(field for field in shown(INCOME) if field.name != "year")
_LINK = "'/v1/households/' || i.household_id || '/incomes'"
_IS_LATE = "{0}.superseded_at IS NOT DISTINCT FROM {0}.recorded_at"
_AFTER = json_object(json_fields(shown(INCOME), "i"))
_BEFORE = (
    f"CASE WHEN NOT ({_IS_LATE.format('i')}) THEN (SELECT {json_object(json_fields(_AMOUNTS, 'b'))} FROM income b"
    " WHERE b.household_id = i.household_id AND b.year = i.year AND b.version < i.version"
    f" AND NOT ({_IS_LATE.format('b')}) ORDER BY b.version DESC LIMIT 1) END"
)


def _compared(before: dict[str, Any] | None, after: dict[str, Any]) -> list[Changed]:
    return differences(before, after, _AMOUNTS, year=after["year"]) if before is not None else []


TIMELINE = (
    Source(
        kinds=("income_recorded", "income_told_late"),
        kind=f"CASE WHEN {_IS_LATE.format('i')} THEN 'income_told_late' ELSE 'income_recorded' END",
        rows=f"income i WHERE i.household_id = {own()}",
        key=("i.household_id", "i.year", "i.version"),
        at="i.recorded_at",
        household="i.household_id",
        occurred_on="i.as_of",
        by="i.recorded_by",
        link=_LINK,
        facts=json_fields(shown(INCOME), "i"),
        before=_BEFORE,
        after=_AFTER,
        compare=_compared,
        scopes=("households:read",),
    ),
    Source(
        kinds=("income_of_period",),
        rows=f"income_snapshot i WHERE i.household_id = {own()}",
        key=("i.household_id", "i.kind", "i.period_to", "i.version"),
        at="i.recorded_at",
        household="i.household_id",
        occurred_on="i.as_of",
        by="i.recorded_by",
        link=_LINK,
        facts={
            "period": "i.kind", "period_from": "i.period_from", "period_to": "i.period_to",
            **json_fields(_AMOUNTS, "i"),
        },
        words={"period": IncomePeriod},
        scopes=("households:read",),
    ),
)  # fmt: skip
