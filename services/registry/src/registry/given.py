"""What departments gave households, as the features that show it have it in common."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from pydantic import BaseModel, Field

from contracts.parameters import Words
from contracts.plan_codes import MeasureCategory
from contracts.vocabulary import Department


class AidOut(BaseModel):
    """A measure that a department's own list tells of, not entered by anybody."""

    aid_id: str
    version: int
    person_id: str = Field(description="the member whom the list names")
    dataset: str = Field(description="来源数据集 / the list that says so")
    department: Department
    category: MeasureCategory
    title: Words
    name: str | None = Field(description="what the list calls it, such as the product of an insurance")
    given_on: date | None = Field(description="null: the list does not tell")
    until: date | None = Field(description="until when it goes on; null: the list does not tell")
    amount: Decimal | None = Field(description="yuan; null: the list does not tell")
    income: str | None = Field(
        description="计入的收入项 / the amount of a year's income that it is part of; null: of none"
    )
    period: str = Field(description="the month whose data first said so")
    recorded_at: datetime
    superseded_at: datetime | None = Field(description="when the list said something else; null: the newest version")
    ended_at: datetime | None = Field(description="when the list said it no more")
    was_wrong: bool | None = Field(
        description="true：部门已更正，不再计入；false：名单不再列出 / true: the department corrected it away, it never"
        " was; false: a newer list has it no more; null: it stands"
    )


class IncomePartOut(BaseModel):
    """What a department's list says of an amount of a year's income. It changes no amount that was entered."""

    year: int
    code: str = Field(description="`insurance_payout`")
    dataset: str
    department: Department
    amount: Decimal = Field(description="yuan, all payments of the year")
    payments: list[AidOut]
