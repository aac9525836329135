"""Hard-flaw questions (硬伤比对) that departments answer about a household, read from hard_flaws.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from contracts.parameters import Words
from contracts.vocabulary import Department, Labelled


class Queried(Labelled):
    """授权查询范围: what the household lets the departments look up."""

    DEPOSITS = "deposits", "存款", "deposits"
    VEHICLES = "vehicles", "车辆", "vehicles"
    HOUSING = "housing", "房产", "real estate"
    COMPANIES = "companies", "工商登记", "companies"
    PAYROLL = "payroll", "财政供养与社保", "public payroll and social insurance"


class HardFlaw(BaseModel):
    """A question.

    Attributes:
        departments: Who answers it.
        query: What the household must have agreed to, if anything.
        zh, en: What is asked.
        exempt: What a hit may turn out to be.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    departments: tuple[Department, ...]
    query: Queried | None = None
    zh: str
    en: str
    exempt: Words


HARD_FLAWS: Mapping[str, HardFlaw] = {
    code: HardFlaw.model_validate(said)
    for code, said in tomllib.loads(files("contracts").joinpath("hard_flaws.toml").read_text(encoding="utf-8")).items()
}
