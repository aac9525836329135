"""What the API gives about its caller."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, Field

from contracts.vocabulary import Department, StaffRole


class TermOut(BaseModel):
    """A term of the person that runs today; the token acts in one of them."""

    role: StaffRole
    role_label: str
    area_code: str
    grid: str | None
    last_on: date | None


class LooksOut(BaseModel):
    """今日查看未脱敏信息的次数 / How many looks at unmasked data the caller has left today."""

    per_day: int
    left: int
    starts_again_at: datetime = Field(description="midnight in China")


class MeOut(BaseModel):
    """The caller: a person, by the roster, or a client that acts for itself."""

    client_id: str = Field(description="the application")
    person: str | None = Field(description="id on the roster; null for a client that acts for itself")
    name: str | None = Field(description="of the person")
    unit: str | None = Field(description="单位 / of the person")
    department: Department | None
    areas: list[str] = Field(description="roots of the subtrees that the token is for")
    grid: str | None = Field(description="网格 / within the area: nothing but its households is the caller's")
    terms: list[TermOut]
    scopes: list[str]
    looks: LooksOut
