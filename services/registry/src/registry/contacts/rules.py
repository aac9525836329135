"""What a visit or contact may say. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from contracts.errors import FieldError
from contracts.staff import VISITORS
from contracts.vocabulary import ContactOutcome, ContactWay, RiskType
from registry.contacts.texts import FAULTS
from servicekit import persons
from servicekit.persons import Known, Place

ROUNDS_COUNT = (ContactWay.VISIT, ContactWay.PHONE)
"""Ways in which somebody sees, or hears, how a household is; a message is none."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What is told of a visit or contact.

    Attributes:
        staff_id: Who was there; None where nobody is named and nobody signed in.
        statuses: Guarantee to whether it is safe, of those that were looked at.
        campaign_from_on: First day of the campaign that it was made for; None for none.
    """

    happened_on: date
    way: ContactWay
    outcome: ContactOutcome
    staff_id: UUID | None
    companions: Sequence[UUID] = ()
    risk_types: Sequence[RiskType] = ()
    statuses: Mapping[str, bool] | None = None
    note: str | None = None
    campaign_from_on: date | None = None


def fault(key: str, pointer: str) -> FieldError:
    """Give a fault of the texts of contacts."""
    return FieldError.told(FAULTS, key, pointer)


def content_faults(told: Told, today: date) -> list[FieldError]:
    """Give what does not go together in what is told, whoever it was."""
    found: list[FieldError] = []
    if told.happened_on > today:
        found.append(fault("happened_on.future", "/happened_on"))
    if len(set(told.risk_types)) < len(told.risk_types):
        found.append(fault("risk_types.repeated", "/risk_types"))
    if told.outcome is not ContactOutcome.MET:
        if told.risk_types:
            found.append(fault("risk_types.unexpected", "/risk_types"))
        if told.statuses:
            found.append(fault("statuses.unexpected", "/statuses"))
    elif told.statuses and not all(told.statuses.values()) and not told.risk_types:
        found.append(fault("risk_types.missing", "/risk_types"))
    if told.outcome is ContactOutcome.REFUSED and not told.note:
        found.append(fault("note.needed", "/note"))
    if told.campaign_from_on is not None:
        if told.way not in ROUNDS_COUNT:
            found.append(fault("way.unfit", "/way"))
        if told.happened_on < told.campaign_from_on:
            found.append(fault("happened_on.before_campaign", "/happened_on"))
    return found


def party_faults(
    told: Told, people: Mapping[str, Known], place: Place, *, is_helper: bool, signed_in: str | None
) -> list[FieldError]:
    """Give what is wrong with those who were there.

    Args:
        people: By id on the roster.
        place: Where the household lives, on that day.
        is_helper: Whether `staff_id` helped the household on that day.
        signed_in: Id of the person who records it; None of a machine. A result of a campaign is told by one of those
            who were there.
    """
    if told.staff_id is None:
        return [fault("staff_id.needed", "/staff_id")]
    found: list[FieldError] = []
    party = [str(told.staff_id), *(str(each) for each in told.companions)]
    if not is_helper and persons.why_not(people.get(party[0]), place, roles=VISITORS) is not None:
        found.append(fault("staff_id.not_paired", "/staff_id"))
    if len(set(party)) < len(party):
        found.append(fault("companions.repeated", "/companions"))
    found += persons.faults(party[1:], people, place, "/companions", roles=VISITORS)
    if told.campaign_from_on is not None and signed_in is not None and signed_in not in party:
        found.append(fault("staff_id.not_you", "/staff_id"))
    return found
