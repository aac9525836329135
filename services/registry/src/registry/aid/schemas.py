"""What the API gives about what departments gave."""

from __future__ import annotations

from pydantic import BaseModel, Field

from registry.given import AidOut


class AidsOut(BaseModel):
    """What departments' lists say that a household was given; those merged into it included."""

    items: list[AidOut] = Field(description="the newest day first, those without a day last")
    history: list[AidOut] = Field(description="earlier versions, and what was corrected away")
