"""Wire models of comparison runs."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from servicekit.body import Body, examples
from servicekit.page_query import PageQuery
from sharing.gaps import Reason, Status

Period = Annotated[str, Field(pattern=r"^(19|20)\d{2}-(0[1-9]|1[0-2])$", examples=["2026-10"])]


RunKind = Literal["full", "limited", "dry_run"]
RunState = Literal["queued", "running", "done", "failed", "held", "withdrawn", "superseded"]


class RunQuery(PageQuery):
    """Which runs a list shows; null means any."""

    period: Period | None = None
    state: RunState | None = None
    kind: RunKind | None = None
    limit: int = Field(default=50, ge=1, le=200, description="items a page")


class RunIn(Body):
    """What to compare."""

    model_config = examples(
        {"period": "2026-10"},
        {"period": "2026-10", "dry_run": True, "parameters": {"income.monitoring_line": "9000"}},
        {"period": "2026-10", "dry_run": True, "rules": [{"id": "R-MED-03", "severity": [{"level": "ORANGE"}]}]},
    )

    period: Period
    area_code: str | None = Field(
        default=None,
        pattern=r"^\d{12}$",
        description="区划，默认为您的区划 / whose households; by default all of your area",
    )
    dry_run: bool = Field(default=False, description="试算：只给出差异，不写入任何结果 / compute the difference only")
    parameters: dict[str, Decimal | str] = Field(
        default={}, max_length=50, description="试算用的参数值 / values to try out, with dry_run only"
    )
    rules: list[dict[str, Any]] = Field(
        default=[],
        max_length=10,
        description="试算用的规则：`id` 和要改的内容，或 `retired`；新规则须写全 / rules to try out, with dry_run only:"
        " `id` and the entries of its file that are otherwise, or `retired: true`; all of them for a new rule",
    )


class GapOut(BaseModel):
    """What a rule lacked, and where."""

    reason: Reason = Field(
        description="missing 未报送，too_old 已过有效期，held 名单暂缓，records_only 只有单条，no_profile 无政策参数，"
        "income_unknown 收入未知，newly_come 名单日期后迁入，overtaken 已有更新名单，context_missing 缺参考数据，"
        "retired 规则已停用，not_active 规则新版本未启用"
    )
    is_blocking: bool = Field(description="该范围内未执行 / the rule was not evaluated there")
    dataset: str | None
    areas: list[str] = Field(description="范围 / counties, townships or villages")
    villages: int
    households: int | None = Field(description="of which nothing is known, if not of all")
    period: str | None = Field(description="the last period delivered, or the newer one")


class RuleResult(BaseModel):
    """What a rule gave."""

    rule_id: str
    rule_version: int
    findings: int
    new: int = Field(description="本次新增 / announced by this run")
    withdrawn: int = Field(description="本次撤回 / no longer hold")
    skipped_villages: int = Field(default=0, description="缺少数据的村数 / villages without the data that it needs")
    skipped_because: str | None = Field(description="未执行原因 / why the rule was not evaluated")
    status: Status = Field(
        default="evaluated",
        description="evaluated 已执行，partly 部分执行，not_evaluated 未执行 / 0 findings then say nothing",
    )
    gaps: list[GapOut] = Field(default=[], description="缺口 / what was missing, where")


class MatchingResult(BaseModel):
    """How the delivered rows met the registered persons."""

    dataset: str
    rows: int
    matched: int
    quarantined: int = Field(description="证件号相同但姓名不符 / same ID number, other name")
    unmatched: int
    outside: int = Field(
        default=0,
        description="报送区域以外的人员，不采用 / about persons of other areas, not used",
    )
    deceased: int = Field(
        default=0,
        description="已登记死亡人员仍在名单或仍有发放，不采用，待报送部门核实 / "
        "of persons who are dead by registration, not used; they wait for the department that lists or pays them",
    )


class TownDifference(BaseModel):
    """How many households of a township would be added or dropped."""

    area_code: str
    added: int
    dropped: int


class RuleDifference(BaseModel):
    """What other parameters or rules would change; household ids, at most 1,000 each way."""

    rule_id: str
    households_added: int
    households_dropped: int
    added: list[str]
    dropped: list[str]
    townships: list[TownDifference] = Field(default=[], description="those in which anything would change")


class Cause(BaseModel):
    """What started a run."""

    kind: Literal["request", "record", "delivery", "register", "policy", "calendar", "rule"] = Field(
        description="发起原因：request 人工发起，record 单条推送，delivery 数据报送，register 登记变更，"
        "policy 政策参数变更，calendar 报送截止，rule 规则停用或启用"
    )
    what: str | None = Field(description="delivery, household, region/version of a profile, or rule")
    by: str | None = Field(description="the client behind it")
    at: datetime


class JumpOut(BaseModel):
    """A rule whose findings are implausibly many or few."""

    rule_id: str
    before: int = Field(description="此前成立的结果数 / findings that stood before")
    now: int


class DecisionIn(Body):
    """Decide about a held run."""

    reason: str = Field(min_length=2, max_length=500, examples=["已与部门核对:新增数据属实"])


class RunOut(BaseModel):
    """A comparison run, what started it, and how far it is."""

    id: str
    kind: RunKind
    period: str
    area_code: str = Field(description="比对区划 / the area whose households are compared")
    state: RunState
    stage: str = Field(
        description="queued, export, directory, matching, rules, findings, merge, or the state it ended in"
    )
    requested_by: str = Field(description="the client that asked for it, or the kind of its first cause")
    requested_at: datetime
    causes: list[Cause] = Field(description="发起原因 / what started it, the first of them")
    cause_count: int = Field(description="how many there were")
    started_at: datetime | None
    finished_at: datetime | None
    seconds: float | None
    rules: list[RuleResult] = []
    matching: list[MatchingResult] = Field(
        default=[], description="行与人员的匹配 / empty to a department: its worklist lists what did not match"
    )
    difference: list[RuleDifference] | None = None
    jumps: list[JumpOut] = Field(default=[], description="突增突减的规则 / why it is or was held")
    owner: Literal["bureau"] = Field(default="bureau", description="暂缓后由谁处理 / who decides about a held run")
    held_at: datetime | None
    due_on: date | None = Field(description="处理期限 / the day by which a held run is released or withdrawn")
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None
    error_code: str | None
    error_detail: str | None
