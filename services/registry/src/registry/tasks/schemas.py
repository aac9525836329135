"""What the API gives of a task."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from servicekit.body import Body


class TaskQuery(Body):
    """Which duty the household is visited for."""

    duty_id: Annotated[str, Field(pattern=r"^[A-Z]\d{2}-[0-9A-Za-z-]{1,60}$")]


class TaskOut(BaseModel):
    """Whom to visit, where, and how to reach them; the look is recorded."""

    household_id: str
    hh_no: str
    area_code: str
    duty_id: str
    person_id: str | None = Field(description="the head; null where nobody is")
    name: str | None = Field(description="户主姓名 / the head's name")
    phone: str | None
    address: str | None
