"""What the API takes and gives about policy profiles."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from registry.text import line_text, note_text
from servicekit.body import Body, examples
from servicekit.page_query import PageQuery

Text = Annotated[str, line_text(500, 1)]


class ProfileIn(Body):
    """A new version of a region's profile. Parameters that are not named keep the value that holds on that day.

    Where no profile sets one, that is the default that ships; the answer lists these as `defaulted`.
    """

    model_config = examples(
        {
            "effective_from": "2026-01-01",
            "source_document": "某县防止返贫监测〔2026〕1号",
            "parameters": {"income.monitoring_line": "8800"},
        }
    )

    effective_from: date
    source_document: Text
    parameters: Annotated[dict[str, Any], Field(min_length=1, description="flat, dotted names")]
    sources: dict[str, Text] = Field(default={}, description="source of single parameters; default: source_document")


class ProfileOut(BaseModel):
    """The profile that holds for a region on a day."""

    region: str = Field(description="region asked for")
    from_region: str = Field(description="region whose profile it is: the same, or the nearest ancestor with one")
    version: int
    effective_from: date
    source_document: str
    parameters: dict[str, Decimal | str]
    sources: dict[str, str]
    in_transition: bool = Field(description="过渡期内 / the day lies in the transition period, first to last year")
    defaulted: list[str] = Field(description="parameters that no profile sets: the default that ships holds")
    activated_at: datetime | None = Field(description="when it was announced; null before its day")


ProposalState = Literal["open", "confirmed", "rejected"]


class Words(BaseModel):
    """The same in Chinese and English."""

    zh: str
    en: str


class ChangeOut(BaseModel):
    """A parameter that a proposal would change."""

    name: str
    title: Words
    unit: Words
    before: Decimal | str = Field(description="what holds on the day from which the proposal would")
    after: Decimal | str


class ProposalOut(BaseModel):
    """A profile that somebody proposed, and what another person said to it."""

    id: str
    region: str
    state: ProposalState
    phase: Literal["draft", "reviewed", "active", "rejected"] = Field(
        description="draft 草案 until another person has reviewed it, reviewed 已复核 until its day, then active 已生效"
    )
    phase_label: Words
    wanted: ProfileIn
    changes: list[ChangeOut] | None = Field(
        description="field by field what it would change; null once it is active or rejected"
    )
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    note: str | None
    version: int | None = Field(description="version of the region's profile that it became")


class HouseholdsMoved(BaseModel):
    """Households of a township that a line, by their newest income, would come to hold, or no longer."""

    parameter: str
    area_code: str = Field(description="township")
    come_below: int
    no_longer_below: int


class DutiesMoved(BaseModel):
    """Open duties of a township whose day would be counted anew."""

    kind: str
    kind_label: Words
    area_code: str = Field(description="township")
    duties: int


class PreviewOut(BaseModel):
    """What a proposal would change, before it holds; regions below that have a profile of their own keep it."""

    proposal: ProposalOut
    households: list[HouseholdsMoved]
    duties: list[DutiesMoved] = Field(
        description="about households, of the registry; those of other services are not counted"
    )


class ProposalQuery(PageQuery):
    """Which proposals a list shows, the newest first; null means any."""

    area: str | None = Field(default=None, pattern=r"^[0-9]{12}$", description="subtree")
    state: ProposalState | None = None


class ProposalPage(BaseModel):
    """A page of proposals."""

    items: list[ProposalOut]
    next_cursor: str | None = None


class ProposalDecision(Body):
    """What a second person says to a proposal."""

    model_config = examples({"agrees": True, "note": "与县文件核对一致"})

    agrees: bool
    note: Annotated[str, note_text(2000)]
