"""What a visit or contact may say, and who may have been there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from contracts.vocabulary import ContactOutcome, ContactWay, RiskType, StaffRole
from registry.contacts.rules import Told, content_faults, party_faults
from servicekit.persons import Known, Place, Term

TODAY = date(2026, 11, 10)
VILLAGE = "990101101201"
ANN, BEA = UUID(int=1), UUID(int=2)
PLAIN = Told(happened_on=TODAY, way=ContactWay.VISIT, outcome=ContactOutcome.MET, staff_id=ANN)
PLACE = Place(VILLAGE, TODAY, "1")


def cadre(role: StaffRole = StaffRole.VILLAGE, area: str = VILLAGE, grid: str | None = None) -> Known:
    return Known(True, (Term(role, area, date(2026, 1, 1), None, grid),))


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({}, []),
        ({"happened_on": date(2026, 11, 11)}, ["happened_on.future"]),
        ({"risk_types": (RiskType.HOUSING, RiskType.HOUSING)}, ["risk_types.repeated"]),
        ({"outcome": ContactOutcome.ABSENT, "risk_types": (RiskType.HOUSING,)}, ["risk_types.unexpected"]),
        ({"outcome": ContactOutcome.ABSENT, "statuses": {"housing": True}}, ["statuses.unexpected"]),
        ({"outcome": ContactOutcome.REFUSED}, ["note.needed"]),
        ({"outcome": ContactOutcome.REFUSED, "note": "不愿开门"}, []),
        ({"statuses": {"housing": False}}, ["risk_types.missing"]),
        ({"statuses": {"housing": False}, "risk_types": (RiskType.HOUSING,)}, []),
        ({"statuses": {"housing": True, "water": True}}, []),
        ({"way": ContactWay.MESSAGE}, []),
        ({"way": ContactWay.MESSAGE, "campaign_from_on": TODAY}, ["way.unfit"]),
        ({"way": ContactWay.PHONE, "campaign_from_on": TODAY}, []),
        ({"campaign_from_on": date(2026, 11, 11)}, ["happened_on.before_campaign"]),
    ],
)
def test_what_goes_together(change: dict[str, Any], codes: list[str]) -> None:
    assert [fault.code for fault in content_faults(replace(PLAIN, **change), TODAY)] == codes


@pytest.mark.parametrize(
    ("change", "people", "more", "codes"),
    [
        ({}, {ANN: cadre()}, {}, []),
        ({"staff_id": None}, {}, {}, ["staff_id.needed"]),
        ({}, {ANN: cadre(area="990101101202")}, {}, ["staff_id.not_paired"]),
        ({}, {ANN: cadre(StaffRole.GRID, grid="1")}, {}, []),
        ({}, {ANN: cadre(StaffRole.GRID, grid="2")}, {}, ["staff_id.not_paired"]),
        ({}, {ANN: cadre(StaffRole.ENTRY, "990101101000")}, {}, ["staff_id.not_paired"]),  # visits nobody
        ({}, {}, {"is_helper": True}, []),
        ({"companions": (ANN,)}, {ANN: cadre()}, {}, ["companions.repeated"]),
        ({"companions": (BEA,)}, {ANN: cadre()}, {}, ["person.unknown"]),
        ({"companions": (BEA,)}, {ANN: cadre(), BEA: cadre(StaffRole.ENTRY)}, {}, ["person.role"]),
        ({"companions": (BEA,)}, {ANN: cadre(), BEA: cadre(StaffRole.WORKTEAM)}, {}, []),
        ({}, {ANN: cadre()}, {"signed_in": str(BEA)}, []),
        ({"campaign_from_on": TODAY}, {ANN: cadre()}, {"signed_in": str(BEA)}, ["staff_id.not_you"]),
        ({"campaign_from_on": TODAY}, {ANN: cadre()}, {"signed_in": str(ANN)}, []),
        (
            {"campaign_from_on": TODAY, "companions": (BEA,)},
            {ANN: cadre(), BEA: cadre()},
            {"signed_in": str(BEA)},
            [],
        ),
    ],
)
def test_who_may_have_been_there(
    change: dict[str, Any], people: dict[UUID, Known], more: dict[str, Any], codes: list[str]
) -> None:
    said = {"is_helper": False, "signed_in": None} | more
    found = party_faults(replace(PLAIN, **change), {str(key): each for key, each in people.items()}, PLACE, **said)
    assert [fault.code for fault in found] == codes
