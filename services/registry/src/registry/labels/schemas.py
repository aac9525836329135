"""What the API gives about labels."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, Field

from contracts.labels import HouseholdLabel


class LabelOut(BaseModel):
    """What a household counts among."""

    label: HouseholdLabel
    since_on: date = Field(description="the day since which it was found to")


class LabelsOut(BaseModel):
    """A household's labels; they follow the register, the policy profile and the year within seconds."""

    items: list[LabelOut]
