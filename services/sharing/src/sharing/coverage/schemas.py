"""Wire models of coverage."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from servicekit.page_query import PageQuery
from sharing.gaps import Reason, Status


class CoverageQuery(PageQuery):
    """Which rows; null means any."""

    period: str = Field(pattern=r"^(19|20)\d{2}-(0[1-9]|1[0-2])$", examples=["2026-10"])
    area: str | None = Field(default=None, pattern=r"^\d{12}$", description="区划子树 / area subtree")
    rule: str | None = Field(default=None, max_length=40)
    status: Status | None = None
    limit: int = Field(default=100, ge=1, le=500, description="items a page")


class TownGapOut(BaseModel):
    """What a rule lacked in a township."""

    reason: Reason
    is_blocking: bool = Field(description="该范围内未执行 / the rule was not evaluated there")
    dataset: str | None
    villages: list[str] = Field(description="涉及的村，空为全乡镇 / which villages; empty: all of the township")
    households: int | None = Field(description="of which nothing can be told, if not of all")
    period: str | None


class CoverageOut(BaseModel):
    """What the newest comparison of the month said of a rule in a township; 0 findings count only where evaluated."""

    area_code: str = Field(description="乡镇 / the township")
    period: str
    rule_id: str
    status: Status = Field(description="evaluated 已执行，partly 部分执行，not_evaluated 未执行")
    findings: int
    villages: int
    households: int
    gaps: list[TownGapOut]
    because: str | None = Field(description="缺口说明 / the first gap in words")
    run_id: str
    told_at: datetime
