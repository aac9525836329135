"""Which policy parameters hold for an area. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from contracts.parameters import Profile, Version, resolve
from contracts.vocabulary import Channel, Severity
from servicekit.calendar import Limit, WorkCalendar, identify_limit, work_calendar


@dataclass(frozen=True, slots=True)
class Policy:
    """The parameters that alerts works with, for one area.

    Attributes:
        orange_to_red: Distinct ORANGE rules on a household in a period from which its ORANGE clues become RED.
        quiet: How long findings with the facts of an excluded clue raise nothing.
        growth_share: Share (0.20 = 20 %) by which a number must grow to end the quiet; boundary inclusive.
        verifiers_min: Distinct persons that a verification needs.
        exclusions_per_day: Clues of a township that may be excluded on one day.
        policy_only_per_day: Those that may be left to a department's policy alone.
        gap_days: Days in which a department grants what the policy owes, or says why not.
        gap_review_days: Days in which the township looks at what a department does not grant.
        check_days: Days in which the county clears what is said to be put right, or returns it.
        look_back_days: Days after clearing within which the county looks back.
        feedback_days: Days in which a department reads what became of its findings.
        report_days, month_days, quarter_days: Days after its end in which the month's report on rectification is given,
            the month's scheduling and the quarter's inspection are recorded.
        answer_within, confirm_within: Time to deal with a petition, and to confirm what was done; working days.
        sample_households: Households that an inspection draws in each township of each kind.
        towns_see_ranking: Whether a township sees what the others of the bulletin's ranking come to.
        identify_limit: Time from the clue to the completed identification.
        verify_within: Time to verify a clue, by severity.
        work: The days that people work.
        channel_names: What the region calls the channels by which clues come to light.
    """

    orange_to_red: int
    quiet: timedelta
    growth_share: Decimal
    verifiers_min: int
    exclusions_per_day: int
    policy_only_per_day: int
    gap_days: int
    gap_review_days: int
    check_days: int
    look_back_days: int
    feedback_days: int
    report_days: int
    month_days: int
    quarter_days: int
    answer_within: Limit
    confirm_within: Limit
    sample_households: int
    towns_see_ranking: bool
    identify_limit: Limit
    verify_within: Mapping[Severity, timedelta]
    work: WorkCalendar
    channel_names: Mapping[Channel, str]


def policy_of(profile: Profile) -> Policy:
    """Give the typed parameters of a profile."""
    work = work_calendar(profile)
    return Policy(
        orange_to_red=profile.whole("alerts.orange_to_red"),
        quiet=timedelta(days=profile.whole("alerts.exclusion_quiet_days")),
        growth_share=profile.number("alerts.exclusion_growth_share"),
        verifiers_min=profile.whole("alerts.verifiers_min"),
        exclusions_per_day=profile.whole("alerts.exclusions_per_day"),
        policy_only_per_day=profile.whole("alerts.policy_only_per_day"),
        gap_days=profile.whole("alerts.gap_days"),
        gap_review_days=profile.whole("alerts.gap_review_days"),
        check_days=profile.whole("supervision.check_days"),
        look_back_days=profile.whole("supervision.look_back_days"),
        feedback_days=profile.whole("supervision.feedback_days"),
        report_days=profile.whole("supervision.report_days"),
        month_days=profile.whole("supervision.month_days"),
        quarter_days=profile.whole("supervision.quarter_days"),
        answer_within=Limit(profile.whole("petitions.answer_days"), work),
        confirm_within=Limit(profile.whole("petitions.confirm_days"), work),
        sample_households=profile.whole("supervision.sample_households"),
        towns_see_ranking=profile.text("supervision.town_ranking") == "all",
        identify_limit=identify_limit(profile),
        verify_within={
            severity: timedelta(days=profile.whole(f"clock.verify_days_{severity.value.lower()}"))
            for severity in Severity
        },
        work=work,
        channel_names={each: profile.text(f"names.channel_{each.value[2:]}") for each in Channel},
    )


class PolicyBook:
    """What the profiles say, on any day."""

    def __init__(self, profiles: Sequence[Version], day: date) -> None:
        """Take every stored version.

        Args:
            day: The day that is meant where none is named.
        """
        self._profiles = profiles
        self._day = day
        self._known: dict[tuple[str, date], Policy] = {}

    def for_area(self, area_code: str, on: date | None = None) -> Policy:
        """Give what holds in `area_code`."""
        key = (area_code, on or self._day)
        policy = self._known.get(key)
        if policy is None:
            policy = self._known[key] = policy_of(resolve(self._profiles, *key))
        return policy
