"""Regression: what a quiet month shows holds no unplanned duplicates."""

from __future__ import annotations

from random import Random

from bangfu_county.calendar import Month
from bangfu_county.welfare import temp_row


def test_two_grants_of_one_person_never_fall_on_one_day() -> None:
    """Seed 2 with 300,000 households drew the same day twice: a duplicate key that the manifest knew nothing of."""
    month = Month.parse("2026-10")
    for seed in range(200):
        first = temp_row(Random(seed), month)
        second = temp_row(Random(seed), month, not_on=first["granted_on"])  # type: ignore[arg-type]  # a date
        assert second["granted_on"] != first["granted_on"]
