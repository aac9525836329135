"""Wire models of the worklist."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from pydantic import AwareDatetime, BaseModel, Field

from contracts.vocabulary import Department
from servicekit.body import Body
from servicekit.page_query import PageQuery
from servicekit.refused import RefusedOut
from servicekit.titles import SaysTitles, Titled
from sharing.worklist.rules import Decision, Kind, State


class WorklistFilter(Body):
    """Which rows are meant; null means any."""

    kind: Kind | None = None
    state: State | None = None
    dataset: str | None = Field(default=None, max_length=40)
    period: str | None = Field(default=None, pattern=r"^\d{4}-\d{2}$")
    area: str | None = Field(default=None, pattern=r"^\d{12}$", description="区划子树 / area subtree")
    delivery_id: str | None = Field(default=None, max_length=64)
    household_id: str | None = Field(default=None, max_length=64)
    has_refused: bool | None = Field(default=None, description="with an open decision that was refused as stale")
    overdue: bool = Field(default=False, description="仅逾期未处理 / only open rows past their day")
    changed_since: AwareDatetime | None = Field(default=None, description="only rows changed at or after this instant")


class WorklistQuery(WorklistFilter, PageQuery):
    """The query of the list."""


class DecideIn(Body):
    """Decide about a row."""

    decision: Decision
    reason: str = Field(min_length=2, max_length=500, examples=["经核对户口簿,系曾用名"])


class WorklistOut(BaseModel):
    """A delivered row that could not be used, or somebody whom a rule cannot check, and what became of it.

    A delivered row stands in its department's file at `part_no` and `line_no`; who it may be about is in the register
    as `household_id` and `person_id`, where names are shown to whoever may see them.
    """

    id: str
    kind: Kind
    kind_label: str
    dataset: str
    dataset_label: str
    department: Department
    period: str
    area_code: str
    rule_id: str | None = Field(description="无法核对的规则: the rule that cannot check; of kind unchecked only")
    delivery_id: str | None = Field(description="null where nobody delivered it: kind unchecked")
    part_no: int | None
    line_no: int | None
    household_id: str | None
    person_id: str | None
    state: State
    state_label: str
    allowed: list[Decision] = Field(description="what may be decided; empty once it is")
    due_on: date
    is_overdue: bool = Field(description="逾期未处理: open, and its day has passed")
    opened_at: AwareDatetime
    changed_at: AwareDatetime
    decided_by: str | None
    decided_at: AwareDatetime | None
    reason: str | None
    version: int
    history: list[dict[str, Any]]
    refused: list[RefusedOut] = Field(
        default=[], description="未生效的决定 / decisions refused because another one came first; empty in lists"
    )


class WorklistListed(WorklistOut, Titled):
    """A row in a list, with what people recognise it by."""


class WorklistShown(WorklistListed, SaysTitles):
    """A row by itself."""


class WorklistRows(BaseModel):
    """A page of rows, as this service knows them."""

    items: Sequence[WorklistOut]
    total: int = Field(description="rows that the filters leave")
    not_listed: int = Field(
        description="未逐行列出的行数: more rows, beyond what the policy profile lists; to a department, those "
        "that the register does not know by number and name are counted together, to the next hundred"
    )
    next_cursor: str | None = None


class WorklistPage(WorklistRows, SaysTitles):
    """A page of rows."""

    items: list[WorklistListed]


class WorklistCount(BaseModel):
    """Rows of one kind, state, dataset and township."""

    kind: Kind
    kind_label: str
    state: State
    state_label: str
    dataset: str
    dataset_label: str
    department: Department
    area_code: str = Field(description="township; or the area that was delivered for")
    rows: int
    overdue: int
    not_listed: int = Field(description="未逐行列出: more rows, not listed one by one")


class WorklistCounts(BaseModel):
    """How many rows wait, and what became of the others."""

    items: list[WorklistCount]
    not_listed: int = Field(
        description="未逐行列出的总行数: as in the list; to a department more than its items add up to"
    )
