"""What the API takes and gives about incomes."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Money = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)]


class IncomeBody(BaseModel):
    """One year's income and expenditure of the whole household, in yuan."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"wage": "36000.00", "transfer": "1200.00", "self_paid": "0.00"}]},
    )

    wage: Money = Field(default=Decimal(0), description="工资性收入")
    business: Money = Field(default=Decimal(0), description="生产经营性收入")
    property: Money = Field(default=Decimal(0), description="财产性收入")
    transfer: Money = Field(default=Decimal(0), description="转移性收入")
    business_cost: Money = Field(default=Decimal(0), description="生产经营性支出")
    insurance_payout: Money = Field(default=Decimal(0), description="理赔收入")
    self_paid: Money = Field(default=Decimal(0), description="合规自付支出")


class IncomeOut(BaseModel):
    """One version of a year's income, with the results of the formula."""

    year: int
    version: int
    wage: Decimal
    business: Decimal
    property: Decimal
    transfer: Decimal
    business_cost: Decimal
    insurance_payout: Decimal
    self_paid: Decimal
    population: int
    net: Decimal
    per_capita_net: Decimal
    ref_per_capita: Decimal
    recorded_at: datetime
    recorded_by: str
    superseded_at: datetime | None


class IncomesOut(BaseModel):
    """Every version of every year, newest year first; the current ones have no `superseded_at`."""

    items: list[IncomeOut]
