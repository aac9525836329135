"""Which measures go on after the risk is eliminated, and until when (F-G05)."""

from __future__ import annotations

from datetime import date

import pytest

from contracts.plan_codes import MeasureCategory
from registry.plans.rules import GoesOn, MeasureState, goes_on, until_faults

DAY = date(2027, 6, 30)
C, S = MeasureCategory, MeasureState


@pytest.mark.parametrize(
    ("category", "state", "until", "expected"),
    [
        (C.FINANCE, S.IMPLEMENTED, DAY, GoesOn.CONTRACT),
        (C.PUBLIC_POST, S.IMPLEMENTED, None, GoesOn.CONTRACT),
        (C.EDUCATION, S.IN_PROGRESS, DAY, GoesOn.STAGE),
        (C.COMPULSORY_EDUCATION, S.IMPLEMENTED, None, GoesOn.STAGE),
        (C.SECURITY, S.IMPLEMENTED, DAY, GoesOn.AGREED),
        (C.SECURITY, S.IMPLEMENTED, None, None),
        (C.FINANCE, S.STOPPED, DAY, None),
        (C.EDUCATION, S.PLANNED, None, None),
        (C.FINANCE, S.NOT_SUITABLE, None, None),
    ],
)
def test_what_goes_on(
    category: MeasureCategory, state: MeasureState, until: date | None, expected: GoesOn | None
) -> None:
    assert goes_on(category, state, until) is expected


def test_it_does_not_go_on_until_a_day_before_it_began() -> None:
    assert [each.code for each in until_faults(date(2027, 7, 1), DAY)] == ["continues_until.range"]
    assert until_faults(DAY, DAY) == until_faults(None, DAY) == until_faults(DAY, None) == []
