"""A duty as alerts shows it to whoever may see it. Pure."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class HeldDuty(BaseModel):
    """What others look at of a duty: what it is about, whether it is open, who has it in hand."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    kind: str
    state: str
    household_id: str | None
    person_id: str | None = None
    holder: str | None
