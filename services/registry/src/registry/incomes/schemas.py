"""What the API takes and gives about incomes."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

from contracts.fields import INCOME, IncomeItem, editable
from contracts.fields.models import given_model, shown_model
from contracts.money import Money
from contracts.plan_codes import IncomeReason
from contracts.vocabulary import IncomePeriod
from registry.given import IncomePartOut
from servicekit.body import Body, examples
from servicekit.page_query import PageQuery


class _Body(Body):
    model_config = examples({"wage": "36000.00", "transfer": "1200.00", "self_paid": "0.00"})


if TYPE_CHECKING:  # what code reads by name; the records in contracts.fields say everything

    class _Amounts(_Body):
        pass

    class _Shown(BaseModel):
        year: int

    class _ShownAmounts(BaseModel):
        pass

else:
    _Amounts = given_model("_Amounts", editable(INCOME), _Body)
    _Shown = shown_model("_Shown", INCOME)
    _ShownAmounts = shown_model("_ShownAmounts", [field for field in INCOME if field.name != "year"])


class IncomeBody(_Amounts):
    """Income and expenditure of the whole household in a year, or in another period, in yuan."""

    items: dict[IncomeItem, Money] | None = Field(
        default=None,
        description="分项金额，合计须等于所属各类 / what the amounts consist of; an amount that is given is the sum of"
        " its items, one that is not given becomes it; absent: those of amounts that stay are kept",
    )

    as_of: date | None = Field(
        default=None, description="调查日期 / when the amounts were found, today if absent; older never replaces newer"
    )


class IncomeOut(_Shown):
    """One version of a year's income, with the results of the formula."""

    version: int
    population: int
    items: dict[str, Decimal] = Field(description="what the amounts consist of, as far as it is known")
    as_of: date | None = Field(description="when the amounts were found; null: when they were recorded")
    recorded_at: datetime
    recorded_by: str
    superseded_at: datetime | None


class IncomesOut(BaseModel):
    """Every version of every year, newest year first; the current ones have no `superseded_at`."""

    items: list[IncomeOut]
    of_departments: list[IncomePartOut] = Field(
        description="部门数据中的收入 / what departments' lists say of these amounts, beside what was entered: it"
        " changes none of them"
    )


class SnapshotOut(_ShownAmounts):
    """One version of the income of a period that is no year."""

    kind: IncomePeriod
    period_from: date
    period_to: date
    version: int
    population: int
    items: dict[str, Decimal] = Field(description="what the amounts consist of, as far as it is known")
    as_of: date
    recorded_at: datetime
    recorded_by: str
    superseded_at: datetime | None


class SnapshotsOut(BaseModel):
    """Every version of every such period; the current ones have no `superseded_at`."""

    items: list[SnapshotOut]


class ComparedOut(BaseModel):
    """An amount, or an item of one, beside the year before, in yuan; null: not known."""

    code: str = Field(description="amount (`wage`) or item (`a1`)")
    label: str
    english: str
    to_date: Decimal | None
    expected: Decimal | None
    last_year: Decimal | None
    change: Decimal | None


class ForecastOut(BaseModel):
    """What the year is expected to bring: what its quarters brought, divided by the share that they bring of a year."""

    year: int
    quarters: int = Field(description="how many from the first on are registered; without any, nothing is forecast")
    unknown: list[str] = Field(
        description="`year`：今年尚无季度收入 / no quarter counts for this year;"
        " `last_year`：上年收入未登记 / nothing to compare with"
    )
    share: Decimal | None = Field(description="of the year's income that these quarters bring (policy profile)")
    net_to_date: Decimal | None
    net: Decimal | None = Field(description="expected of the whole year")
    per_capita_net: Decimal | None
    last_per_capita_net: Decimal | None
    is_fall: bool | None = Field(description="预计减收 / less a head than the year before; null: not known")
    reasons: list[IncomeReason] = Field(description="减收原因 / why, the greatest loss first")
    compared: list[ComparedOut]


class FallQuery(PageQuery):
    """Which households a list of expected falls shows."""

    area: str | None = Field(default=None, pattern=r"^[0-9]{12}$", description="subtree")


class FallOut(BaseModel):
    """A household that is expected to have less a head than the year before."""

    household_id: str
    hh_no: str
    area_code: str
    quarters: int
    per_capita_net: Decimal
    last_per_capita_net: Decimal
    reasons: list[IncomeReason]


class FallPage(BaseModel):
    """A page of them; fewer than asked for where many were looked at in vain: `next_cursor` goes on."""

    year: int
    items: list[FallOut]
    next_cursor: str | None = None
