"""What the API takes and gives about pairings and rotation."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from registry.text import line_text, words
from servicekit.body import Body, examples
from servicekit.page_query import PageQuery

Why = Annotated[str, line_text(200, 2), words(2)]


class PairingIn(Body):
    """Who helps a household from a day on."""

    model_config = examples(
        {
            "household_id": "0199a5c0-0000-7000-8000-0000000000e1",
            "staff_id": "0199a5c0-0000-7000-8000-0000000000b1",
            "from_on": "2026-11-01",
            "why": "年度结对安排",
        }
    )

    household_id: UUID
    staff_id: UUID = Field(description="somebody with a term as a helper that covers the household's village")
    from_on: date
    why: Why
    replaces: UUID | None = Field(
        default=None, description="更换:现有结对的 id / the pairing of the household that ends when this one begins"
    )


class PairingEnd(Body):
    """From which day on nobody of the roster helps a household that is not monitored."""

    until_on: date = Field(description="不再结对的第一天 / first day on which it is no more")
    reason: Why


class PairingOut(BaseModel):
    """Who helps a household, or did."""

    id: str
    household_id: str
    hh_no: str
    area_code: str
    staff_id: str
    staff_name: str
    from_on: date
    until_on: date | None
    is_current: bool = Field(description="当前结对 / runs today")
    is_served: bool = Field(description="任期有效 / the helper's term covers the household's village today")
    why: str
    ended_why: str | None
    ended_by: str | None
    ended_at: datetime | None
    recorded_at: datetime
    recorded_by: str


class PairingQuery(PageQuery):
    """Which pairings a list shows, the history included; null means any."""

    area: str | None = Field(default=None, pattern=r"^[0-9]{12}$", description="subtree of the household's village")
    household_id: UUID | None = None
    staff_id: UUID | None = None
    current: bool | None = None


class PairingPage(BaseModel):
    """A page of pairings."""

    items: list[PairingOut]
    total: int = Field(description="pairings that the filters leave")
    next_cursor: str | None = None


class OrphanOut(BaseModel):
    """A monitored household that nobody helps today."""

    household_id: str
    hh_no: str
    area_code: str
    last_staff_id: str | None = Field(description="who helped it last, if anybody did")
    last_until_on: date | None = Field(description="until when; null: the pairing runs, the helper's term does not")


class OrphanQuery(PageQuery):
    """Which of them a list shows."""

    area: str | None = Field(default=None, pattern=r"^[0-9]{12}$", description="subtree")


class OrphanPage(BaseModel):
    """A page of them."""

    items: list[OrphanOut]
    total: int = Field(description="households without a helper that the filters leave")
    next_cursor: str | None = None


class SuccessorIn(Body):
    """Who takes over one household."""

    household_id: UUID
    staff_id: UUID


class RotationQuery(PageQuery):
    """Whether a rotation is only tried, and the page of the households that nobody would help."""

    limit: int = Field(default=200, ge=1, le=200, description="households a page")
    dry_run: bool = Field(default=False, description="only say which households nobody would help")


class RotationIn(Body):
    """A helper's term ends and the households are handed over (轮换)."""

    model_config = examples(
        {
            "appointment_id": "0199a5c0-0000-7000-8000-0000000000d1",
            "last_on": "2026-12-31",
            "reason": "任期届满轮换",
            "successor_id": "0199a5c0-0000-7000-8000-0000000000b2",
        }
    )

    appointment_id: UUID = Field(description="the term as a helper that ends")
    last_on: date = Field(description="任期最后一天 / the last day of the term; successors begin the day after")
    reason: Why
    successor_id: UUID | None = Field(default=None, description="who takes over every household not named below")
    successors: Annotated[list[SuccessorIn], Field(max_length=5000)] = []


class RotationItem(BaseModel):
    """A household of the helper, and who takes it over."""

    household_id: str
    hh_no: str
    area_code: str
    successor_id: str | None = Field(description="null: it would have no helper")


class RotationOut(BaseModel):
    """What a rotation does, or would do."""

    is_done: bool = Field(description="false: a dry run, nothing was changed")
    households: int = Field(description="that the helper cannot help any more")
    left_over: int = Field(description="还没有接替人的户数 / of them, those that nobody would help")
    items: list[RotationItem] = Field(description="those that nobody would help first")
    next_cursor: str | None = None
