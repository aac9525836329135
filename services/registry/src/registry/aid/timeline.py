"""What a household's file tells of what departments gave."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from contracts.parameters import Words
from contracts.plan_codes import MeasureCategory
from contracts.vocabulary import Department
from servicekit.differences import Changed, titled
from servicekit.entries import OF_DEPARTMENT, Source, own

_LINK = "'/v1/households/' || a.household_id || '/aid'"
_SAID = "json_build_object('given_on', {0}.given_on, 'until', {0}.until, 'amount', CAST({0}.amount AS text))"
_TITLES = {"given_on": ("日期", "day"), "until": ("截止日期", "until"), "amount": ("金额", "amount")}
_OWN = f"a.household_id = {own()} AND {OF_DEPARTMENT.format(column='a.department')}"
_FACTS = {"department": "a.department", "category": "a.category", "title": "a.title", "source": "a.dataset"}
_WORDS: dict[str, Callable[[Any], Any]] = {
    "department": Department,
    "category": MeasureCategory,
    "title": Words.model_validate,
}


def _compared(before: dict[str, Any] | None, after: dict[str, Any]) -> list[Changed]:
    if before is None:
        return []
    return [
        titled(name, *titles, before[name], after[name])
        for name, titles in _TITLES.items()
        if before[name] != after[name]
    ]


TIMELINE = (
    Source(
        kinds=("aid_told",),
        rows=f"aid a WHERE {_OWN}",
        key=("a.aid_id", "a.version"),
        at="a.recorded_at",
        household="a.household_id",
        occurred_on="a.given_on",
        link=_LINK,
        facts=_FACTS | {
            "name": "a.name", "amount": "CAST(a.amount AS text)", "person_id": "a.person_id", "period": "a.period",
        },
        words=_WORDS,
        before=f"(SELECT {_SAID.format('b')} FROM aid b WHERE b.aid_id = a.aid_id AND b.version = a.version - 1)",
        after=_SAID.format("a"),
        compare=_compared,
        scopes=("households:read",),
    ),
    Source(
        kinds=("aid_ended",),
        rows=f"aid a WHERE {_OWN} AND a.ended_at IS NOT NULL",
        key=("a.aid_id", "a.version"),
        at="a.ended_at",
        household="a.household_id",
        link=_LINK,
        facts=_FACTS | {"was_wrong": "a.was_wrong"},
        words=_WORDS,
        scopes=("households:read",),
    ),
)  # fmt: skip
