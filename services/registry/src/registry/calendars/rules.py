"""Which years' holidays a county must record, and by when. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from contracts.parameters import Profile
from registry.duty import Ground, Said
from servicekit.calendar import work_calendar

KIND = "C01"


def ground_of(county: str, duty_id: str) -> Ground:
    """Give what a duty hangs on: the county's profile of a year."""
    return Ground(f"{county}/{duty_id[-4:]}", county)


def unknown_years(county: str, profile: Profile, today: date) -> Iterator[tuple[Ground, Said]]:
    """Give a duty for this year and, as it comes near, the next one, where nobody knows its holidays.

    They are known from the State Council's notice or from the county's own table (clock.days_off). Without them, days
    that are counted as working days are estimates.
    """
    work = work_calendar(profile)
    ahead = timedelta(days=profile.whole("clock.calendar_ahead_days"))
    for year in (today.year, today.year + 1):
        due_on = date(year, 1, 1) - timedelta(days=1)
        if today >= due_on - ahead and not work.knows(year):
            said = Said(f"{KIND}-{county[:6]}-{year}", KIND, due_on - ahead, due_on, "calendar")
            yield ground_of(county, said.duty_id), said
