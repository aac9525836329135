"""What a county owes of reports, and what stands in one. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from contracts.duties import Closed, Duty, Opened

FIGURES: Final = ("registered", "submitted", "cleared", "looked_back", "recurring", "standing", "overdue")
MONTHS_BACK: Final = 12
"""How many months back a report is asked for: what is older nobody asks for any more."""


def totals(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Add up each figure."""
    return {name: sum(row[name] for row in rows) for name in FIGURES}


def duty_id(county: str, period: str) -> str:
    """Give the id of a county's duty for a month."""
    return f"D15-{county[:6]}-{period}"


def duty(county: str, period: str, last: date, report_days: int, given_on: date | None) -> Duty:
    """Give what is said of a county's duty for a month: done on the day of the first report.

    Args:
        last: The month's last day.
    """
    values = {
        "duty_id": duty_id(county, period),
        "revision": 1 if given_on is None else 2,
        "kind": "D15",
        "subject_id": f"{county}/{period}",
        "area_code": county,
        "counts_from": last,
        "due_on": last + timedelta(days=report_days),
    }
    if given_on is None:
        return Opened.model_validate(values)
    return Closed.model_validate(values | {"outcome": "done", "closed_on": given_on})
