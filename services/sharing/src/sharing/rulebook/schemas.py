"""Wire models of the life of rules."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, Field

from servicekit.body import Body, examples
from servicekit.page_query import PageQuery
from sharing.catalogue.service import RuleOut
from sharing.rulestates import Life, State, Step


class StepOut(BaseModel):
    """A step of a rule's life: who decided what about it, where, when and why."""

    number: int
    rule_version: int = Field(description="the version that was decided about")
    area_code: str
    state: State = Field(description="active 启用，retired 停用")
    reason: str
    decided_by: str
    decided_at: datetime

    @classmethod
    def of(cls, step: Step) -> Self:
        """Show a step."""
        return cls(
            number=step.number,
            rule_version=step.rule_version,
            area_code=step.area_code,
            state=step.state,
            reason=step.reason,
            decided_by=step.decided_by,
            decided_at=step.decided_at,
        )


class LifeOut(BaseModel):
    """How a rule stands in the caller's areas, or in the one that was asked for."""

    state: Literal["active", "retired", "not_active"] = Field(
        description="active 启用，retired 停用，not_active 新版本尚未启用 / a version that nobody has activated yet"
        " where the one before was retired"
    )
    step: StepOut | None = Field(description="何人何时因何决定；空：随系统启用 / null: active as it ships")
    elsewhere: list[StepOut] = Field(description="其中部分区划另有决定 / newer decisions about a part of the area")
    version: int = Field(description="for If-Match: the number of the newest step; 0 without any")


class RuleShown(RuleOut):
    """A rule as it is declared, and how it stands."""

    life: LifeOut


class RuleQuery(Body):
    """Where a rule's state is asked for."""

    area: str | None = Field(default=None, pattern=r"^\d{12}$", description="区划，默认为您的区划 / yours by default")


class StepQuery(PageQuery):
    """Which steps a page shows."""


class StepIn(Body):
    """Why a rule is retired, or active again, and where."""

    model_config = examples(
        {"reason": "数据源口径变化，误报较多", "area_code": "990101000000"}, {"reason": "口径已统一，经试算恢复"}
    )

    reason: str = Field(min_length=2, max_length=500)
    area_code: str | None = Field(
        default=None, pattern=r"^\d{12}$", description="区划，默认为您的区划 / where; by default all of your area"
    )


class StepPage(BaseModel):
    """A page of a rule's history."""

    items: list[StepOut]
    total: int
    next_cursor: str | None = None


def life_out(life: Life, why: Literal["retired", "not_active"] | None) -> LifeOut:
    """Show how a rule stands; `why` it is not active there."""
    return LifeOut(
        state=why or "active",
        step=StepOut.of(life.step) if life.step else None,
        elsewhere=[StepOut.of(step) for step in life.elsewhere],
        version=life.number,
    )
