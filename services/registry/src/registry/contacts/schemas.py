"""What the API takes and gives about visits and contacts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, computed_field

from contracts.vocabulary import ContactOutcome, ContactWay, Guarantee, RiskType
from registry.text import Sha256, note_text
from servicekit.body import Body, examples
from servicekit.page_query import PageQuery


class ContactIn(Body):
    """A visit of a household, or another contact with it: who, when, how, and what was seen."""

    model_config = examples(
        {
            "household_id": "0199a5c0-0000-7000-8000-0000000000e1",
            "staff_id": "0199a5c0-0000-7000-8000-0000000000b1",
            "happened_on": "2026-11-05",
            "way": "visit",
            "note": "入户了解就业情况",
        },
        {
            "household_id": "0199a5c0-0000-7000-8000-0000000000e1",
            "campaign_id": "0199a5c0-0000-7000-8000-0000000000c1",
            "companions": ["0199a5c0-0000-7000-8000-0000000000b2"],
            "happened_on": "2026-11-05",
            "way": "visit",
            "risk_types": ["11"],
            "statuses": {"housing": False, "water": True},
            "note": "屋顶漏雨",
        },
    )

    household_id: UUID
    staff_id: UUID | None = Field(
        default=None,
        description="who was there: the household's helper on that day, or somebody in office there; the signed-in"
        " person if nobody is named",
    )
    companions: Annotated[list[UUID], Field(max_length=20)] = Field(
        default=[], description="同行人员 / who came along, by their ids on the roster"
    )
    campaign_id: UUID | None = Field(
        default=None, description="the campaign whose task this is; told by one of those who were there"
    )
    happened_on: date
    way: ContactWay
    outcome: ContactOutcome = Field(default=ContactOutcome.MET, description="whether anybody was met")
    risk_types: Annotated[list[RiskType], Field(max_length=10)] = Field(
        default=[], description="发现的风险 / risks that were seen: each goes to the township as a clue"
    )
    statuses: dict[Guarantee, bool] | None = Field(
        default=None,
        description="三保障和饮水安全 / those that were looked at: true is safe; an unsafe one names its risk",
    )
    note: Annotated[str, note_text(1000)] | None = None
    attachments: Annotated[list[Sha256], Field(max_length=20)] = Field(
        default=[], description="SHA-256 of photos and scans that were kept for the household before"
    )


class ContactOut(BaseModel):
    """A visit or contact: when it was, and when it was told."""

    id: str
    household_id: str
    staff_id: str
    companions: list[str]
    campaign_id: str | None
    happened_on: date
    way: ContactWay
    outcome: ContactOutcome
    risk_types: list[RiskType]
    statuses: dict[Guarantee, bool] | None
    note: str | None
    attachments: list[str]
    recorded_at: datetime
    recorded_by: str

    @computed_field(description="联系方式 / the way in Chinese")  # type: ignore[prop-decorator]
    @property
    def way_label(self) -> str:
        """Give the way's label."""
        return self.way.label

    @computed_field(description="走访结果 / the outcome in Chinese")  # type: ignore[prop-decorator]
    @property
    def outcome_label(self) -> str:
        """Give the outcome's label."""
        return self.outcome.label


class ContactQuery(PageQuery):
    """Which contacts a list shows, newest told first; null means any."""

    area: str | None = Field(default=None, pattern=r"^[0-9]{12}$", description="subtree of the household's village")
    household_id: UUID | None = None
    staff_id: UUID | None = Field(default=None, description="who was there, not who came along")
    campaign_id: UUID | None = None


class ContactPage(BaseModel):
    """A page of contacts."""

    items: list[ContactOut]
    total: int = Field(description="contacts that the filters leave")
    next_cursor: str | None = None
