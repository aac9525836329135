"""What a campaign may say, which result of a household stands, and what its villages and county have to do. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from contracts.errors import FieldError
from contracts.parameters import Profile
from contracts.vocabulary import CampaignKind, CampaignTaskState, ContactOutcome
from registry.campaigns.texts import FAULTS
from registry.duty import Ground, Said, Tally
from registry.periods import part_of_year

VILLAGE_DUTY, COUNTY_DUTY = "D11", "S01"
LONGEST_DAYS = 366


@dataclass(frozen=True)
class Kind:
    """What a kind of campaign is about.

    Attributes:
        concerns: SQL condition over a household `h`: those that have a task.
        per_year: The parameter that says how many the county opens a year.
    """

    concerns: str
    per_year: str


KINDS: Mapping[CampaignKind, Kind] = {
    CampaignKind.SWEEP: Kind("h.status = 'active'", "campaigns.sweeps_per_year"),
    CampaignKind.VERIFICATION: Kind(
        "h.status = 'active' AND (h.is_monitored OR h.hh_type = '1')", "campaigns.verifications_per_year"
    ),
    CampaignKind.FOLLOW_UP: Kind("h.status = 'active' AND h.is_resettled", "campaigns.follow_ups_per_year"),
}

UNDONE = (CampaignTaskState.OPEN, CampaignTaskState.ABSENT)
"""States of a task in which somebody still has to go there."""

_RANK = {
    CampaignTaskState.OPEN: 0,
    CampaignTaskState.ABSENT: 1,
    CampaignTaskState.REFUSED: 2,
    CampaignTaskState.NO_RISK: 3,
    CampaignTaskState.RISK_FOUND: 3,
}


@dataclass(frozen=True)
class Standing:
    """A result of a household's task: what it makes of the task, when it was, and which contact says so.

    Attributes:
        contact_id: Time-ordered: of two of one day the one that was told later is the greater.
    """

    state: CampaignTaskState
    happened_on: date | None = None
    contact_id: str = ""


def state_of(outcome: ContactOutcome, *, has_risks: bool) -> CampaignTaskState:
    """Give what a visit makes of a task."""
    if outcome is ContactOutcome.MET:
        return CampaignTaskState.RISK_FOUND if has_risks else CampaignTaskState.NO_RISK
    return CampaignTaskState.REFUSED if outcome is ContactOutcome.REFUSED else CampaignTaskState.ABSENT


def standing(known: Standing, other: Standing) -> Standing:
    """Give which of two results stands, in whatever order they are told.

    That somebody was met outweighs a refusal, and that an empty house; among equals the later visit stands, and of
    two on one day what was told later.
    """
    return max(known, other, key=lambda each: (_RANK[each.state], each.happened_on or date.min, each.contact_id))


def fault(key: str, pointer: str) -> FieldError:
    """Give a fault of the texts of campaigns."""
    return FieldError.told(FAULTS, key, pointer)


def day_faults(from_on: date, until_on: date, today: date) -> list[FieldError]:
    """Give what is wrong with a campaign's days."""
    if until_on < from_on:
        return [fault("until_on.before", "/until_on")]
    if until_on < today:
        return [fault("until_on.past", "/until_on")]
    if (until_on - from_on).days > LONGEST_DAYS:
        return [fault("until_on.long", "/until_on")]
    return []


def village_duty_id(campaign_id: str, village: str) -> str:
    """Give the id of a village's duty."""
    return f"{VILLAGE_DUTY}-{campaign_id}-{village}"


def village_ground(campaign_id: str, village: str) -> Ground:
    """Give what a village's duty hangs on."""
    return Ground(f"{campaign_id}/{village}", village)


def village_duty(campaign_id: str, from_on: date, until_on: date, tally: Tally) -> Said:
    """Give the duty of a village with households that the campaign concerns: all of them by its last day."""
    return tally.said(village_duty_id(campaign_id, tally.village), VILLAGE_DUTY, (from_on, until_on))


@dataclass(frozen=True)
class Begun:
    """A campaign that covers a county: its kind and first day."""

    kind: CampaignKind
    from_on: date


@dataclass(frozen=True)
class County:
    """A county whose campaigns are looked at.

    Attributes:
        concerned: Kinds that concern households of it.
        begun: Campaigns that cover it, none that was cancelled.
    """

    code: str
    profile: Profile
    concerned: frozenset[CampaignKind]
    begun: tuple[Begun, ...] = ()


def county_duties(county: County, known_open: Iterable[str], today: date) -> Iterator[tuple[Ground, Said]]:
    """Give what a county has to open, this part of the year and what it missed before.

    A missed one is made up for by the next campaign of its kind, which ends both.

    Args:
        known_open: Ids of its duties that were announced and are open.
    """
    missed = set(known_open)
    for kind, about in KINDS.items():
        per_year = county.profile.whole(about.per_year)
        if not per_year or kind not in county.concerned:
            continue
        firsts = [campaign.from_on for campaign in county.begun if campaign.kind is kind]
        start = f"{COUNTY_DUTY}-{county.code[:6]}-{kind.value.replace('_', '')}-"
        days = {today} | {
            date(int(year), int(month), 1)
            for year, month in (each.removeprefix(start).split("-") for each in missed if each.startswith(start))
        }
        for day in sorted(days):
            first, end = part_of_year(day, 12 // per_year)
            made = min((each for each in firsts if each >= first), default=None)
            said = Said(
                f"{start}{first:%Y-%m}",
                COUNTY_DUTY,
                first - timedelta(days=1),
                end,
                "calendar",
                outcome="done" if made else None,
                closed_on=made,
            )
            yield county_ground(county.code, said.duty_id), said


def county_ground(county: str, duty_id: str) -> Ground:
    """Give what a county's duty hangs on: the kind of campaign and the part of the year."""
    _, _, kind, *first = duty_id.split("-")
    return Ground(f"{county}/{kind}/{'-'.join(first)}", county)
