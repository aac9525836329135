"""What the API gives of a task."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from servicekit.body import Body


class TaskQuery(Body):
    """Which duty the household is looked at for."""

    duty_id: Annotated[str, Field(pattern=r"^[A-Z]\d{2}-[0-9A-Za-z-]{1,60}$")]


class TaskOut(BaseModel):
    """Whom to visit, where, and how to reach them, or who it is that something is owed to; the look is recorded."""

    household_id: str
    hh_no: str
    area_code: str
    duty_id: str
    person_id: str | None = Field(description="whom it is about: the head, if no member is named; null where nobody is")
    name: str | None = Field(description="姓名 / whose name")
    id_no: str | None = Field(description="证件号码 / only where it is about one person (G01, P01, P03, K01)")
    phone: str | None = Field(description="only for a visit")
    address: str | None = Field(description="only for a visit")
