"""Wire models of comparison runs."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from servicekit.body import Body, examples

Period = Annotated[str, Field(pattern=r"^(19|20)\d{2}-(0[1-9]|1[0-2])$", examples=["2026-10"])]


class RunIn(Body):
    """What to compare."""

    model_config = examples(
        {"period": "2026-10"}, {"period": "2026-10", "dry_run": True, "parameters": {"income.monitoring_line": "9000"}}
    )

    period: Period
    dry_run: bool = Field(default=False, description="试算：只给出差异，不写入任何结果 / compute the difference only")
    parameters: dict[str, Decimal] = Field(
        default={}, max_length=50, description="试算用的参数值 / values to try out, with dry_run only"
    )


class RuleResult(BaseModel):
    """What a rule gave."""

    rule_id: str
    rule_version: int
    findings: int
    new: int = Field(description="本次新增 / announced by this run")
    withdrawn: int = Field(description="本次撤回 / no longer hold")
    skipped_villages: int = Field(default=0, description="缺少数据的村数 / villages without the data that it needs")
    skipped_because: str | None = Field(description="未执行原因 / why the rule was not evaluated")


class MatchingResult(BaseModel):
    """How the delivered rows met the registered persons."""

    dataset: str
    rows: int
    matched: int
    quarantined: int = Field(description="证件号相同但姓名不符 / same ID number, other name")
    unmatched: int


class RuleDifference(BaseModel):
    """What other parameters would change; household ids, at most 1,000 each way."""

    rule_id: str
    households_added: int
    households_dropped: int
    added: list[str]
    dropped: list[str]


class RunOut(BaseModel):
    """A comparison run and how far it is."""

    id: str
    kind: Literal["full", "limited", "dry_run"]
    period: str
    state: Literal["queued", "running", "done", "failed"]
    stage: str = Field(description="queued, export, directory, matching, rules, findings, merge, done or failed")
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    seconds: float | None
    rules: list[RuleResult] = []
    matching: list[MatchingResult] = []
    difference: list[RuleDifference] | None = None
    error_code: str | None
    error_detail: str | None
