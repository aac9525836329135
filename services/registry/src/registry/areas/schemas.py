"""What the API gives about areas."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, Field


class AreaOut(BaseModel):
    """An area."""

    code: str = Field(examples=["990101101201"])
    name: str
    level: str = Field(description="province | city | county | town | village")
    parent_code: str | None
    valid_from: date
    valid_to: date | None
