"""What plans of households and of single persons share in their bodies; pure, so that rules may read them."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from contracts.plan_codes import MeasureCategory
from registry.text import note_text, words
from servicekit.body import Body

PlanText = Annotated[str, note_text(500), words(2)]


class PlannedMeasure(Body):
    """What is to be done, in words."""

    category: MeasureCategory
    item: PlanText
    due_on: date | None = Field(default=None, description="by when")
